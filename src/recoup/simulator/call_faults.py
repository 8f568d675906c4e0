"""Faults of asking: keys that end, limits, outages, lists that leave out, another account, another address.

They befall a partner's office, so they show only where its API is asked: `needs_calls`.
"""

from collections.abc import Callable

from recoup.domain.instants import DAY, HOUR, MINUTE, local_day
from recoup.simulator.calls import EVERY, next_sweep, sweeps
from recoup.simulator.channel import Channel
from recoup.simulator.days import ONE_DAY, at_local, days_from
from recoup.simulator.fault import Fault, Later, Scene, Told, choose_case, unplaceable
from recoup.simulator.looks import LOOK_CLOCK
from recoup.simulator.profiles import PROFILES
from recoup.simulator.truth import Case, Trouble
from recoup.simulator.truth_faults import about, step_in_time, whole
from recoup.simulator.world import World

LAG = HOUR
"""So long a list may be behind before anything is missed in it."""
_FEEDS = {"mollie": "chargebacks", "klarna": "disputes"}
_SOON_DAYS = 20
_WINDOW_DAYS = 3
_SEEN = 2 * DAY
_LASTS = 12 * DAY
"""How long a list leaves out what it should show, at most."""


def _befalls(
    partner: str,
    word: str,
    hours: int | None = None,
    *,
    by: int = 0,
    rounds: int = 1,
    minutes: int = 0,
    names_cases: bool = False,
) -> Callable[[Scene], Later]:
    """A trouble of a partner's office, from the scene's time on for some hours, or to the end.

    Args:
      partner: Whose office.
      word: The trouble.
      hours: How long; None for ever.
      by: Microseconds, where the trouble asks for them.
      rounds: After how many lists it can be told from bad luck.
      minutes: How much longer that takes.
      names_cases: Whether what is missed is known by name.
    """

    def bend(scene: Scene) -> Later:
        world = scene.world
        seen_at = _after(scene, scene.at, rounds) + minutes * MINUTE
        until = world.until() if hours is None else scene.at + hours * HOUR
        world.troubles.append(Trouble(partner, word, scene.at, until, by=by))
        known = [c.id for c in world.cases_at(partner) if c.opened_at < until] if names_cases else []
        return lambda _channel: Told((), known, first_visible_at=seen_at, lost=[_page(partner)])

    return bend


def _page(partner: str) -> str:
    """What names the pages that never came."""
    return f"{partner}/{_FEEDS[partner]}/"


def _after(scene: Scene, at: int, rounds: int = 1) -> int:
    """When the so-many-th list after an instant is asked for."""
    found: int | None = at
    for _ in range(rounds):
        found = None if found is None else next_sweep(scene.world.plan, found + 1)
    if found is None or found + HOUR > scene.world.until():
        raise unplaceable("of calls")
    return found


def _skipped(scene: Scene) -> Later:
    case = choose_case(scene, "W12-skip", step_in_time(scene, "mollie", "debit"))
    at = case.opened_at
    scene.world.troubles.append(Trouble("mollie", "hide", at, at + 30 * HOUR, frozenset({case.id})))
    seen_at = _after(scene, at + LAG)
    return lambda _channel: Told((), [case.id], whole(case), seen_at, [_page("mollie")])


def _filtered(scene: Scene) -> Later:
    world = scene.world
    until = _ends(world, scene.at)
    hidden = [c for c in world.cases_at("klarna") if c.cause == "fraud" and scene.at <= c.opened_at < until]
    early = [c for c in hidden if c.opened_at + _SEEN < until]
    if not early:
        raise unplaceable("W12-filter")
    world.troubles.append(Trouble("klarna", "hide", scene.at, until, frozenset(c.id for c in hidden)))
    seen_at = min(_after(scene, step.at + LAG) for step in early[0].steps[:1])
    return lambda _channel: Told((), [c.id for c in hidden], first_visible_at=seen_at, lost=[_page("klarna")])


def _ends(world: World, at: int) -> int:
    """When a list is whole again: with time for lists after it, so that what was left out is seen to be back."""
    return min(at + _LASTS, world.until() - 2 * DAY)


def _short_window(scene: Scene) -> Later:
    world = scene.world
    reach, until = _WINDOW_DAYS * DAY, _ends(world, scene.at)
    lists = [at for at in sweeps(world.plan) if scene.at <= at < until]
    missed = [(at, case) for at in lists for case in _due(world, at) if case.opened_at < at - reach]
    if not missed:
        raise unplaceable("W12-window")
    world.troubles.append(Trouble("mollie", "window", scene.at, until, by=reach))
    known, seen_at = sorted({case.id for _, case in missed}), min(at for at, _ in missed)
    return lambda _channel: Told((), known, first_visible_at=seen_at, lost=[_page("mollie")])


def _due(world: World, at: int) -> list[Case]:
    """The cases that a list goes back to: a week before the one before it."""
    return [case for case in world.cases_at("mollie") if at - EVERY - 7 * DAY <= case.opened_at]


def _ends_soon(scene: Scene) -> Later:
    profile, plan = PROFILES["klarna"], scene.world.plan
    if "klarna" not in plan.partners:
        raise unplaceable("P2-ending")
    scene.world.endings["klarna"] = (local_day(scene.at, profile.zone) + ONE_DAY * _SOON_DAYS).isoformat()
    return lambda _channel: Told((), first_visible_at=_first_check(scene), lost=[_page("klarna")])


