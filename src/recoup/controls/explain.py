"""One break per cause: put the symptoms together that one thing explains, and say it in sentences a person understands.

`ABSORBS` is a table: what a control's symptom can explain of others, and by
what they must hang together. A cause absorbs only what is weaker than itself
(`RANKS`), so that the strongest explanation stands and there are no circles.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from recoup.controls.classes import BY_NAME, FaultClass
from recoup.controls.symptom import Source, Symptom
from recoup.domain.money import Amount, render

Link = Literal["dispute", "leg", "batch", "delivery", "days", "feed", "account"]
"""`days`: the cause is a delivery problem of a feed that the symptom waits for, in the days it waits. `feed`: both are
about one feed of one account, in the same days. `account`: the cause is that an account could not be asked, in the
days in which the symptom waits for any feed of it."""

RANKS: Mapping[str, int] = {
    control: rank
    for rank, control in enumerate(
        (
            "ledger_invariant",
            "call_refused",
            "api_moved",
            "error_answers",
            "calls_failing",
            "list_gap",
            "credential_ending",
            "clock_offset",
            "partner_out",
            "held_delivery",
            "missing_file",
            "learnt_file_missing",
            "sequence_gap",
            "refused_signature",
            "quarantined_records",
            "same_period_again",
            "stale_page",
            "unknown_word",
            "contract_drift",
            "same_id_other_content",
            "other_spelling",
            "partner_clock",
            "illegal_move",
            "outcome_reversed",
            "two_ids",
            "amount_fit",
            "merchant_of_payment",
            "orphan_dispute",
            "feeds_disagree",
            "double_money",
            "suspense",
            "tie_out",
            "lost_event",
            "outcome_missing",
            "notice_without_end",
            "credit_after_win",
            "leg_unsettled",
            "leg_unannounced",
            "case_without_money",
            "rate_conformance",
            "leg_residue",
            "batch_unpaid",
            "payout_unbanked",
            "payout_unreported",
            "bank_differs",
            "bank_unexpected",
            "statements_differ",
            "house_unconfirmed",
            "house_residue",
            "house_unexpected",
            "outcome_money",
            "provisional_left",
            "returned_above_captured",
            "fee_conformance",
            "data_finding",
            "told_by_hand",
            "late_notice",
            "deadline_moved",
            "deadline_unreadable",
            "deadline_missing",
            "clock_headroom",
            "no_contract",
            "calendar_ending",
            "sealed_day_changed",
            "heartbeat_stale",
            "canary_missing",
            "clock_jumped",
            "page_undelivered",
            "match",
            "low_volume",
            "repeated_deliveries",
            "intake_lag",
            "amount_ratio",
            "mix_shift",
            "opening_differs",
            "after_closing",
        )
    )
}

_MONEY_LATE = (
    *("leg_unsettled", "leg_unannounced", "case_without_money", "credit_after_win", "batch_unpaid", "payout_unbanked"),
    "payout_unreported",
    "tie_out",
)
_HOUSE_LATE = ("house_unconfirmed", "house_residue", "house_unexpected", "orphan_dispute")
_TOLD_LATE = ("lost_event", "notice_without_end", "outcome_missing")
_LATE = (*_MONEY_LATE, *_HOUSE_LATE, *_TOLD_LATE, "bank_unexpected", "bank_differs", "suspense")
_MONEY_WRONG = ("leg_residue", "house_residue", "house_unconfirmed", "outcome_money", "returned_above_captured")
_SPELT = (
    "leg_unsettled",
    "leg_unannounced",
    "credit_after_win",
    "orphan_dispute",
    "house_unexpected",
    "merchant_of_payment",
)
_STUCK = (
    "case_without_money",
    "notice_without_end",
    "outcome_missing",
    "leg_unannounced",
    "credit_after_win",
    "outcome_money",
    "clock_headroom",
    "deadline_missing",
)

_OF_DISPUTES = (
    *("unknown_word", "same_id_other_content", "illegal_move", "amount_fit", "merchant_of_payment", "orphan_dispute"),
    *("feeds_disagree", "double_money", "suspense", "lost_event", "credit_after_win", "leg_unsettled"),
    *(
        "leg_unannounced",
        "case_without_money",
        "leg_residue",
        "house_unconfirmed",
        "house_residue",
        "house_unexpected",
        "outcome_money",
    ),
    "fee_conformance",
)
_OF_BATCHES = (
    *("same_period_again", "feeds_disagree", "tie_out", "batch_unpaid", "payout_unbanked", "bank_differs"),
    *("bank_unexpected", "suspense"),
)
_OF_DELIVERIES = ("held_delivery", "quarantined_records", "same_period_again", "statements_differ")
_MATCHED_TOO: tuple[tuple[str, Link], ...] = (
    *((control, "leg") for control in ("credit_after_win", "leg_unsettled", "leg_unannounced", "leg_residue")),
    *((control, "dispute") for control in _OF_DISPUTES),
    *((control, "batch") for control in _OF_BATCHES),
    *((control, "delivery") for control in _OF_DELIVERIES),
)

ABSORBS: tuple[tuple[str, Link, tuple[str, ...]], ...] = (
    ("call_refused", "account", (*_LATE, "calls_failing", "list_gap")),
    ("api_moved", "account", (*_LATE, "calls_failing", "list_gap")),
    ("error_answers", "account", (*_LATE, "calls_failing", "list_gap")),
    ("error_answers", "delivery", ("held_delivery",)),
    ("calls_failing", "account", (*_LATE, "list_gap")),
    ("list_gap", "account", _LATE),
    ("list_gap", "dispute", ("lost_event",)),
    ("held_delivery", "feed", ("missing_file", "sequence_gap", "same_period_again", "contract_drift", "low_volume")),
    ("partner_out", "dispute", ("clock_headroom",)),
    ("partner_out", "days", _LATE),
    ("held_delivery", "delivery", ("quarantined_records", "data_finding", "unknown_word")),
    ("held_delivery", "days", _LATE),
    ("missing_file", "feed", ("sequence_gap",)),
    ("missing_file", "feed", ("low_volume",)),
    ("missing_file", "days", _LATE),
    ("learnt_file_missing", "feed", ("low_volume",)),
    ("learnt_file_missing", "days", _LATE),
    ("sequence_gap", "days", _LATE),
    ("quarantined_records", "delivery", ("data_finding", "unknown_word", "contract_drift")),
    ("refused_signature", "days", _LATE),
    ("quarantined_records", "days", _LATE),
    ("quarantined_records", "feed", ("low_volume",)),
    ("same_period_again", "delivery", ("data_finding",)),
    ("same_period_again", "batch", ("tie_out", "leg_residue", "feeds_disagree")),
    ("unknown_word", "dispute", (*_STUCK, "lost_event", "data_finding")),
    ("unknown_word", "delivery", ("contract_drift",)),
    ("contract_drift", "delivery", ("data_finding",)),
    ("contract_drift", "feed", ("low_volume",)),
    ("refused_signature", "feed", ("low_volume", "intake_lag")),
    ("same_id_other_content", "dispute", ("illegal_move", "deadline_moved", "outcome_money", "data_finding")),
    ("other_spelling", "dispute", (*_SPELT, *_MONEY_WRONG, "fee_conformance")),
    ("partner_clock", "dispute", ("illegal_move", "deadline_moved", "late_notice")),
    ("outcome_reversed", "dispute", ("outcome_money",)),
    ("two_ids", "dispute", ("leg_unsettled", "returned_above_captured", "house_unconfirmed")),
    ("illegal_move", "dispute", ("outcome_money", "lost_event", "house_unconfirmed", "data_finding")),
    ("amount_fit", "dispute", (*_MONEY_WRONG, "feeds_disagree", "double_money", "leg_unsettled", "fee_conformance")),
    ("merchant_of_payment", "dispute", ("house_unconfirmed", "house_residue", "house_unexpected")),
    ("orphan_dispute", "dispute", ("house_unconfirmed",)),
    ("feeds_disagree", "dispute", (*_MONEY_WRONG, "fee_conformance")),
    ("feeds_disagree", "batch", ("tie_out", "bank_differs")),
    ("double_money", "dispute", (*_MONEY_WRONG, "leg_unannounced", "credit_after_win", "fee_conformance")),
    ("suspense", "leg", ("leg_unsettled", "credit_after_win", "leg_residue")),
    ("lost_event", "dispute", _STUCK),
    ("outcome_missing", "dispute", ("outcome_money", "clock_headroom", "deadline_missing", "notice_without_end")),
    ("notice_without_end", "dispute", ("clock_headroom",)),
    ("credit_after_win", "leg", ("leg_unsettled", "house_unconfirmed")),
    ("leg_unsettled", "leg", ("leg_residue",)),
    ("leg_unsettled", "dispute", ("fee_conformance", "house_unexpected")),
    ("leg_unannounced", "leg", ("leg_residue", "house_unconfirmed")),
    ("leg_unannounced", "dispute", ("outcome_money", "house_unconfirmed")),
    ("case_without_money", "dispute", ("house_unexpected", "house_unconfirmed", "fee_conformance", "outcome_money")),
    ("rate_conformance", "dispute", ("leg_residue", "house_residue")),
    ("tie_out", "batch", ("batch_unpaid", "bank_differs", "payout_unbanked")),
    ("tie_out", "leg", ("leg_unsettled",)),
    ("leg_residue", "dispute", ("outcome_money",)),
    ("batch_unpaid", "batch", ("payout_unbanked", "bank_differs")),
    ("payout_unbanked", "batch", ("bank_unexpected",)),
    ("house_unconfirmed", "dispute", ("house_unexpected",)),
    ("house_residue", "dispute", ("house_unexpected",)),
    ("late_notice", "dispute", ("clock_headroom",)),
    ("deadline_unreadable", "dispute", ("deadline_missing", "clock_headroom")),
    ("deadline_missing", "dispute", ("clock_headroom",)),
    *((control, link, ("match",)) for control, link in _MATCHED_TOO),
)
"""What matching leaves open of a thing is explained by whatever another control sees of it."""


class Cause(msgspec.Struct, frozen=True):
    """One cause: its own symptom, and those that it explains, in order of rank."""

    root: Symptom
    explains: tuple[Symptom, ...] = ()

    @property
    def all(self) -> tuple[Symptom, ...]:
        """The root and what it explains."""
        return (self.root, *self.explains)


def causes(symptoms: Sequence[Symptom]) -> list[Cause]:
    """Put symptoms together; each is in exactly one cause, and the order of the answer is by rank and cause."""
    ordered = sorted(symptoms, key=lambda s: (RANKS[s.control], s.control, s.partner, s.cause, s.seen))
    index = _Index(ordered)
    tops: list[int] = []
    members: dict[int, list[Symptom]] = {}
    for at, symptom in enumerate(ordered):
        above = index.explained_by(at)
        # A cause stands before what it explains, so its own is known already.
        tops.append(at if above is None else tops[above])
        members.setdefault(tops[at], []).append(symptom)
    return [Cause(root, tuple(explained)) for root, *explained in members.values()]


class _Index:
    """Finds the strongest symptom that explains another."""

    def __init__(self, ordered: Sequence[Symptom]) -> None:
        self._ordered = ordered
        self._by_key: dict[tuple[Link, str, str], list[int]] = defaultdict(list)
        self._rules: dict[str, list[tuple[str, Link]]] = defaultdict(list)
        for control, link, takes in ABSORBS:
            for taken in takes:
                self._rules[taken].append((control, link))
        for at, symptom in enumerate(ordered):
            for link, key in _keys(symptom):
                self._by_key[link, symptom.control, key].append(at)

    def explained_by(self, at: int) -> int | None:
        """The place of the best cause of a symptom, None where it stands for itself.

        What hangs together by a thing goes before what only fits by its days, or shares but one of several disputes;
        of that the nearest, and what is about fewer days; then the strongest.
        """
        return min(self._candidates(at), default=(True, _CLOSE, None))[2]

    def _candidates(self, at: int) -> Iterator[tuple[bool, tuple[int, int], int]]:
        symptom = self._ordered[at]
        for control, link in self._rules.get(symptom.control, ()):
            for key in _wanted_keys(symptom, link):
                for candidate in self._by_key.get((link, control, key), ()):
                    cause = self._ordered[candidate]
                    if candidate < at and _may_explain(cause, symptom, link):
                        is_part = link == "dispute" and not {*symptom.disputes} <= {*cause.disputes}
                        is_loose = is_part or link in _BY_DAYS
                        yield is_loose, _apart(cause, symptom) if is_loose else _CLOSE, candidate


_BY_DAYS: tuple[Link, ...] = ("days", "feed", "account")
"""Links that only say that two things happened in one place at one time."""
_CLOSE, _ENDLESS = (0, 0), 1_000_000
_ANY = "*"
"""Any account of a partner."""


def _keys(symptom: Symptom) -> Iterator[tuple[Link, str]]:
    """What a symptom can be found by as a cause."""
    for dispute in symptom.disputes:
        yield "dispute", dispute
    for leg in symptom.legs:
        yield "leg", leg
    for batch in symptom.batches:
        yield "batch", batch
    for delivery in symptom.deliveries:
        yield "delivery", delivery
    if symptom.kind == "calls":
        yield "account", f"{symptom.partner}:{symptom.account}"
        yield "account", f"{symptom.partner}:{_ANY}"
    for source in _silenced(symptom):
        yield "days", f"{source.partner}:{source.feed}"
    if symptom.feed is not None:
        yield "feed", f"{symptom.partner}:{symptom.account}:{symptom.feed}"


def _wanted_keys(symptom: Symptom, link: Link) -> tuple[str, ...]:
    match link:
        case "dispute":
            return symptom.disputes
        case "leg":
            return symptom.legs
        case "batch":
            return symptom.batches
        case "delivery":
            return symptom.deliveries
        case "feed":
            return (f"{symptom.partner}:{symptom.account}:{symptom.feed}",)
        case "account":
            own = (f"{symptom.partner}:{symptom.account}",) if symptom.kind == "calls" else ()
            return (*own, *(f"{source.partner}:{source.account or _ANY}" for source in symptom.waits_for))
        case "days":
            return tuple(f"{source.partner}:{source.feed}" for source in symptom.waits_for)


def _may_explain(cause: Symptom, symptom: Symptom, link: Link) -> bool:
    if (cause.ended_at is None) != (symptom.ended_at is None):
        return False  # what is over explains nothing that still is, and the reverse
    if link == "days":
        return cause.is_loss and _is_source(cause, symptom) and _overlap(cause, symptom)
    return link not in ("feed", "account") or _overlap(cause, symptom)


def _silenced(cause: Symptom) -> tuple[Source, ...]:
    """The feeds of which something may be lost by a cause: its own, where it does not name them."""
    own = () if cause.feed is None else (Source(cause.partner, cause.account, cause.feed),)
    return cause.silences or own


def _is_source(cause: Symptom, symptom: Symptom) -> bool:
    return any(_meet(silent, waited) for silent in _silenced(cause) for waited in symptom.waits_for)


def _meet(silent: Source, waited: Source) -> bool:
    is_account = waited.account is None or waited.account == silent.account
    return silent.partner == waited.partner and silent.feed == waited.feed and is_account


def _overlap(one: Symptom, other: Symptom) -> bool:
    """Whether the days of two symptoms meet; days that are not known meet all."""
    return not (
        (one.until_on is not None and other.since_on is not None and one.until_on < other.since_on)
        or (other.until_on is not None and one.since_on is not None and other.until_on < one.since_on)
    )


def _apart(cause: Symptom, symptom: Symptom) -> tuple[int, int]:
    """How many days lie between a cause and the day that most likely told the symptom, and how many days it is about.

    Where days are not known, the cause is about all of them.
    """
    told_on = symptom.told_on or symptom.since_on
    if told_on is None or cause.since_on is None or cause.until_on is None:
        return 0, _ENDLESS
    nearest = min(max(told_on, cause.since_on), max(cause.since_on, cause.until_on))
    return abs(_days(told_on, nearest)), _days(cause.since_on, cause.until_on)


def _days(one: str, other: str) -> int:
    return (dt.date.fromisoformat(other) - dt.date.fromisoformat(one)).days


# --- what a cause is about ------------------------------------------------------------------


def at_stake(symptoms: Iterable[Symptom]) -> tuple[Amount, ...]:
    """Money at risk per currency, in order of currency.

    The same money is seen at several stations (leg, batch, payout, house). Within one station each key counts
    once; of the stations the one with the most counts, so that nothing is added to itself.
    """
    largest: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for stake in (stake for symptom in symptoms for stake in symptom.stakes):
        keys = largest[stake.currency, stake.scope]
        keys[stake.key] = max(keys.get(stake.key, 0), abs(stake.minor))
    sums: dict[str, int] = {}
    for (currency, _), keys in largest.items():
        sums[currency] = max(sums.get(currency, 0), sum(keys.values()))
    return tuple(Amount(minor, currency) for currency, minor in sorted(sums.items()))


def at_risk(cause: Cause) -> tuple[Amount, ...]:
    """Money at risk by one cause: what its root names, since what it explains is that money seen elsewhere.

    There it may stand in another currency, or once for each leg. A root without money has that of its symptoms. What an
    outage puts at risk is other money than what it keeps from being told: both count.
    """
    if cause.root.silences:
        return at_stake(cause.all)
    has_own = any(stake.minor for stake in cause.root.stakes)
    return at_stake((cause.root,) if has_own else cause.explains)


def ranked_classes(cause: Cause) -> tuple[str, ...]:
    """The classes of the root in its order, each once."""
    return tuple(dict.fromkeys(cause.root.classes))


def explanation(cause: Cause) -> str:
    """Say in sentences: seen, expected, money, what else it explains, likeliest cause, where to look next."""
    root = cause.root
    known = BY_NAME[root.classes[0]]
    money = " and ".join(render(amount.minor, amount.currency) for amount in at_risk(cause) if amount.minor)
    sentences = [
        root.seen,
        root.expected,
        f"Money at risk: {money}" if money else "",
        f"It also explains {_counted(cause.explains)}" if cause.explains else "",
        f"The likeliest cause: {known.cause}",
        f"Look next: {_look(known, cause)}",
    ]
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def _look(known: FaultClass, cause: Cause) -> str:
    root = cause.root
    if root.look:
        return root.look
    disputes = next((s.disputes for s in cause.all if s.disputes), ())
    if "{dispute}" in known.look and not disputes:
        return f"recoup books clearing --partner {root.partner}"
    return known.look.format(
        partner=root.partner, feed=root.feed or "", dispute=disputes[0] if disputes else "", account=root.account or ""
    )


_PLAIN: Mapping[str, tuple[str, str]] = {
    "contract_drift": ("a feed that has another shape", "feeds that have another shape"),
    "learnt_file_missing": ("a file that has not come as it used to", "files that have not come as they used to"),
    "low_volume": ("a day with far fewer records", "days with far fewer records"),
    "intake_lag": ("messages that were long under way", "hours of messages that were long under way"),
    "missing_file": ("a file that has not come", "files that have not come"),
    "sequence_gap": ("a gap in the numbers of files", "gaps in the numbers of files"),
    "leg_unsettled": ("a leg that is not settled", "legs that are not settled"),
    "leg_unannounced": ("money that nobody announced", "movements that nobody announced"),
    "case_without_money": ("a dispute without its money", "disputes without their money"),
    "credit_after_win": ("a win without its credit", "wins without their credit"),
    "batch_unpaid": ("a batch that is not paid out", "batches that are not paid out"),
    "payout_unbanked": ("a payout that is not at the bank", "payouts that are not at the bank"),
    "payout_unreported": ("a payout that no report tells of", "payouts that no report tells of"),
    "bank_unexpected": ("a bank line without a payout", "bank lines without a payout"),
    "statements_differ": ("a day that two statements tell otherwise", "days that two statements tell otherwise"),
    "house_unconfirmed": (
        "a leg without its line in the house's ledger",
        "legs without their line in the house's ledger",
    ),
    "leg_residue": ("a clearing balance that does not close", "clearing balances that do not close"),
    "orphan_dispute": ("a dispute without its payment", "disputes without their payment"),
    "clock_headroom": ("a deadline that is near or past", "deadlines that are near or past"),
    "lost_event": ("a message that never came", "messages that never came"),
    "match": ("a thing that matching left open", "things that matching left open"),
    "data_finding": ("a finding in the data", "findings in the data"),
}


def _counted(symptoms: Sequence[Symptom]) -> str:
    counts: dict[str, int] = {}
    for symptom in symptoms:
        counts[symptom.control] = counts.get(symptom.control, 0) + 1
    parts = [_said(control, count) for control, count in counts.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _said(control: str, count: int) -> str:
    name = control.replace("_", " ")
    one, many = _PLAIN.get(control, (f"a symptom of {name}", f"symptoms of {name}"))
    return one if count == 1 else f"{count} {many}"
