from recoup.marts.sources import source_named, sources


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


def test_statements_give_the_columns_in_their_order() -> None:
    """Rows are copied by place, so the two must be one list."""
    for source in sources().values():
        assert len(source.statement.selected_columns) == len(source.columns), source.name
