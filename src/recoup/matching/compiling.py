"""Rules as steps of SQL: each rule becomes some named steps that end in its matches and in the lines it cannot decide.

Pure: nothing here runs. A step is named `<tag>__<what>`, where the tag is the rule's name and the pass it runs in.

A rule of kind *pair* looks at buckets first: lines that must be equal in the pair's columns, the keys and, where no
tolerance is given, the amount. A bucket with one line on each side is decided by that alone, which is nearly all of
them; only crowded buckets are joined line by line and ranked, and a bucket so crowded that it says nothing is not
joined at all. A *group* compares sums under a key. Lumps are in `lumps.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from recoup.matching.normal import is_damaged, of_side
from recoup.matching.rule import Amount, Key, Pair, Rule, SideName, Window
from recoup.storage.steps import Step

SIDES: tuple[SideName, SideName] = ("left", "right")
CROWD_MAX = 2_500
"""A bucket with more pairs than this (fifty lines on each side) names nothing: all its lines are ambiguous."""
MATCH_COLUMNS = {
    "match": "VARCHAR",
    "rule": "VARCHAR",
    "status": "VARCHAR",
    "left_item": "VARCHAR",
    "right_item": "VARCHAR",
    "left_lines": "BIGINT",
    "right_lines": "BIGINT",
    "currency": "VARCHAR",
    "left_minor": "BIGINT",
    "right_minor": "BIGINT",
    "left_on": "DATE",
    "right_on": "DATE",
    "candidates": "BIGINT",
    "margin_minor": "BIGINT",
    "margin_days": "BIGINT",
    "run": "VARCHAR",
}
"""One match: named by its first left line, as a line is used once. Items stand where a side has one line alone."""
LINE_COLUMNS = {"match": "VARCHAR", "side": "VARCHAR", "item": "VARCHAR", "amount_minor": "BIGINT"}
"""One line of a match that has more than one on a side."""
UNSURE_COLUMNS = {
    "side": "VARCHAR",
    "item": "VARCHAR",
    "rule": "VARCHAR",
    "why": "VARCHAR",
    "candidates": "BIGINT",
    "other_item": "VARCHAR",
}
"""One line that a rule could not decide, with the first of its candidates; why: ambiguous, too_common or suggested."""


@dataclass(frozen=True, slots=True)
class Tables:
    """What a rule reads: the lines that are still open, those set aside by rules before, and both sides whole."""

    left: str
    right: str
    left_aside: str = ""
    right_aside: str = ""
    left_side: str = "left_side"
    right_side: str = "right_side"

    def of(self, side: SideName) -> str:
        """The open lines of a side."""
        return self.left if side == "left" else self.right

    def aside(self, side: SideName) -> str:
        """The lines of a side that rules before could not decide."""
        return self.left_aside if side == "left" else self.right_aside

    def whole(self, side: SideName) -> str:
        """All lines of a side."""
        return self.left_side if side == "left" else self.right_side


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a rule becomes.

    Attributes:
      steps: In the order in which they run.
      matches: The step whose rows are matches, as `MATCH_COLUMNS`; confirmed and suggested.
      lines: The step whose rows are lines of matches of several, None where every match has one on each side.
      unsure: The step whose rows are lines that the rule could not decide.
      is_written: Whether a step of it is a copy of the confirmed matches, so that nobody need write them again.
    """

    steps: tuple[Step, ...]
    matches: str
    lines: str | None
    unsure: str
    is_written: bool = False


