"""Controls on asking partners' APIs: whether they let us in, answer, and show all that they have.

What a lost key, an outage, a limit or another account does to a sweep looks alike in our data: nothing new comes. So
each round is written down, and looked at here. Reads: sweep_round (one row per round and account), call_tally (one row
per operation of it), credential_expiry, delivery.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby, takewhile

from sqlalchemy import select

from recoup.controls.moment import Moment
from recoup.controls.symptom import Symptom
from recoup.domain.instants import DAY, HOUR, SECOND, Instant, local_day, render_minute
from recoup.intake import call_health
from recoup.intake.call_health import Burn, Ending, RoundSeen, TallySeen
from recoup.storage import schema
from recoup.storage.register import View

LOOKED_BACK = 31 * DAY
"""How far back rounds are looked at: since when something lasts decides what it explains."""
WATCHED = call_health.SPANS[-1][0]
"""The longest span over which a budget is watched."""
OFFSET_MAX = 2 * SECOND
"""A clock that is further off breaks signatures and the order of events."""
ENDS_NOTE, ENDS_TICKET, ENDS_PAGE = 30, 14, 7
"""Days before an end from which on it is said, is work, and wakes somebody; every day from three on is in the last."""
NAMES_SHOWN = 3
BARE_MIN = 3
"""A list that shows nothing though so many disputes should be in it is one that the key may not see."""
WHOLE_AGAIN = DAY
"""A list that left something out counts as mended when it has shown all for so long,"""
SAME_TROUBLE = 7 * DAY
"""and what it left out within so long of each other was left out for one reason."""
LONG = HOUR
"""So long rounds may break off before somebody is told, however few tries there were."""
_BROKEN = frozenset({"throttled", "failed", "unreachable"})
Account = tuple[str, str]
Rounds = Sequence[RoundSeen]
_REASONS = {
    "throttled": ("throttled", "says that we ask too often"),
    "failed": ("partner_outage", "fails at its own end"),
    "unreachable": ("partner_outage", "does not answer"),
    "slow": ("partner_outage", "takes longer than any answer should"),
    "refused": ("credential", "does not let us in"),
}
"""For each way in which tries fail, the likeliest class and how to say it; in order of weight."""


def _by_account(view: View, moment: Moment) -> dict[Account, list[RoundSeen]]:
    """The rounds of the last days by account, in order of beginning."""
    found = call_health.rounds(view, moment.as_of, moment.as_of - LOOKED_BACK)
    ordered = sorted(found, key=lambda r: (r.partner, r.account, r.began_at))
    return {key: list(group) for key, group in groupby(ordered, key=lambda r: (r.partner, r.account))}


def _last_run(rounds: Rounds, is_it: Callable[[RoundSeen], bool]) -> list[RoundSeen]:
    """The rounds at the end that are all like this, in order."""
    return list(takewhile(is_it, reversed(rounds)))[::-1]


def _symptom(
    control: str,
    key: Account,
    moment: Moment,
    since: Instant,
    classes: tuple[str, ...],
    *,
    seen: str,
    expected: str,
    deliveries: tuple[str, ...] = (),
    disputes: tuple[str, ...] = (),
    is_page: bool = False,
    is_note: bool = False,
) -> Symptom:
    partner, account = key
    return Symptom(
        control=control,
        kind="calls",
        cause=f"{partner}:{account}",
        classes=classes,
        partner=partner,
        account=account,
        feed=moment.list_feeds.get(partner),
        deliveries=deliveries,
        disputes=disputes,
        since_on=moment.day(since, partner, account),
        until_on=moment.day(moment.as_of, partner, account),
        is_page=is_page,
        is_note=is_note,
        seen=seen,
        expected=expected,
    )


# --- let in, and answered -------------------------------------------------------------------


def call_refused(view: View, moment: Moment) -> list[Symptom]:
    """Accounts whose key opens the API no more: said at the first refusal, since trying again is no use."""
    found = []
    for key, rounds in _by_account(view, moment).items():
        run = _last_run(rounds, lambda r: r.failure == "refused")
        if run:
            since = run[0].began_at
            seen = f"{key[0]} does not let us in to {key[1]} since {render_minute(since)}: {run[-1].said}"
            wanted = "Wanted was a key that opens its API, with the rights to read disputes and money"
            classes = ("credential", "wrong_scope", "partner_outage")
            found.append(
                _symptom("call_refused", key, moment, since, classes, seen=seen, expected=wanted, is_page=True)
            )
    return found


def calls_failing(view: View, moment: Moment) -> list[Symptom]:
    """Accounts where tries fail faster than the budget for errors allows and still do, or rounds break off for long."""
    tallies: dict[Account, list[TallySeen]] = {}
    for tally in call_health.tallies(view, moment.as_of, moment.as_of - WATCHED):
        tallies.setdefault((tally.partner, tally.account), []).append(tally)
    found = [_failing(key, rounds, tallies.get(key, []), moment) for key, rounds in _by_account(view, moment).items()]
    return [symptom for symptom in found if symptom is not None]


def _failing(key: Account, rounds: Rounds, tallies: Sequence[TallySeen], moment: Moment) -> Symptom | None:
    bad = [t for t in tallies if t.bad]
    run = _last_run(rounds, lambda r: r.failure in _BROKEN)
    fast = next((burn for burn in call_health.burns(tallies, moment.as_of) if burn.is_too_fast), None)
    if fast is not None and bad and any(t.began_at == r.began_at for t in bad for r in rounds[-2:]):
        return _burning(key, bad, fast, moment)
    if len(run) > 1 and run[-1].began_at - run[0].began_at >= LONG:
        return _breaking_off(key, run, moment)
    return None


def _burning(key: Account, bad: Sequence[TallySeen], burn: Burn, moment: Moment) -> Symptom | None:
    counts = Counter({word: sum(getattr(t, word) for t in bad) for word in _REASONS})
    word = counts.most_common(1)[0][0]
    if word == "refused":
        return None  # said as such, at the first
    since, worst = min(t.began_at for t in bad), max(bad, key=lambda t: t.bad)
    what = f"{burn.bad} of {burn.tries} tries within {burn.span // HOUR} hours failed, most of {worst.operation}"
    wanted = f"Of all tries {call_health.BUDGET_PCT} % may fail"
    return _failed(key, word, since, what, wanted, moment)


def _breaking_off(key: Account, run: Rounds, moment: Moment) -> Symptom:
    since, last = run[0].began_at, run[-1]
    what = f"{len(run)} rounds in a row broke off: {last.said}"
    return _failed(key, last.failure or "failed", since, what, "Wanted was a round that comes to its end", moment)


def _failed(key: Account, word: str, since: Instant, what: str, wanted: str, moment: Moment) -> Symptom:
    class_, said = _REASONS[word]
    others = tuple(dict.fromkeys(other for other, _ in _REASONS.values() if other != class_))
    seen = f"{key[0]} {said}: since {render_minute(since)} {what}"
    return _symptom("calls_failing", key, moment, since, (class_, *others), seen=seen, expected=wanted)


def api_moved(view: View, moment: Moment) -> list[Symptom]:
    """Accounts whose list is no longer where it was: a way elsewhere, or an address at which there is nothing."""
    found = []
    for key, rounds in _by_account(view, moment).items():
        run = _last_run(rounds, lambda r: r.failure in ("elsewhere", "absent"))
        if run:
            since = run[0].began_at
            seen = f"{key[0]} has no list at its address since {render_minute(since)}: {run[-1].said}"
            classes = ("api_moved", "wrong_scope", "credential")
            wanted = "Wanted was the list of disputes, where it was"
            found.append(_symptom("api_moved", key, moment, since, classes, seen=seen, expected=wanted, is_page=True))
    return found


def error_answers(view: View, moment: Moment) -> list[Symptom]:
    """Accounts that answer as if all were well, with a body that is no page."""
    found = []
    for key, rounds in _by_account(view, moment).items():
        run = _last_run(rounds, lambda r: r.held > 0)
        if run:
            since = run[0].began_at
            held = _held(view, key, run)
            seen = f"{key[0]} answers with status 200 and no page since {render_minute(since)}: {run[-1].said}"
            classes = ("partner_outage", "format_drift")
            wanted = "Wanted was a page that can be read"
            found.append(
                _symptom("error_answers", key, moment, since, classes, seen=seen, expected=wanted, deliveries=held)
            )
    return found


def _held(view: View, key: Account, rounds: Rounds) -> tuple[str, ...]:
    """The deliveries of these rounds that were held."""
    d = schema.delivery.c
    began = [r.began_at for r in rounds]
    ours = (d.partner == key[0], d.account == key[1], d.status == "held", d.landed_at.in_(began))
    return tuple(name for (name,) in view.rows(select(d.delivery).where(*ours).order_by(d.landed_at, d.delivery)))


# --- shown ----------------------------------------------------------------------------------


def list_gap(view: View, moment: Moment) -> list[Symptom]:
    """Accounts whose list leaves out what we know they have, breaks off, or is not that of our account.

    Where what we ask for by its id is not there either, it is another account's list; where it is there and the list
    is empty, the key has lost a right.
    """
    found = [_gap(view, key, rounds, moment) for key, rounds in _by_account(view, moment).items()]
    return [symptom for symptom in found if symptom is not None]


def _gap(view: View, key: Account, rounds: Rounds, moment: Moment) -> Symptom | None:
    lists = [r for r in rounds if r.is_list and r.is_complete]
    run, broken = _last_misses(lists), _last_run(rounds, _breaks_off)
    nowhere = _nowhere(view, key, rounds)
    if nowhere:
        return _elsewhere(key, nowhere, moment)
    if run:
        return _left_out(view, key, run, rounds, moment)
    return _broken_off(key, broken, moment) if broken else None


def _last_misses(lists: Rounds) -> list[RoundSeen]:
    """The lists that left something out for one reason that may last; a list shows what changed, and so does a gap."""
    found: list[RoundSeen] = []
    for one in reversed([one for one in lists if one.missing]):
        last, apart = (found[0].began_at, SAME_TROUBLE) if found else (lists[-1].began_at, WHOLE_AGAIN)
        if last - one.began_at >= apart:
            break
        found.insert(0, one)
    return found


def _breaks_off(one: RoundSeen) -> bool:
    return bool(one.is_list) and one.failure in ("rejected", "astray")


def _broken_off(key: Account, run: Rounds, moment: Moment) -> Symptom:
    since = run[0].began_at
    seen = f"The list of {key[0]} breaks off since {render_minute(since)}: {run[-1].said}"
    wanted = "Wanted was a list that can be walked to its end"
    return _symptom("list_gap", key, moment, since, ("list_gap", "partner_outage"), seen=seen, expected=wanted)


def _nowhere(view: View, key: Account, rounds: Rounds) -> list[RoundSeen]:
    """The rounds since which nothing that is asked for by its id is there."""
    asked = [r for r in rounds if r.failure is None and (r.found or r.not_there)]
    return _last_run(asked, lambda r: bool(r.not_there) and not r.found)


def _elsewhere(key: Account, run: Rounds, moment: Moment) -> Symptom:
    since, names = run[0].began_at, sorted({name for r in run for name in r.not_there})
    seen = f"{key[0]} says of {_named(names)} that there is no such thing in {key[1]}, though it told us of it"
    wanted = "Wanted was the account in which it lies"
    classes = ("wrong_scope", "credential", "forged")
    return _symptom("list_gap", key, moment, since, classes, seen=seen, expected=wanted, is_page=True)


def _left_out(view: View, key: Account, run: Rounds, rounds: Rounds, moment: Moment) -> Symptom:
    since, names = run[0].began_at, sorted({name for r in run for name in r.missing})
    is_there = sum(r.found for r in rounds if r.began_at >= since) > 0
    is_bare = is_there and len(names) >= BARE_MIN and not any(r.objects for r in run)
    classes = ("credential", "list_gap", "wrong_scope") if is_bare else ("list_gap", "credential")
    what = "shows nothing" if not run[-1].objects else "leaves out what it has"
    seen = f"The list of {key[0]} {what} since {render_minute(since)}: {_named(names)} should be in it"
    wanted = "Wanted was every dispute that opened or changed in its time"
    disputes = _ours(view, key, names)
    return _symptom("list_gap", key, moment, since, classes, seen=seen, expected=wanted, disputes=disputes)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{', '.join(names[:NAMES_SHOWN])}{more}"


def _ours(view: View, key: Account, names: Sequence[str]) -> tuple[str, ...]:
    """Our ids of disputes, by the partner's."""
    d = schema.dispute.c
    found = select(d.dispute).where(d.partner == key[0], d.account == key[1], d.partner_dispute_id.in_(names))
    return tuple(sorted(name for (name,) in view.rows(found)))


