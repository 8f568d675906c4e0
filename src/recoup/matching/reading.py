"""A rule as one query that a person can read: its steps as one `with`, with every table it reads in its head. Pure."""

from pathlib import Path

import sqlglot
from sqlglot import exp

from recoup.matching.compiling import Compiled, Tables, compile_group, compile_pairing
from recoup.matching.few import compile_few
from recoup.matching.lumps import compile_lump
from recoup.matching.rule import Pair, Rule
from recoup.storage.dialect import OURS, SPARK, to_spark
from recoup.storage.steps import printed

COMPILERS = {"pair": compile_pairing, "group": compile_group, "lump": compile_lump, "few": compile_few}
_HEAD = "-- {name}: {says}.\n-- Reads {tables}.\n-- $run_id names the run. One row is one match.\n"
_SAYS = {
    "left_lines": "open lines of {left}",
    "right_lines": "open lines of {right}",
    "left_side": "all lines of {left}",
    "right_side": "all lines of {right}",
    "apart": "lines that people hold apart",
}
"""What the tables are that a rule reads; calendars and rates say it by their names."""


def compile_rule(pair: Pair, rule: Rule, tables: Tables, tag: str, folder: Path | None = None) -> Compiled:
    """Give the steps of a rule of any kind; with a folder, what is much is written there at once."""
    return COMPILERS[rule.kind](pair, rule, tables, tag, folder)


def as_query(pair: Pair, rule: Rule, dialect: str = OURS) -> str:
    """Give a rule as one query whose rows are its matches.

    Args:
      pair: The rule's pair.
      rule: The rule.
      dialect: `duckdb` or `spark`.
    """
    ready = compile_rule(pair, rule, Tables("left_lines", "right_lines"), rule.name)
    until = next(number for number, step in enumerate(ready.steps) if step.name == ready.matches)
    text = printed(ready.steps[: until + 1])
    shown = to_spark(text) if dialect == SPARK else text
    tree = sqlglot.parse_one(shown, read=dialect)
    head = _HEAD.format(name=rule.name, says=rule.says, tables=_tables(pair, tree))
    pretty: str = tree.sql(dialect, pretty=True)
    return head + pretty


def _tables(pair: Pair, tree: exp.Expr) -> str:
    """Name every table that a query reads and does not make itself, with what it holds."""
    made = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = sorted({table.name for table in tree.find_all(exp.Table)} - made)
    told = {name: says.format(left=pair.left, right=pair.right) for name, says in _SAYS.items()}
    return ", ".join(f"{name} ({told[name]})" if name in told else name for name in read)
