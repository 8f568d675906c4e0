"""The twelve stories: facts in, a journal out, each in one file of tests/golden/stories.

Facts are written by hand; the journal below them is what the book makes of
them, written by `python -m tests.ledger.stories` and read by a person.
"""

import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec

from recoup.domain.dispute import fold
from recoup.domain.ids import dispute_id, money_line_id
from recoup.domain.instants import local_day, parse_instant
from recoup.domain.legs import LegKind, Told
from recoup.domain.money import parse_major, render_major
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation, Said, observe
from recoup.domain.tables import moves
from recoup.domain.terms import Terms
from recoup.ledger.accounts import chart
from recoup.ledger.batches import payout_of, wanted_for_batch
from recoup.ledger.book import wanted_for_dispute
from recoup.ledger.entry import Posting, Wanted
from recoup.ledger.facts import (
    BankLine,
    BatchFacts,
    Bearer,
    DisputeFacts,
    HouseLine,
    ReceivableMove,
    Share,
    Total,
    first_told,
)
from recoup.ledger.posting_rules import Chain, Preset

FOLDER = Path(__file__).parent.parent / "golden" / "stories"
_LEGS: dict[str, LegKind] = {
    "d": "debit",
    "c": "credit",
    "h": "hold",
    "r": "release",
    "f": "fee",
    "t": "tax",
    "x": "compensation",
}
_JOURNAL = "# What the book makes of it, written by `python -m tests.ledger.stories`.\n"


class Story(msgspec.Struct, forbid_unknown_fields=True):
    """One file. Amounts are texts in major units with their currency."""

    title: str
    partner: str
    account: str
    zone: str = "UTC"
    chain: Chain = "payout"
    merchant: str | None = None
    payment_currency: str | None = None
    presets: tuple[Preset, ...] = ("platform", "merchant")
    bearer: Bearer = Bearer()
    terms: list[Terms] = []
    told: list[dict[str, Any]] = []
    line: list[dict[str, Any]] = []
    house: list[dict[str, Any]] = []
    share: list[dict[str, Any]] = []
    receivable: list[dict[str, Any]] = []
    total: list[dict[str, Any]] = []
    payout: list[dict[str, Any]] = []
    lump: list[dict[str, Any]] = []
    bank: list[dict[str, Any]] = []
    ends: dict[Preset, dict[str, str]] = {}
    """Account totals that are not zero at the end, by preset; every other account is at zero."""
    platform: dict[str, str] = {}
    merchant_: dict[str, str] = msgspec.field(default_factory=dict, name="own_books")

    def journal(self, preset: Preset) -> str:
        """The journal as the file has it."""
        return (self.platform if preset == "platform" else self.merchant_).get("journal", "")


def files() -> list[Path]:
    """Every story, in order of letter."""
    return sorted(FOLDER.glob("*.toml"))


def read(path: Path) -> Story:
    """The story of a file."""
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Story)


def money(text: str) -> tuple[int, str]:
    """`-50.00 USD` as minor units and currency."""
    amount, currency = text.split()
    return parse_major(amount, currency), currency


# --- from the file to facts -------------------------------------------------------------------


def observations(story: Story) -> dict[str, list[Observation]]:
    """What the partner told, by its dispute id."""
    told: defaultdict[str, list[Observation]] = defaultdict(list)
    for position, row in enumerate(story.told, 1):
        at = parse_instant(row["at"])
        legs = tuple(_told(text) for text in row.get("legs", []))
        said = Said(
            partner_dispute_id=row["dispute"],
            form="event",
            occurred_at=at,
            move=row["move"],
            record_id=f"evt_{position}",
            kind=row.get("kind", "dispute"),
            amount_minor=legs[0].amount_minor if legs else None,
            currency=legs[0].currency if legs else None,
            legs=legs,
        )
        told[row["dispute"]].append(
            observe(
                said,
                partner=story.partner,
                account=story.account,
                feed=row.get("feed", "webhook"),
                delivery=f"del_{position}",
                position=1,
                landed_at=at + 1,
                trust="signed",
            )
        )
    return dict(told)


