"""Controls on words: a status, reason or type that is in no vocabulary is kept, changes nothing, and is asked about.

One break per word, however many disputes it came with. Reads: observation, finding.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from recoup.controls.classes import class_of_finding
from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.storage import schema
from recoup.storage.register import View

UNKNOWN_MOVE, CLOSED_UNKNOWN = "unknown", "closed_unknown"
WORD_CLASSES = frozenset({"unknown_status", "unknown_reason", "unknown_word"})


class _Used(msgspec.Struct, frozen=True, gc=False):
    """One use of a word that nobody knows."""

    partner: str
    account: str
    feed: str
    delivery: str
    dispute: str | None


def unknown_word(view: View, moment: Moment) -> list[Symptom]:
    """Statuses that lead nowhere, and other words that a reader did not know; by partner and word."""
    statuses = _statuses(view, moment)
    closed = _closed_unknown(view)
    told = {used.delivery for uses in statuses.values() for used in uses} | _deliveries_of(view, closed)
    open_ = {key: [used for used in uses if key[1] or used.dispute not in closed] for key, uses in statuses.items()}
    return [
        *(_status(partner, word, uses) for (partner, word), uses in open_.items() if uses),
        *_others(view, moment, told),
    ]


def _closed_unknown(view: View) -> set[str]:
    """Disputes that ended without an outcome: a status that is missing there is told as that."""
    d = schema.dispute.c
    return {row[0] for row in view.rows(select(d.dispute).where(d.outcome == "unknown"))}


def _deliveries_of(view: View, disputes: set[str]) -> set[str]:
    """Deliveries that told such an end: what their reader found missing is told with it."""
    columns = [c.name for c in schema.observation.columns]
    move, delivery = columns.index("move"), columns.index("delivery")
    rows = view.by_keys(schema.observation, "dispute", sorted(disputes))
    return {row[delivery] for row in rows if row[move] == CLOSED_UNKNOWN}


def _statuses(view: View, moment: Moment) -> dict[tuple[str, str], list[_Used]]:
    o = schema.observation.c
    statement = (
        select(o.partner_status, o.partner, o.account, o.feed, o.delivery, o.dispute)
        .where(o.move == UNKNOWN_MOVE, o.landed_at <= moment.as_of)
        .order_by(o.landed_at, o.observation)
    )
    found: dict[tuple[str, str], list[_Used]] = defaultdict(list)
    for word, *used in view.rows(statement):
        found[used[0], word or ""].append(_Used(*used))
    return found


def _status(partner: str, word: str, uses: Sequence[_Used]) -> Symptom:
    said = f'the status "{word}"' if word else "no status"
    return _symptom(
        uses,
        cause=f"{partner}:status:{word}",
        classes=("unknown_status", "format_drift"),
        seen=f"{partner} gave {said} to {_count(uses)}, which is in no vocabulary, so nothing changed",
        expected="Wanted was a status of the partner's vocabulary",
    )


def _others(view: View, moment: Moment, told: set[str]) -> list[Symptom]:
    """Words that only a finding tells of: reason codes, types, event names."""
    f = schema.finding.c
    statement = (
        select(f.check_, f.found, f.wanted, f.partner, f.account, f.feed, f.delivery, f.dispute)
        .where(f.landed_at <= moment.as_of)
        .order_by(f.landed_at, f.finding)
    )
    found: dict[tuple[str, str, str, str], list[_Used]] = defaultdict(list)
    for check, word, wanted, *used in view.rows(statement):
        class_ = class_of_finding(check, wanted)
        if class_ == "unknown_reason" or (class_ in WORD_CLASSES and used[3] not in told):
            found[used[0], class_, word, wanted].append(_Used(*used))
    return [
        _symptom(
            uses,
            cause=f"{partner}:{class_}:{word}",
            classes=(class_, "format_drift"),
            seen=f"{partner} used a word that is in no vocabulary, on {_count(uses)}: {word}",
            expected=f"Wanted was {wanted}",
        )
        for (partner, class_, word, wanted), uses in _with_disputes(view, found).items()
    ]


_Uses = dict[tuple[str, str, str, str], list[_Used]]


def _with_disputes(view: View, found: _Uses) -> _Uses:
    """Give each use the disputes whose records in its delivery say the word, where the finding names none."""
    columns = [c.name for c in schema.observation.columns]
    at = [columns.index(name) for name in ("delivery", "dispute", "reason_code", "partner_status", "network")]
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in view.by_keys(
        schema.observation, "delivery", sorted({u.delivery for uses in found.values() for u in uses})
    ):
        delivery, dispute, *words = (row[i] for i in at)
        for word in filter(None, words):
            said[delivery, word].add(dispute)
    return {key: [named for used in uses for named in _named(used, said, key[2])] for key, uses in found.items()}


def _named(used: _Used, said: Mapping[tuple[str, str], set[str]], word: str) -> list[_Used]:
    disputes = sorted(said.get((used.delivery, word.strip('"')), ()))
    if used.dispute is not None or not disputes:
        return [used]
    return [msgspec.structs.replace(used, dispute=dispute) for dispute in disputes]


def _count(uses: Sequence[_Used]) -> str:
    disputes = {used.dispute for used in uses if used.dispute is not None}
    count, noun = (len(disputes), "dispute") if disputes else (len(uses), "record")
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _symptom(uses: Sequence[_Used], *, cause: str, classes: tuple[str, ...], seen: str, expected: str) -> Symptom:
    first = uses[0]
    accounts = {used.account for used in uses}
    return Symptom(
        control="unknown_word",
        kind="vocabulary",
        cause=cause,
        classes=classes,
        partner=first.partner,
        account=first.account if len(accounts) == 1 else None,
        feed=first.feed,
        deliveries=tuple(sorted({used.delivery for used in uses})),
        disputes=tuple(sorted({used.dispute for used in uses if used.dispute is not None})),
        seen=seen,
        expected=expected,
    )
