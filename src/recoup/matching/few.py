"""A few lines that are a few of the other side, with nothing to name them: what a person might see, and confirm.

The search is bounded on purpose: two or three lines with two or three, in buckets of few open lines. Even there sums
meet by chance, so that a rule of this kind suggests and never confirms; a line that is in two ways is ambiguous. Pure.
"""

from pathlib import Path

from recoup.matching.compiling import NO_MARGIN, SIDES, Compiled, Tables, equal, projection, suggested_lines, within
from recoup.matching.rule import Pair, Rule, SideName
from recoup.storage.steps import Step

_NONE = "cast(null as bigint)"


def compile_few(pair: Pair, rule: Rule, tables: Tables, tag: str, folder: Path | None = None) -> Compiled:
    """Give the steps of a rule of kind few."""
    del folder
    bucket = within(pair, rule)
    steps = [
        *(Step(f"{tag}__{side}", projection(pair, rule, side, tables.of(side))) for side in SIDES),
        Step(f"{tag}__small", _small(rule, tag, bucket)),
        *(Step(f"{tag}__{side}_numbered", _numbered(tag, side, bucket)) for side in SIDES),
        *(Step(f"{tag}__{side}_sets", _sets(rule, tag, side, bucket)) for side in SIDES),
        Step(f"{tag}__ways", _ways(rule, tag, bucket)),
        Step(f"{tag}__parts", _parts(tag, bucket)),
        Step(f"{tag}__sure", f"select way, max(wanted_by) = 1 as is_one_way from {tag}__parts group by way"),
        Step(f"{tag}__lines", _lines(tag)),
        Step(f"{tag}__matches", _matches(rule, tag)),
        Step(f"{tag}__unsure", _unsure(rule, tag)),
    ]
    return Compiled(tuple(steps), f"{tag}__matches", f"{tag}__lines", f"{tag}__unsure")


def _small(rule: Rule, tag: str, bucket: list[str]) -> str:
    """Buckets with few enough open lines on each side."""
    assert rule.few is not None, "checked when the rule was read"
    named = ", ".join(bucket)
    counted = "(select {0}, count(*) as lines from {1}__{2} group by {0} having count(*) <= {3})"
    left, right = (counted.format(named, tag, side, rule.few.lines_max) for side in SIDES)
    listed = ", ".join(f"l.{name}" for name in bucket)
    return f"select {listed}\nfrom {left} as l join {right} as r on {equal('l', 'r', bucket)}"


def _numbered(tag: str, side: SideName, bucket: list[str]) -> str:
    named = ", ".join(f"s.{name}" for name in bucket)
    return (
        f"select s.item, s.amount_minor, s.compared_minor, s.on_day, s.day, {named},\n"
        f"  row_number() over (partition by {named} order by s.on_day, s.item) as n\n"
        f"from {tag}__{side} as s semi join {tag}__small as b on {equal('b', 's', bucket)}"
    )


def _sets(rule: Rule, tag: str, side: SideName, bucket: list[str]) -> str:
    """Two or three lines of a bucket with one sign, and what they add up to."""
    assert rule.few is not None, "checked when the rule was read"
    named = ", ".join(f"a.{name}" for name in bucket)
    table, alike = f"{tag}__{side}_numbered", "(a.compared_minor > 0) = ({0}.compared_minor > 0)"
    total = "cast({0} as bigint)"
    sums = [f"cast({name}.compared_minor as decimal(38,0))" for name in ("a", "b", "c")]
    two = (
        f"select {named}, a.n as n1, b.n as n2, {_NONE} as n3, {total.format(' + '.join(sums[:2]))} as sum_minor,\n"
        "  least(a.day, b.day) as first_day, greatest(a.day, b.day) as last_day\n"
        f"from {table} as a join {table} as b on {equal('a', 'b', bucket)} and a.n < b.n and {alike.format('b')}"
    )
    three = (
        f"select {named}, a.n as n1, b.n as n2, c.n as n3, {total.format(' + '.join(sums))} as sum_minor,\n"
        "  least(a.day, b.day, c.day) as first_day, greatest(a.day, b.day, c.day) as last_day\n"
        f"from {table} as a join {table} as b on {equal('a', 'b', bucket)} and a.n < b.n and {alike.format('b')}\n"
        f"join {table} as c on {equal('a', 'c', bucket)} and b.n < c.n and {alike.format('c')}"
    )
    return two if rule.few.size_max == 2 else f"{two}\nunion all\n{three}"


