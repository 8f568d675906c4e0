"""What is left after the rules, explained: every open line belongs to one break with a class, its money and a sentence.

Lines that share the name of one thing are one break, not two; a difference is looked for among lines that name nothing
(netting) and among other differences (twins). What no finder explains is missing on the other side, or only late.
Pure: steps are named `break__<what>`, and the last is `break__all`.
"""

from collections.abc import Sequence

from recoup.matching.compiling import Tables, compared, equal
from recoup.matching.lumps import compile_lump
from recoup.matching.money_text import money_text
from recoup.matching.normal import is_damaged, of_side
from recoup.matching.rule import Amount, Lump, Pair, Rule, SideName, Window
from recoup.storage.steps import Step

BREAK_COLUMNS = {
    "item": "VARCHAR",
    "side": "VARCHAR",
    "other_item": "VARCHAR",
    "class": "VARCHAR",
    "rule": "VARCHAR",
    "partner": "VARCHAR",
    "account": "VARCHAR",
    "merchant": "VARCHAR",
    "currency": "VARCHAR",
    "left_minor": "BIGINT",
    "right_minor": "BIGINT",
    "stake_minor": "BIGINT",
    "lines": "BIGINT",
    "on_day": "DATE",
    "age_days": "BIGINT",
    "age": "VARCHAR",
    "related": "VARCHAR",
    "owner": "VARCHAR",
    "explanation": "VARCHAR",
    "right_currency": "VARCHAR",
    "reference": "VARCHAR",
}
"""One break: named by its first line. `stake_minor` is what is in question; `related` are the lines that explain it.

`reference` is the name of its lines, written as the pair's identity is. `right_minor` is in `right_currency`.
"""
BREAK_LINE_COLUMNS = {
    "break_item": "VARCHAR",
    "break_side": "VARCHAR",
    "side": "VARCHAR",
    "item": "VARCHAR",
    "currency": "VARCHAR",
    "amount_minor": "BIGINT",
    "is_related": "BOOLEAN",
}
"""One line in no confirmed match, with the one break that it is in; related ones explain a break of other lines."""
CLASSES = (
    *("missing_at_partner", "missing_in_books", "double", "amount", "currency", "unit_factor", "fx"),
    *("fee_missing", "fee_wrong", "fee_kept", "timing", "netting", "wrong_merchant", "unreferenced_lump"),
    *("rounding", "unknown"),
)
_NETTING_WINDOW = Window(days_before=10, days_after=10)
_NETTING_CANDIDATES_MAX = 16
"""Sixteen lines make 2,500 sums of up to four: with more of them a difference is explained by chance."""
_NAMED_MAX = 6
"""So many lines under one name are told one by one."""
_COMMON = (
    *("item", "side", "other_item", "class", "rule", "partner", "account", "merchant", "currency", "right_currency"),
    *("left_minor", "right_minor", "stake_minor", "lines", "on_day", "related"),
)
"""Columns that every finder gives as they are told."""
_SIDES: tuple[tuple[SideName, SideName], ...] = (("left", "right"), ("right", "left"))


def compile_breaks(pair: Pair, rules: Sequence[Rule]) -> tuple[Step, ...]:
    """Give the steps that explain what is left.

    They read `left_side`, `right_side`, `left_rest`, `right_rest` (lines in no confirmed match), `unsure_line` (the
    lines that a rule could not decide), `suggested_line` (lines of suggested matches of several), `exponent`, and the
    day of the run as the parameter `$on_day`.
    """
    lump_rules = [rule.name for rule in rules if rule.kind == "lump"]
    return (
        *(Step(f"break__{side}_named", _keyed(pair, side, f"{side}_rest")) for side, _ in _SIDES),
        Step("break__mixed", _mixed(pair)),
        *(Step(f"break__{side}_key", _unmixed(pair, side)) for side, _ in _SIDES),
        Step("break__groups", _groups(pair)),
        *(Step(f"break__{side}_single", _single(pair, side)) for side, _ in _SIDES),
        *(Step(f"break__{side}_whole", _whole(pair, side, other)) for side, other in _SIDES),
        Step("break__lumps", _lumps(lump_rules)),
        *_netting(pair, "left"),
        *_netting(pair, "right"),
        Step("break__twins", _twins()),
        Step("break__of_groups", _of_groups()),
        *(Step(f"break__of_{side}", _of_side(pair, side, other)) for side, other in _SIDES),
        *([Step("break__of_fees", _of_fees())] if pair.compares_fees else []),
        Step("break__all", _all(pair)),
        Step("break__lines", _break_lines(pair)),
    )