def compile_pairing(pair: Pair, rule: Rule, tables: Tables, tag: str, folder: Path | None = None) -> Compiled:
    """Give the steps of a rule of kind pair; with a folder, what it confirms is written there at once."""
    bucket = _bucket(pair, rule)
    crowd = _keys(rule) or bucket  # a name that stands once is in no crowd, whatever the rest of the bucket says
    steps = [
        *(_projected(pair, rule, side, tables, tag) for side in SIDES),
        *(Step(f"{tag}__{side}_many", _many(f"{tag}__{side}", crowd)) for side in SIDES),
        Step(f"{tag}__many", _either(tag, crowd)),
        *(Step(f"{tag}__{side}_crowd", _crowd(tag, side, crowd)) for side in SIDES),
        Step(f"{tag}__crowds", _crowds(tag, bucket)),
        Step(f"{tag}__several", _several(rule, tag, bucket)),
        Step(f"{tag}__ranked", _ranked(tag), "view"),
        Step(f"{tag}__best", _best(rule, tag, bucket)),
    ]
    if rule.rare:
        steps += _rare(pair, rule, tables, tag, bucket)
    else:
        steps += _matches(rule, tag, bucket, crowd, folder)
    is_written = _is_written(rule, folder)
    steps.append(Step(f"{tag}__unsure", _unsure(rule, tag, bucket, is_written)))
    return Compiled(tuple(steps), f"{tag}__matches", None, f"{tag}__unsure", is_written)


def _is_written(rule: Rule, folder: Path | None) -> bool:
    return folder is not None and rule.kind == "pair" and not rule.rare and not rule.suggests


def _projected(pair: Pair, rule: Rule, side: SideName, tables: Tables, tag: str) -> Step:
    """The lines of a side as the rule reads them; of a whole side that was written down by its identity, that."""
    by_identity = pair.identity is not None and rule.keys == (pair.identity,)
    if by_identity and tables.of(side) == f"{side}_side" and not _lacks(rule, side) and not rule.within:
        key = Key(left="k", right="k", normal=())
        plain = msgspec.structs.replace(rule, keys=(key,))
        return Step(f"{tag}__{side}", projection(pair, plain, side, f"{side}_named"), "view")
    return Step(f"{tag}__{side}", projection(pair, rule, side, tables.of(side)))


def compile_group(pair: Pair, rule: Rule, tables: Tables, tag: str, folder: Path | None = None) -> Compiled:
    """Give the steps of a rule of kind group: what lies under one key on either side, summed."""
    del folder
    keys = [*within(pair, rule), *_keys(rule)]
    named = ", ".join(keys)
    steps = [
        *(
            Step(f"{tag}__{side}", projection(pair, rule, side, _with_aside(tables, side)), "view")
            for side in ("left", "right")
        ),
        *(Step(f"{tag}__{side}_sums", _sums(f"{tag}__{side}", named)) for side in ("left", "right")),
        Step(f"{tag}__sums", _groups(rule, tag, keys), "view"),
        Step(f"{tag}__apart", _apart_keys(tag, keys)),
        Step(
            f"{tag}__groups", f"select g.* from {tag}__sums as g anti join {tag}__apart as a on {equal('a', 'g', keys)}"
        ),
        Step(f"{tag}__lines", _group_lines(tag, keys)),
        Step(f"{tag}__matches", _group_matches(rule, tag)),
        Step(f"{tag}__unsure", suggested_lines(rule, tag)),
    ]
    return Compiled(tuple(steps), f"{tag}__matches", f"{tag}__lines", f"{tag}__unsure")


def named_side(pair: Pair, side: SideName) -> str:
    """Give the lines of a side with the key that names them in its normal form, and only what most rules read."""
    assert pair.identity is not None, "asked for pairs that have one"
    columns = dict.fromkeys(("item", "partner", *pair.within, "currency", "amount_minor", "fee_minor", "on_day"))
    column = pair.identity.left if side == "left" else pair.identity.right
    return (
        f"select {', '.join(columns)}, {of_side(pair.identity, side)} as k,\n"
        f"  {is_damaged(column)} as has_damaged_key\nfrom {side}_side"
    )


# --- what both kinds read -------------------------------------------------------------------


