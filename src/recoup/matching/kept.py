"""Whether the lines of a match that was kept still say what they said when it was confirmed. Pure.

Of a match of one with one, amounts, currency and days are kept with it, and the keys of its rule can be compared again.
Of all other matches, and of rules that compare no key, a digest of what each line names is kept beside it: `said`.
A match one of whose lines says something else now is let go, and told; one that a person confirmed is only told.
Keys are those that the rule had when it confirmed: once they are others, what it confirmed before has digests, too.
"""

from collections.abc import Iterable, Sequence

import msgspec

from recoup.matching.normal import written
from recoup.matching.rule import Pair, Rule, SideName

SAID_COLUMNS = {"match": "VARCHAR", "side": "VARCHAR", "item": "VARCHAR", "told": "VARCHAR"}
"""One line of a confirmed match, with the digest of what it named when it was confirmed."""
CHANGED_COLUMNS = {
    "match": "VARCHAR",
    "rule": "VARCHAR",
    "run": "VARCHAR",
    "side": "VARCHAR",
    "item": "VARCHAR",
    "other_item": "VARCHAR",
    "partner": "VARCHAR",
    "account": "VARCHAR",
    "why": "VARCHAR",
    "was": "VARCHAR",
    "now": "VARCHAR",
    "currency": "VARCHAR",
    "stake_minor": "BIGINT",
    "on_day": "DATE",
}
"""One line of a kept match that says something else than it did. why: amount, currency, day or name.

`was` and `now` are minor units, currencies, ISO days or names; a name that was is not kept. `stake_minor` is by how
much an amount changed, else 0.
"""
_SIDES: tuple[SideName, SideName] = ("left", "right")
_NAMING = ("partner", "account", "on_day", "reference", "other_reference", "batch", "text")
"""What a line says beside its money; of these a digest is kept."""


def written_keys(pair: Pair, rules: Sequence[Rule]) -> dict[str, str]:
    """Give, for each rule whose matches of one with one can be compared again, what it compares, as text."""
    return {rule.name: msgspec.json.encode((pair.within, rule.within, rule.keys)).decode() for rule in _keyed(rules)}


def said(comparable: Sequence[Rule], matches: str, lines: str, before: str | None = None) -> str:
    """Give the digests of the lines of confirmed matches that cannot be compared again without them.

    Args:
      comparable: Rules whose keys tell it, as they did in the run before.
      matches: Table of all confirmed matches.
      lines: Table of the lines of those of several.
      before: Table of the digests of the run before; what has one there goes on to have one.
    """
    parts = []
    for side in _SIDES:
        asked = [
            f"select m.match, m.{side}_item as item from {matches} as m\n"
            f"  where m.left_lines > 1 or m.right_lines > 1 or m.rule not in ({_named(comparable)})",
            f"select l.match, l.item from {lines} as l where l.side = '{side}'",
        ]
        if before is not None:
            asked.append(
                f"select m.match, m.{side}_item as item from {matches} as m\n"
                f"  semi join (select distinct match from {before}) as b on b.match = m.match\n"
                f"  where m.left_lines = 1 and m.right_lines = 1 and m.rule in ({_named(comparable)})"
            )
        every = "\n  union all\n  ".join(asked)
        parts.append(
            f"select u.match, cast('{side}' as varchar) as side, s.item, {_digest('s')} as told\n"
            f"from (\n  {every}\n) as u join {side}_side as s on s.item = u.item"
        )
    return "\nunion all\n".join(parts)


def changed(pair: Pair, rules: Sequence[Rule], comparable: Sequence[Rule], tag: str) -> str:
    """Give the lines that say something else than when their match was kept, as `CHANGED_COLUMNS`.

    Reads `<tag>__told`, `<tag>__all_lines` and `<tag>__said`: matches, lines and digests of the run before.

    Args:
      pair: The pair.
      rules: Its rules.
      comparable: Those that compare the same keys as when they confirmed.
      tag: Of the tables.
    """
    converting = _named(rule for rule in rules if rule.fx)
    parts = []
    for side in _SIDES:
        parts += _of_one(side, converting, tag)
        parts.append(_of_several(side, tag))
        parts.append(_renamed(side, tag))
    parts += [_parted(pair, rule, tag) for rule in comparable]
    columns = ", ".join(f"c.{name}" for name in CHANGED_COLUMNS)
    every = "\nunion all\n".join(parts)
    return f"select distinct {columns} from (\n{every}\n) as c"