# --- lines under one name -------------------------------------------------------------------


def _keyed(pair: Pair, side: SideName, table: str) -> str:
    key = of_side(pair.identity, side) if pair.identity else "cast(null as varchar)"
    damaged = "cast(false as boolean)"
    if pair.identity is not None:
        damaged = is_damaged(pair.identity.left if side == "left" else pair.identity.right)
    return (
        f"select s.*, {compared(pair, Amount(), side)} as compared_minor, {key} as k, {damaged} as has_damaged_key\n"
        f"from {table} as s"
    )


def _mixed(pair: Pair) -> str:
    """Names under which one side tells of several currencies: there, each currency is a matter of its own."""
    named = ", ".join(_scope(pair))
    return " union ".join(
        f"select {named} from break__{side}_named where k is not null\n"
        f"group by {named} having count(distinct currency) > 1"
        for side, _ in _SIDES
    )


def _unmixed(pair: Pair, side: SideName) -> str:
    scope = _scope(pair)
    return (
        "select s.*, case when x.k is not null then s.currency else cast('' as varchar) end as money\n"
        f"from break__{side}_named as s left join break__mixed as x on {equal('x', 's', scope)}"
    )


def _scope(pair: Pair) -> list[str]:
    return [*(["partner"] if "partner" in pair.within else []), "k"]


def _group_scope(pair: Pair) -> list[str]:
    return [*_scope(pair), "money"]


def _groups(pair: Pair) -> str:
    """One row per name that lines of both sides have, with both sums; each side has one currency."""
    scope = _group_scope(pair)
    named = ", ".join(scope)
    several = "min(item) || ' and ' || cast(count(*) - 1 as varchar) || ' more'"
    told = f"case when count(*) <= {_NAMED_MAX} then string_agg(item, ' ' order by item) else {several} end"
    sums = (
        f"select {named}, count(*) as lines, min(item) as first_item, min(on_day) as on_day,\n"
        "    min(account) as account, min(merchant) as merchant, min(currency) as currency,\n"
        f"    {told} as told, min(abs(compared_minor)) as least_minor,\n"
        "    max(abs(compared_minor)) as most_minor,\n"
        "    cast(sum(cast(compared_minor as decimal(38,0))) as bigint) as compared_minor,\n"
        "    cast(sum(cast(coalesce(fee_minor, 0) as decimal(38,0))) as bigint) as fee_minor\n"
        "  from break__{side}_key where k is not null group by " + named
    )
    left, right = sums.format(side="left"), sums.format(side="right")
    listed = ", ".join(f"l.{name}" for name in scope)
    both = ", ".join(
        f"{side[0]}.{name} as {side}_{name}"
        for side, _ in _SIDES
        for name in (
            *("lines", "first_item", "on_day", "account", "merchant", "currency", "told", "least_minor"),
            *("most_minor", "compared_minor", "fee_minor"),
        )
    )
    partner = "" if "partner" in scope else ", cast(null as varchar) as partner"
    return (
        f"select {listed}{partner}, {both}, r.compared_minor - l.compared_minor as short_minor\n"
        f"from (\n  {left}\n) as l join (\n  {right}\n) as r on {equal('l', 'r', scope)}"
    )


def _single(pair: Pair, side: SideName) -> str:
    """Lines whose name nobody has on the other side, or that have none."""
    return (
        f"select s.* from break__{side}_key as s anti join break__groups as g on {equal('g', 's', _group_scope(pair))}"
    )


def _whole(pair: Pair, side: SideName, other: SideName) -> str:
    """How often a name and amount is on the other side altogether, for single lines: a twin of it may be matched."""
    keys = [*_scope(pair), "currency", "compared_minor"]
    named = ", ".join(f"s.{name}" for name in keys)
    amount = f"{compared(pair, Amount(), other)} as compared_minor"
    whole = f"select s.item, s.partner, s.currency, s.k, {amount} from {other}_named as s"
    if pair.identity is None:
        whole = f"select * from break__{other}_key where false"
    return (
        f"select {named}, count(*) as lines, min(s.item) as first_item\nfrom (\n{whole}\n) as s\n"
        f"semi join break__{side}_single as w on {equal('w', 's', keys)}\ngroup by {named}"
    )


# --- differences ----------------------------------------------------------------------------


