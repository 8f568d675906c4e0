from itertools import chain

from recoup.marts.source import Asked
from recoup.marts.sources import source_named, sources
from recoup.storage.register import View
from tests.fakes.small_home import NOW

NOW_ALL = Asked(NOW)


def test_every_column_of_every_source_is_described() -> None:
    """A column that nobody explains is a column that is read wrongly."""
    silent = [
        f"{source.name}.{column.name}" for source in sources().values() for column in source.columns if not column.says
    ]
    assert silent == []


def test_every_source_says_what_a_row_is() -> None:
    """Grain first."""
    assert [source.name for source in sources().values() if not source.grain] == []


def test_secrets_and_wrapped_keys_are_in_no_source() -> None:
    """What opens bytes or signs messages cannot be asked for."""
    assert source_named("secret") is source_named("object") is None
    columns = {column.name for source in sources().values() for column in source.columns}
    assert columns.isdisjoint({"wrapped", "wrapped_key", "secret"})


def test_a_source_is_known_by_plural_and_by_the_registers_name() -> None:
    """Whatever the case of letters."""
    assert source_named("Disputes") is source_named("dispute") is sources()["disputes"]


def test_a_source_gives_the_columns_asked_in_the_order_asked(view: View) -> None:
    """Rows are copied by place, so a source that mixed them up would be read wrongly."""
    for source in sources().values():
        names = [column.name for column in source.columns]
        [*whole] = chain.from_iterable(source.batches(view, NOW_ALL, names))
        [*turned] = chain.from_iterable(source.batches(view, NOW_ALL, names[::-1]))
        assert [row[::-1] for row in turned] == whole, source.name
        assert {len(row) for row in whole} <= {len(names)}, source.name


def test_a_key_names_columns_and_stands_once(view: View) -> None:
    """What a page calls the key of a source is one."""
    for source in sources().values():
        assert {name for name in source.key if source.column(name) is None} == set(), source.name
        keys = list(chain.from_iterable(source.batches(view, NOW_ALL, source.key))) if source.key else []
        assert len(keys) == len(set(keys)), source.name


def test_every_table_of_rules_has_rows(view: View) -> None:
    """Rules are the same in every home, an empty one too."""
    for source in sources().values():
        if source.owner == "rules":
            assert list(source.batches(view, NOW_ALL, [source.columns[0].name])), source.name


def test_money_has_a_unit(view: View) -> None:
    """Minor units, and a currency beside them."""
    for source in sources().values():
        money = [column for column in source.columns if column.name.endswith("_minor")]
        assert all(column.unit == "minor" and column.type == "BIGINT" for column in money), source.name
        assert not money or any("currency" in column.name for column in source.columns), source.name
