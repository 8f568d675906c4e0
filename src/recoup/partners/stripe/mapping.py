"""Stripe's feeds: which object comes on which, how events and pages are taken apart, what is refused.

What a dispute says is in `mapping_disputes.py`, what money says in `mapping_money.py`, the shapes
in `wire.py`, the words in `codes.csv`, the quirks in `README.md`. Pure: bytes in, a reading out.
"""

from typing import Any

import msgspec

from recoup.domain.findings import Finding, excerpt
from recoup.domain.instants import from_epoch_seconds
from recoup.errors import InstantRefused
from recoup.formats.plain_text import reference
from recoup.formats.strict_json import MESSAGE, PAGE, parse
from recoup.partners.contract import Arrived, Quarantined, Reading
from recoup.partners.stripe.mapping_disputes import take_dispute, take_warning
from recoup.partners.stripe.mapping_money import take_balance_transaction, take_payout
from recoup.partners.stripe.telling import CODES
from recoup.partners.stripe.wire import Event, ReportRun, identifier
from recoup.partners.telling import Take, Telling, refuse, shaped, take, take_page


def read_webhook(arrived: Arrived, body: bytes) -> Reading:
    """Read one event: a dispute's, a fraud notice's, a payout's or a report's; any other is kept and counted."""
    reading = Reading(records=1)
    document = parse(body, MESSAGE, arrived.name)
    telling = Telling(arrived, 1, "event", arrived.landed_at)
    if isinstance(document, Finding):
        reading.quarantined.append(Quarantined(1, document))
    elif not isinstance(document, dict) or document.get("object") not in ("event", "v2.core.event"):
        refuse(telling, reading, "stripe.event", "no event", 'an object "event"; other objects come by their own feeds')
    elif document["object"] == "event":
        _read_event(telling, document, reading)
    reading.accepted = 1 - len(reading.quarantined)
    return reading


def read_disputes(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of disputes, or a single one, as snapshots as at the time of the fetch."""
    return _read_page(arrived, body, "dispute", take_dispute)


def read_early_fraud_warnings(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of fraud notices, or a single one."""
    return _read_page(arrived, body, "radar.early_fraud_warning", take_warning)


def read_balance_transactions(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of balance transactions; they are in a payout only where the page was asked for by payout."""
    return _read_page(arrived, body, "balance_transaction", take_balance_transaction)


def read_payouts(arrived: Arrived, body: bytes) -> Reading:
    """Read a page of payouts, or a single one."""
    return _read_page(arrived, body, "payout", take_payout)


class _Named(msgspec.Struct):
    account: str | None = None


_NAMED = msgspec.json.Decoder(_Named)


def account_of(body: bytes) -> str | None:
    """Give the connected account that an event names; None for our own events, for pages and for what is no JSON."""
    try:
        return reference(_NAMED.decode(body).account)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_event(telling: Telling, document: Any, reading: Reading) -> None:
    event = shaped(telling, document, Event, reading)
    if event is None:
        return
    family, _, _ = event.type.rpartition(".")
    if take_family := _BY_FAMILY.get(family):
        take(take_family, _of_event(telling, event), event.data.object, reading)


def _of_event(telling: Telling, event: Event) -> Telling:
    try:
        at = from_epoch_seconds(event.created)
    except InstantRefused:
        at = telling.arrived.landed_at  # an impossible time is no time: since when we know stands for it
    return Telling(telling.arrived, 1, "event", at, reference(event.id), event.type, reference(event.account))


def _read_page(arrived: Arrived, body: bytes, kind: str, take_kind: Take) -> Reading:
    document = parse(body, PAGE, arrived.name)
    if isinstance(document, Finding):
        return Reading(held=document)
    records = _records(document, kind)
    if records is None:
        return Reading(held=Finding("stripe.page", arrived.name, _said_instead(document), f"a list, or one {kind}"))

    def take_fitting(telling: Telling, record: Any, reading: Reading) -> None:
        is_fitting = isinstance(record, dict) and record.get("object") == kind
        (take_kind if is_fitting else _refuse_object)(telling, record, reading)

    return take_page(arrived, records, take_fitting)


def _records(document: Any, kind: str) -> list[Any] | None:
    """Give the records of a page, None where the document is neither a list nor one object of the kind."""
    if not isinstance(document, dict):
        return None
    data = document.get("data")
    if document.get("object") == "list" and isinstance(data, list):
        return data
    return [document] if document.get("object") in (kind, "issuing.dispute") else None


def _said_instead(document: Any) -> str:
    if isinstance(document, dict) and isinstance(document.get("error"), dict):
        return f"an error of type {excerpt(str(document['error'].get('type')))}"
    said = document.get("object") if isinstance(document, dict) else None
    return f"an object {excerpt(said)}" if isinstance(said, str) else "neither list nor object"


def _refuse_object(telling: Telling, record: Any, reading: Reading) -> None:
    if isinstance(record, dict) and record.get("object") == "issuing.dispute":
        _refuse_issuing(telling, record, reading)
    else:
        refuse(telling, reading, "stripe.object", "another object", f"objects of the feed {telling.arrived.feed}")


def _refuse_issuing(telling: Telling, record: Any, reading: Reading) -> None:
    refuse(telling, reading, "stripe.issuer_side", "an issuer's dispute", "disputes against our own payments")


def _take_report_run(telling: Telling, record: Any, reading: Reading) -> None:
    """Ask for the file of a finished report run that one of our feeds reads."""
    run = shaped(telling, record, ReportRun, reading)
    if run is None or telling.event != "reporting.report_run.succeeded":
        return
    file = reference(identifier(run.result))
    feed = None if run.report_type is None else CODES.meaning("report_type", run.report_type)
    if feed is not None and file is not None:
        reading.fetch.append(f"{feed}/{file}")


_BY_FAMILY: dict[str, Take] = {
    "charge.dispute": take_dispute,
    "radar.early_fraud_warning": take_warning,
    "payout": take_payout,
    "reporting.report_run": _take_report_run,
    "issuing_dispute": _refuse_issuing,
}
"""What an event's type is about, without its last word; other families are kept and counted, nothing more."""