def _netting(pair: Pair, side: SideName) -> tuple[Step, ...]:
    """Look for up to four single lines of a side that make up what it is short of under one name."""
    tag = f"break__net_{side}"
    is_short = "abs(g.right_compared_minor) > abs(g.left_compared_minor)"
    is_chosen = is_short if side == "left" else f"not ({is_short})"
    target = "g.short_minor" if side == "left" else "-g.short_minor"
    within = list(dict.fromkeys((*pair.within, "currency")))
    columns = {
        "item": "g.left_first_item",
        "partner": "g.partner",
        "account": "g.left_account",
        "merchant": "g.left_merchant",
        "currency": "g.left_currency",
        "amount_minor": target,
        "fee_minor": "cast(0 as bigint)",
        "on_day": "g.left_on_day",
    }
    listed = ", ".join(f"{expression} as {name}" for name, expression in columns.items())
    wanted = Step(
        f"{tag}__wanted",
        f"select {listed}\nfrom break__groups as g\n"
        f"where g.short_minor <> 0 and g.left_currency = g.right_currency and {is_chosen}",
    )
    rule = Rule(
        name=f"net_{side}",
        says="What one side is short of is a few lines that name nothing",
        kind="lump",
        lump=Lump(one="left" if side == "right" else "right", candidates_max=_NETTING_CANDIDATES_MAX),
        window=_NETTING_WINDOW,
        suggests=True,
    )
    alike = Pair(
        name=pair.name,
        says=pair.says,
        left=pair.left,
        right=pair.right,
        left_is=pair.left_is,
        right_is=pair.right_is,
        within=tuple(within),
        waits=pair.waits,
    )
    single = Step(
        f"{tag}__single",
        "select s.item, s.partner, s.account, s.merchant, s.currency, s.compared_minor as amount_minor,\n"
        "  s.fee_minor, s.on_day\n"
        f"from break__{side}_single as s\n"
        f"anti join ({_of_lumps(side)}) as u on u.item = s.item",
        "view",
    )
    left, right = (single.name, wanted.name) if side == "left" else (wanted.name, single.name)
    searched = compile_lump(alike, rule, Tables(left, right), tag).steps
    parts = next(number for number, step in enumerate(searched) if step.name == f"{tag}__parts")
    return (wanted, single, *searched[: parts + 1], Step(f"{tag}__sure", _sure(tag)))


def _sure(tag: str) -> str:
    """Lines that make up a difference in one way, none of them wanted by another."""
    rival = f"select lump from {tag}__parts where ways > 1 or wanted_by > 1"
    return f"select p.lump, p.item from {tag}__parts as p anti join ({rival}) as r on r.lump = p.lump"


def _twins() -> str:
    """Differences that cancel exactly one other: one name is short by what another is over."""
    differences = (
        "select left_first_item as item, partner, left_currency as currency, short_minor,\n"
        "    count(*) over (partition by partner, left_currency, short_minor) as alike\n"
        "  from break__groups where short_minor <> 0 and left_currency = right_currency"
    )
    return (
        f"with difference as (\n  {differences}\n)\n"
        "select a.item, b.item as twin\nfrom difference as a join difference as b\n"
        "  on a.partner is not distinct from b.partner and a.currency = b.currency and a.short_minor = -b.short_minor\n"
        "where a.alike = 1 and b.alike = 1"
    )


