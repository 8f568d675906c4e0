"""How the story of one dispute looks to a person: what happened, where it is written, and what proves it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from recoup.cli.phrases import due, moment, money, readable, short
from recoup.cli.proof_tables import show_dispute_proof
from recoup.cli.render import Column, Screen


def show_story(screen: Screen, found: Any, stands: str, now: int) -> None:
    """Print one trace: `enquiry.trace.Trace`; `stands` is where the dispute stands, in words."""
    row = found.dispute
    screen.say(f"{row.partner_dispute_id}  {money(row.amount_minor, row.currency)}  {stands}", "bold")
    screen.indented(f"{row.id}, a {row.kind} at {row.partner}/{row.account}", "dim")
    screen.indented(f"payment {row.payment_ref or 'unknown'}, merchant {row.merchant or 'unknown'}", "dim")
    if row.act_by_at is not None:
        screen.indented(f"to act {due(row.act_by_at, now)}: by {moment(row.act_by_at)} UTC ({row.due_source})")
    screen.heading("What happened, in the order we knew it (UTC)")
    columns = (Column("", is_whole=True, style="dim"), Column("", is_whole=True, style="cyan"), Column(""))
    screen.table(columns, list(_lines(found.timeline)), has_heads=False)
    show_dispute_proof(screen, found.proof)
    screen.next(f"recoup books entries --dispute {short(row.id)}", f"recoup trace {short(row.id)} --json")


def _lines(timeline: Sequence[Any]) -> Iterator[tuple[str, str, str]]:
    """Give a line for each moment; a partner that says the same again and again says it in one."""
    repeated = _repeated(timeline)
    for is_again, moments in groupby(timeline, key=lambda told: id(told) in repeated):
        if is_again:
            told = [m for m in moments if m.kind == "observation"]
            times = f"{len(told)} more time{'' if len(told) == 1 else 's'}"
            yield "", "", f"… said again {times}, until {moment(told[-1].at)}"
        else:
            for told in moments:
                yield moment(told.at), told.kind.replace("_", " "), _with_place(told)


def _repeated(timeline: Sequence[Any]) -> set[int]:
    """Find observations that say what was said last, and the deliveries that brought nothing else."""
    said, again = "", []
    for told in timeline:
        if told.kind == "observation":
            if told.text == said:
                again.append(told)
            said = told.text
    speaking = {told.delivery for told in timeline if told.kind != "delivery" and told not in again}
    deliveries = {told.delivery for told in again} - speaking
    silent = [told for told in timeline if told.kind == "delivery" and told.delivery in deliveries]
    return {id(told) for told in (*again, *silent)}


def _with_place(told: Any) -> str:
    if told.position is not None:
        return f"{readable(told.text)}\n{_place(told)}"
    return (
        f"{readable(told.text)}\n{short(told.delivery)}, object {told.object[:12]}"
        if told.object
        else readable(told.text)
    )


def _place(told: Any) -> str:
    """Say where the record is and where in it the fields are, those of one object together."""
    place = f"record {told.position} of {short(told.delivery)}"
    if not told.fields:
        return place
    if told.fields[0].line is not None:
        return f"{place}, line {told.fields[0].line}: {', '.join(spot.path for spot in told.fields)}"
    by_parent: dict[str, list[str]] = {}
    for spot in told.fields:
        parent, _, leaf = spot.path.rpartition(".")
        by_parent.setdefault(parent, []).append(f"{leaf} {spot.byte}")
    return "; ".join([f"{place}, at byte", *(f"{parent}: {', '.join(found)}" for parent, found in by_parent.items())])
