"""A rule as one query that a person can read: its steps as one `with`, over `left_lines` and `right_lines`. Pure."""

from pathlib import Path

import sqlglot

from recoup.matching.compiling import Compiled, Tables, compile_group, compile_pairing
from recoup.matching.few import compile_few
from recoup.matching.lumps import compile_lump
from recoup.matching.rule import Pair, Rule
from recoup.storage.dialect import OURS, SPARK, to_spark
from recoup.storage.steps import printed

COMPILERS = {"pair": compile_pairing, "group": compile_group, "lump": compile_lump, "few": compile_few}
_HEAD = "-- {name}: {says}.\n-- Reads left_lines ({left}) and right_lines ({right}){more}; gives one row per match.\n"


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
    more = "".join(
        [
            ", apart (what people decided)",
            f", calendar_{rule.window.calendar}" if rule.window and rule.window.calendar else "",
            f", rate_{rule.fx.source}" if rule.fx else "",
        ]
    )
    head = _HEAD.format(name=rule.name, says=rule.says, left=pair.left, right=pair.right, more=more)
    pretty: str = sqlglot.transpile(shown, read=dialect, write=dialect, pretty=True)[0]
    return head + pretty