def _of_groups() -> str:
    """One break per name that both sides have and tell differently."""
    small = "least(abs(g.left_compared_minor), abs(g.right_compared_minor))"
    large = "greatest(abs(g.left_compared_minor), abs(g.right_compared_minor))"
    is_one = "g.left_lines = 1 and g.right_lines = 1"
    is_alike = "g.left_least_minor = g.left_most_minor and g.left_least_minor = g.right_least_minor"
    factors = " or ".join(f"({small} > 0 and {large} = {small} * {power})" for power in (10, 100, 1000))
    kind = (
        "case when g.left_currency <> g.right_currency and g.short_minor = 0 then 'currency'\n"
        "    when g.left_currency <> g.right_currency then 'fx'\n"
        f"    when not ({is_one}) and g.left_lines <> g.right_lines and {is_alike}\n"
        "      and g.right_least_minor = g.right_most_minor then 'double'\n"
        "    when g.short_minor = 0 and g.left_merchant <> g.right_merchant then 'wrong_merchant'\n"
        f"    when g.short_minor = 0 and ({is_one}) then 'timing'\n"
        "    when g.short_minor = 0 then 'unknown'\n"
        "    when abs(g.short_minor) = 1 and x.exponent > 0 then 'rounding'\n"
        "    when nl.lump is not null or nr.lump is not null or t.item is not null then 'netting'\n"
        "    when abs(g.short_minor) in (abs(g.left_fee_minor), abs(g.right_fee_minor)) then 'fee_kept'\n"
        f"    when {factors} then 'unit_factor'\n"
        f"    when {small} > 0 and {large} = 2 * {small} then 'double'\n"
        "    else 'amount' end"
    )
    related = (
        "(select lump, string_agg(item, ' ' order by item) as items\n  from break__net_{side}__sure group by lump)"
    )
    return (
        "select g.*, case when g.class = 'netting' then g.nets end as related\nfrom (\n"
        "select g.left_first_item as item, cast('left' as varchar) as side, g.right_first_item as other_item,\n"
        f"  {kind} as class, cast(null as varchar) as rule,\n"
        "  g.partner, g.left_account as account, coalesce(g.left_merchant, g.right_merchant) as merchant,\n"
        "  g.left_currency as currency, g.right_currency,\n"
        "  g.left_compared_minor as left_minor, g.right_compared_minor as right_minor,\n"
        "  case when g.left_currency <> g.right_currency then abs(g.left_compared_minor)\n"
        "    else abs(g.short_minor) end as stake_minor,\n"
        "  g.left_lines + g.right_lines as lines, least(g.left_on_day, g.right_on_day) as on_day, g.k,\n"
        "  g.left_told, g.right_told, cast(false as boolean) as has_damaged_key,\n"
        "  cast(null as varchar) as why, cast(null as bigint) as candidates,\n"
        "  coalesce(nl.items, nr.items, t.twin) as nets\n"
        "from break__groups as g\n"
        "left join exponent as x on x.currency = g.left_currency\n"
        f"left join {related.format(side='left')} as nl on nl.lump = g.left_first_item\n"
        f"left join {related.format(side='right')} as nr on nr.lump = g.left_first_item\n"
        "left join break__twins as t on t.item = g.left_first_item\n) as g"
    )


# --- single lines ---------------------------------------------------------------------------


def _lumps(lump_rules: Sequence[str]) -> str:
    """The lines of suggested lumps: each with the line that is the sum, and what it is the sum of.

    Only where no line of it shares a name with the other side: such a line is in the break of that name.
    """
    names = ", ".join(f"'{name}'" for name in lump_rules) or "''"
    alone = "\n  union all\n".join(
        f"  select cast('{side}' as varchar) as side, item from break__{side}_single" for side, _ in _SIDES
    )
    return (
        "select l.side, l.item, l.match, l.rule, p.items, p.first_item\n"
        "from suggested_line as l join (\n"
        "  select match, string_agg(item, ' ' order by item) as items, min(item) as first_item\n"
        "  from suggested_line where is_part group by match\n"
        ") as p on p.match = l.match\n"
        "anti join (\n"
        f"  select s.match from suggested_line as s anti join (\n{alone}\n"
        "  ) as a on a.side = s.side and a.item = s.item\n"
        ") as named on named.match = l.match\n"
        f"where l.rule in ({names}) and not l.is_part"
    )


def _of_lumps(side: SideName) -> str:
    """Lines of a side that are in such lumps."""
    lumps = "suggested_line as l semi join break__lumps as b on b.match = l.match"
    return f"select l.item from {lumps} where l.side = '{side}'"


def _netted(side: SideName) -> str:
    """Lines of a side that explain a difference, with the break that they are in."""
    return (
        f"select n.lump, n.item from break__net_{side}__sure as n\n"
        "semi join (select item from break__of_groups where class = 'netting') as g on g.item = n.lump"
    )


