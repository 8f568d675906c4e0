"""Sums that nobody names: one line that is several of the other side, or a few lines that are a few. Pure.

The search is bounded: so many candidates for a lump, the nearest days first, and at most four parts. What it finds is
a match only if it is the one smallest way to make the sum and no line is wanted by two; else it is ambiguous. Parts
have the sign of the sum, so that nothing cancels.
"""

from collections.abc import Sequence
from pathlib import Path

from recoup.matching.compiling import (
    NO_MARGIN,
    Compiled,
    Tables,
    equal,
    in_window,
    projection,
    status_of,
    suggested_lines,
    within,
)
from recoup.matching.rule import Pair, Rule, SideName
from recoup.storage.steps import Step

SEARCHED_TIMES = 5
"""A lump is searched for among five times as many lines as may be candidates; beyond the nearest it is a suggestion."""
_OTHER: dict[SideName, SideName] = {"left": "right", "right": "left"}


def compile_lump(pair: Pair, rule: Rule, tables: Tables, tag: str, folder: Path | None = None) -> Compiled:
    """Give the steps of a rule of kind lump."""
    del folder
    assert rule.lump is not None, "checked when the rule was read"
    one, other = rule.lump.one, _OTHER[rule.lump.one]
    sizes = range(1, rule.lump.size_max + 1)
    steps = [
        Step(f"{tag}__{one}", projection(pair, rule, one, tables.of(one))),
        Step(f"{tag}__{other}", projection(pair, rule, other, tables.of(other))),
        Step(f"{tag}__days", _days(pair, rule, tag)),
        Step(f"{tag}__searched", _searched(pair, rule, tag)),
        Step(f"{tag}__candidates", _candidates(pair, rule, tag)),
        Step(f"{tag}__twos", _twos(tag)),
        *(Step(f"{tag}__of_{size}", _of_size(tag, size)) for size in sizes),
        Step(f"{tag}__ways", "\nunion all\n".join(f"select * from {tag}__of_{size}" for size in sizes)),
        Step(f"{tag}__smallest", _smallest(tag)),
        Step(f"{tag}__parts", _parts(tag)),
        Step(f"{tag}__decided", _decided(rule, tag)),
        Step(f"{tag}__lines", _lines(tag, one, other)),
        Step(f"{tag}__matches", _matches(rule, tag, one)),
        Step(f"{tag}__unsure", _unsure(rule, tag, one)),
    ]
    return Compiled(tuple(steps), f"{tag}__matches", f"{tag}__lines", f"{tag}__unsure")


def _days(pair: Pair, rule: Rule, tag: str) -> str:
    assert rule.lump is not None, "checked when the rule was read"
    named = ", ".join(within(pair, rule))
    other = _OTHER[rule.lump.one]
    return (
        f"select {named}, day, compared_minor > 0 as is_credit, count(*) as lines\n"
        f"from {tag}__{other} group by {named}, day, compared_minor > 0"
    )


def _searched(pair: Pair, rule: Rule, tag: str) -> str:
    """Lumps with few enough lines around them; among many any sum can be made, and none says anything."""
    assert rule.lump is not None, "checked when the rule was read"
    most = SEARCHED_TIMES * rule.lump.candidates_max
    return (
        f"select l.item\nfrom {tag}__{rule.lump.one} as l join {tag}__days as o\n"
        f"  on {equal('l', 'o', within(pair, rule))} and o.is_credit = (l.compared_minor > 0)\n"
        f"where {_in_window(rule)}\ngroup by l.item having sum(o.lines) <= {most}"
    )


def _in_window(rule: Rule) -> str:
    assert rule.lump is not None, "checked when the rule was read"
    assert rule.window is not None, "checked when the rule was read"
    apart = "o.day - l.day" if rule.lump.one == "left" else "l.day - o.day"
    return f"{apart} {in_window(rule.window)}"