def projection(pair: Pair, rule: Rule, side: SideName, table: str) -> str:
    """Give the lines of a side as a rule compares them: keys in normal form, the day as a number."""
    keys = [f"{of_side(key, side)} as {name}" for key, name in zip(rule.keys, _keys(rule), strict=True)]
    named = dict.fromkeys((*pair.within, *rule.within, "currency"))
    calendar = rule.window.calendar if rule.window else None
    number = "d.number" if calendar else "cast(date_diff('day', cast('2000-01-01' as date), s.on_day) as bigint)"
    columns = [
        "s.item",
        *(f"s.{name}" for name in named),
        *keys,
        "s.amount_minor",
        f"{compared(pair, rule.amount, side)} as compared_minor",
        "s.on_day",
        f"{number} as day",
    ]
    joined = f" left join calendar_{calendar} as d on d.day = s.on_day" if calendar else ""
    inner = f"select {', '.join(columns)} from {table} as s{joined}{_where(rule, side)}"
    if not rule.keys:
        return inner
    return f"select * from ({inner}) as told where {' and '.join(f'{name} is not null' for name in _keys(rule))}"


def _lacks(rule: Rule, side: SideName) -> tuple[str, ...]:
    return rule.left_lacks if side == "left" else rule.right_lacks


def _where(rule: Rule, side: SideName) -> str:
    lacks = _lacks(rule, side)
    told = [f"nullif(trim(s.{column}), '') is null" for column in lacks]
    if side == "left" and rule.valid_from:
        told.append(f"s.on_day >= cast('{rule.valid_from}' as date)")
    if side == "left" and rule.valid_to:
        told.append(f"s.on_day < cast('{rule.valid_to}' as date)")
    return f" where {' and '.join(told)}" if told else ""


def compared(pair: Pair, amount: Amount, side: SideName) -> str:
    """Give the amount of a line as it is compared: in the left side's sign, less its fee where the rule says so."""
    told = "s.amount_minor - coalesce(s.fee_minor, 0)" if amount.less_fee == side else "s.amount_minor"
    return f"-({told})" if side == "right" and pair.sign == "opposite" else told


def _keys(rule: Rule) -> list[str]:
    return [f"k{number}" for number in range(1, len(rule.keys) + 1)]


def _is_exact(rule: Rule) -> bool:
    return not rule.amount.tolerance_minor and not rule.amount.tolerance_bps and rule.fx is None


def within(pair: Pair, rule: Rule) -> list[str]:
    """Give the columns that two lines must have in common: those of the pair, and the currency if it is kept."""
    return list(dict.fromkeys((*pair.within, *rule.within, *(() if rule.fx else ("currency",)))))


def _bucket(pair: Pair, rule: Rule) -> list[str]:
    return [*within(pair, rule), *_keys(rule), *(["compared_minor"] if _is_exact(rule) else [])]


def equal(left: str, right: str, columns: Sequence[str]) -> str:
    """Give the condition that two tables are equal in some columns."""
    return " and ".join(f"{left}.{name} = {right}.{name}" for name in columns)


def fits(rule: Rule) -> str:
    """Give the conditions on two lines, `l` and `r`, beyond those of their bucket."""
    told = ["true"]
    off = "abs(r.compared_minor - l.compared_minor)"
    if rule.fx is not None:
        told.append(_in_band(rule.fx.band_bps))
    elif rule.amount.tolerance_minor or rule.amount.tolerance_bps is None:
        told.append(f"{off} <= {rule.amount.tolerance_minor}")
    if rule.amount.tolerance_bps is not None:
        of = "l" if rule.amount.of == "left" else "r"
        told.append(
            f"cast({off} as decimal(38,0)) * 10000"
            f" <= cast(abs({of}.compared_minor) as decimal(38,0)) * {rule.amount.tolerance_bps}"
        )
    if rule.window is not None:
        told.append(f"r.day - l.day {in_window(rule.window)}")
    return " and ".join(told)


def in_window(window: Window) -> str:
    """Give the condition on how many days the right line lies after the left one."""
    return f"between {-window.days_before} and {window.days_after}"


def _in_band(band_bps: int) -> str:
    """Within a band around the left amount at its rate, `x`: right times `per` is left times `times` where it fits."""
    wanted = "cast(l.compared_minor as decimal(38,0)) * cast(x.times as decimal(38,0))"
    found = "cast(r.compared_minor as decimal(38,0)) * cast(x.per as decimal(38,0))"
    return f"abs({found} - {wanted}) * 10000 <= abs({wanted}) * {band_bps}"


