"""The message of a ticket: what a partner is told and asked, with examples, and everything it is about as a table.

It names what the partner can look up: its own ids of disputes, payments and movements, its file names, days, amounts.
No merchant, no card number and nothing of ours but the ticket's reference stands in it.
Reads: break_, dispute, money_line, delivery, quarantine, expectation. Makes: text, and a table as CSV.
"""

import csv
import io
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Table, select

from recoup.domain.card_numbers import mask
from recoup.domain.instants import Instant, render_instant, render_minute
from recoup.domain.money import render, render_major
from recoup.enquiry.lists import Amount, BreakRow
from recoup.reports.csv_file import guarded
from recoup.storage import schema
from recoup.storage.register import View

EXAMPLES = 8
"""As many as a person reads; all of them stand in the table."""
WIDTH = 78
HEADS = ("what", "your_dispute", "your_payment", "your_reference", "your_file", "record", "day", "amount", "currency")
_VOCABULARY = "vocabulary"
_MONEY = ("money", "settlement", "payment")
_WORDS: Mapping[str, str] = {
    "dispute": "debit",
    "dispute_reversal": "credit",
    "dispute_fee": "fee",
    "file": "file due",
    "sequence": "number missing",
    "leg_settled": "settlement due",
    "leg_announced": "announcement due",
    "credit_after_win": "credit due",
    "paid_out": "payout due",
    "bank_credit": "credit at our bank due",
}
_LEGS: Mapping[str, str] = {"c": "credit", "d": "debit", "f": "fee"}
_SCHEDULED = ("file", "sequence")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the partner can look up. The amount is in minor units of its currency."""

    what: str
    dispute: str | None = None
    payment: str | None = None
    reference: str | None = None
    file: str | None = None
    record: int | None = None
    day: str | None = None
    amount_minor: int | None = None
    currency: str | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is said beside what the breaks show."""

    reference: str
    """Our word for it: the beginning of the ticket's id."""
    partner: str
    account: str | None
    desk: str | None
    written_at: Instant
    due: tuple[Instant, str] | None
    """By when an answer is wanted, and the term that says so; None where nothing was agreed."""
    tell: str
    ask: Sequence[str]
    expected: Sequence[Amount]
    """What should come back; empty where nothing is claimed."""


class Message(msgspec.Struct, frozen=True):
    """One message, ready to be sent by somebody."""

    title: str
    text: str
    table: str
    """CSV."""
    disputes: int


def composed(view: View, breaks: Sequence[BreakRow], letter: Letter) -> Message:
    """Write the message about some breaks of one partner."""
    found = references(view, breaks)
    disputes = len({one.dispute for one in found if one.dispute})
    title = _title(letter, breaks, disputes)
    return Message(title, mask(_text(letter, title, breaks, found)), _table(found), disputes)


# --- what it is about -----------------------------------------------------------------------


def references(view: View, breaks: Sequence[BreakRow]) -> list[Reference]:
    """Give all that the partner can look up, in a fixed order, each once."""
    found: dict[Reference, None] = {}
    for b in breaks:
        told = (*_expected(view, b), *_words(view, b), *_about_disputes(view, b), *_about_files(view, b))
        found.update(dict.fromkeys(told))
    return list(found)


def _keyed(view: View, table: Table, column: str, keys: Iterable[str]) -> list[dict[str, Any]]:
    names = [str(c.name) for c in table.columns]
    return [dict(zip(names, row, strict=True)) for row in view.by_keys(table, column, sorted(set(keys)))]


def _expected(view: View, b: BreakRow) -> Iterator[Reference]:
    """Give what was waited for, where the break is about that."""
    table = schema.break_.c
    [(cause,)] = view.rows(select(table.cause).where(table["break_"] == b.id))
    for row in _keyed(view, schema.expectation, "subject", [cause]):
        if row["partner"] != b.partner or row["closed_at"] is not None:
            continue
        last = row["subject"].rpartition(":")[2]
        of = next(iter(_keyed(view, schema.dispute, "dispute", [row["dispute"]] if row["dispute"] else [])), None)
        yield Reference(
            what=_waited_for(row),
            dispute=None if of is None else of["partner_dispute_id"],
            payment=None if of is None else of["payment_ref"],
            reference=row["batch"] or (f"status {of['partner_status']}" if of and of["partner_status"] else None),
            file=f"{row['feed']} {last}" if row["kind"] in _SCHEDULED else None,
            day=_day(row["due_at"]),
            amount_minor=None if row["amount_minor"] is None else abs(row["amount_minor"]),
            currency=row["currency"],
        )


