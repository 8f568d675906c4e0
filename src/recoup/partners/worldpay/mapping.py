"""Worldpay's pages of cases: how each is taken apart, and what is refused.

What a case says is in `mapping_cases.py`, the shapes in `wire.py`, the words in `codes.csv`, the quirks in
`README.md`. Pure: bytes in, a reading out.
"""

from typing import Any

from recoup.domain.findings import Finding, excerpt
from recoup.formats.xml_tree import Node, parse
from recoup.partners.contract import Arrived, Reading
from recoup.partners.telling import Telling, take_page
from recoup.partners.worldpay.mapping_cases import add_case
from recoup.partners.worldpay.wire import ANSWERS, CASES, ERROR, case_of, text

_SUCCESS = "000"


def read_chargebacks(arrived: Arrived, body: bytes) -> Reading:
    """Read the cases of a day, or one case, as snapshots as at the time of the fetch."""
    document = parse(body, arrived.name)
    if isinstance(document, Finding):
        return Reading(held=document)
    if document.name == CASES:
        return take_page(arrived, document.all("chargebackCase"), _take)
    if document.name in ANSWERS:
        return _read_answer(arrived, document)
    return Reading(held=_other(arrived, document))


def _take(telling: Telling, node: Any, reading: Reading) -> None:
    add_case(telling, case_of(node), reading)


def _read_answer(arrived: Arrived, document: Node) -> Reading:
    """The answer to something that we sent: no case, and a finding where it was not taken."""
    code = text(document, "responseCode")
    reading = Reading()
    if code not in (None, _SUCCESS):
        wanted = f"{_SUCCESS}, taken"
        reading.findings.append(Finding("worldpay.not_taken", arrived.name, f"response code {excerpt(code)}", wanted))
    return reading


def _other(arrived: Arrived, document: Node) -> Finding:
    if document.name == ERROR:
        errors = document.child("errors")
        said = [error.text for error in errors.all("error")] if errors else []
        return Finding("worldpay.error", arrived.name, f"an error {excerpt('; '.join(said))}", "cases")
    return Finding("worldpay.page", arrived.name, f"an element {excerpt(document.name)}", CASES)
