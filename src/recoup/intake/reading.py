"""Read one landed delivery: verify its signature over the raw bytes, then ask the feed's reader what it says.

Pure but for the table reader's DuckDB: nothing is written here. What comes out
is ready for the register (`taking.py`).
"""

import io
import re
from typing import BinaryIO

import msgspec

from recoup.domain.card_numbers import mask
from recoup.domain.findings import Finding
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Trust, observe
from recoup.formats.sample import Sample
from recoup.formats.strict_json import PAGE
from recoup.intake.arrival import Arrival, Landed
from recoup.intake.ground import Ground
from recoup.intake.parts import Parts
from recoup.intake.rows import Row, observation_from, observation_row
from recoup.intake.scrub import Token, scrub
from recoup.partners.contract import Arrived, FileFeed, Message, Placed, Reading, RecordFeed, Verdict

WHOLE_BYTES_MAX = PAGE.bytes_max
"""The largest file of a feed that is read whole; one page of an API is never larger."""
SIGNATURE_REFUSED = "intake.signature_refused"
EVERY_RECORD_REFUSED = "intake.every_record_refused"


class Taken(msgspec.Struct):
    """One delivery after reading: its status, counts, and what is to be written."""

    landed: Landed
    status: str
    """read | held | refused, or `known` for an arrival of known bytes."""
    is_verified: bool = False
    records: int = 0
    accepted: int = 0
    observations: list[Row] = []
    """Rows of table observation."""
    money_lines: list[MoneyLine] = []
    quarantined: list[tuple[int, Finding]] = []
    findings: list[Finding] = []
    covers_on: str | None = None
    sequence: int | None = None
    lake_file: str | None = None
    totals: list[tuple[object, ...]] = []
    house: dict[str, list[tuple[object, ...]]] = {}
    fetch: list[str] = []
    """What it only hints at, to be fetched."""
    headers: str | None = None
    """Start line and headers of the message, as the register keeps them."""
    sample: Sample | None = None
    """The beginning of a large file, laid out, as its shape is counted."""
    parts: Parts | None = None
    """What a large file says, on disk; then the lists here are empty but for what is said of the file as a whole."""

    @property
    def refused(self) -> int:
        """How many of its records are quarantined."""
        return len(self.quarantined) if self.parts is None else self.parts.quarantined

    def told(self) -> list[Observation]:
        """Its observations, as values."""
        return [observation_from(row) for row in self.observations]


def read_message(landed: Landed, feed: RecordFeed, ground: Ground, token: Token) -> Taken:
    """What one message, page or small report says; refused whole when its signature does not hold."""
    if landed.arrival.broken is not None:
        return Taken(landed, "held", findings=[landed.arrival.broken])
    body = _whole(landed)
    if isinstance(body, Finding):
        return Taken(landed, "held", findings=[body])
    verdict = _verdict(landed, feed, ground)
    if not verdict.is_accepted:
        found = Finding(SIGNATURE_REFUSED, _name(landed), verdict.why, "a signature by one of the live keys", "error")
        return Taken(landed, "refused", findings=[found])
    return _taken(landed, scrub(feed.read(arrived(landed, ground, verdict), body), token), verdict)


def _whole(landed: Landed) -> bytes | Finding:
    """The bytes of a delivery that is read whole, or that there are too many of them."""
    arrival = landed.arrival
    if arrival.body is not None:
        return arrival.body
    assert arrival.path is not None, "an arrival has a body or a path"
    size = arrival.path.stat().st_size
    if size <= WHOLE_BYTES_MAX:
        return arrival.path.read_bytes()
    return Finding("intake.size", _name(landed), f"{size} bytes", f"at most {WHOLE_BYTES_MAX} on a feed read whole")


def read_file(landed: Landed, feed: FileFeed, ground: Ground, token: Token) -> Taken:
    """What one small file of a format of its own says, in memory; held whole when it breaks its own totals."""
    verdict = Verdict(is_accepted=True, trust=trust_of(landed))
    whole = Reading()
    with opened(landed.arrival) as stream:
        for part in feed.read(arrived(landed, ground, verdict), stream):
            clean = scrub(part, token)
            state(whole, clean)
            _join(whole, clean)
    return _taken(landed, whole, verdict)


def trust_of(landed: Landed) -> Trust:
    """How far what nobody signed is trusted: what we fetched ourselves, or what a person handed in."""
    return "given" if landed.arrival.is_given else "fetched"


def opened(arrival: Arrival) -> BinaryIO:
    """The bytes of an arrival as a stream."""
    if arrival.body is not None:
        return io.BytesIO(arrival.body)
    assert arrival.path is not None, "an arrival has a body or a path"
    return arrival.path.open("rb")


def _join(whole: Reading, part: Reading) -> None:
    whole.observations += part.observations
    whole.money_lines += part.money_lines
    whole.quarantined += part.quarantined
    whole.findings += part.findings


