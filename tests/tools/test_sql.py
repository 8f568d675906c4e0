from pathlib import PurePosixPath

import pytest

from tools.rules.refusal import Source
from tools.rules.sql import check_sql


def refused(text: str) -> list[str]:
    return [f"{found.line}: {found.what}" for found in check_sql(Source(PurePosixPath("x.sql"), text))]


GOOD = """-- One row per account and currency. Reads: posting. Holds: currencies are never added up.
with posting__sums as (
    select account, currency,
        cast(sum(cast(amount_minor as decimal(38,0))) as bigint) as balance_minor,
        count(*) filter (where reverses is null) as entries,
        min(landed_at) as oldest_at
    from posting
    where effective_on <= $until_on and note <> 'group by all, interval, hash(x)'
    group by account, currency
)
select *, 100 * entries / nullif(sum(entries) over (), 0) as share, date_diff('day', $opened_on, $until_on) as age_days
from posting__sums
qualify row_number() over (partition by account order by balance_minor) = 1
"""


def test_the_portable_list_passes() -> None:
    """Named steps, windows, filter, qualify, parameters by name and guarded sums are the same on both engines."""
    assert refused(GOOD) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("select a, count(*) from t\ngroup by all", "2: group by all"),
        ("select a from t\norder by all", "2: order by all"),
        ("select a from t union by name\nselect b from u", "1: union by name"),
        ("select a from t union all by name\nselect b from u", "1: union all by name"),
        ("select * exclude (a)\nfrom t", "1: * exclude"),
        ("with recursive r as (select 1 as n) select n from r", "1: with recursive"),
        ("select a + interval 3 day\nfrom t", "1: interval"),
        ("select hash(a)\nfrom t", "1: hash()"),
        ("select\namount_minor / 2 from t", "2: a division of money"),
        ("select\n100 * net_minor // 7 from t", "2: a division of money"),
        ("select a / b\nfrom t", "1: a division that may be by zero"),
        ("select cast(a as ubigint)\nfrom t", "1: the type ubigint"),
        ("select a::hugeint\nfrom t", "1: the type int128"),
        ("select\nsum(amount_minor) from t", "2: a bare sum of money"),
        ("select\nsum(cast(amount_minor as bigint)) from t", "2: a bare sum of money"),
        ("select\ncast(amount_minor as double) from t", "2: money as a fraction of two"),
        ("select date_diff('month', a, b)\nfrom t", "1: a difference in months or years"),
    ],
)
def test_what_engines_read_differently_is_refused_at_its_line(text: str, what: str) -> None:
    """Each construct outside the portable list is named, on the line where it stands."""
    line, _, said = what.partition(": ")
    assert refused(f"-- One row per thing.\n{text}") == [f"{int(line) + 1}: {said}"]


def test_sql_without_a_header_is_refused() -> None:
    """Whoever opens the file reads first what one row is."""
    assert refused("select 1 as n") == ["1: SQL without a header"]


def test_sql_that_cannot_be_parsed_is_refused_as_a_whole() -> None:
    """What sqlglot cannot read, it could not transpile either."""
    assert refused("-- x\nselect from where (") == ["1: SQL that cannot be parsed as DuckDB's"]


def test_every_statement_of_a_file_is_looked_at() -> None:
    """The second statement is as good a place for a mistake as the first."""
    assert refused("-- x\nselect 1 as n;\nselect sum(a_minor) from t;\n") == ["3: a bare sum of money"]


def test_what_the_parser_only_carries_along_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """A statement that it does not take apart is looked at by no rule, and warned of at every run."""
    told = "-- A macro.\ncreate or replace temp macro shown(told) as {}"
    (found,) = refused(told.format("'x' || told"))
    assert found.startswith("1: a statement that the parser reads as words alone: create")
    caplog.clear()
    assert refused(told.format("('x' || told)")) == []
    assert caplog.records == []