def _waited_for(expectation: Mapping[str, Any]) -> str:
    """What is due, in the partner's words: of a settlement whether money should come or go."""
    kind, leg = expectation["kind"], expectation["leg"] or ""
    if kind == "leg_settled" and leg[:1] in _LEGS:
        return f"{_LEGS[leg[0]]} due"
    return _WORDS.get(kind, kind.replace("_", " "))


def _words(view: View, b: BreakRow) -> Iterator[Reference]:
    """Give the words that nobody knows, as the partner wrote them."""
    if b.kind == _VOCABULARY:
        rows = _keyed(view, schema.finding, "delivery", b.deliveries)
        words = {row["found"].strip('"') for row in rows if row["check_"].startswith(_VOCABULARY)}
        yield from (Reference(what="word", reference=word) for word in sorted(words))


def _about_disputes(view: View, b: BreakRow) -> Iterator[Reference]:
    known = {row["dispute"]: row for row in _keyed(view, schema.dispute, "dispute", b.disputes)}
    lines = _lines(view, b) if b.kind in _MONEY else {}
    of = [line["delivery"] for moved in lines.values() for line in moved]
    names = {row["delivery"]: row["name"] for row in _deliveries(view, of)}
    for key, row in sorted(known.items(), key=lambda item: item[1]["partner_dispute_id"]):
        named = {"dispute": row["partner_dispute_id"], "payment": row["payment_ref"]}
        moved = lines.get(key, [])
        if not moved:
            told = {"amount_minor": row["amount_minor"], "currency": row["currency"]}
            status = row["partner_status"] if b.kind in (_VOCABULARY, "lifecycle") else None
            word = f"status {status}" if status else None
            yield Reference(what="dispute", reference=word, day=_day(row["opened_at"]), **named, **told)
        for line in moved:
            yield Reference(
                what=_WORDS.get(line["kind"], line["kind"].replace("_", " ")),
                reference=line["identity"],
                file=names.get(line["delivery"]),
                record=line["position"],
                day=line["effective_on"],
                amount_minor=abs(line["gross_minor"]),
                currency=line["currency"],
                **named,
            )