def _first_check(scene: Scene) -> int:
    """When the first check sees what the setup declares: thirty days before the end."""
    profile = PROFILES["klarna"]
    begins = at_local(scene.world.plan.first_day, "00:00", profile.zone)
    day = local_day(scene.at, profile.zone) + ONE_DAY * (_SOON_DAYS - 30)
    return max(at_local(day, "00:00", profile.zone), begins + DAY)


# --- messages that were lost, and what the list shows instead -------------------------------


def _lost(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W1-klarna", step_in_time(scene, "klarna", "lost"))
    sent = next(channel.on("klarna", "webhook", case.id, "lost"), None)
    if sent is None:
        raise unplaceable("W1-klarna")
    channel.drop(sent)
    return Told((), [case.id], whole(case), _looked(scene, sent.received_at), [sent.path])


def _never_made(scene: Scene, channel: Channel) -> Told:
    case = choose_case(scene, "W2-klarna", _early(scene))
    gone = about(channel, case, "webhook")
    if not gone:
        raise unplaceable("W2-klarna")
    for sent in gone:
        channel.drop(sent)
    return Told((), [case.id], whole(case), _looked(scene, case.opened_at), [sent.path for sent in gone])


def _early(scene: Scene) -> Callable[[Case], int | None]:
    return step_in_time(scene, "klarna", "answer", 3 * DAY)


def _looked(scene: Scene, at: int) -> int:
    """When the next look at the list shows what a message did not, the time in which messages may be late over."""
    plan, zone = scene.world.plan, PROFILES["klarna"].zone
    if plan.calls:
        return _after(scene, at) + HOUR
    looks = (at_local(day, LOOK_CLOCK, zone) for day in days_from(plan.first_day, plan.days))
    return next((look + HOUR for look in looks if look > at), at)


_MOLLIE, _KLARNA = ("mollie", "chargebacks"), ("klarna", "disputes")


def _fault(
    word: str, title: str, cause: str, at: tuple[str, str], place_pct: int, bend: Callable[[Scene], Later], ends: str
) -> Fault:
    """A fault of asking; `ends` is open, heals or silent."""
    is_harmless, is_silent = ends != "open", ends == "silent"
    return Fault(
        *(word, title, "D", cause, *at, place_pct, bend),
        is_harmless=is_harmless,
        is_silent=is_silent,
        needs_calls=True,
        about="disputes" if cause in ("list_gap", "timing") else "calls",
    )


FAULTS = (
    Fault(
        "W1-klarna",
        "the message of a lost dispute is lost",
        "D",
        "lost_event",
        "klarna",
        "webhook",
        40,
        disturb=_lost,
        is_harmless=True,
    ),
    Fault(
        "W2-klarna",
        "no message about a dispute is ever made",
        "D",
        "lost_event",
        "klarna",
        "webhook",
        30,
        disturb=_never_made,
        is_harmless=True,
    ),
    _fault("W12-skip", "a list leaves out a chargeback for a day", "list_gap", _MOLLIE, 30, _skipped, "heals"),
    _fault("W12-filter", "a list leaves out a kind of dispute", "list_gap", _KLARNA, 35, _filtered, "heals"),
    _fault("W12-window", "a list reaches back some days alone", "list_gap", _MOLLIE, 40, _short_window, "heals"),
    _fault(
        "W12-cursor",
        "the second page of a list is refused",
        "list_gap",
        _MOLLIE,
        60,
        _befalls("mollie", "cursor", 20),
        "heals",
    ),
    _fault("W12-twice", "pages of a list overlap", "timing", _MOLLIE, 45, _befalls("mollie", "double", 60), "silent"),
    _fault(
        "W12-lag",
        "a list is a quarter of an hour behind",
        "timing",
        _KLARNA,
        20,
        _befalls("klarna", "lag", by=15 * MINUTE),
        "silent",
    ),
    _fault(
        "I7",
        "the platform's account is asked instead of ours",
        "wrong_scope",
        _MOLLIE,
        55,
        _befalls("mollie", "elsewhere", rounds=2, names_cases=True),
        "open",
    ),
    _fault(
        "P2",
        "a key is refused from a day on",
        "credential",
        _KLARNA,
        60,
        _befalls("klarna", "refuse", names_cases=True),
        "open",
    ),
    _fault(
        "P2-rights",
        "a key may list nothing any more",
        "credential",
        _MOLLIE,
        50,
        _befalls("mollie", "bare", rounds=2, names_cases=True),
        "open",
    ),
    _fault("P2-ending", "a key ends in twenty days, as declared", "credential", _KLARNA, 50, _ends_soon, "open"),
    _fault(
        "P4",
        "we are told that we ask too often",
        "throttled",
        _MOLLIE,
        45,
        _befalls("mollie", "throttle", 20, minutes=20),
        "heals",
    ),
    _fault(
        "P4-quota",
        "the quota of the day is used up",
        "throttled",
        _KLARNA,
        45,
        _befalls("klarna", "quota", 20, rounds=2),
        "heals",
    ),
    _fault(
        "P5-down",
        "the API is down for most of a day",
        "partner_outage",
        _KLARNA,
        40,
        _befalls("klarna", "down", 20),
        "heals",
    ),
    _fault(
        "P5-slow",
        "every answer takes half a minute",
        "partner_outage",
        _MOLLIE,
        65,
        _befalls("mollie", "slow", 40, rounds=3),
        "heals",
    ),
    _fault(
        "P5-errors",
        "errors are answered as if all were well",
        "partner_outage",
        _KLARNA,
        55,
        _befalls("klarna", "error_body", 20),
        "heals",
    ),
    _fault(
        "P6-api",
        "the API is moved to another address",
        "api_moved",
        _MOLLIE,
        70,
        _befalls("mollie", "moved", names_cases=True),
        "open",
    ),
)
