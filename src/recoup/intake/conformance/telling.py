"""What the samples tell is what they were said to tell; told by several files it is one; nothing is lost on the way."""

from itertools import permutations

import msgspec

from recoup.domain import tables
from recoup.domain.dispute import fold
from recoup.domain.money_line import MoneyLine
from recoup.domain.observation import Observation
from recoup.intake.conformance.bench import Bench, Heard, content, identities
from recoup.intake.conformance.looked import Looked
from recoup.intake.conformance.samples import Chain, Same, SameMoney, Sample

ORDERS_MAX = 24
"""Orders in which a dispute's files are folded: all of up to four."""


def look_at_mapping(bench: Bench, looked: Looked) -> None:
    """Each sample has the records, the bad ones, the disputes and the money that it was said to have."""
    for sample in bench.samples.sample:
        taken = bench.taken(sample)
        _look_at_counts(sample, taken, looked)
        if sample.disputes:
            told = sorted({o.said.partner_dispute_id for o in taken.observations})
            found = f"{sample.file}: tells disputes {', '.join(told) or 'none'}; said {', '.join(sample.disputes)}"
            looked.at(told == sorted(set(sample.disputes)), found)
        _look_at_words(sample, taken, looked)


def look_at_records(bench: Bench, looked: Looked) -> None:
    """Records in are records accepted and quarantined, of every sample and of every spoiled copy that was read."""
    for sample in bench.samples.sample:
        taken = bench.taken(sample)
        counted = taken.accepted + len(taken.quarantined)
        found = f"{sample.file}: {taken.records} records, {counted} accounted for"
        looked.at(taken.status != "read" or taken.records == counted, found)
    for found in bench.uncounted:
        looked.at(False, found)


def look_at_totals(bench: Bench, looked: Looked) -> None:
    """Totals that a sound sample states are the computed ones."""
    for sample in bench.samples.sample:
        if bench.is_held(sample):
            continue
        for control in bench.controls(sample):
            found = f"{sample.file}: {control.name} stated {control.stated}, computed {control.computed}"
            looked.at(control.stated == control.computed, found)


def look_at_same_disputes(bench: Bench, looked: Looked) -> None:
    """One dispute that several files tell is one, in whatever order they come."""
    for same in bench.samples.same:
        _look_at_same(bench, same, looked)


def look_at_same_money(bench: Bench, looked: Looked) -> None:
    """One movement that several files tell is one line, with one amount."""
    for same in bench.samples.same_money:
        lines = {file: _line(bench, file, same) for file in same.files}
        for file, line in lines.items():
            looked.at(line is not None, f"{file}: tells nothing of {same.identity}")
        told = {(line.id, line.net_minor, line.currency) for line in lines.values() if line is not None}
        looked.at(len(told) == 1, f"{same.identity}: {len(told)} different lines in {', '.join(same.files)}")


def look_at_chains(bench: Bench, looked: Looked) -> None:
    """Disputes of one payment share their case, or the next one names the one before."""
    for chain in bench.samples.chain:
        refs = _cases(bench, chain)
        for before, after in zip(chain.disputes, chain.disputes[1:], strict=False):
            is_linked = bool(refs[before] & refs[after]) or before in refs[after] or after in refs[before]
            looked.at(is_linked, f"{after}: nothing links it to {before}")


def look_at_duplicates(bench: Bench, looked: Looked) -> None:
    """The same bytes a second time say nothing that was not known."""
    for sample in bench.samples.sample:
        is_page = not sample.held and _is_fetched(bench, sample)
        again = bench.read(sample, late=0 if is_page else 1_000_000)
        looked.at(
            identities(again) == identities(bench.taken(sample)),
            f"{sample.file}: says something new when it comes twice",
        )


def look_at_determinism(bench: Bench, looked: Looked) -> None:
    """Read twice, a sample says the same, in the same order."""
    for sample in bench.samples.sample:
        again = content(bench.read(sample))
        looked.at(again == content(bench.taken(sample)), f"{sample.file}: another reading when read again")


