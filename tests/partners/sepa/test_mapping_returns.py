"""Before settlement a failure without money, after it a return with it; only some reasons are disputes."""

import pytest

from recoup.domain.dispute import fold
from recoup.domain.observation import UNDISPUTED, Said, observe
from recoup.domain.tables import moves, sepa_reason_codes
from recoup.partners.contract import Reading
from recoup.partners.sepa.telling import CODES
from tests.partners.sepa.sent import BANK, CUSTOMER, read, returned, sample, status

EARLY, LATE = "2026-02-03", "2026-01-20"


def said(reading: Reading) -> Said:
    """The one thing that a reading says."""
    (placed,) = reading.observations
    return placed.said


def checks(reading: Reading) -> list[str]:
    """Checks of the findings."""
    return [finding.check for finding in reading.findings]


class TestStatus:
    @pytest.mark.parametrize("code", ["AM04", "MD01", "MS02"])
    def test_a_reject_before_settlement_is_a_failure_without_money(self, code: str) -> None:
        """Whatever the reason: nothing was taken, so nothing can be disputed."""
        reading = read("status", status(code=code, collected="2026-02-05"))
        told = said(reading)
        assert (told.move, told.nature, told.legs, told.amount_minor) == ("noticed", "failure", (), 4000)
        assert (reading.money_lines, told.nature in UNDISPUTED) == ([], True)

    def test_on_the_day_of_settlement_it_is_a_reject_still(self) -> None:
        """Refusals come until the day of settlement."""
        assert said(read("status", status(collected="2026-02-03"))).move == "noticed"

    def test_a_report_after_settlement_is_a_return_that_announces_the_amount(self) -> None:
        """Banks use pain.002 for returns too; the statement brings the money."""
        reading = read("status", status(collected="2026-01-30"))
        told = said(reading)
        assert (told.move, told.nature, [leg.amount_minor for leg in told.legs]) == ("return_final", "failure", [4000])
        assert reading.money_lines == []

    def test_without_a_day_it_is_not_known_whether_money_had_moved(self) -> None:
        """Nothing is announced, and a finding says so."""
        reading = read("status", status())
        assert (said(reading).move, said(reading).legs, checks(reading)) == ("noticed", (), ["sepa.settled"])

    def test_a_refund_is_after_settlement_whatever_days_are_told(self) -> None:
        """MD06 gives money back, so money had moved."""
        told = said(read("status", status(code="MD06")))
        assert (told.move, told.nature, len(told.legs)) == ("return_final", "refund_right", 1)

    @pytest.mark.parametrize("word", ["ACCP", "ACSP", "ACSC", "PDNG"])
    def test_what_was_accepted_says_nothing(self, word: str) -> None:
        """Reports list successes too."""
        reading = read("status", status(word=word))
        assert (reading.observations, reading.accepted, reading.findings) == ([], 1, [])

    def test_a_status_that_nobody_knows_says_nothing_but_that(self) -> None:
        """Neither rejected nor accepted."""
        reading = read("status", status(word="ODD1"))
        assert (reading.observations, checks(reading)) == ([], ["vocabulary.unknown"])

    def test_a_batch_that_was_rejected_rejects_its_transactions(self) -> None:
        """Where they are listed without a status of their own."""
        body = status(collected="2026-02-05").replace("<TxSts>RJCT</TxSts>", "")
        body = body.replace(
            "<OrgnlPmtInfId>B</OrgnlPmtInfId>", "<OrgnlPmtInfId>B</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>"
        )
        assert said(read("status", body)).nature == "failure"

    def test_a_rejected_batch_without_transactions_is_a_finding(self) -> None:
        """Only our own file says what was in it."""
        body = status()
        cut = (
            body[: body.index("<TxInfAndSts>")]
            + "<PmtInfSts>RJCT</PmtInfSts>"
            + body[body.index("</OrgnlPmtInfAndSts>") :]
        )
        reading = read("status", body=cut)
        assert (reading.records, checks(reading)) == (0, ["sepa.batch_status"])