# --- what ends, and what is off -------------------------------------------------------------


def credential_ending(view: View, moment: Moment) -> list[Symptom]:
    """Keys, certificates and permissions that end soon or have ended, as the setup declares them."""
    found = []
    for ending in call_health.endings(view):
        left = _days_left(ending, moment)
        if left <= ENDS_NOTE:
            found.append(_ending(ending, left, moment))
    return found


def _days_left(ending: Ending, moment: Moment) -> int:
    """Days until the last one on which it works; negative where that is over."""
    today = local_day(moment.as_of, moment.terms_of(ending.partner, ending.account).zone)
    return (dt.date.fromisoformat(ending.expires_on) - today).days


def _ending(ending: Ending, left: int, moment: Moment) -> Symptom:
    key = (ending.partner, ending.account)
    said = f"ends on {ending.expires_on}, in {left} days" if left >= 0 else f"ended on {ending.expires_on}"
    return Symptom(
        control="credential_ending",
        kind="calls",
        cause=f"{ending.partner}:{ending.account}:{ending.name}:{ending.expires_on}",
        classes=("credential",),
        partner=key[0],
        account=key[1],
        feed=moment.list_feeds.get(key[0]),
        since_on=ending.expires_on,
        is_page=left <= ENDS_PAGE,
        is_note=left > ENDS_TICKET,
        seen=f"{ending.name} of {key[0]} {key[1]} {said}",
        expected="Wanted was a new one in good time",
    )