def _candidates(pair: Pair, rule: Rule, tag: str) -> str:
    """Lines that may be a part of each lump, numbered: the nearest days first."""
    assert rule.lump is not None, "checked when the rule was read"
    nearest = "over (partition by l.item order by abs(o.day - l.day), o.item)"
    return (
        "select * from (\n"
        "  select l.item as lump, l.compared_minor as lump_minor, o.item, o.compared_minor as part_minor,\n"
        f"    row_number() {nearest} as n, count(*) over (partition by l.item) as candidates\n"
        f"  from {tag}__{rule.lump.one} as l join {tag}__{_OTHER[rule.lump.one]} as o\n"
        f"    on {equal('l', 'o', within(pair, rule))}\n"
        f"  anti join apart as z on z.{rule.lump.one}_item = l.item and z.{_OTHER[rule.lump.one]}_item = o.item\n"
        f"  semi join {tag}__searched as c on c.item = l.item\n  where {_in_window(rule)}\n"
        "    and (o.compared_minor > 0) = (l.compared_minor > 0) and abs(o.compared_minor) <= abs(l.compared_minor)\n"
        f") as near\nwhere n <= {rule.lump.candidates_max}"
    )


def _twos(tag: str) -> str:
    return (
        "select a.lump, a.n as n1, b.n as n2,\n"
        "  cast(cast(a.part_minor as decimal(38,0)) + cast(b.part_minor as decimal(38,0)) as bigint) as sum_minor\n"
        f"from {tag}__candidates as a join {tag}__candidates as b on a.lump = b.lump and a.n < b.n\n"
        "where abs(a.part_minor) <= abs(a.lump_minor) - abs(b.part_minor)"
    )


def _of_size(tag: str, size: int) -> str:
    """Ways to make a lump of so many parts, where fewer do not: numbers of candidates in rising order."""
    fewer = "".join(
        f"\nanti join {tag}__of_{less} as less_{less} on less_{less}.lump = w.lump" for less in range(1, size)
    )
    return f"select w.* from (\n{_WAYS[size].format(tag=tag)}\n) as w{fewer}"


_NONE = "cast(null as bigint)"
_WAYS = {
    1: (
        "select lump, cast(1 as bigint) as size, n as n1, " + f"{_NONE} as n2, {_NONE} as n3, {_NONE} as n4\n"
        "from {tag}__candidates where part_minor = lump_minor"
    ),
    2: (
        "select t.lump, cast(2 as bigint) as size, t.n1, t.n2, " + f"{_NONE} as n3, {_NONE} as n4\n"
        "from {tag}__twos as t join {tag}__candidates as c\n"
        "  on c.lump = t.lump and c.n = t.n1 and c.lump_minor = t.sum_minor"
    ),
    3: (
        "select t.lump, cast(3 as bigint) as size, t.n1, t.n2, c.n as n3, " + f"{_NONE} as n4\n"
        "from {tag}__twos as t join {tag}__candidates as c\n"
        "  on c.lump = t.lump and c.lump_minor - c.part_minor = t.sum_minor and c.n > t.n2"
    ),
    4: (
        "select a.lump, cast(4 as bigint) as size, a.n1, a.n2, b.n1 as n3, b.n2 as n4\n"
        "from {tag}__twos as a\n"
        "join {tag}__candidates as c on c.lump = a.lump and c.n = a.n1\n"
        "join {tag}__twos as b on b.lump = a.lump and b.sum_minor = c.lump_minor - a.sum_minor and b.n1 > a.n2"
    ),
}


def _smallest(tag: str) -> str:
    """One way per lump, the first in order, with how many there are of its size."""
    return (
        "select * from (\n"
        "  select *, count(*) over (partition by lump) as ways,\n"
        "    row_number() over (partition by lump order by n1, n2, n3, n4) as turn\n"
        f"  from {tag}__ways\n) as counted\nwhere turn = 1"
    )


def _parts(tag: str) -> str:
    each = "\n  union all\n".join(
        f"  select lump, size, ways, n{number} as n from {tag}__smallest where n{number} is not null"
        for number in range(1, 5)
    )
    return (
        "select p.lump, p.size, p.ways, c.item, c.candidates,\n"
        f"  count(*) over (partition by c.item) as wanted_by\nfrom (\n{each}\n) as p\n"
        f"join {tag}__candidates as c on c.lump = p.lump and c.n = p.n"
    )