def _is_fetched(bench: Bench, sample: Sample) -> bool:
    return getattr(bench.feed(sample), "medium", "") == "page"


def _look_at_counts(sample: Sample, taken: Heard, looked: Looked) -> None:
    is_held = taken.status != "read"
    why = f" ({taken.findings[0].found}; wanted {taken.findings[0].wanted})" if is_held and taken.findings else ""
    looked.at(is_held == sample.held, f"{sample.file}: {taken.status}{why}; said {'held' if sample.held else 'read'}")
    if sample.held or is_held:
        return
    looked.at(taken.records == sample.records, f"{sample.file}: {taken.records} records; said {sample.records}")
    bad = len(taken.quarantined)
    first = f", first: {taken.quarantined[0][1].found}" if taken.quarantined else ""
    looked.at(bad == sample.quarantined, f"{sample.file}: {bad} quarantined{first}; said {sample.quarantined}")
    if sample.money_lines is not None:
        lines = len(taken.money_lines)
        looked.at(lines == sample.money_lines, f"{sample.file}: {lines} money lines; said {sample.money_lines}")


def _look_at_words(sample: Sample, taken: Heard, looked: Looked) -> None:
    """Moves are in the table; what is unknown has its finding."""
    moves = tables.moves()
    for observation in taken.observations:
        where = f"{sample.file} record {observation.position}"
        looked.at(observation.said.move in moves, f"{where}: the move {observation.said.move}, which is in no table")
        if observation.said.move == "unknown":
            looked.at(bool(taken.findings), f"{where}: an unknown move without a finding")
    for line in taken.money_lines:
        if line.kind == "unknown":
            looked.at(bool(taken.findings), f"{sample.file} record {line.position}: an unknown kind without a finding")


def _look_at_same(bench: Bench, same: Same, looked: Looked) -> None:
    by_file = {file: _observations(bench, file, same.dispute) for file in same.files}
    lines = {file: _lines_of(bench, file, same.dispute) for file in same.files}
    for file in same.files:
        looked.at(bool(by_file[file] or lines[file]), f"{file}: tells nothing of {same.dispute}")
    ids = {o.dispute for told in by_file.values() for o in told} | set().union(*lines.values())
    looked.at(len(ids) == 1, f"{same.dispute}: {len(ids)} disputes in {', '.join(same.files)}")
    telling = [told for told in by_file.values() if told]
    if not telling:
        return  # said above, file by file
    folds = set()
    for order in list(permutations(telling))[:ORDERS_MAX]:
        folded = fold([o for told in order for o in told], tables.moves())
        folds.add(msgspec.json.encode((folded.dispute, folded.findings)))
    looked.at(len(folds) <= 1, f"{same.dispute}: another dispute when its files come in another order")


def _observations(bench: Bench, file: str, dispute: str) -> list[Observation]:
    taken = bench.taken(bench.samples.of(file))
    return [o for o in taken.observations if o.said.partner_dispute_id == dispute]


def _lines_of(bench: Bench, file: str, dispute: str) -> set[str]:
    taken = bench.taken(bench.samples.of(file))
    return {line.dispute for line in taken.money_lines if line.partner_dispute_id == dispute and line.dispute}


def _line(bench: Bench, file: str, same: SameMoney) -> MoneyLine | None:
    taken = bench.taken(bench.samples.of(file))
    return next((line for line in taken.money_lines if line.identity == same.identity), None)


def _cases(bench: Bench, chain: Chain) -> dict[str, set[str]]:
    refs: dict[str, set[str]] = {dispute: set() for dispute in chain.disputes}
    for file in chain.files:
        for observation in bench.taken(bench.samples.of(file)).observations:
            said = observation.said
            if said.partner_dispute_id in refs and said.case_ref:
                refs[said.partner_dispute_id].add(said.case_ref)
    return refs
