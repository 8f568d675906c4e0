"""A partner can what it says it can, and has samples of everything that it reads."""

from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.looked import Looked
from recoup.partners.contract import FileFeed, Partner, RecordFeed, TableFeed


def look_at_capabilities(bench: Bench, looked: Looked) -> None:
    """What is claimed has a way to be done, and what is not claimed has none."""
    partner = bench.partner
    can = partner.capabilities
    looked.at(
        not can.can_list_disputes or partner.sweep is not None, "claims to list disputes, and has no sweep to do it"
    )
    looked.at(
        not can.can_fetch_dispute or partner.fetch is not None, "claims to fetch a dispute, and has no fetch to do it"
    )
    signed = [name for name, feed in partner.feeds.items() if isinstance(feed, RecordFeed) and feed.verify]
    looked.at(
        bool(signed) == (can.authenticates != "channel"),
        f"says that the {can.authenticates} authenticates, and verifies {', '.join(signed) or 'nothing'}",
    )
    looked.at(len(can.gaps_closed_by.split()) >= 3, "does not say in a sentence how a lost message is noticed")
    _look_at_event_ids(bench, looked)


def look_at_feeds(bench: Bench, looked: Looked) -> None:
    """Feeds are called by their names, book only roles that they have, and have at least one sample each."""
    partner = bench.partner
    sampled = {sample.feed for sample in bench.samples.sample}
    for name, feed in partner.feeds.items():
        looked.at(name == feed.name, f"the feed {feed.name} is entered as {name}")
        looked.at(name in sampled, f"no sample of the feed {name}")
        looked.at(bool(feed.roles), f"the feed {name} has no role")
    for name in sorted(sampled - set(partner.feeds)):
        looked.at(False, f"a sample of {name}, which is no feed")
    for role, feeds in partner.books.items():
        for name in feeds:
            booked = partner.feeds.get(name)
            looked.at(booked is not None and role in booked.roles, f"books {role} from {name}, which has no such role")


def look_at_closing(bench: Bench, looked: Looked) -> None:
    """What closes a feed's files is said as it is: totals where totals are stated, nothing where nothing is."""
    for sample in bench.samples.sample:
        feed = bench.feed(sample)
        if bench.is_held(sample) or (isinstance(feed, RecordFeed) and feed.medium != "file"):
            continue
        if feed.closed_by == "totals":
            stated = bool(bench.controls(sample))
            looked.at(stated, f"{sample.file}: closed by totals, as {sample.feed} says, and states none")


def _look_at_event_ids(bench: Bench, looked: Looked) -> None:
    if not bench.partner.capabilities.has_event_ids:
        return
    for sample in bench.samples.sample:
        for observation in bench.taken(sample).observations:
            if observation.said.form == "event":
                found = f"{sample.file} record {observation.position}: an event without an id"
                looked.at(observation.said.record_id is not None, found)


def is_stream(partner: Partner, feed: str) -> bool:
    """Say whether a feed is a file, and not a message or a page."""
    found = partner.feeds[feed]
    return isinstance(found, FileFeed | TableFeed) or found.medium == "file"