# --- one to one -----------------------------------------------------------------------------


def _many(side: str, crowd: Sequence[str]) -> str:
    """Names that several lines of a side have."""
    named = ", ".join(crowd)
    return f"select {named} from {side} group by {named} having count(*) > 1"


def _either(tag: str, crowd: Sequence[str]) -> str:
    named = ", ".join(crowd)
    return f"select {named} from {tag}__left_many union select {named} from {tag}__right_many"


def _crowd(tag: str, side: SideName, crowd: Sequence[str]) -> str:
    """Lines of a side under such names."""
    return f"select s.* from {tag}__{side} as s semi join {tag}__many as m on {equal('m', 's', crowd)}"


def _crowds(tag: str, bucket: Sequence[str]) -> str:
    """Buckets under such names that lines of both sides are in, with how many."""
    named = ", ".join(bucket)
    counts = f"(select {named}, count(*) as lines from {tag}__{{side}}_crowd group by {named})"
    listed = ", ".join(f"l.{name}" for name in bucket)
    return (
        f"select {listed}, l.lines as left_lines, r.lines as right_lines\nfrom {counts.format(side='left')} as l\n"
        f"join {counts.format(side='right')} as r on {equal('l', 'r', bucket)}"
    )


def _pairs_of(rule: Rule, bucket: Sequence[str], left: str, right: str, met: str, joined: str = "") -> str:
    """Give the pairs of lines that fit, `l` of one table and `r` of another, where they meet on a condition."""
    rate = (
        f"\njoin rate_{rule.fx.source} as x on x.on_day = l.on_day and x.base = l.currency and x.quote = r.currency"
        if rule.fx
        else ""
    )
    off = "cast(0 as bigint)" if rule.fx else "abs(r.compared_minor - l.compared_minor)"
    more = "".join(f", l.{name} as in_{name}" for name in bucket) if rule.rare else ""
    days = ", l.day as left_day, r.day as right_day" if rule.rare else ""
    return (
        "select l.item as left_item, r.item as right_item, l.currency, l.amount_minor as left_minor,\n"
        "  r.amount_minor as right_minor, l.on_day as left_on, r.on_day as right_on,\n"
        f"  {off} as off_minor, abs(r.day - l.day) as off_days{more}{days}\n"
        f"from {left} as l\njoin {right} as r on {met}{rate}{joined}\n"
        f"anti join apart as z on z.left_item = l.item and z.right_item = r.item\nwhere {fits(rule)}"
    )


def _only(rule: Rule, tag: str, bucket: Sequence[str], crowd: Sequence[str]) -> str:
    """Pairs of lines whose name stands once on each side."""
    left, right = (
        f"(select s.* from {tag}__{side} as s anti join {tag}__many as m on {equal('m', 's', crowd)})" for side in SIDES
    )
    return _pairs_of(rule, bucket, left, right, _met(_keys(rule), bucket))


def _met(keys: Sequence[str], bucket: Sequence[str]) -> str:
    """The condition of a bucket whose names stand once on each side.

    They are joined by name alone and the rest is compared afterwards, which takes three quarters of the time: an engine
    would make every plain equality a part of the key, unless it is wrapped.
    """
    if not keys:
        return equal("l", "r", bucket)
    rest = [f"coalesce(l.{name} = r.{name}, false)" for name in bucket if name not in keys]
    return " and ".join([equal("l", "r", keys), *rest])


def _several(rule: Rule, tag: str, bucket: Sequence[str]) -> str:
    """Pairs of lines of crowded buckets that fit."""
    joined = f"\njoin {tag}__crowds as c on {equal('c', 'l', bucket)} and c.left_lines * c.right_lines <= {CROWD_MAX}"
    return _pairs_of(rule, bucket, f"{tag}__left_crowd", f"{tag}__right_crowd", equal("l", "r", bucket), joined)