def clock_offset(view: View, moment: Moment) -> list[Symptom]:
    """Partners whose clock and ours are apart, by the Date of their answers, in two rounds running."""
    tallies = sorted(call_health.tallies(view, moment.as_of, moment.as_of - WATCHED), key=_owner)
    found = []
    for key, group in groupby(tallies, key=_owner):
        by_round = _offsets(list(group))
        latest = by_round[-2:]
        if len(latest) == 2 and all(abs(offset) > OFFSET_MAX for _, offset in latest):
            found.append(_off(key, latest, moment))
    return found


def _owner(tally: TallySeen) -> Account:
    return tally.partner, tally.account


def _offsets(tallies: Sequence[TallySeen]) -> list[tuple[int, int]]:
    """The smallest offset of each round in which one was seen, in order."""
    found: dict[int, int] = {}
    for t in tallies:
        if t.clock_offset is not None:
            found[t.began_at] = min(found.get(t.began_at, t.clock_offset), t.clock_offset, key=abs)
    return sorted(found.items())


def _off(key: Account, latest: Sequence[tuple[int, int]], moment: Moment) -> Symptom:
    (since, _), (_, offset) = latest
    way = "before" if offset > 0 else "behind"
    seen = f"The clock of {key[0]} is {abs(offset) // SECOND} seconds {way} ours"
    wanted = f"At most {OFFSET_MAX // SECOND} seconds are no matter"
    return _symptom("clock_offset", key, moment, since, ("partner_clock", "timing"), seen=seen, expected=wanted)
