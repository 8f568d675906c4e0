"""Faults of files that a partner sends each day: missing, late, again, cut, for others, not in order, elsewhere."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from recoup.domain.instants import HOUR, MINUTE, local_day
from recoup.simulator import jpmorgan, sepa
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import ONE_DAY, at_local, days_from, is_banking_day
from recoup.simulator.fault import Fault, Scene, Told, choose_sent, unplaceable
from recoup.simulator.profile import Profile
from recoup.simulator.setup_file import GRACE_HOURS

_LATE_HOURS = 30
_NEXT = 26 * HOUR


class DailyFile(msgspec.Struct, frozen=True):
    """A file that comes every day, or every day on which banks are open."""

    profile: Profile
    feed: str
    what: str
    """What a person calls it."""
    named: bytes
    """Our account as the file names it, and another's of the same shape."""
    other: bytes
    renewed: tuple[bytes, bytes]
    """A part of its envelope, and another: what changes when the same rows are written again."""
    lasts_hours: int = 48
    """Each of those chosen has so many hours left before the world ends."""

    @property
    def partner(self) -> str:
        return self.profile.partner

    def id(self, fault: str) -> str:
        """The word that asks for a fault of this file."""
        return f"{fault}-{self.partner}"

    def due_at(self, sent: Sent) -> int:
        """When it is missed, on a day after which banks are open."""
        schedule = next(s for s in self.profile.terms.schedules if s.feed == self.feed)
        zone = self.profile.zone
        return at_local(local_day(sent.received_at, zone), schedule.due_time, zone) + GRACE_HOURS * HOUR

    def sent(self, channel: Channel) -> list[Sent]:
        """Those that tell of a case, with neighbours that come; on weekdays among weekdays."""
        found = list(channel.on(self.partner, self.feed))[1:-1]
        ends = channel.until - self.lasts_hours * HOUR
        return [s for s in found if self._is_midweek(s) and s.received_at < ends and self.cases(channel, s)]

    def cases(self, channel: Channel, sent: Sent) -> list[str]:
        """The cases that it tells of."""
        body = channel.read(sent)
        return sorted(key for key in sent.keys if len(key) >= 10 and "-" not in key and key.encode() in body)

    def _is_midweek(self, sent: Sent) -> bool:
        day = local_day(sent.received_at, self.profile.zone)
        return all(is_banking_day(d, self.profile.calendar) for d in days_from(day - ONE_DAY, 3))


FILES = (
    DailyFile(
        sepa.PROFILE, "statements", "a statement of the account",
        b"<IBAN>DE02120300000000202051</IBAN>", b"<IBAN>DE02500105170137075030</IBAN>",
        (b"<MsgId>STM-", b"<MsgId>REP-"),
    ),
    DailyFile(
        jpmorgan.PROFILE, "dispute_report", "a report of disputes",
        b"100000000001", b"100000000999", (b",05:30:00", b",11:12:00"),
    ),
)  # fmt: skip


def _missing(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F1"), file.sent(channel))
    about = file.cases(channel, sent)
    channel.drop(sent)
    return Told(disputes=about, first_visible_at=file.due_at(sent), lost=[sent.path])


def _late(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F2"), file.sent(channel))
    due_at = file.due_at(sent)
    sent.received_at += _LATE_HOURS * HOUR
    return Told([sent], file.cases(channel, sent), first_visible_at=due_at)


def _resent(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F3"), file.sent(channel))
    again = Sent(sent.path, sent.partner, sent.feed, sent.received_at + 9 * HOUR, sent.account, sent.keys)
    channel.list_again(again)
    return Told([again])


def _new_envelope(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F4"), file.sent(channel))
    head, _, ending = sent.path.rpartition(".")
    again = Sent(
        f"{head}_2.{ending}", sent.partner, sent.feed, sent.received_at + _NEXT, sent.account, sent.keys
    )  # fmt: skip
    channel.send(again, channel.read(sent).replace(*file.renewed))
    return Told([sent, again], first_visible_at=again.received_at)


def _truncated(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F5"), file.sent(channel))
    about, body = file.cases(channel, sent), channel.read(sent)
    channel.change(sent, body[: len(body) * 3 // 5])
    return Told([sent], about)


def _of_others(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, file.id("F9"), file.sent(channel))
    about = file.cases(channel, sent)
    channel.change(sent, channel.read(sent).replace(file.named, file.other))
    return Told([sent], about)


def _changed_places(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    found = file.sent(channel)
    pairs = [(a, b) for a, b in pairwise(found) if b.received_at - a.received_at < 25 * HOUR]
    if not pairs:
        raise unplaceable(file.id("F11"))
    first, second = next((p for p in pairs if p[0].received_at >= scene.at), pairs[-1])
    due_at = file.due_at(first)
    first.received_at = second.received_at + 10 * MINUTE
    return Told([first], file.cases(channel, first), first_visible_at=due_at)


def _moved_away(file: DailyFile, scene: Scene, channel: Channel) -> Told:
    gone = [s for s in channel.on(file.partner, file.feed) if s.received_at >= scene.at]
    begun = choose_sent(scene, file.id("P6"), [s for s in file.sent(channel) if s in gone])
    gone = [s for s in gone if s.received_at >= begun.received_at]
    about = sorted({case for sent in gone for case in file.cases(channel, sent)})
    for sent in gone:
        channel.drop(sent)
    return Told((), about, first_visible_at=file.due_at(begun), lost=[sent.path for sent in gone])


Disturb = Callable[[DailyFile, Scene, Channel], Told]


def _faults() -> Iterator[Fault]:
    for file in FILES:
        yield _fault(file, "F1", "{} never comes", "missing_file", 40, _missing)
        yield _fault(file, "F2", "{} comes late", "late_file", 45, _late, is_harmless=True)
        yield _fault(file, "F3", "{} comes twice", "duplicate_rows", 40, _resent, is_harmless=True, is_silent=True)
        yield _fault(file, "F4", "{} comes again in another file", "duplicate_rows", 50, _new_envelope)
        yield _fault(file, "F5", "{} breaks off", "truncated_file", 60, _truncated)
        yield _fault(file, "F9", "{} of somebody else", "wrong_recipient", 55, _of_others)
        yield _fault(
            file, "F11", "{} comes after the one that follows it", "late_file", 50, _changed_places, is_harmless=True
        )
        yield _fault(file, "P6", "{} is sent elsewhere from a day on", "missing_file", 65, _moved_away)


def _fault(
    file: DailyFile,
    fault: str,
    title: str,
    cause: str,
    place_pct: int,
    disturb: Disturb,
    *,
    is_harmless: bool = False,
    is_silent: bool = False,
) -> Fault:
    return Fault(
        id=file.id(fault),
        title=title.format(file.what),
        class_="D",
        cause=cause,
        partner=file.partner,
        feed=file.feed,
        place_pct=place_pct,
        disturb=lambda scene, channel: disturb(file, scene, channel),
        is_harmless=is_harmless,
        is_silent=is_silent,
        about="deliveries",
    )


FAULTS = tuple(_faults())