def _ranked(tag: str) -> str:
    """Each pair with its rank among the candidates of either line, and how far behind the next one is."""
    ranks = []
    for side, other in (("left", "right"), ("right", "left")):
        window = f"over (partition by {side}_item order by off_minor, off_days, {other}_item)"
        ranks += [
            f"count(*) over (partition by {side}_item) as {side}_candidates",
            f"row_number() {window} as {side}_rank",
            f"lead(off_minor) {window} - off_minor as {side}_next_minor",
            f"lead(off_days) {window} - off_days as {side}_next_days",
        ]
    listed = ",\n  ".join(ranks)
    return f"select *,\n  {listed}\nfrom {tag}__several"


def _best(rule: Rule, tag: str, bucket: Sequence[str]) -> str:
    """Pairs of which each line is the other's best; with the smaller margin of the two over the runner-up."""
    is_alone = "left_candidates = 1 and right_candidates = 1"
    chosen = is_alone if rule.accept == "only" else "left_rank = 1 and right_rank = 1"
    margins = ",\n  ".join(
        f"case when left_next_{unit} is null then right_next_{unit}\n"
        f"    when right_next_{unit} is null then left_next_{unit}\n"
        f"    else least(left_next_{unit}, right_next_{unit}) end as margin_{unit}"
        for unit in ("minor", "days")
    )
    more = "".join(f", in_{name}" for name in bucket) + ", left_day, right_day" if rule.rare else ""
    return (
        "select left_item, right_item, currency, left_minor, right_minor, left_on, right_on,\n"
        f"  greatest(left_candidates, right_candidates) as candidates,\n  {margins}{more}\n"
        f"from {tag}__ranked\nwhere {chosen} and {_is_ahead('left')} and {_is_ahead('right')}"
    )


def _is_ahead(side: SideName) -> str:
    """Whether the pair is truly better than the next of this side: by money, or by days where money is the same."""
    return f"({side}_next_minor is null or {side}_next_minor > 0 or {side}_next_days > 0)"


_RUN = "cast($run_id as varchar) as run"
NO_MARGIN = f"cast(null as bigint) as margin_minor, cast(null as bigint) as margin_days, {_RUN}"
MARGIN = f"margin_minor, margin_days, {_RUN}"


def match_row(rule: Rule, status: str, candidates: str, margins: str) -> str:
    """Give the columns of a match of one with one."""
    return (
        f"select left_item as match, cast('{rule.name}' as varchar) as rule, {status} as status,\n"
        "  left_item, right_item,\n"
        "  cast(1 as bigint) as left_lines, cast(1 as bigint) as right_lines, currency, left_minor, right_minor,\n"
        f"  left_on, right_on, cast({candidates} as bigint) as candidates, {margins}"
    )


def status_of(rule: Rule) -> str:
    """Give what a rule makes of what it finds: confirmed, or suggested where it only supports."""
    return f"cast('{'suggested' if rule.suggests else 'confirmed'}' as varchar)"


def _best_status(rule: Rule) -> str:
    """A best one is confirmed if it is ahead by the rule's margin; one without a runner-up always is."""
    if rule.suggests:
        return status_of(rule)
    enough = (
        f"margin_minor is null or margin_minor >= {max(rule.margin.minor, 1)}"
        f" or (margin_minor = 0 and margin_days >= {max(rule.margin.days, 1)})"
    )
    return f"case when {enough} then 'confirmed' else 'suggested' end"


def _matches(rule: Rule, tag: str, bucket: Sequence[str], crowd: Sequence[str], folder: Path | None) -> list[Step]:
    """What the rule confirms, which is most of all there is, and what it only suggests."""
    alone = match_row(rule, status_of(rule), "1", NO_MARGIN)
    best = match_row(rule, _best_status(rule), "candidates", MARGIN)
    everything = f"{alone}\nfrom ({_only(rule, tag, bucket, crowd)}) as only_one\nunion all\n{best}\nfrom {tag}__best"
    if not _is_written(rule, folder):
        return [Step(f"{tag}__matches", everything)]
    assert folder is not None, "what is written is written into it"
    sure = f"select * from ({everything}) as found where status = 'confirmed'"
    return [
        Step(f"{tag}__sure", sure, "copy", folder / "match" / f"{tag}.parquet"),
        Step(f"{tag}__maybe", f"select * from ({best}\nfrom {tag}__best) as found where status = 'suggested'"),
        Step(f"{tag}__matches", f"select * from {tag}__sure union all select * from {tag}__maybe", "view"),
    ]