def _of_side(pair: Pair, side: SideName, other: SideName) -> str:
    """One break per line that is alone, parts of lumps and of netting left to the break that they explain."""
    missing = (
        "missing_at_partner"
        if (pair.left_is if other == "left" else pair.right_is) == "partner"
        else "missing_in_books"
    )
    keys = [*_scope(pair), "currency", "compared_minor"]
    waits = (
        "cast(date_diff('day', s.on_day, cast($on_day as date)) as bigint)"
        if pair.waits.calendar is None
        else "(n.number - d.number)"
    )
    calendar = (
        ""
        if pair.waits.calendar is None
        else f"left join calendar_{pair.waits.calendar} as d on d.day = s.on_day\n"
        f"left join calendar_{pair.waits.calendar} as n on n.day = cast($on_day as date)\n"
    )
    kind = (
        "case when u.item is not null then 'unreferenced_lump'\n"
        "    when w.lines is not null then 'double'\n"
        "    when a.why in ('ambiguous', 'too_common') then 'unknown'\n"
        f"    when {waits} <= {pair.waits.days} then 'timing'\n"
        f"    else '{missing}' end"
    )
    own, none = ("s.compared_minor", "cast(null as bigint)")
    left, right = (own, none) if side == "left" else (none, own)
    return (
        f"select s.item, cast('{side}' as varchar) as side, coalesce(w.first_item, a.other_item) as other_item,\n"
        f"  {kind} as class, coalesce(u.rule, a.rule) as rule, s.partner, s.account, s.merchant, s.currency,\n"
        f"  s.currency as right_currency, {left} as left_minor, {right} as right_minor,\n"
        "  abs(s.compared_minor) as stake_minor, cast(1 as bigint) as lines, s.on_day, s.k,\n"
        "  cast(null as varchar) as left_told, cast(null as varchar) as right_told,\n"
        "  s.has_damaged_key, a.why, a.candidates, cast(null as varchar) as nets,\n"
        "  coalesce(u.items, w.first_item) as related\n"
        f"from break__{side}_single as s\n{calendar}"
        f"left join break__{side}_whole as w on {equal('w', 's', keys)}\n"
        f"left join (select * from unsure_line where side = '{side}') as a on a.item = s.item\n"
        f"left join (select * from break__lumps where side = '{side}') as u on u.item = s.item\n"
        "anti join (\n"
        "  select l.item from suggested_line as l semi join break__lumps as b on b.match = l.match\n"
        f"  where l.side = '{side}' and l.is_part\n"
        ") as part on part.item = s.item\n"
        f"anti join (\n{_netted(side)}\n) as net on net.item = s.item"
    )


def _of_fees() -> str:
    """One break per match whose sides tell different fees."""
    return (
        "select l.item, cast('left' as varchar) as side, r.item as other_item,\n"
        "  case when coalesce(l.fee_minor, 0) = 0 or coalesce(r.fee_minor, 0) = 0 then 'fee_missing'\n"
        "    else 'fee_wrong' end as class, m.rule, l.partner, l.account, l.merchant, l.currency,\n"
        "  r.currency as right_currency, l.fee_minor as left_minor, r.fee_minor as right_minor,\n"
        "  abs(coalesce(l.fee_minor, 0) - coalesce(r.fee_minor, 0)) as stake_minor, cast(2 as bigint) as lines,\n"
        "  l.on_day, cast(null as varchar) as k, cast(null as varchar) as left_told,\n"
        "  cast(null as varchar) as right_told, cast(false as boolean) as has_damaged_key,\n"
        "  cast(null as varchar) as why, m.candidates, cast(null as varchar) as nets,\n"
        "  cast(null as varchar) as related\n"
        "from confirmed as m join left_side as l on l.item = m.left_item\n"
        "join right_side as r on r.item = m.right_item\n"
        "where coalesce(l.fee_minor, 0) <> coalesce(r.fee_minor, 0) and m.left_lines = 1 and m.right_lines = 1"
    )


# --- which line is in which break -----------------------------------------------------------


def _break_lines(pair: Pair) -> str:
    """Each line in no confirmed match, once, with its break."""
    parts = []
    for side, _ in _SIDES:
        head = f"cast('{side}' as varchar) as side, s.item, s.currency, s.amount_minor"
        parts += [
            f"select g.left_first_item as break_item, cast('left' as varchar) as break_side, {head},\n"
            "  cast(false as boolean) as is_related\n"
            f"from break__{side}_key as s join break__groups as g on {equal('g', 's', _group_scope(pair))}",
            f"select b.item as break_item, b.side as break_side, {head}, cast(false as boolean) as is_related\n"
            f"from break__of_{side} as b join break__{side}_key as s on s.item = b.item",
            f"select b.item as break_item, b.side as break_side, {head}, cast(true as boolean) as is_related\n"
            "from break__lumps as b join suggested_line as l on l.match = b.match and l.is_part\n"
            f"join break__{side}_key as s on s.item = l.item and l.side = '{side}'",
            f"select n.lump as break_item, cast('left' as varchar) as break_side, {head},\n"
            f"  cast(true as boolean) as is_related\nfrom (\n{_netted(side)}\n) as n\n"
            f"join break__{side}_key as s on s.item = n.item",
        ]
    return "\nunion all\n".join(parts)


