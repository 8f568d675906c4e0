"""`match`: run the matching rules, look at what they found, and decide what they could not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command, default
from recoup.cli.phrases import NOTHING, count, money
from recoup.cli.render import Column

ROWS = 20
PairName = Annotated[str, typer.Option("--pair", help="Which pair of sides", metavar="NAME")]
Reason = Annotated[str, typer.Option(help="Why, for the audit", metavar="TEXT")]
Rows = Annotated[int, typer.Option(help="At most so many rows", min=1, max=100_000)]


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    group = typer.Typer(help="Match the lines of two sides by rules, and explain every match and every break.")
    app.add_typer(group, name="match")
    default(group)(match)
    command(group)(rules)
    command(group)(explain)
    command(group)(breaks)
    command(group)(suggestions)
    command(group)(show)
    command(group)(together)
    command(group)(apart)
    command(group)(undo)
    command(group)(decisions)


def match(
    call: Call,
    pair: Annotated[list[str] | None, typer.Option(help="Only this pair; may be given again", metavar="NAME")] = None,
    engine: Annotated[str, typer.Option(help="What computes: duckdb or spark", metavar="NAME")] = "duckdb",
    left: Annotated[
        list[Path] | None, typer.Option(help="Parquet files of the left side, where it is `file`", metavar="FILE")
    ] = None,
    right: Annotated[
        list[Path] | None, typer.Option(help="Parquet files of the right side, where it is `file`", metavar="FILE")
    ] = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Forget what earlier runs confirmed; what people decided stays")
    ] = False,
) -> None:
    """Run the rules of all pairs, or of those named, over what is there now."""
    from recoup.app import matching

    files = matching.Files(tuple(left or ()), tuple(right or ()))
    with call.app() as app, call.screen.progress("matching") as progress:
        steps = 0

        def heard(_said: str) -> None:
            nonlocal steps
            steps += 1
            progress(steps, None)

        found = matching.match(app, pair or (), engine=engine, files=files, afresh=afresh, progress=heard)
    if call.as_json:
        call.screen.document(found)
        return
    _show_runs(call, found)


def _show_runs(call: Call, found: Any) -> None:
    columns = (
        Column("pair and rule", is_whole=True),
        Column("matches", is_right=True),
        Column("left lines", is_right=True),
        Column("right lines", is_right=True),
    )
    rows: list[Sequence[str]] = []
    for one in found.pairs:
        rows.append((one.pair, str(one.matched), str(one.left_lines), str(one.right_lines)))
        rows += [
            (f"  {name}", str(c.matches), str(c.left_lines), str(c.right_lines)) for name, c in one.by_rule.items()
        ]
    call.screen.table(columns, rows)
    for one in found.pairs:
        if said := _left_over(one):
            call.screen.say(f"{one.pair}: {said}.")
    if not found.pairs:
        call.screen.say("There is no pair to match.")
    if found.opened or found.closed:
        call.screen.say(f"The check after it opened {count(found.opened, 'break')} and closed {found.closed:,}.")
    worst = max(found.pairs, key=lambda one: one.breaks, default=None)
    if worst is not None and worst.breaks:
        call.screen.next(f"recoup match breaks --pair {worst.pair}")


def _left_over(one: Any) -> str:
    parts = [f"{number} {name.replace('_', ' ')}" for name, number in one.by_class.items()]
    parts += [count(one.ambiguous, "ambiguous line")] if one.ambiguous else []
    parts += [count(one.suggested, "suggestion")] if one.suggested else []
    parts += [f"{count(one.dropped, 'match', 'matches')} of before fell"] if one.dropped else []
    return ", ".join(parts)


def rules(
    call: Call, pair: Annotated[str | None, typer.Argument(help="Only the rules of this pair", metavar="PAIR")] = None
) -> None:
    """List pairs and their rules, in the order in which they run."""
    from recoup.app.matching import read_rulebook

    book = read_rulebook(call.settings.home)
    chosen = [book.pair(pair)] if pair else list(book.pairs.values())
    if call.as_json:
        call.screen.document(chosen)
        return
    for found in chosen:
        call.screen.heading(f"{found.pair.name}: {found.pair.says}")
        call.screen.say(
            f"{found.pair.left} ({found.pair.left_is}) and {found.pair.right} ({found.pair.right_is})", "dim"
        )
        columns = (Column("rule", is_whole=True), Column("kind"), Column("says"))
        call.screen.table(columns, [(rule.name, rule.kind, rule.says) for rule in found.rules])
    call.screen.next("recoup match explain RULE")


def explain(
    call: Call,
    rule: Annotated[str, typer.Argument(help="The rule: PAIR.RULE, or its name where one pair has it")],
    dialect: Annotated[str, typer.Option(help="Whose SQL: duckdb or spark", metavar="NAME")] = "duckdb",
) -> None:
    """Print the SQL of a rule as one readable query whose rows are its matches."""
    from recoup.app.matching import explained, read_rulebook

    text = explained(read_rulebook(call.settings.home), rule, dialect)
    if call.as_json:
        call.screen.document({"rule": rule, "dialect": dialect, "sql": text})
    else:
        typer.echo(text)


def breaks(
    call: Call,
    pair: PairName,
    of_class: Annotated[str | None, typer.Option("--class", help="Only of this class", metavar="WORD")] = None,
    rows: Rows = ROWS,
) -> None:
    """List what the latest run of a pair left open, the most money of each currency first."""
    from recoup.app import matching
    from recoup.errors import UsageProblem
    from recoup.matching.breaks import CLASSES

    if of_class is not None and of_class not in CLASSES:
        raise UsageProblem("match breaks --class", repr(of_class), f"one of {', '.join(CLASSES)}")
    with call.app() as app, matching.results(app, pair) as results:
        found = results.breaks(rows, of_class)
    if call.as_json:
        call.screen.document(found)
        return
    if not found:
        call.screen.say("Nothing is left open.")
        return
    columns = (
        Column("in question", is_right=True, is_whole=True),
        Column("class", is_whole=True),
        Column("age", is_right=True, is_whole=True),
        Column("what"),
    )
    call.screen.table(
        columns,
        [
            (
                money(b["stake_minor"], b["currency"]),
                b["class"].replace("_", " "),
                f"{b['age_days']} d",
                b["explanation"],
            )
            for b in found
        ],
    )
    call.screen.next(f"recoup match show {found[0]['item']} --pair {pair}")


def suggestions(call: Call, pair: PairName, rows: Rows = ROWS) -> None:
    """List matches that rules suggest and a person must decide."""
    from recoup.app import matching

    with call.app() as app, matching.results(app, pair) as results:
        found = results.suggestions(rows)
    if call.as_json:
        call.screen.document(found)
        return
    if not found:
        call.screen.say("Nothing is suggested.")
        return
    columns = (Column("left"), Column("right"), Column("amount", is_right=True, is_whole=True), Column("rule"))
    call.screen.table(
        columns,
        [(_lines(m, "left"), _lines(m, "right"), money(m["left_minor"], m["currency"]), m["rule"]) for m in found],
    )
    call.screen.next(f"recoup match together LEFT RIGHT --pair {pair} --reason WHY")


def _lines(match: Mapping[str, Any], side: str) -> str:
    return str(match[f"{side}_item"] or count(match[f"{side}_lines"], "line"))


def show(
    call: Call, item: Annotated[str, typer.Argument(help="A line of either side", metavar="LINE")], pair: PairName
) -> None:
    """Say what became of a line: its match and how sure it is, its candidates, or why it is open."""
    from recoup.app import matching
    from recoup.errors import MatchUnknown

    with call.app() as app, matching.results(app, pair) as results:
        found = results.lines(item)
    if not found:
        raise MatchUnknown(
            f"pair {pair}",
            f"no line {item!r}",
            "a line of the latest run",
            f"List some: recoup match breaks --pair {pair}",
        )
    if call.as_json:
        call.screen.document(found)
        return
    for line in found:
        call.screen.heading(f"{line.item} ({line.side}): {line.status.replace('_', ' ')}")
        if line.match is not None:
            call.screen.say(f"by {line.match['rule']} with {', '.join(line.others)}; {_how_sure(line.match)}")
        elif line.others:
            call.screen.say(f"may be {', '.join(line.others)}")
        if line.explanation:
            call.screen.say(line.explanation)


def _how_sure(match: Mapping[str, Any]) -> str:
    if match["candidates"] == 1 or match["margin_minor"] is None:
        return f"{count(match['candidates'], 'candidate')}, no runner-up"
    ahead = (
        money(match["margin_minor"], match["currency"]) if match["margin_minor"] else count(match["margin_days"], "day")
    )
    return f"{count(match['candidates'], 'candidate')}, ahead of the next by {ahead}"


def together(
    call: Call,
    left: Annotated[str, typer.Argument(help="A line of the left side")],
    right: Annotated[str, typer.Argument(help="A line of the right side")],
    pair: PairName,
    reason: Reason,
) -> None:
    """Decide that two lines are one thing."""
    _decide(call, pair, left, right, is_together=True, reason=reason)


def apart(
    call: Call,
    left: Annotated[str, typer.Argument(help="A line of the left side")],
    right: Annotated[str, typer.Argument(help="A line of the right side")],
    pair: PairName,
    reason: Reason,
) -> None:
    """Decide that two lines are not one thing; a match of the two falls."""
    _decide(call, pair, left, right, is_together=False, reason=reason)


def _decide(call: Call, pair: str, left: str, right: str, *, is_together: bool, reason: str) -> None:
    from recoup.app import matching

    with call.app() as app:
        made = matching.decide(app, pair, left, right, is_together=is_together, reason=reason)
    if call.as_json:
        call.screen.document(made)
        return
    call.screen.say(f"Decided: {left} and {right} are {'one thing' if is_together else 'apart'} ({made.id}).")
    call.screen.next(f"recoup match --pair {pair}")


def undo(call: Call, decision: Annotated[str, typer.Argument(help="The decision's id")], reason: Reason) -> None:
    """Take a decision back; the next run is as it would have been without it."""
    from recoup.app import matching

    with call.app() as app:
        undone = matching.take_back(app, decision, reason)
    if call.as_json:
        call.screen.document(undone)
        return
    call.screen.say(f"Taken back: {undone.left_item} and {undone.right_item} of {undone.pair} are the rules' again.")
    call.screen.next(f"recoup match --pair {undone.pair}")


def decisions(
    call: Call, pair: Annotated[str | None, typer.Option(help="Only of this pair", metavar="NAME")] = None
) -> None:
    """List the decisions that stand."""
    from recoup.app import matching

    with call.app() as app, app.register.reading() as view:
        found = matching.decisions_of(view, pair)
    if call.as_json:
        call.screen.document(found)
        return
    if not found:
        call.screen.say("Nothing has been decided by a person.")
        return
    columns = (
        Column("pair"),
        Column("left"),
        Column("right"),
        Column("said"),
        Column("by"),
        Column("why"),
        Column("id"),
    )
    call.screen.table(
        columns,
        [
            (
                d.pair,
                d.left_item,
                d.right_item,
                "together" if d.is_together else "apart",
                d.actor,
                d.reason or NOTHING,
                d.id,
            )
            for d in found
        ],
    )
