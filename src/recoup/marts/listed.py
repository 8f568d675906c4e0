"""Sources made from what the register keeps within one column: legs, amounts and disputes of breaks, contracts.

Lists and documents are one column of the register, as they are written and read whole; here each item is a row.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from recoup.domain.legs import read_legs
from recoup.domain.terms import Terms
from recoup.marts import known
from recoup.marts.column_words import WORDS
from recoup.marts.source import ASKED, CHECKED, DELIVERED, SET_UP, Asked, Column, Row, Source, SqlType, Unit, made
from recoup.storage import schema
from recoup.storage.register import View

_BREAK_SILENT = "only what the last check wrote into a break is kept"
_CONTRACT_SILENT = "only what is agreed by the set-up of now is kept"
_TERMS = msgspec.json.Decoder(Terms)


def listed_sources() -> tuple[Source, ...]:
    """Give the sources of this file."""
    return (
        *(_legs(), _break_amounts(), _break_disputes(), _break_deliveries()),
        *(_ticket_amounts(), _contracts(), _contract_fees(), _contract_schedules(), _moment()),
    )


def _columns(table: str, *told: tuple[Any, ...]) -> tuple[Column, ...]:
    return tuple(_column(table, *column) for column in told)


def _column(table: str, name: str, kind: SqlType = "VARCHAR", unit: Unit = "") -> Column:
    return Column(name, kind, WORDS.get(f"{table}.{name}") or WORDS.get(name, ""), unit)


# --- legs -----------------------------------------------------------------------------------


def _legs() -> Source:
    return Source(
        "legs",
        "leg",
        "One announced movement of a dispute, as its partner told it.",
        ("dispute", "leg"),
        _columns(
            "legs",
            *(("dispute",), ("leg",), ("kind",), ("cycle", "BIGINT"), ("amount_minor", "BIGINT", "minor")),
            *(("currency",), ("announced_at", "TIMESTAMP"), ("ref",), ("is_provisional", "BOOLEAN")),
        ),
        "disputes",
        DELIVERED,
        made(_leg_rows),
        "merchant",
    )


def _leg_rows(view: View, asked: Asked) -> Iterator[Row]:
    rows = known.rows_of(schema.dispute, asked)
    for part in view.batches(select(rows.c.dispute, rows.c.legs).where(rows.c.legs != "[]")):
        for dispute, legs in part:
            for leg in read_legs(legs):
                told = (leg.amount_minor, leg.currency, leg.announced_at, leg.ref, int(leg.is_provisional))
                yield (dispute, leg.name, leg.leg, leg.cycle, *told)


# --- breaks ---------------------------------------------------------------------------------


def _break_amounts() -> Source:
    return Source(
        "break_amounts",
        "break_amount",
        "The money in question of one break, in one currency.",
        ("break", "currency"),
        _columns("break_amounts", ("break",), ("currency",), ("amount_minor", "BIGINT", "minor")),
        "controls",
        CHECKED,
        made(_break_amount_rows),
        silent=_BREAK_SILENT,
    )


def _break_amount_rows(view: View, _asked: Asked) -> Iterator[Row]:
    b = schema.break_.c
    for part in view.batches(select(b["break_"], b.amounts)):
        for key, amounts in part:
            yield from ((key, amount["currency"], amount["minor"]) for amount in msgspec.json.decode(amounts))


def _break_disputes() -> Source:
    return Source(
        "break_disputes",
        "break_dispute",
        "One dispute that a break is about.",
        ("break", "dispute"),
        _columns("break_disputes", ("break",), ("dispute",)),
        "controls",
        CHECKED,
        made(_break_dispute_rows),
        silent=_BREAK_SILENT,
    )


def _break_dispute_rows(view: View, _asked: Asked) -> Iterator[Row]:
    b = schema.break_.c
    for part in view.batches(select(b["break_"], b.disputes)):
        for key, disputes in part:
            yield from ((key, dispute) for dispute in msgspec.json.decode(disputes))


def _break_deliveries() -> Source:
    return Source(
        "break_deliveries",
        "break_delivery",
        "One delivery that a break is about.",
        ("break", "delivery"),
        _columns("break_deliveries", ("break",), ("delivery",)),
        "controls",
        CHECKED,
        made(_break_delivery_rows),
        silent=_BREAK_SILENT,
    )


def _break_delivery_rows(view: View, _asked: Asked) -> Iterator[Row]:
    b = schema.break_.c
    for part in view.batches(select(b["break_"], b.deliveries)):
        for key, deliveries in part:
            yield from ((key, delivery) for delivery in msgspec.json.decode(deliveries))


def _ticket_amounts() -> Source:
    return Source(
        "ticket_amounts",
        "ticket_amount",
        "What should come back by one ticket, in one currency.",
        ("ticket", "currency"),
        _columns("ticket_amounts", ("ticket",), ("currency",), ("amount_minor", "BIGINT", "minor")),
        "partners",
        "with each ticket",
        made(_ticket_amount_rows),
    )


def _ticket_amount_rows(view: View, asked: Asked) -> Iterator[Row]:
    rows = known.rows_of(schema.ticket, asked)
    for part in view.batches(select(rows.c.ticket, rows.c.amounts)):
        for key, amounts in part:
            yield from ((key, amount["currency"], amount["minor"]) for amount in msgspec.json.decode(amounts))


# --- contracts ------------------------------------------------------------------------------

_DAYS = ("announce_to_settle", "settle_to_announce", "report_to_payout", "payout_to_bank", "announce_to_house")
_MORE_DAYS = ("win_to_credit", "notice_to_chargeback", "message_to_answer")


def _contracts() -> Source:
    return Source(
        "contracts",
        "contract",
        "One dated agreement with a partner about one account; a term that is absent was not agreed.",
        ("partner", "account", "valid_from"),
        _columns(
            "contracts",
            *(("partner",), ("account",), ("valid_from", "DATE"), ("valid_to", "DATE"), ("source",), ("settles_in",)),
            *(("calendar",), ("day_kind",), ("cut_off",), ("release",), ("fx_borne_by",)),
            *((f"{name}_days", "BIGINT", "days") for name in (*_DAYS, *_MORE_DAYS)),
            *(("work_hour_minor", "BIGINT", "minor"), ("work_hour_currency",)),
        ),
        "partners",
        SET_UP,
        made(_contract_rows),
        silent=_CONTRACT_SILENT,
    )


def _contract_rows(view: View, _asked: Asked) -> Iterator[Row]:
    for partner, account, terms in _terms(view):
        days = (getattr(terms.days, name) for name in (*_DAYS, *_MORE_DAYS))
        held = (partner, account, terms.valid_from, terms.valid_to, terms.source, " ".join(terms.settles_in))
        hour = (terms.work_hour.minor, terms.work_hour.currency) if terms.work_hour is not None else (None, None)
        yield (*held, terms.calendar, terms.day_kind, terms.cut_off, terms.release, terms.fx_borne_by, *days, *hour)


def _contract_fees() -> Source:
    return Source(
        "contract_fees",
        "contract_fee",
        "One kind of fee that was agreed with a partner about one account, from a day to a day (excluded).",
        ("partner", "account", "valid_from", "kind"),
        _columns(
            "contract_fees",
            *(("partner",), ("account",), ("valid_from", "DATE"), ("valid_to", "DATE"), ("kind",)),
            *(("amount_minor", "BIGINT", "minor"), ("currency",), ("borne_by",), ("is_refunded_on_win", "BOOLEAN")),
            ("source",),
        ),
        "partners",
        SET_UP,
        made(_contract_fee_rows),
        silent=_CONTRACT_SILENT,
    )


def _contract_fee_rows(view: View, _asked: Asked) -> Iterator[Row]:
    for partner, account, terms in _terms(view):
        for fee in terms.fees:
            agreed = (fee.kind, fee.amount_minor, fee.currency, fee.borne_by, int(fee.is_refunded_on_win), fee.source)
            yield (partner, account, terms.valid_from, terms.valid_to, *agreed)


def _contract_schedules() -> Source:
    return Source(
        "contract_schedules",
        "contract_schedule",
        "When files of one feed of one account are due, from a day to a day (excluded).",
        ("partner", "account", "valid_from", "feed"),
        _columns(
            "contract_schedules",
            *(("partner",), ("account",), ("valid_from", "DATE"), ("valid_to", "DATE"), ("feed",), ("cadence",)),
            *(("due_time",), ("days_after", "BIGINT", "days"), ("grace_hours", "BIGINT", "hours")),
            ("has_sequence", "BOOLEAN"),
        ),
        "partners",
        SET_UP,
        made(_contract_schedule_rows),
        silent=_CONTRACT_SILENT,
    )


def _contract_schedule_rows(view: View, _asked: Asked) -> Iterator[Row]:
    for partner, account, terms in _terms(view):
        for s in terms.schedules:
            due = (s.feed, s.cadence, s.due_time, s.days_after, s.grace_hours, int(s.has_sequence))
            yield (partner, account, terms.valid_from, terms.valid_to, *due)


def _terms(view: View) -> Iterator[tuple[str, str, Terms]]:
    contract = schema.contract.c
    order = (contract.partner, contract.account, contract.valid_from)
    for partner, account, body in view.rows(select(contract.partner, contract.account, contract.body).order_by(*order)):
        yield partner, account, _TERMS.decode(body)


# --- the present ----------------------------------------------------------------------------


def _moment() -> Source:
    return Source(
        "moment",
        "moment",
        "The one present that a question is asked in.",
        (),
        _columns("moment", ("as_of_at", "TIMESTAMP"), ("known_at", "TIMESTAMP")),
        "home",
        ASKED,
        made(lambda _view, asked: [(asked.now, asked.known_at)]),
        "public",
    )