def state(whole: Reading, part: Reading) -> None:
    """Add what a part says of the file as a whole."""
    whole.records += part.records
    whole.accepted += part.accepted
    whole.controls += part.controls
    whole.held = whole.held or part.held
    whole.covers_on = part.covers_on or whole.covers_on
    whole.sequence = whole.sequence if part.sequence is None else part.sequence
    whole.fetch += part.fetch


def _verdict(landed: Landed, feed: RecordFeed, ground: Ground) -> Verdict:
    arrival = landed.arrival
    unchecked: Trust = "given" if arrival.is_given else "fetched"
    if feed.verify is None:
        return Verdict(is_accepted=True, trust=unchecked)
    if arrival.is_given and arrival.is_again:
        return Verdict(is_accepted=True, trust="given")
    keys = ground.keys.get(arrival.partner, [])
    is_message = bool(arrival.start_line or arrival.headers)
    if arrival.is_given and not (keys and is_message):
        # A person hands in bytes that nobody signed to us: taken, marked, and the audit names the person.
        return Verdict(is_accepted=True, trust="given")
    message = Message(arrival.start_line, arrival.headers, arrival.body or b"")
    return feed.verify(message, keys, arrival.landed_at)


def arrived(landed: Landed, ground: Ground, verdict: Verdict) -> Arrived:
    """The delivery as a reader sees it."""
    arrival = landed.arrival
    return Arrived(
        delivery=landed.delivery,
        partner=arrival.partner,
        account=landed.account,
        feed=arrival.feed,
        name=arrival.name,
        landed_at=arrival.landed_at,
        zone=ground.account(arrival.partner, landed.account).zone,
        headers=arrival.headers,
        start_line=arrival.start_line,
        refused=verdict.refused,
    )


def held_file(landed: Landed, whole: Reading, findings: list[Finding]) -> Taken:
    """A file of which nothing is applied, and why."""
    return Taken(
        landed,
        "held",
        records=whole.records,
        covers_on=whole.covers_on,
        sequence=whole.sequence,
        findings=findings,
    )


def _taken(landed: Landed, reading: Reading, verdict: Verdict) -> Taken:
    held = reading.held or uneven(landed, reading, len(reading.quarantined))
    taken = Taken(
        landed,
        "held" if held else "read",
        is_verified=verdict.trust in ("signed", "partly"),
        records=reading.records,
        covers_on=reading.covers_on,
        sequence=reading.sequence,
    )
    if held:
        first = reading.quarantined[0].finding if reading.quarantined else None
        refused = none_taken(landed, reading.records, len(reading.quarantined), first)
        taken.findings = [held, *refused, *reading.findings]
        return taken
    taken.accepted = reading.accepted
    taken.quarantined = [(q.position, q.finding) for q in reading.quarantined]
    taken.findings = reading.findings
    taken.money_lines = reading.money_lines
    taken.fetch = reading.fetch
    taken.observations = _observations(landed, reading, verdict.trust)
    return taken


def _observations(landed: Landed, reading: Reading, trust: Trust) -> list[Row]:
    return [observed(landed, trust, placed) for placed in reading.observations]


def observed(landed: Landed, trust: Trust, placed: Placed) -> Row:
    """The row of what one record says about one dispute."""
    arrival = landed.arrival
    return observation_row(
        observe(
            placed.said,
            partner=arrival.partner,
            account=placed.account or landed.account,
            feed=arrival.feed,
            delivery=landed.delivery,
            position=placed.position,
            landed_at=arrival.landed_at,
            trust=placed.trust or trust,
        )
    )


def uneven(landed: Landed, reading: Reading, quarantined: int) -> Finding | None:
    """The law of reading: records in = accepted + quarantined, stated totals = computed."""
    where = _name(landed)
    counted = reading.accepted + quarantined
    if reading.records != counted:
        return Finding(
            "intake.record_count",
            where,
            f"{reading.records} records, {counted} accounted for",
            "every record accepted or quarantined",
        )
    for control in reading.controls:
        if control.stated != control.computed:
            return Finding("intake.control_total", where, mask(control.found), "both equal")
    return None


def none_taken(landed: Landed, records: int, refused: int, first: Finding | None) -> list[Finding]:
    """What is said beside the reason of a file that is held, where not one of its records could be read.

    Single records are wrong by accident; all of them are where a file is written otherwise than it was.
    """
    if first is None or refused < records:
        return []
    found = f"{refused} of {records} records refused, the first for {first.found}"
    return [Finding(EVERY_RECORD_REFUSED, _name(landed), found, first.wanted, "warn")]


def _name(landed: Landed) -> str:
    arrival = landed.arrival
    return f"{arrival.partner}/{arrival.feed}/{arrival.name}"


_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


def shown_name(name: str) -> str:
    """A partner's file name, safe to print: control characters replaced."""
    return _CONTROL_CHARACTERS.sub("?", name)