# --- in words -------------------------------------------------------------------------------

_AGES = ((1, "0-1"), (7, "2-7"), (30, "8-30"), (90, "31-90"))
_WORDS = {
    "currency": "the amount is the same and the currency is not",
    "fx": "they are in two currencies, and no rule converts them",
    "wrong_merchant": "the amount is the same and the merchant is not",
    "timing": "only the days differ",
    "rounding": "one minor unit is left",
    "unit_factor": "one is a power of ten of the other: minor units are counted differently",
    "fee_kept": "the difference is the fee",
    "double": "one is there twice",
    "amount": "nothing else explains the difference",
    "netting": "the difference is explained by other lines",
    "unknown": "the lines under this name fit in more than one way",
}


def _all(pair: Pair) -> str:
    parts = [
        "break__of_groups",
        "break__of_left",
        "break__of_right",
        *(["break__of_fees"] if pair.compares_fees else []),
    ]
    columns = ", ".join((*_COMMON, "k", "left_told", "right_told", "has_damaged_key", "why", "candidates"))
    rows = "\n  union all\n".join(f"  select {columns} from {part}" for part in parts)
    age = "cast(date_diff('day', b.on_day, cast($on_day as date)) as bigint)"
    ages = " ".join(f"when {age} <= {days} then '{word}'" for days, word in _AGES)
    named = {**dict.fromkeys(BREAK_COLUMNS), "age_days": age, "age": f"case {ages} else '>90' end"}
    named["owner"] = f"cast('{pair.owner}' as varchar)"
    named["explanation"] = _explanation(pair)
    named["reference"] = "b.k"
    listed = ",\n  ".join(f"{how or f'b.{name}'} as {name}" for name, how in named.items())
    return (
        f"select {listed}\nfrom (\n{rows}\n) as b\n"
        "left join exponent as x on x.currency = b.currency\n"
        "left join exponent as y on y.currency = b.right_currency"
    )


def _explanation(pair: Pair) -> str:
    left = money_text("b.left_minor", "coalesce(x.exponent, 0)", "b.currency")
    right = money_text("b.right_minor", "coalesce(y.exponent, 0)", "b.right_currency")
    stake = money_text("b.stake_minor", "coalesce(x.exponent, 0)", "b.currency")
    words = " ".join(f"when '{name}' then '{text}'" for name, text in _WORDS.items())
    together = (
        f"coalesce(b.left_told, b.item) || ' of {pair.left} and ' || coalesce(b.right_told, b.other_item)"
        f" || ' of {pair.right} tell of one thing: ' || {left} ||"
        f" ' and ' || {right} || ', on ' || cast(b.on_day as varchar) || '; ' || {stake} || ' are in question. '"
        f" || case b.class {words} else '' end || coalesce(': ' || b.related, '') || '.'"
    )
    amount = f"coalesce({left}, {right})"
    alone = (
        f"b.item || ' of ' || case b.side when 'left' then '{pair.left}' else '{pair.right}' end || ', ' || {amount}"
        f" || ' on ' || cast(b.on_day as varchar) || coalesce(' under the name ' || b.k, '') || ', ' || case b.class"
        " when 'double' then 'is there a second time: ' || b.related || ' answers the first'"
        " when 'unreferenced_lump' then 'is the sum of ' || b.related"
        " when 'timing' then 'is alone, and not yet for long'"
        " when 'unknown' then case b.why when 'ambiguous' then 'has ' || cast(b.candidates as varchar)"
        " || ' candidates that are equally good, ' || coalesce(b.other_item, 'none of them named') || ' among them'"
        " else 'has an amount that is too common to tell lines apart' end"
        " else 'has nothing on the other side' end"
        " || case when b.why = 'suggested' and b.class <> 'unreferenced_lump'"
        " then '; ' || coalesce(b.other_item, 'a candidate') || ' may be it' else '' end"
        " || case when b.has_damaged_key then '; its reference is a number that lost its end' else '' end || '.'"
    )
    fees = f"b.item || ' and ' || b.other_item || ' match, and their fees differ by ' || {stake} || '.'"
    return (
        f"case when b.class in ('fee_missing', 'fee_wrong') then {fees}\n"
        f"    when b.lines > 1 then {together}\n    else {alone} end"
    )