# --- an amount that is rare -----------------------------------------------------------------


def _rare(pair: Pair, rule: Rule, tables: Tables, tag: str, bucket: Sequence[str]) -> list[Step]:
    """Confirm a pair of equal amounts only where neither line could be mistaken for another, matched or not."""
    assert rule.window is not None, "checked when the rule was read"
    inside = in_window(rule.window)
    columns = "left_item, right_item, currency, left_minor, right_minor, left_on, right_on"
    more = f"{''.join(f', in_{name}' for name in bucket)}, left_day, right_day"
    single = (
        f"select {columns}{more} from ({_only(rule, tag, bucket, _keys(rule) or bucket)}) as only_one\n"
        f"union all\nselect {columns}{more} from {tag}__best"
    )
    steps = [Step(f"{tag}__single", single)]
    away: dict[SideName, str] = {"left": "p.right_day - d.day", "right": "d.day - p.left_day"}
    for side, apart in away.items():
        whole = projection(pair, rule, side, tables.whole(side))
        named = ", ".join(f"s.{name}" for name in bucket)
        inner = " and ".join(f"w.in_{name} = s.{name}" for name in bucket)
        on_days = " and ".join(f"p.in_{name} = d.{name}" for name in bucket)
        steps += [
            Step(
                f"{tag}__{side}_days",
                f"select {named}, s.day, count(*) as lines\nfrom ({whole}) as s\n"
                f"semi join {tag}__single as w on {inner}\ngroup by {named}, s.day",
            ),
            Step(
                f"{tag}__{side}_dense",
                f"select p.left_item\nfrom {tag}__single as p join {tag}__{side}_days as d on {on_days}\n"
                f"where {apart} {inside}\ngroup by p.left_item having sum(d.lines) > 1",
            ),
        ]
    is_common = "ld.left_item is not null or rd.left_item is not null"
    status = status_of(rule) if rule.suggests else f"case when {is_common} then 'suggested' else 'confirmed' end"
    joins = f"left join {tag}__left_dense as ld on ld.left_item = p.left_item\n" + (
        f"left join {tag}__right_dense as rd on rd.left_item = p.left_item"
    )
    inner = f"select p.*, {status} as found\nfrom {tag}__single as p\n{joins}"
    steps.append(Step(f"{tag}__matches", f"{match_row(rule, 'found', '1', NO_MARGIN)}\nfrom ({inner}) as weighed"))
    return steps


# --- what a rule could not decide -----------------------------------------------------------


def _unsure(rule: Rule, tag: str, bucket: Sequence[str], is_written: bool) -> str:
    """Lines that a rule found candidates for and could not confirm, in the order of how much is known of them."""
    suggested = f"{tag}__maybe" if is_written else f"{tag}__matches"
    decided = f"{tag}__matches" if rule.rare else f"{tag}__best"  # lines of crowds are decided there alone
    parts = []
    for side, other in (("left", "right"), ("right", "left")):
        head = f"select cast('{side}' as varchar) as side"
        rule_name = f"cast('{rule.name}' as varchar) as rule"
        parts += [
            f"{head}, {side}_item as item, {rule_name}, cast('suggested' as varchar) as why, candidates,"
            f" {other}_item as other_item\nfrom {suggested} where status = 'suggested'",
            f"{head}, p.{side}_item as item, {rule_name}, cast('ambiguous' as varchar) as why,"
            f" count(*) as candidates, min(p.{other}_item) as other_item\nfrom {tag}__several as p\n"
            f"anti join {decided} as lm on lm.left_item = p.left_item\n"
            f"anti join {decided} as rm on rm.right_item = p.right_item\ngroup by p.{side}_item",
            f"{head}, s.item, {rule_name}, cast('too_common' as varchar) as why, c.{other}_lines as candidates,"
            f" cast(null as varchar) as other_item\nfrom {tag}__{side}_crowd as s join {tag}__crowds as c on"
            f" {equal('c', 's', bucket)} and c.left_lines * c.right_lines > {CROWD_MAX}\n"
            f"semi join {tag}__{other}_crowd as o on {equal('o', 's', bucket)}",
        ]
    return "\nunion all\n".join(parts)