def _decided(rule: Rule, tag: str) -> str:
    """Each lump that can be made, and whether it is sure: one way, no rival, and no candidate left out of the search.

    A lump that equals one line is a pair without a name, and no more than a suggestion.
    """
    assert rule.lump is not None, "checked when the rule was read"
    return (
        "select lump, max(size) as size, max(candidates) as candidates,\n"
        "  max(ways) = 1 and max(wanted_by) = 1 as is_one_way,\n"
        f"  max(size) > 1 and max(candidates) <= {rule.lump.candidates_max} as is_sure\n"
        f"from {tag}__parts\ngroup by lump"
    )


def _lines(tag: str, one: SideName, other: SideName) -> str:
    """Lines of lumps with one way; a match is named by its first left line."""
    named = "d.lump" if one == "left" else "f.first_item"
    first = f"(select lump, min(item) as first_item from {tag}__parts group by lump)"
    return (
        f"select {named} as match, cast('{one}' as varchar) as side, s.item, s.amount_minor\n"
        f"from {tag}__decided as d join {tag}__{one} as s on s.item = d.lump\n"
        f"join {first} as f on f.lump = d.lump\nwhere d.is_one_way\nunion all\n"
        f"select {named} as match, cast('{other}' as varchar) as side, s.item, s.amount_minor\n"
        f"from {tag}__decided as d join {tag}__parts as p on p.lump = d.lump\n"
        f"join {tag}__{other} as s on s.item = p.item\n"
        f"join {first} as f on f.lump = d.lump\nwhere d.is_one_way"
    )


def _matches(rule: Rule, tag: str, one: SideName) -> str:
    status = status_of(rule) if rule.suggests else "case when d.is_sure then 'confirmed' else 'suggested' end"
    sums = (
        f"select p.lump, min(p.item) as first_item, count(*) as lines, min(s.on_day) as on_day,\n"
        "    cast(sum(cast(s.amount_minor as decimal(38,0))) as bigint) as amount_minor\n"
        f"  from {tag}__parts as p join {tag}__{_OTHER[one]} as s on s.item = p.item group by p.lump"
    )
    lump, several = ("left", "right") if one == "left" else ("right", "left")
    columns = {
        "match": "d.lump" if one == "left" else "q.first_item",
        "rule": f"cast('{rule.name}' as varchar)",
        "status": status,
        f"{lump}_item": "d.lump",
        f"{several}_item": "case when q.lines = 1 then q.first_item end",
        f"{lump}_lines": "cast(1 as bigint)",
        f"{several}_lines": "q.lines",
        "currency": "s.currency",
        f"{lump}_minor": "s.amount_minor",
        f"{several}_minor": "q.amount_minor",
        f"{lump}_on": "s.on_day",
        f"{several}_on": "q.on_day",
        "candidates": "d.candidates",
    }
    order: Sequence[str] = (
        *("match", "rule", "status", "left_item", "right_item", "left_lines", "right_lines"),
        *("currency", "left_minor", "right_minor", "left_on", "right_on", "candidates"),
    )
    listed = ", ".join(f"{columns[name]} as {name}" for name in order)
    return (
        f"select {listed}, {NO_MARGIN}\nfrom {tag}__decided as d join {tag}__{one} as s on s.item = d.lump\n"
        f"join (\n  {sums}\n) as q on q.lump = d.lump\nwhere d.is_one_way"
    )


def _unsure(rule: Rule, tag: str, one: SideName) -> str:
    """Lumps that can be made in several ways, and the lines of suggested ones."""
    return (
        f"select cast('{one}' as varchar) as side, lump as item, cast('{rule.name}' as varchar) as rule,\n"
        "  cast('ambiguous' as varchar) as why, candidates, cast(null as varchar) as other_item\n"
        f"from {tag}__decided where not is_one_way\nunion all\n{suggested_lines(rule, tag)}"
    )
