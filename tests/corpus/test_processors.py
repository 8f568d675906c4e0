"""Files of processors that others publish: Worldpay's cases and J.P. Morgan's reports, read completely."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from recoup.domain.money_line import MoneyLine
from recoup.partners.contract import Arrived, Reading
from recoup.partners.jpmorgan.partner import PARTNER as JPMORGAN
from recoup.partners.worldpay.mapping import read_chargebacks
from recoup.partners.worldpay.wire import ANSWERS, CASES, Case

CORPUS = Path(__file__).resolve().parents[2] / "../shared/corpus"
XML = CORPUS / "processor-xml"
SCHEMA = CORPUS / "schema/Vantiv__cnp-chargeback-sdk-python/chargeback-api-v2.1.xsd"
REPORTS = CORPUS / "psp-reports/jpmorgan-payments__online-payments/docs/reporting"
FEEDS = {
    "DisputeDetails": "dispute_details",
    "FeeDetails": "fee_details",
    "SettlementDetails": "settlement_details",
    "SubmissionDetails": "submission_details",
    "TransactionDetails": "transaction_details",
}

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of other people's files is not beside the checkout"
)


def cases() -> Iterator[tuple[Path, Reading]]:
    """Every document of Worldpay's, read."""
    for path in sorted(XML.rglob("*.xml")):
        arrived = Arrived("del_1", "worldpay", "default", "chargebacks", path.name, 1_700_000_000_000_000, "UTC")
        yield path, read_chargebacks(arrived, path.read_bytes())


def report(name: str) -> list[Reading]:
    """One report of J.P. Morgan's, read."""
    feed = JPMORGAN.feeds[FEEDS[name]]
    arrived = Arrived("del_1", "jpmorgan", "default", feed.name, f"{name}.csv", 1_700_000_000_000_000, "UTC")
    with (REPORTS / f"{name}.csv").open("rb") as stream:
        return list(feed.read(arrived, stream))  # type: ignore[arg-type, union-attr]


def rows(name: str) -> list[dict[str, str]]:
    """The same rows, by something that knows nothing of the frame but where the rows are."""
    with (REPORTS / f"{name}.csv").open(newline="") as file:
        told = [row for row in csv.reader(file) if any(row)]
    return [dict(zip(told[2], row, strict=True)) for row in told[3:-1]]


def lines(name: str) -> list[MoneyLine]:
    """The money of a report."""
    return [line for part in report(name) for line in part.money_lines]


def test_every_case_of_every_document_is_read() -> None:
    """As many as the text has; answers tell none."""
    told = {path.name[:2]: reading for path, reading in cases()}
    assert set(told) == {"01", "02", "03", "04"}
    for path, reading in cases():
        assert reading.held is None, path.name
        assert reading.records == reading.accepted == len(re.findall(rb"<chargebackCase>", path.read_bytes()))
    assert told["01"].observations[0].said.partner_dispute_id == "1333078000"


def test_every_element_that_is_read_is_one_of_the_schema() -> None:
    """And the documents that are known are those that it has, with the errors."""
    names = {e.get("name") for e in etree.parse(SCHEMA).iter("{http://www.w3.org/2001/XMLSchema}element")}
    read = {"caseId", "cycle", "dayIssuedByBank", "dateReceivedByVantivCnp", "vantivCnpTxnId", "cardType"}
    read |= {"chargebackAmount", "chargebackCurrencyType", "reasonCode", "currentQueue", "acquirerReferenceNumber"}
    read |= {"replyByDay", "activity"}
    assert len(read) == len(Case.__struct_fields__)
    assert read | {CASES, *ANSWERS, "errorResponse", "activityDate", "activityType"} <= names


@pytest.mark.parametrize("name", sorted(FEEDS))
def test_every_row_of_every_report_is_read(name: str) -> None:
    """None is quarantined, and none is missed."""
    parts = report(name)
    assert [part.held for part in parts if part.held] == []
    assert sum(part.records for part in parts) == sum(part.accepted for part in parts) == len(rows(name))


def test_dispute_that_stands_three_times_is_one() -> None:
    """With two findings that say so; nothing in that report was destroyed by a spreadsheet."""
    (part,) = report("DisputeDetails")
    assert [finding.check for finding in part.findings] == ["jpmorgan.row_twice"] * 2
    (placed,) = part.observations
    assert (placed.said.partner_dispute_id, placed.said.case_ref) == ("659694378", "55432863263204442746072")
    assert (placed.said.reason_code, placed.said.amount_minor) == ("4853", 150)
    assert [(line.net_minor, line.batch, line.effective_on) for line in part.money_lines] == [
        (-150, "13749550124", "2023-10-03")
    ]


@pytest.mark.parametrize("name", ["FeeDetails", "SubmissionDetails"])
def test_fees_add_up_to_the_column(name: str) -> None:
    """To the cent, by another way of reading; and each has an identity of its own."""
    written = [row["Settled Total Fee Amount"] for row in rows(name)]
    cents = sum(0 if "E" in text else int(text.replace(".", "")) for text in written)
    assert sum(line.net_minor for line in lines(name)) == cents < 0
    assert len({line.identity for line in lines(name)}) == len(lines(name))


@pytest.mark.parametrize("name", sorted(set(FEEDS) - {"DisputeDetails"}))
def test_what_a_spreadsheet_destroyed_is_said_and_identifies_nothing(name: str) -> None:
    """Two columns of each, and no value of them is in what is told."""
    parts = report(name)
    damaged = [finding for part in parts for finding in part.findings if finding.check == "jpmorgan.spreadsheet"]
    assert [finding.where.partition(" ")[2] for finding in damaged] == [
        "Transaction Identifier",
        "Transaction Processing Entity Identifier",
    ]
    assert not any("E+" in line.identity for line in lines(name))
