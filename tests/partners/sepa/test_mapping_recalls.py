"""A recall asks, an answer closes it; neither moves money."""

import pytest

from recoup.domain.dispute import Dispute, fold
from recoup.domain.observation import Said, observe
from recoup.domain.tables import moves
from tests.partners.sepa.sent import read, sample


def folded(*told: Said) -> Dispute:
    """The one case that these say."""
    observations = [
        observe(said, partner="sepa", account="a", feed="f", delivery="d", position=n, landed_at=0, trust="fetched")
        for n, said in enumerate(told)
    ]
    found = fold(observations, moves())
    assert found.findings == ()
    return found.dispute


def asked() -> Said:
    """A recall that came to us."""
    (placed,) = read("recalls", sample("recalls/20260210.xml")).observations
    return placed.said


def answered(word: str = "RJCR", feed: str = "sent") -> Said:
    """An answer of this word."""
    (placed,) = read(feed, sample("sent/20260211.xml").replace("RJCR", word)).observations
    return placed.said


def test_a_recall_is_a_request_that_awaits_an_answer() -> None:
    """No debit, no stage of a dispute but an inquiry."""
    dispute = folded(asked())
    assert (dispute.kind, dispute.stage, dispute.turn, dispute.outcome) == ("request", "inquiry", "merchant", None)
    assert (dispute.amount_minor, dispute.reason_code, dispute.legs) == (8000, "FRAD", ())


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("RJCR", "closed_no_debit"),
        ("CNCL", "refunded"),
        ("IPAY", "refunded"),
        ("ACCR", "refunded"),
        ("PDCR", None),
    ],
)
def test_an_answer_closes_the_recall_it_belongs_to(word: str, outcome: str | None) -> None:
    """Refused, or given back; pending closes nothing."""
    dispute = folded(asked(), answered(word))
    assert (dispute.kind, dispute.outcome, dispute.legs) == ("request", outcome, ())


def test_an_answer_that_nobody_knows_closes_nothing() -> None:
    """It is kept with its word, and a finding."""
    reading = read("recalls", sample("sent/20260211.xml").replace("RJCR", "ODD1"))
    assert [o.said.move for o in reading.observations] == ["unknown"]
    assert [f.check for f in reading.findings] == ["vocabulary.unknown"]


def test_a_recall_of_ours_awaits_the_other_bank() -> None:
    """The same message on the feed `sent` asks the other side."""
    (placed,) = read("sent", sample("recalls/20260210.xml")).observations
    assert folded(placed.said).turn == "issuer"


def test_the_banks_id_of_the_payment_names_the_recall() -> None:
    """Payers write what they like as end-to-end id, and the same again; the case stands in where nothing else does."""
    assert asked().partner_dispute_id == answered().partner_dispute_id == "recall/TX-0077"
    assert asked().payment_ref == asked().case_ref == "INV-77"
    bare = sample("sent/20260211.xml")
    for element in ("<OrgnlEndToEndId>INV-77</OrgnlEndToEndId>", "<OrgnlTxId>TX-0077</OrgnlTxId>"):
        bare = bare.replace(element, "")
    assert [q.finding.check for q in read("recalls", bare).quarantined] == ["sepa.reference"]
    with_case = bare.replace("<Sts>", "<RslvdCase><Id>CASE-9</Id></RslvdCase><Sts>")
    assert [o.said.partner_dispute_id for o in read("recalls", with_case).observations] == ["recall/case/CASE-9"]


def test_a_recall_without_its_time_is_refused() -> None:
    """When it came decides until when it is answered."""
    body = sample("recalls/20260210.xml").replace("<CreDtTm>2026-02-10T10:00:00+01:00</CreDtTm>", "")
    assert [q.finding.check for q in read("recalls", body).quarantined] == ["sepa.day"]