def _ways(rule: Rule, tag: str, bucket: list[str]) -> str:
    assert rule.window is not None, "checked when the rule was read"
    named = ", ".join(f"l.{name}" for name in bucket)
    numbers = ", ".join(f"{side}.n{place} as {side}{place}" for side in ("l", "r") for place in (1, 2, 3))
    order = ", ".join([*(f"l.{name}" for name in bucket), *(f"{s}.n{p}" for s in ("l", "r") for p in (1, 2, 3))])
    return (
        f"select row_number() over (order by {order}) as way, {named}, {numbers}\n"
        f"from {tag}__left_sets as l join {tag}__right_sets as r\n"
        f"  on {equal('l', 'r', bucket)} and l.sum_minor = r.sum_minor\n"
        f"where r.last_day - l.first_day <= {rule.window.days_after}\n"
        f"  and l.last_day - r.first_day <= {rule.window.days_before}"
    )


def _parts(tag: str, bucket: list[str]) -> str:
    each = [
        f"select w.way, cast('{side}' as varchar) as side, s.item, s.amount_minor, s.on_day, s.currency\n"
        f"from {tag}__ways as w join {tag}__{side}_numbered as s\n"
        f"  on {equal('w', 's', bucket)} and s.n = w.{side[0]}{place}"
        for side in SIDES
        for place in (1, 2, 3)
    ]
    union = "\nunion all\n".join(each)
    return f"select *, count(*) over (partition by side, item) as wanted_by\nfrom (\n{union}\n) as part"


def _lines(tag: str) -> str:
    first = f"(select way, min(item) as item from {tag}__parts where side = 'left' group by way)"
    return (
        f"select f.item as match, p.side, p.item, p.amount_minor\nfrom {tag}__parts as p\n"
        f"join {tag}__sure as s on s.way = p.way and s.is_one_way join {first} as f on f.way = p.way"
    )


def _matches(rule: Rule, tag: str) -> str:
    sums = ", ".join(
        f"cast(sum(cast(p.amount_minor as decimal(38,0))) filter (where p.side = '{side}') as bigint) as {side}_minor"
        for side in SIDES
    )
    counts = ", ".join(f"count(*) filter (where p.side = '{side}') as {side}_lines" for side in SIDES)
    days = ", ".join(f"min(p.on_day) filter (where p.side = '{side}') as {side}_on" for side in SIDES)
    per_way = (
        f"select min(p.item) filter (where p.side = 'left') as match, min(p.currency) as currency,\n"
        f"    {counts}, {sums},\n    {days}\n"
        f"  from {tag}__parts as p join {tag}__sure as s on s.way = p.way and s.is_one_way group by p.way"
    )
    return (
        f"select match, cast('{rule.name}' as varchar) as rule, cast('suggested' as varchar) as status,\n"
        "  cast(null as varchar) as left_item, cast(null as varchar) as right_item, left_lines, right_lines,\n"
        f"  currency, left_minor, right_minor, left_on, right_on, cast(1 as bigint) as candidates, {NO_MARGIN}\n"
        f"from (\n  {per_way}\n) as way"
    )


def _unsure(rule: Rule, tag: str) -> str:
    """Lines of ways that share a line with another way, and those of suggested ones."""
    return (
        f"select p.side, p.item, cast('{rule.name}' as varchar) as rule, cast('ambiguous' as varchar) as why,\n"
        "  max(p.wanted_by) as candidates, cast(null as varchar) as other_item\n"
        f"from {tag}__parts as p join {tag}__sure as s on s.way = p.way and not s.is_one_way\n"
        f"group by p.side, p.item\nunion all\n{suggested_lines(rule, tag)}"
    )