def _lines(view: View, b: BreakRow) -> dict[str, list[dict[str, Any]]]:
    """Give the movements of the break's disputes: those in its deliveries where it names any, each told once."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    rows = _keyed(view, schema.money_line, "dispute", b.disputes)
    for row in sorted(rows, key=lambda r: (r["effective_on"], r["identity"], r["feed"])):
        if row["partner"] == b.partner and (not b.deliveries or row["delivery"] in b.deliveries):
            found.setdefault(row["dispute"], {}).setdefault(row["money_line"], row)
    return {dispute: list(lines.values()) for dispute, lines in found.items()}


def _about_files(view: View, b: BreakRow) -> Iterator[Reference]:
    """Give the files and messages, with their bad records; where movements name them they are named already."""
    if b.kind in _MONEY and b.disputes:
        return
    bad: dict[str, list[int]] = {}
    for row in _keyed(view, schema.quarantine, "delivery", b.deliveries):
        bad.setdefault(row["delivery"], []).append(row["position"])
    for row in sorted(_deliveries(view, b.deliveries), key=lambda r: (r["landed_at"], r["name"])):
        if row["partner"] == b.partner:
            came = {"file": row["name"], "day": _day(row["landed_at"])}
            yield from (Reference(what="record", record=p, **came) for p in sorted(bad.get(row["delivery"], [])))
            if row["delivery"] not in bad:
                yield Reference(what="file or message", **came)


def _deliveries(view: View, keys: Iterable[str]) -> list[dict[str, Any]]:
    return _keyed(view, schema.delivery, "delivery", keys)


def _day(at: Instant | None) -> str | None:
    return None if at is None else render_instant(at)[:10]


# --- how it is said -------------------------------------------------------------------------


def _title(letter: Letter, breaks: Sequence[BreakRow], disputes: int) -> str:
    parts = [_counted(disputes, "dispute")] if disputes else []
    if money := at_stake(breaks):
        parts.append(" + ".join(render(a.minor, a.currency) for a in money))
    place = f"{letter.partner} {letter.account}" if letter.account else letter.partner
    more = f" ({', '.join(parts)})" if parts else ""
    return f"{place}: {letter.tell[:1].lower()}{letter.tell[1:].rstrip('.')}{more}"


def at_stake(breaks: Iterable[BreakRow]) -> list[Amount]:
    """Sum the money in question of several breaks, by currency."""
    sums: dict[str, int] = {}
    for b in breaks:
        for amount in b.amounts:
            sums[amount.currency] = sums.get(amount.currency, 0) + abs(amount.minor)
    return [Amount(code, minor) for code, minor in sorted(sums.items()) if minor]


def _text(letter: Letter, title: str, breaks: Sequence[BreakRow], found: Sequence[Reference]) -> str:
    parts = [
        *_header(letter, title),
        "",
        _folded(letter.tell),
        "",
        *_counts(breaks, found),
        "",
        *(["For example:" if len(found) > EXAMPLES else "It is about:"] if found else []),
        *(_folded(_line(one), "  - ", "    ") for one in found[:EXAMPLES]),
        *([f"  and {more:,} more, in the table beside this message."] if (more := len(found) - EXAMPLES) > 0 else []),
        "",
        "What we ask of you:",
        *(_folded(asked, f"  {number}. ", "     ") for number, asked in enumerate(letter.ask, start=1)),
    ]
    if letter.expected:
        money = " and ".join(render(a.minor, a.currency) for a in letter.expected)
        parts += ["", _folded(f"Until we hear otherwise we expect {money} back.")]
    return "\n".join([*parts, "", f"Please name {letter.reference} in your answer.", ""])


def _header(letter: Letter, title: str) -> list[str]:
    due = "as soon as you can; no time is agreed" if letter.due is None else f"by {render_minute(letter.due[0])}"
    return [
        _folded(f"{title} [{letter.reference}]", "Subject: ", "         "),
        f"To:      {letter.desk or 'your desk for disputes'}",
        f"Date:    {_day(letter.written_at)}",
        _folded(due, "Answer:  ", "         "),
    ]


def _counts(breaks: Sequence[BreakRow], found: Sequence[Reference]) -> list[str]:
    numbers = [
        (len({one.dispute for one in found if one.dispute}), "dispute"),
        (len({one.reference for one in found if one.reference and one.record}), "movement"),
        (len({one.file for one in found if one.file}), "file or message"),
    ]
    told = [_counted(number, noun) for number, noun in numbers if number]
    money = [f"{render(a.minor, a.currency)} in question" for a in at_stake(breaks)]
    since = _day(min(b.first_seen_at for b in breaks))
    return [f"How much: {', '.join([*told, *money]) or 'what is listed'}", f"Found:    {since}"]


def _line(one: Reference) -> str:
    place = one.file and (f"{one.file}, record {one.record}" if one.record else one.file)
    amount = render(one.amount_minor, one.currency) if one.amount_minor is not None and one.currency else None
    return ", ".join(part for part in (one.what, one.dispute, amount, one.day, one.reference, place) if part)


def _counted(number: int, noun: str) -> str:
    if noun == "file or message":
        return f"{number:,} {'file or message' if number == 1 else 'files or messages'}"
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _folded(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )


def _table(found: Iterable[Reference]) -> str:
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(HEADS)
    for one in found:
        amount = None
        if one.amount_minor is not None and one.currency is not None:
            amount = render_major(one.amount_minor, one.currency)
        told = (one.what, one.dispute, one.payment, one.reference, one.file, _text_of(one.record), one.day, amount)
        writer.writerow([guarded(None if cell is None else mask(cell)) for cell in (*told, one.currency)])
    return kept.getvalue()


def _text_of(number: int | None) -> str | None:
    return None if number is None else str(number)
