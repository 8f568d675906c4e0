"""Which documents of Worldpay's are cases, which are answers, and which are refused."""

from recoup.partners.worldpay.mapping import read_chargebacks
from tests.partners.worldpay.sent import arrived, case, checks, document, only, page


def test_page_tells_each_case_as_at_the_answer() -> None:
    """And not as at the landing."""
    headers = {"date": "Mon, 05 Jan 2026 11:59:00 GMT"}
    reading = read_chargebacks(arrived(headers=headers), page(case(), case(caseId="1333078001")))
    assert (reading.records, reading.accepted, checks(reading)) == (2, 2, [])
    assert [placed.said.partner_dispute_id for placed in reading.observations] == ["1333078000", "1333078001"]
    assert {placed.said.occurred_at for placed in reading.observations} == {1_767_614_340_000_000}


def test_day_without_cases_is_read() -> None:
    """A quiet day is an answer."""
    reading = read_chargebacks(arrived(), page())
    assert (reading.records, checks(reading)) == (0, [])


def test_case_without_id_is_quarantined_and_its_neighbour_read() -> None:
    """It is nobody's case."""
    reading = read_chargebacks(arrived(), page(case(caseId=None), case()))
    assert only(reading).position == 2
    assert (reading.records, checks(reading)) == (2, ["worldpay.case_id"])


def test_answers_to_what_we_send_tell_no_case() -> None:
    """Updates and documents; a document that was not taken is said so."""
    assert checks(read_chargebacks(arrived(), document("chargebackUpdateResponse", ""))) == []
    taken = document("chargebackDocumentUploadResponse", "<responseCode>000</responseCode>")
    refused = document("chargebackDocumentUploadResponse", "<responseCode>012</responseCode>")
    assert checks(read_chargebacks(arrived(), taken)) == []
    reading = read_chargebacks(arrived(), refused)
    assert (reading.records, checks(reading)) == (0, ["worldpay.not_taken"])
    assert reading.findings[0].found == 'response code "012"'


def test_error_is_held_with_what_it_says() -> None:
    """Half a list is not taken for a whole one."""
    held = read_chargebacks(arrived(), document("errorResponse", "<errors><error>no such case</error></errors>")).held
    assert held is not None
    assert (held.check, held.where, held.found) == ("worldpay.error", "x.http", 'an error "no such case"')


def test_other_documents_are_held() -> None:
    """Another element, broken XML, a DOCTYPE."""
    assert checks(read_chargebacks(arrived(), document("order", ""))) == ["worldpay.page"]
    assert checks(read_chargebacks(arrived(), page(case())[:-9])) == ["xml_tree.syntax"]
    doctype = b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"
    assert checks(read_chargebacks(arrived(), doctype)) == ["xml_tree.doctype"]
