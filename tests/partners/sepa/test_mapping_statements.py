"""Returns as the account shows them: the same cases and the same money as the messages between banks tell."""

from recoup.partners.contract import Reading
from tests.formats.test_iso20022 import balance, detail, entry, statement
from tests.partners.sepa.sent import read, returned, sample

RETURNED = "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>"


def checks(reading: Reading) -> list[str]:
    """Checks of the findings."""
    return [finding.check for finding in reading.findings]


def notified(inner: str) -> str:
    """A notification, which proves nothing but its close."""
    return statement(inner, message="camt.054")


def coded(inner: str, family: str = "IDDT", sub: str = "UPDD") -> str:
    """The entry with a bank transaction code."""
    code = f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly></Domn></BkTxCd>"
    return inner.replace("<NtryDtls>", f"{code}<NtryDtls>")


def test_statement_and_pacs_tell_the_same_lines() -> None:
    """One movement, one name, one amount, whoever tells it."""
    between = {
        li.identity: (li.net_minor, li.currency) for li in read("returns", sample("returns/20260206.xml")).money_lines
    }
    booked = {
        li.identity: (li.net_minor, li.currency) for li in read("statements", sample("statements/27.xml")).money_lines
    }
    shared = between.keys() & booked.keys()
    assert shared >= {"COLL-2026-0004|return", "COLL-2026-0005|return", "COLL-2026-0005|compensation"}
    assert {name: between[name] for name in shared if "0006" not in name} == {
        name: booked[name] for name in shared if "0006" not in name
    }
    # The bank kept a charge within what it booked; the message between banks knows nothing of it.
    assert (between["COLL-2026-0006|return"], booked["COLL-2026-0006|return"]) == ((-6000, "EUR"), (-6100, "EUR"))


def test_only_returns_of_a_statement_are_cases() -> None:
    """Collections, charges and what else an account sees is counted."""
    reading = read("statements", sample("statements/27.xml"))
    assert (reading.records, reading.accepted, len(reading.observations)) == (5, 5, 3)
    assert (reading.covers_on, reading.sequence, reading.held) == ("2026-02-06", 27, None)


def test_a_return_is_known_by_its_reason_or_by_the_banks_code() -> None:
    """The reason may be left out; then the nature is not known."""
    with_reason = read("statements", notified(entry(inner=detail(more=RETURNED))))
    by_code = read("statements", notified(coded(entry(inner=detail()))))
    plain = read("statements", notified(coded(entry(inner=detail()), sub="ESDD")))
    assert [o.said.nature for o in with_reason.observations] == ["refund_right"]
    assert [o.said.nature for o in by_code.observations] == [None]
    assert plain.observations == []


def test_a_german_code_says_return_whatever_follows_it() -> None:
    """NRTI+109 and the bank's own number."""
    body = entry(inner=detail()).replace(
        "<NtryDtls>", "<BkTxCd><Prtry><Cd>NRTI+109+00931</Cd></Prtry></BkTxCd><NtryDtls>"
    )
    assert len(read("statements", notified(body)).observations) == 1


def test_md01_on_a_statement_is_known_by_its_originator_alone() -> None:
    """No statement says when the collection settled."""
    for originator, nature in (("<Orgtr><Nm>A name</Nm></Orgtr>", "unauthorised"), ("", None)):
        told = f"<RtrInf>{originator}<Rsn><Cd>MD01</Cd></Rsn></RtrInf>"
        reading = read("statements", notified(entry(inner=detail(more=told))))
        assert [o.said.nature for o in reading.observations] == [nature]


def test_a_batch_of_returns_without_its_transactions_is_money_about_no_named_dispute() -> None:
    """One line, one finding: somebody must ask the bank."""
    body = coded(entry("132.62", inner="<Btch><NbOfTxs>3</NbOfTxs></Btch>"))
    reading = read("statements", notified(body))
    (line,) = reading.money_lines
    assert (line.kind, line.partner_dispute_id, line.net_minor, line.identity) == (
        "dispute",
        None,
        -13262,
        "entry/REF-2026-1",
    )
    assert (reading.observations, checks(reading)) == ([], ["sepa.unnamed"])
    assert "3 returns" in reading.findings[0].found


def test_a_return_that_credits_us_is_another_side() -> None:
    """We would be the debtor, or a bank took its return back: nobody here can say."""
    credit = detail(more=RETURNED).replace("DBIT", "CRDT")
    received = read("statements", notified(coded(entry(mark="CRDT", inner=credit), family="RDDT")))
    issued = read("statements", notified(coded(entry(mark="CRDT", inner=credit))))
    assert [q.finding.check for q in received.quarantined] == ["sepa.debtor_side"]
    assert [q.finding.check for q in issued.quarantined] == ["sepa.direction"]


def test_a_returned_credit_transfer_is_no_case() -> None:
    """Counted, with one note for the file."""
    reading = read("statements", notified(coded(entry(mark="CRDT", inner=detail(more=RETURNED)), family="ICDT")))
    assert (reading.observations, reading.accepted, checks(reading)) == ([], 1, ["sepa.credit_transfer"])


def test_what_is_pending_or_told_within_the_day_is_not_told_yet() -> None:
    """It comes again when it is booked."""
    pending = read("statements", notified(entry(inner=detail(more=RETURNED), status="PDNG")))
    report = read("statements", statement(entry(inner=detail(more=RETURNED)), message="camt.052"))
    assert [reading.observations for reading in (pending, report)] == [[], []]
    assert [reading.accepted for reading in (pending, report)] == [1, 1]


def test_charges_beside_the_amount_are_noted() -> None:
    """They are a booking of their own."""
    more = '<Chrgs><Rcrd><Amt Ccy="EUR">0.70</Amt><ChrgInclInd>false</ChrgInclInd></Rcrd></Chrgs>' + RETURNED
    reading = read("statements", notified(entry(inner=detail(more=more))))
    assert [line.fee_minor for line in reading.money_lines] == [0]
    assert checks(reading) == ["sepa.charge_apart"]


def test_a_statement_that_does_not_add_up_is_held() -> None:
    """Nothing of it is told."""
    reading = read("statements", statement(balance("OPBD", "1.00") + balance("CLBD", "1.00") + entry(inner=detail())))
    assert reading.held is not None
    assert "closing balance" in reading.held.found


def test_another_account_in_the_file_is_refused_where_ours_is_known() -> None:
    """Ours may be a creditor identifier; then every account of the file is taken."""
    body = notified(entry(inner=detail(more=RETURNED)))
    other = read("statements", body, account="DE89370400440532013000")
    assert [q.finding.check for q in other.quarantined] == ["sepa.foreign_account"]
    assert len(read("statements", body, account="creditor").observations) == 1


def test_the_same_return_by_both_feeds_is_one_case() -> None:
    """Named by its end-to-end id."""
    between = read("returns", returned(e2e="E2E-1")).observations[0].said
    booked = read("statements", notified(entry(inner=detail(more=RETURNED)))).observations[0].said
    assert between.partner_dispute_id == booked.partner_dispute_id == "E2E-1"
    assert between.legs[0].ref == booked.legs[0].ref
    assert between.record_id != booked.record_id
