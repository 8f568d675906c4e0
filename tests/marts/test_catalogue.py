import re
from pathlib import Path

import pytest

from recoup.errors import ModelInvalid
from recoup.ledger.accounts import clearing_accounts
from recoup.marts.catalogue import Catalogue, check, read_catalogue

HEADER = """\
-- grain: One stage.
-- key: stage
-- owner: disputes
-- freshness: with each delivery
-- stage VARCHAR: Where disputes
--    stand.
-- disputes BIGINT rows: How many.
"""
SQL = "select stage, count(*) as disputes from disputes where stage is not null group by stage\n"
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "work-with-the-data.md"


def refused(folder: Path, **models: str) -> str:
    """Write models into a home's folder and give what is said of them."""
    for name, text in models.items():
        (folder / f"{name}.sql").write_text(text)
    with pytest.raises(ModelInvalid) as problem:
        check(read_catalogue(folder))
    return str(problem.value)


def test_a_home_may_have_models_of_its_own(tmp_path: Path) -> None:
    """They read ours and each other, and stand after what they read."""
    (tmp_path / "above.sql").write_text(HEADER + "select stage, disputes from stages")
    (tmp_path / "stages.sql").write_text(HEADER + SQL)
    catalogue = read_catalogue(tmp_path)
    check(catalogue)
    assert catalogue.origins("above") == ("disputes",)
    assert list(catalogue.models).index("stages") < list(catalogue.models).index("above")
    assert catalogue.model("stages").column("stage") is not None
    assert catalogue.model("stages").columns[0].says == "Where disputes stand."


def test_only_columns_that_a_model_names_are_needed(tmp_path: Path) -> None:
    """Of a million rows, two columns and not forty."""
    (tmp_path / "stages.sql").write_text(HEADER + SQL)
    assert read_catalogue(tmp_path).needs(["stages"]).sources == {"disputes": ("stage",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SQL, "stages.sql: no header"),
        (HEADER.replace("-- owner: disputes\n", "") + SQL, "a header without owner"),
        (HEADER.split("-- stage VARCHAR")[0] + SQL, "a header without columns"),
        (HEADER.replace("key: stage", "key: stages") + SQL, "key stages; wanted some of disputes, stage"),
        (HEADER.replace("VARCHAR", "TEXT") + SQL, "stages.sql column stage: TEXT"),
        (HEADER.replace("BIGINT rows", "BIGINT pieces") + SQL, "stages.sql column disputes: BIGINT pieces"),
        (HEADER + "-- amount_minor BIGINT: Money.\n" + SQL, "wanted BIGINT minor, as all money"),
        (HEADER + "-- what is this\n" + SQL, "'what is this' in the header"),
        (HEADER, "something else than one SELECT"),
        (HEADER + "select 1;\nselect 2\n", "something else than one SELECT"),
        (HEADER + "drop table disputes", "something else than one SELECT"),
        (HEADER + "select stage from", "Expected"),
        (HEADER + "select * from disputes", "a star; wanted columns by name"),
        (HEADER + "select stage, 1 as disputes from read_csv('/etc/passwd')", "wanted the name of a source or model"),
        (HEADER + "select stage, 1 as disputes from main.disputes", "wanted the name of a source or model"),
        (HEADER + SQL.replace("from disputes", "from dispuets"), "the table 'dispuets'"),
        (HEADER + SQL.replace("from disputes", "from dispute"), "the table 'dispute'; wanted disputes"),
        (HEADER + SQL.replace("select stage,", "select stagee as stage,"), 'column "stagee" not found'),
        (HEADER + "select count(*) as disputes, 'x' as stage from disputes", "column 1: disputes BIGINT; wanted stage"),
        (
            HEADER + "select stage, cast(1 as integer) as disputes from disputes",
            "disputes INTEGER; wanted disputes BIG",
        ),
        (HEADER + "select stage from disputes", "1 columns; wanted 2"),
        (HEADER + SQL + ";\nselect stage from stages", "wanted -- assert"),
        (HEADER + SQL + ";\n-- assert: it is so\nselect stagee from stages", "not found"),
        (HEADER + SQL + ";\n-- assert: it is so\nselect stage from nowhere", "the table 'nowhere'"),
        (HEADER + "select stage, disputes from stages", "a circle: stages reads stages"),
    ],
)
def test_a_model_that_does_not_hold_together_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Before anything runs, with the file and what was wanted."""
    assert said in refused(tmp_path, stages=text)


def test_models_that_read_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    """There is no order to compute them in."""
    said = refused(
        tmp_path,
        one=HEADER + "select stage, disputes from two",
        two=HEADER + "select stage, disputes from one",
    )
    assert re.search(r"a circle: (one reads two reads one|two reads one reads two)", said)


@pytest.mark.parametrize("name", ["disputes", "dispute", "roll_forward"])
def test_a_name_stands_for_one_table(tmp_path: Path, name: str) -> None:
    """Neither a source nor a model of ours is taken over."""
    assert f"another table named {name}" in refused(tmp_path, **{name: HEADER + SQL})


def test_a_file_is_named_for_its_table(tmp_path: Path) -> None:
    """As it stands in statements."""
    assert "the name 'My Stages'" in refused(tmp_path, **{"My Stages": HEADER + SQL})


def test_what_is_open_on_clearing_accounts_is_of_the_charts_accounts() -> None:
    """The model names them; the chart says which return to zero."""
    named = re.findall(r"'([a-z_]+)'", read_catalogue().model("clearing").sql.partition("aged as")[0])
    assert set(named) == set(clearing_accounts())


def test_the_model_of_the_guide_is_one(tmp_path: Path) -> None:
    """Copied from the page it works."""
    [block] = re.findall(r"```sql\n(-- grain.*?)```", GUIDE.read_text(), re.DOTALL)
    (tmp_path / "open_by_stage.sql").write_text(block)
    catalogue: Catalogue = read_catalogue(tmp_path)
    check(catalogue)
    assert len(catalogue.model("open_by_stage").assertions) == 1