# --- groups ---------------------------------------------------------------------------------


def _with_aside(tables: Tables, side: SideName) -> str:
    """Lines set aside are looked at again by a group, which takes all lines of a name together."""
    if not tables.aside(side):
        return tables.of(side)
    return f"(select * from {tables.of(side)} union all select * from {tables.aside(side)})"


def _sums(table: str, named: str) -> str:
    amounts = ", ".join(
        f"cast(sum(cast({name} as decimal(38,0))) as bigint) as {name}" for name in ("amount_minor", "compared_minor")
    )
    return (
        f"select {named}, {amounts}, count(*) as lines, min(item) as first_item,\n"
        f"  min(on_day) as on_day, min(day) as first_day, max(day) as last_day\nfrom {table}\ngroup by {named}"
    )


def _groups(rule: Rule, tag: str, keys: Sequence[str]) -> str:
    told = [fits(rule).replace("r.day - l.day", "r.first_day - l.first_day")]
    if rule.window is not None:
        window = in_window(rule.window)
        told.append(f"r.last_day - l.last_day {window}")
    told += [f"l.lines <= {rule.left_max}"] if rule.left_max else []
    told += [f"r.lines <= {rule.right_max}"] if rule.right_max else []
    named = ", ".join(f"l.{name}" for name in keys)
    return (
        f"select {named}, l.first_item as match, l.lines as left_lines, r.lines as right_lines,\n"
        "  r.first_item as right_first, l.amount_minor as left_minor, r.amount_minor as right_minor,\n"
        "  l.on_day as left_on, r.on_day as right_on\n"
        f"from {tag}__left_sums as l join {tag}__right_sums as r on {equal('l', 'r', keys)}\nwhere {' and '.join(told)}"
    )


def _apart_keys(tag: str, keys: Sequence[str]) -> str:
    """Groups that hold two lines of which a person said that they are apart."""
    named = ", ".join(f"l.{name}" for name in keys)
    return (
        f"select distinct {named}\nfrom apart as z join {tag}__left as l on l.item = z.left_item\n"
        f"join {tag}__right as r on r.item = z.right_item and {equal('l', 'r', keys)}"
    )


def _group_lines(tag: str, keys: Sequence[str]) -> str:
    parts = [
        f"select g.match, cast('{side}' as varchar) as side, s.item, s.amount_minor\n"
        f"from {tag}__groups as g join {tag}__{side} as s on {equal('g', 's', keys)}"
        for side in ("left", "right")
    ]
    return "\nunion all\n".join(parts)


def _group_matches(rule: Rule, tag: str) -> str:
    return (
        f"select match, cast('{rule.name}' as varchar) as rule, {status_of(rule)} as status,\n"
        "  case when left_lines = 1 then match end as left_item,\n"
        "  case when right_lines = 1 then right_first end as right_item,\n"
        "  left_lines, right_lines, currency, left_minor, right_minor, left_on, right_on,\n"
        f"  cast(1 as bigint) as candidates, {NO_MARGIN}\nfrom {tag}__groups"
    )


def suggested_lines(rule: Rule, tag: str) -> str:
    """Give the lines of suggested matches of several as lines that the rule could not decide."""
    return (
        f"select l.side, l.item, cast('{rule.name}' as varchar) as rule, cast('suggested' as varchar) as why,\n"
        "  m.candidates, case when l.side = 'left' then m.right_item else m.left_item end as other_item\n"
        f"from {tag}__lines as l join {tag}__matches as m on m.match = l.match where m.status = 'suggested'"
    )