def _told(text: str) -> Told:
    """`c1 100.00 EUR provisional`, with `ref=…` where the partner named the movement."""
    name, amount, currency, *more = text.split()
    ref = next((word.removeprefix("ref=") for word in more if word.startswith("ref=")), None)
    minor = parse_major(amount, currency)
    return Told(_LEGS[name[0]], int(name[1:]), minor, currency, ref, "provisional" in more)


def dispute_facts(story: Story, preset: Preset) -> list[DisputeFacts]:
    """The facts about each dispute; one that only money speaks of is implied by its line."""
    told = observations(story)
    for row in story.line:
        if row["dispute"] not in told:
            told[row["dispute"]] = [_implied(story, row)]
    return [_facts(story, preset, partner_id, heard) for partner_id, heard in told.items()]


def _facts(story: Story, preset: Preset, partner_id: str, heard: list[Observation]) -> DisputeFacts:
    dispute = fold(heard, moves()).dispute
    return DisputeFacts(
        dispute=dispute,
        zone=story.zone,
        preset=preset,
        chain=story.chain,
        terms=tuple(story.terms),
        merchant=story.merchant if preset == "platform" else None,
        payment_currency=story.payment_currency,
        bearer=story.bearer,
        told_at=first_told(heard, dispute),
        lines=tuple(line(story, row) for row in story.line if row["dispute"] == partner_id),
        house=tuple(_house(story, row) for row in story.house if row["dispute"] == partner_id),
        shares=tuple(_share(row) for row in story.share if row["dispute"] == partner_id),
        receivables=tuple(_receivable(story, row) for row in story.receivable if row["dispute"] == partner_id),
    )


def _implied(story: Story, row: dict[str, Any]) -> Observation:
    at = parse_instant(f"{row['on']}T00:00:00Z")
    said = Said(partner_dispute_id=row["dispute"], form="row", occurred_at=at, move="unknown", kind="dispute")
    where = {"partner": story.partner, "account": story.account, "feed": "report", "delivery": "del_report"}
    return observe(said, **where, position=1, landed_at=at, trust="fetched")


def line(story: Story, row: dict[str, Any], partner: str | None = None) -> MoneyLine:
    """A money line; what its row leaves out is as of a plain line without fees."""
    net, currency = money(row["net"])
    gross = money(row["gross"])[0] if "gross" in row else net
    original = money(row["original"]) if "original" in row else (None, None)
    whose = partner or story.partner
    account = "main" if partner else story.account
    at = parse_instant(f"{row['on']}T12:00:00Z")
    return MoneyLine(
        id=money_line_id(whose, account, row["id"]),
        partner=whose,
        account=account,
        feed="report",
        delivery="del_report",
        position=1,
        identity=row["id"],
        kind=row["kind"],
        partner_kind=None,
        dispute=dispute_id(story.partner, story.account, row["dispute"]) if "dispute" in row else None,
        partner_dispute_id=row.get("dispute"),
        payment_ref=None,
        cycle=row.get("cycle"),
        batch=row.get("batch"),
        gross_minor=gross,
        fee_minor=gross - net,
        net_minor=net,
        currency=currency,
        original_minor=original[0],
        original_currency=original[1],
        occurred_at=at,
        effective_on=row["on"],
        reference=row.get("reference"),
        landed_at=at + 1,
    )


def _house(story: Story, row: dict[str, Any]) -> HouseLine:
    minor, currency = money(row["amount"])
    return HouseLine(
        id=row["id"],
        merchant=story.merchant or "",
        kind=row["kind"],
        amount_minor=minor,
        short_minor=money(row["short"])[0] if "short" in row else 0,
        currency=currency,
        effective_on=row["on"],
        landed_at=parse_instant(f"{row['on']}T20:00:00Z"),
    )


def _share(row: dict[str, Any]) -> Share:
    minor, currency = money(row["amount"])
    at = parse_instant(f"{row['on']}T20:00:00Z")
    return Share(row["line"], minor, currency, row["on"], at, row.get("leg"), row.get("fee"))


def _receivable(story: Story, row: dict[str, Any]) -> ReceivableMove:
    minor, currency = money(row["amount"])
    at = parse_instant(f"{row['on']}T20:00:00Z")
    return ReceivableMove(row["id"], row["kind"], story.merchant, minor, currency, row["on"], at)