def _keyed(rules: Sequence[Rule]) -> list[Rule]:
    """Rules whose matches of one with one can be compared again by their keys."""
    return [rule for rule in rules if rule.kind == "pair" and rule.keys]


def _of_one(side: SideName, converting: str, tag: str) -> list[str]:
    """Money and day of matches of one with one, which are kept with them."""
    other = "right" if side == "left" else "left"
    is_kept = "s.currency <> m.currency" + (f" and m.rule not in ({converting})" if side == "right" else "")
    alone = f"from {tag}__told as m join {side}_side as s on s.item = m.{side}_item"
    single = "m.left_lines = 1 and m.right_lines = 1"
    differs = f"abs(s.amount_minor - m.{side}_minor)"
    return [
        _row(side, "amount", f"m.{side}_minor", "s.amount_minor", f"m.{other}_item", differs)
        + f"{alone}\nwhere {single} and s.amount_minor <> m.{side}_minor",
        _row(side, "currency", "m.currency", "s.currency", f"m.{other}_item", "cast(0 as bigint)")
        + f"{alone}\nwhere {is_kept}",
        _row(side, "day", f"m.{side}_on", "s.on_day", f"m.{other}_item", "cast(0 as bigint)")
        + f"{alone}\nwhere {single} and s.on_day <> m.{side}_on",
    ]


def _of_several(side: SideName, tag: str) -> str:
    """Amounts of the lines of matches of several."""
    return (
        _row(side, "amount", "l.amount_minor", "s.amount_minor", None, "abs(s.amount_minor - l.amount_minor)")
        + f"from {tag}__all_lines as l join {tag}__told as m on m.match = l.match\n"
        f"join {side}_side as s on s.item = l.item where l.side = '{side}' and s.amount_minor <> l.amount_minor"
    )


def _renamed(side: SideName, tag: str) -> str:
    """Lines whose digest is not what it was; where their day is kept, a day that changed is told as that."""
    is_day = f"m.left_lines = 1 and m.right_lines = 1 and s.on_day <> m.{side}_on"
    return (
        _row(side, "name", None, "s.reference", None, "cast(0 as bigint)")
        + f"from {tag}__said as d join {tag}__told as m on m.match = d.match\n"
        f"join {side}_side as s on s.item = d.item\n"
        f"where d.side = '{side}' and d.told <> {_digest('s')} and not ({is_day})"
    )


def _parted(pair: Pair, rule: Rule, tag: str) -> str:
    """Matches of one with one whose two lines the keys of their rule do not bring together any more."""
    columns = [name for name in dict.fromkeys((*pair.within, *rule.within)) if name != "currency"]
    same = [(f"l.{name}", f"s.{name}") for name in columns]
    same += [(written(f"l.{key.left}", key.normal), written(f"s.{key.right}", key.normal)) for key in rule.keys]
    apart = " or ".join(f"coalesce({left} <> {right}, true)" for left, right in same)
    return (
        _row("right", "name", f"l.{rule.keys[0].left}", f"s.{rule.keys[0].right}", "m.left_item", "cast(0 as bigint)")
        + f"from {tag}__told as m join left_side as l on l.item = m.left_item\n"
        "join right_side as s on s.item = m.right_item\n"
        f"anti join {tag}__said as d on d.match = m.match\n"
        f"where m.rule = '{rule.name}' and m.left_lines = 1 and m.right_lines = 1 and ({apart})"
    )


def _row(side: SideName, why: str, was: str | None, now: str, other: str | None, stake: str) -> str:
    told = "cast(null as varchar)"
    return (
        f"select m.match, m.rule, m.run, cast('{side}' as varchar) as side, s.item,\n"
        f"  {other or told} as other_item, s.partner, s.account, cast('{why}' as varchar) as why,\n"
        f"  {f'cast({was} as varchar)' if was else told} as was, cast({now} as varchar) as now,\n"
        f"  s.currency, {stake} as stake_minor, s.on_day\n"
    )


def _digest(of: str) -> str:
    parts = " || '|' || ".join(f"coalesce(cast({of}.{name} as varchar), '')" for name in _NAMING)
    return f"md5({parts})"


def _named(rules: Iterable[Rule]) -> str:
    return ", ".join(f"'{rule.name}'" for rule in rules) or "''"