class TestNature:
    @pytest.mark.parametrize("row", sepa_reason_codes(), ids=lambda row: row.code)
    def test_every_code_of_the_table_has_a_nature_that_agrees_with_it(self, row) -> None:  # type: ignore[no-untyped-def]
        """What counts as a dispute there is never a failure here, and the other way round."""
        nature = CODES.meaning("nature", row.code)
        assert nature is not None
        is_dispute = {"yes": nature in ("by_originator", "refund_right", "unauthorised"), "partial": nature == "open"}
        assert is_dispute.get(row.counts_as_dispute, nature in (*UNDISPUTED, "open"))

    @pytest.mark.parametrize(
        ("orgtr", "settled", "scheme", "nature"),
        [
            (BANK, EARLY, "CORE", "administrative"),
            (CUSTOMER, EARLY, "CORE", "unauthorised"),
            ("", EARLY, "CORE", None),
            (BANK, LATE, "CORE", "unauthorised"),
            ("", LATE, "CORE", "unauthorised"),
            (BANK, None, "CORE", None),
            (CUSTOMER, None, "CORE", "unauthorised"),
            ("", None, "CORE", None),
            (BANK, None, "B2B", "administrative"),
            ("", LATE, "B2B", "administrative"),
        ],
    )
    def test_the_two_meanings_of_md01_are_told_apart_or_left_open(
        self, orgtr: str, settled: str | None, scheme: str, nature: str | None
    ) -> None:
        """By who began it and by when; what neither tells is not known, which is not a failure."""
        assert (
            said(read("returns", returned(code="MD01", orgtr=orgtr, settled=settled, scheme=scheme))).nature == nature
        )

    def test_the_last_day_of_returns_is_counted_in_target_days(self) -> None:
        """Settled on Friday 30 January, returned on Friday 6 February: the fifth day, and no later."""
        assert said(read("returns", returned(code="MD01", orgtr=BANK, settled="2026-01-30"))).nature == "administrative"
        assert said(read("returns", returned(code="MD01", orgtr=BANK, settled="2026-01-29"))).nature == "unauthorised"

    def test_a_code_that_nobody_knows_leaves_the_nature_open(self) -> None:
        """With a finding; it is no failure."""
        reading = read("returns", returned(code="ZZ99"))
        assert (said(reading).nature, checks(reading)) == (None, ["vocabulary.unknown"])

    def test_a_code_in_the_text_is_taken_where_none_is_coded(self) -> None:
        """Exactly one known word, and a note."""
        body = returned(code="NARR").replace("</Rsn>", "</Rsn><AddtlInf>MD06 Widerspruch</AddtlInf>")
        reading = read("returns", body)
        assert (said(reading).reason_code, said(reading).nature) == ("MD06", "refund_right")
        assert checks(reading) == ["sepa.reason_in_text"]
        two = returned(code="NARR").replace("</Rsn>", "</Rsn><AddtlInf>MD06 or AC04</AddtlInf>")
        assert said(read("returns", two)).reason_code == "NARR"