def batch_facts(story: Story, preset: Preset) -> list[BatchFacts]:
    """The facts about the partner's reports and payouts, and those about our bank."""
    payouts = tuple(line(story, row) for row in story.payout)
    partners = BatchFacts(
        partner=story.partner,
        account=story.account,
        preset=preset,
        chain=story.chain,
        totals=tuple(_total(row) for row in story.total),
        payouts=payouts,
        lumps=tuple(line(story, row) for row in story.lump),
    )
    bank = tuple(line(story, row, partner="bank") for row in story.bank)
    met = tuple(BankLine(told, payout_of(told, payouts)) for told in bank)
    return [partners, BatchFacts(partner="bank", account="main", preset=preset, chain="bank", bank=met)]


def _total(row: dict[str, Any]) -> Total:
    minor, currency = money(row["net"])
    at = parse_instant(f"{row['on']}T12:00:00Z")
    return Total(row.get("report", "report_1"), row.get("batch"), row["kind"], currency, minor, row["on"], at)


def wanted(story: Story, preset: Preset) -> list[Wanted]:
    """Every entry of the story, by day and fact."""
    entries = [entry for facts in dispute_facts(story, preset) for entry in wanted_for_dispute(facts)]
    entries += [entry for facts in batch_facts(story, preset) for entry in wanted_for_batch(facts)]
    return sorted(entries, key=lambda entry: (entry.effective_on, entry.known_at, entry.fact))


# --- from entries to what a person reads ------------------------------------------------------


def journal(story: Story, entries: list[Wanted]) -> str:
    """The entries as an accountant writes them."""
    names = {
        dispute_id(story.partner, story.account, row["dispute"]): row["dispute"] for row in (*story.told, *story.line)
    }
    blocks = []
    for entry in entries:
        about = names.get(entry.dispute or "", entry.fact.split(maxsplit=2)[2] if entry.dispute is None else "")
        lines = [f"{entry.effective_on} {entry.rule} {about}".rstrip()]
        lines += [f"    {_posting(posting)}" for posting in entry.postings]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _posting(posting: Posting) -> str:
    side = "Dr" if posting.amount_minor > 0 else "Cr"
    kept = ", ".join(key for key in (posting.leg or posting.batch, posting.sort) if key)
    name = f"{side} {posting.account}{f'[{kept}]' if kept else ''}"
    amount = render_major(abs(posting.amount_minor), posting.currency)
    return f"{name:<52}{amount:>12} {posting.currency}"


def totals(entries: list[Wanted]) -> dict[str, str]:
    """Account totals that are not zero: `bank USD` -> `985.00`, debit positive."""
    left: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings:
            left[posting.account, posting.currency] += posting.amount_minor
    return {f"{a} {c}": render_major(minor, c) for (a, c), minor in sorted(left.items()) if minor}


def open_clearing(entries: list[Wanted]) -> dict[str, str]:
    """Balances of clearing accounts that are not zero, each by what it is kept by."""
    left: defaultdict[tuple[str | None, ...], int] = defaultdict(int)
    for entry in entries:
        for p in entry.postings:
            if chart()[p.account].is_clearing:
                left[p.account, p.partner, p.merchant, p.dispute, p.leg, p.batch, p.currency] += p.amount_minor
    return {" ".join(k or "-" for k in key): str(minor) for key, minor in left.items() if minor}


def refresh(path: Path) -> None:
    """Write the journal of each preset anew below the facts."""
    story = read(path)
    facts = path.read_text(encoding="utf-8").split(_JOURNAL)[0].rstrip()
    parts = [facts, "", _JOURNAL.rstrip()]
    for preset in story.presets:
        table = "platform" if preset == "platform" else "own_books"
        parts += [f"[{table}]", f'journal = """\n{journal(story, wanted(story, preset))}"""', ""]
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def day(at: int) -> str:
    """The ISO day of an instant in UTC."""
    return local_day(at, "UTC").isoformat()


if __name__ == "__main__":
    for chosen in [Path(name) for name in sys.argv[1:]] or files():
        refresh(chosen)
