from pathlib import Path

import pytest

from recoup.app.partner_folders import write
from recoup.errors import DeclarationInvalid
from recoup.partners.contract import TABLE_COLUMNS, TableFeed
from recoup.partners.declared import joined, read_declared
from recoup.partners.declared_sql import problems
from recoup.partners.registry import feed_named, partners


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a new partner."""
    return write("acme", tmp_path)


def test_a_folder_is_a_partner_like_any_other(folder: Path) -> None:
    """With feeds, words, and what it cannot do."""
    partner = read_declared(folder)
    disputes = partner.feeds["disputes"]
    assert isinstance(disputes, TableFeed)
    assert (disputes.makes, disputes.closed_by) == ("observation", "nothing")
    assert partner.codes.meaning("status", "LOST") == "chargeback_lost"
    assert not partner.capabilities.can_list_disputes


@pytest.mark.parametrize(
    ("file", "find", "put", "found"),
    [
        ("partner.toml", 'title = "acme"', 'titel = "acme"', "titel"),
        ("partner.toml", 'name = "acme"', 'name = "../acme"', "the name '../acme'"),
        ("partner.toml", 'makes = "observation"', 'makes = "payment"', "payment"),
        ("partner.toml", 'announces = ["disputes"]', 'announces = ["settlement"]', "books announces from settlement"),
        ("partner.toml", 'controls = "controls_settlement.sql"', "", "closed by totals, and no controls"),
        ("partner.toml", 'sql = "mapping_disputes.sql"', 'sql = "../x.sql"', "the file '../x.sql'"),
        ("partner.toml", 'sql = "mapping_disputes.sql"', 'sql = "gone.sql"', "no such file"),
        ("partner.toml", "disputes_(?P<year>", "disputes_(?P<year", "the pattern"),
        ("mapping_disputes.sql", "reason_code,", "", "no column reason_code"),
        ("mapping_disputes.sql", "from source as s", "from read_csv('/etc/passwd') as s", "the table READ_CSV"),
        ("mapping_disputes.sql", "from source as s", "from '/etc/passwd' as s", "the table"),
        ("mapping_disputes.sql", "case_id as case_ref", "getenv('HOME') as case_ref", "the function getenv"),
        ("mapping_disputes.sql", "minor(amount, scale)", "cast(amount as double)", "a cast to DOUBLE"),
        ("controls_settlement.sql", "from mapped", "from observation", "the table observation"),
    ],
)
def test_what_is_wrong_with_a_folder_is_said(folder: Path, file: str, find: str, put: str, found: str) -> None:
    """With the file, and before anything of it runs."""
    path = folder / file
    assert find in path.read_text()
    path.write_text(path.read_text().replace(find, put))
    with pytest.raises(DeclarationInvalid) as refused:
        read_declared(folder)
    assert found in refused.value.found
    assert "recoup partner check" in refused.value.remedy or "gone.sql" in refused.value.where


def test_a_name_that_is_taken_stops_only_its_own_folder(folder: Path) -> None:
    """Two partners of one name would be one; the other goes on as it was."""
    path = folder / "partner.toml"
    path.write_text(path.read_text().replace('name = "acme"', 'name = "stripe"'))
    found = joined(partners(), folder.parent)
    assert found["stripe"] is partners()["stripe"]
    why = found["acme"].unreadable
    assert why is not None
    assert (why.found, why.wanted) == ("another stripe", "a name of its own")
    assert "recoup partner check" in why.remedy


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("partner.toml", "name = ["),
        ("partner.toml", "a = " + "[" * 5_000),
        ("codes.csv", "not,the,columns\n"),
        ("contract.toml", "[[contract]]\nfee = 1.5\n"),
        ("mapping_disputes.sql", "select " + "(" * 5_000),
    ],
)
def test_a_folder_that_cannot_be_read_stops_only_itself(folder: Path, file: str, text: str) -> None:
    """Another one beside it is read, and so are all the rest; whoever asks for its feeds is told why."""
    write("zeta", folder.parent)
    (folder / file).write_text(text)
    found = joined(partners(), folder.parent)
    assert found["acme"].unreadable is not None
    assert not found["acme"].feeds
    assert found["zeta"].feeds.keys() == {"disputes", "settlement"}
    with pytest.raises(DeclarationInvalid, match="recoup partner check"):
        feed_named(found["acme"], "disputes")


def test_two_folders_of_one_name_are_one_partner_and_one_problem(folder: Path) -> None:
    """The first by the folder's name is read; the second says why it is not."""
    second = write("zeta", folder.parent) / "partner.toml"
    second.write_text(second.read_text().replace('name = "zeta"', 'name = "acme"'))
    found = joined(partners(), folder.parent)
    assert found["acme"].unreadable is None
    assert found["zeta"].unreadable is not None


def test_without_declared_partners_the_known_ones_stay(tmp_path: Path) -> None:
    """A place that is not there declares nothing."""
    assert joined(partners(), tmp_path / "nowhere") is partners()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select 1 as x; select 2 as x", "2 statements"),
        ("copy source to 'x'", "no SELECT"),
        ("attach 'x.db'", "no SELECT"),
        ("select * from source", "a bare *"),
        ("select x, x from source", "the column x twice"),
        ("select x from main.source", "the table main.source"),
        ("select (select max(k) from secret) as x from source", "the table secret"),
        ("select x from source, query('select 1')", "the table QUERY"),
        ("select scrub_text(x) as x from source", "the function scrub_text"),
        ("select x from (", "Expect"),
    ],
)
def test_sql_that_reaches_further_than_its_file_is_refused(sql: str, found: str) -> None:
    """One SELECT over the file: no other table, file, function or statement."""
    assert any(found in told for told, _ in problems(sql, ("source",), ("x",)))


def test_sql_of_our_own_partners_passes() -> None:
    """What we ship is held to the same."""
    feeds = [feed for partner in partners().values() for feed in partner.feeds.values()]
    for feed in feeds:
        if isinstance(feed, TableFeed):
            assert list(problems(feed.sql, ("source",), (*TABLE_COLUMNS[feed.makes], "problem"))) == [], feed.name
            if feed.controls:
                assert list(problems(feed.controls, ("source", "mapped"), None)) == [], feed.name