class TestMoney:
    def amounts(self, reading: Reading) -> list[tuple[str, str, int, int, int]]:
        """Name, kind, gross, fee and net of every line."""
        return [(li.identity, li.kind, li.gross_minor, li.fee_minor, li.net_minor) for li in reading.money_lines]

    def test_a_return_is_the_decision_and_takes_the_amount(self) -> None:
        """The scheme gives the creditor no answer."""
        reading = read("returns", returned())
        told = said(reading)
        assert (told.partner_dispute_id, told.payment_ref, told.case_ref) == ("E-1", "E-1", "E-1")
        assert [(leg.leg, leg.cycle, leg.amount_minor, leg.ref) for leg in told.legs] == [
            ("debit", 1, 5000, "E-1|return")
        ]
        assert self.amounts(reading) == [("E-1|return", "dispute", -5000, 0, -5000)]

    def test_compensation_is_a_leg_and_a_line_of_its_own(self) -> None:
        """A refund gives the debtor interest beside its money."""
        more = '<CompstnAmt Ccy="EUR">0.12</CompstnAmt>'
        reading = read("returns", returned(amount="50.12", more=more))
        assert [(leg.leg, leg.amount_minor) for leg in said(reading).legs] == [("debit", 5000), ("compensation", 12)]
        assert self.amounts(reading) == [
            ("E-1|return", "dispute", -5000, 0, -5000),
            ("E-1|compensation", "adjustment", -12, 0, -12),
        ]
        assert reading.findings == []

    def test_charges_within_the_amount_are_its_fee(self) -> None:
        """Where they come to the difference."""
        more = '<ChrgsInf><Amt Ccy="EUR">2.50</Amt></ChrgsInf>'
        reading = read("returns", returned(code="AC04", amount="52.50", more=more))
        assert self.amounts(reading) == [("E-1|return", "dispute", -5000, 250, -5250)]

    def test_charges_beside_the_amount_are_not_in_it(self) -> None:
        """Returned is what was collected: the charge is another movement."""
        more = '<ChrgsInf><Amt Ccy="EUR">2.50</Amt></ChrgsInf>'
        assert self.amounts(read("returns", returned(more=more))) == [("E-1|return", "dispute", -5000, 0, -5000)]

    def test_more_than_the_original_without_a_reason_is_a_finding(self) -> None:
        """Of a return a cost, of a refund the debtor's compensation."""
        bank, debtor = read("returns", returned(code="AC04", amount="51.00")), read("returns", returned(amount="51.00"))
        assert self.amounts(bank) == [("E-1|return", "dispute", -5000, 100, -5100)]
        assert [net for *_, net in self.amounts(debtor)] == [-5000, -100]
        assert checks(bank) == checks(debtor) == ["sepa.difference"]

    def test_less_than_the_original_is_a_part_of_it(self) -> None:
        """The amount of the dispute is what came back."""
        reading = read("returns", returned(amount="20.00"))
        assert (said(reading).amount_minor, checks(reading)) == (2000, ["sepa.part"])

    def test_an_original_in_another_currency_stands_beside(self) -> None:
        """What was collected, and what came back."""
        (line,) = read("returns", returned(currency="CHF", original="48.00")).money_lines
        assert (line.net_minor, line.currency, line.original_minor, line.original_currency) == (
            -5000,
            "EUR",
            4800,
            "CHF",
        )

    @pytest.mark.parametrize("amount", ["0.00", "x", "-1.00", ""])
    def test_what_is_no_amount_is_refused(self, amount: str) -> None:
        """A return of nothing is none."""
        reading = read("returns", returned(amount=amount))
        assert [q.finding.check for q in reading.quarantined] == ["sepa.amount"]

    def test_a_second_return_of_one_collection_is_refused(self) -> None:
        """An end-to-end id that was used twice would make two movements one."""
        body = returned()
        inner = body[body.index("<TxInf>") : body.index("</TxInf>") + len("</TxInf>")]
        twice = body.replace(inner, inner * 2).replace("<NbOfTxs>1<", "<NbOfTxs>2<")
        reading = read("returns", twice)
        assert [q.finding.check for q in reading.quarantined] == ["sepa.repeated"]
        assert len(reading.money_lines) == 1


class TestNames:
    def test_without_an_end_to_end_id_the_banks_id_names_the_collection(self) -> None:
        """NOTPROVIDED is none."""
        assert said(read("returns", returned(e2e="NOTPROVIDED"))).partner_dispute_id == "tx/TX-1"

    def test_without_any_name_a_return_is_refused(self) -> None:
        """Nobody could say what it is about."""
        body = returned(e2e="NOTPROVIDED").replace("<OrgnlTxId>TX-1</OrgnlTxId>", "")
        assert [q.finding.check for q in read("returns", body).quarantined] == ["sepa.reference"]

    def test_a_returned_credit_transfer_is_counted_and_no_more(self) -> None:
        """Our own transfer came back: no direct debit, no dispute."""
        reading = read("returns", returned(message="pacs.008.001.08"))
        assert (reading.observations, reading.money_lines, checks(reading)) == ([], [], ["sepa.credit_transfer"])


class TestReversal:
    def test_our_own_reversal_is_no_dispute_and_moves_nothing_here(self) -> None:
        """The payer has its money back."""
        reading = read("reversals", sample("reversals/20260209.xml"))
        told = said(reading)
        assert (told.move, told.nature, told.legs, reading.money_lines) == ("refunded", "administrative", (), [])

    def test_what_comes_back_after_our_reversal_is_a_dispute_of_the_same_collection(self) -> None:
        """It came back twice, and both are seen on one case."""
        ours = read("reversals", sample("reversals/20260209.xml"))
        theirs = read("returns", returned(e2e="COLL-2026-0008"))
        observations = [
            observe(
                placed.said,
                partner="sepa",
                account="a",
                feed="f",
                delivery="d",
                position=1,
                landed_at=0,
                trust="fetched",
            )
            for placed in (*ours.observations, *theirs.observations)
        ]
        dispute = fold(observations, moves()).dispute
        assert (dispute.kind, len(dispute.legs)) == ("return", 1)


@pytest.mark.parametrize(
    ("feed", "other"),
    [("status", "returns/20260206.xml"), ("returns", "statements/27.xml"), ("recalls", "status/20260203.xml")],
)
def test_a_message_of_another_feed_holds_the_file(feed: str, other: str) -> None:
    """And is named."""
    reading = read(feed, sample(other))
    assert reading.held is not None
    assert reading.held.check == "sepa.message"
    assert reading.observations == []
