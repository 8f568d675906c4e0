"""What a query tries that is no question: files, networks, settings, other tables, writing, staying for ever.

Three walls, each tried alone: what is parsed, what DuckDB is allowed in the child, what the kernel allows the child.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from recoup.enquiry import sql_child
from recoup.enquiry.query import read_query
from recoup.enquiry.sql import LIMITS, Home, ask
from recoup.errors import SqlRefused
from recoup.marts.catalogue import read_catalogue
from recoup.marts.source import Asked
from recoup.storage.migrate import migrate
from recoup.storage.register import open_register
from tests.fakes.small_home import NOW, ROWS, fill

CATALOGUE = read_catalogue()

READING_FILES = [
    "select * from 'secrets.csv'",
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    'select * from "keys/home.key"',
    "from 'x.parquet'",
    "from '../../../etc/passwd'",
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('/etc/passwd')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from read_text('/etc/passwd')",
    "select * from read_blob('/proc/self/environ')",
    "select * from read_json('/etc/passwd')",
    "select * from read_json_objects('/etc/passwd')",
    "select * from read_ndjson('/etc/passwd')",
    "select * from read_parquet('x.parquet')",
    "select * from parquet_scan('x.parquet')",
    "select * from parquet_metadata('x.parquet')",
    "select * from glob('/*')",
    "select * from disputes, lateral (select * from read_text('/etc/passwd'))",
    "select (select content from read_text('/etc/passwd'))",
    "select * from disputes where id in (select content from read_text('/etc/passwd'))",
    "select exists (from read_text('/etc/passwd'))",
    "with x as (select * from read_text('/etc/passwd')) select * from x",
    "select * from disputes union all select * from read_csv('/etc/passwd')",
    "(select 1) union (select content from read_text('/etc/passwd'))",
    'select * from (with "/etc/passwd" as (select 1) select 1) as a, "/etc/passwd" as b',
    'with "/etc/passwd" as (select * from "/etc/passwd") select 1',
    'with a as (select * from "x.csv"), "x.csv" as (select 1) select * from a',
    "select * from 'https://example.com/x.csv'",
    "select * from read_csv('https://example.com/x.csv')",
    "select * from 's3://bucket/x.parquet'",
]
WRITING = [
    "insert into disputes values (1)",
    "insert into disputes select * from disputes returning *",
    "update disputes set stage = 'won'",
    "delete from disputes",
    "truncate disputes",
    "merge into disputes using payments on true when matched then delete",
    "create table x as select 1",
    "create or replace view disputes as select 1",
    "create macro f() as 1",
    "create sequence s",
    "create type mood as enum ('a')",
    "drop table disputes",
    "alter table disputes add column x int",
    "copy disputes to '/tmp/x.csv'",
    "copy (select 1) to '/tmp/x.csv'",
    "copy disputes from '/etc/passwd'",
    "export database '/tmp/x'",
    "import database '/tmp/x'",
    "select 1 into outfile '/tmp/x'",
    "with x as (insert into disputes values (1) returning *) select * from x",
]
REACHING_OUT = [
    "attach 'other.db'",
    "attach 'postgres:dbname=x' as p (type postgres)",
    "detach copy",
    "use memory",
    "install httpfs",
    "load httpfs",
    "load '/tmp/evil.duckdb_extension'",
    "force install spatial from 'https://example.com'",
    "create secret s (type s3, key_id 'a', secret 'b')",
    "select * from postgres_scan('host=127.0.0.1', 'public', 'secret')",
    "select * from sqlite_scan('register.db', 'secret')",
    "select * from duckdb_secrets()",
    "select * from query('select 1')",
    "select * from query_table('disputes')",
    "select * from arrow_scan(1, 2, 3)",
    "select * from python_map_function(1)",
    "select * from pandas_scan(0)",
]
TELLING = [
    "set memory_limit = '10GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset memory_limit",
    "set variable x = 1",
    "pragma database_list",
    "pragma enable_profiling",
    "call pragma_version()",
    "describe disputes",
    "show tables",
    "summarize disputes",
    "explain select 1",
    "explain analyze select 1",
    "prepare p as select 1",
    "execute p",
    "checkpoint",
    "vacuum",
    "begin",
    "select * from duckdb_settings()",
    "select * from duckdb_databases",
    "select * from (with duckdb_databases as (select 1) select 1) as a, duckdb_databases as b",
    "select * from pragma_database_list",
    "select * from information_schema.tables",
    "select * from pg_catalog.pg_class",
    "select * from sqlite_master",
    "select * from main.disputes",
    "select * from copy.main.disputes",
    "select * from temp.disputes",
    "select * from secret",
    "select * from object",
    "select * from setting",
    "select getenv('HOME')",
    "select current_setting('temp_directory')",
    "select current_database()",
    "select write_log('x')",
    "select getvariable('x')",
    "select nextval('s')",
    "select pg_backend_pid()",
    "select has_table_privilege('secret', 'select')",
    "select $1",
    "select ?",
]
BREAKING_THE_PARSER = [
    "",
    ";",
    "-- nothing",
    "select 1; select 2",
    "select 1; drop table disputes",
    "select 1 /* ; */ ; attach 'x'",
    "(" * 5000 + "select 1" + ")" * 5000,
    "select " + "x" * 60_000,
    "select '",
    'select "',
    "select 1 from disputes where \0",
]
ALL = [*READING_FILES, *WRITING, *REACHING_OUT, *TELLING, *BREAKING_THE_PARSER]
SECRET = "the secret of this test"


@pytest.mark.parametrize("query", ALL)
def test_the_first_wall_refuses_before_anything_runs(query: str) -> None:
    """Parsed, it is no single SELECT over tables of ours; nothing is copied, no process starts."""
    with pytest.raises(SqlRefused):
        read_query(query, CATALOGUE)


def test_there_are_more_than_sixty_of_them() -> None:
    """And no two alike."""
    assert len(set(ALL)) == len(ALL) >= 60


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy as a query has it, and beside it a file that is not for it."""
    folder: Path = tmp_path_factory.mktemp("copy")
    (folder / "secrets.csv").write_text(f"a\n{SECRET}\n")
    with duckdb.connect(str(folder / "copy.duckdb")) as connection:
        connection.execute("create table disputes (id varchar)")
    return folder


def in_child(copy: Path, query: str) -> dict[str, Any]:
    """Run a query in a child, the first wall left out."""
    order = {"database": str(copy / "copy.duckdb"), "query": query, "rows": 100, "result_bytes": 100_000}
    done = subprocess.run(
        [sys.executable, "-I", "-m", sql_child.__name__],
        input=json.dumps({**order, "seconds": LIMITS.seconds, "memory_mib": LIMITS.memory_mib}).encode(),
        capture_output=True,
        cwd=copy,
        env={},
        timeout=60,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


THROUGH = [
    "select * from 'secrets.csv'",
    "select * from read_text('secrets.csv')",
    "select * from read_csv('{folder}/secrets.csv')",
    "select * from glob('{folder}/*')",
    "select * from read_blob('/proc/self/environ')",
    "copy (select 1) to '{folder}/out.csv'",
    "create table x as select 1",
    "create temp table x as select 1",
    "insert into disputes values ('x')",
    "attach '{folder}/other.db'",
    "set memory_limit = '10GB'",
    "set enable_external_access = true",
    "load httpfs",
    "export database '{folder}/out'",
    "select * from read_csv('http://127.0.0.1:1/x.csv')",
]


@pytest.mark.parametrize("query", THROUGH)
def test_the_second_wall_stands_alone(copy: Path, query: str) -> None:
    """What the parser might let through DuckDB refuses, and nothing of the file or of the folder is told."""
    reply = in_child(copy, query.replace("{folder}", str(copy)))
    assert reply.get("refused"), reply
    assert SECRET not in json.dumps(reply)
    assert sorted(path.name for path in copy.iterdir()) == ["copy.duckdb", "secrets.csv"]


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('/tmp/x', 'w')",
        "__import__('socket').socket()",
        "__import__('os').pipe()",
        "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE, (64, 64))"
        " or (_ for _ in ()).throw(OSError()) if __import__('os').geteuid() else open('/etc/passwd')",
    ],
)
def test_the_third_wall_is_the_kernels(attempt: str) -> None:
    """Once the copy is open the process opens nothing more, whatever runs in it."""
    script = (
        "import resource, socket, os\n"
        "from recoup.enquiry.sql_child import open_nothing_more\n"
        "open_nothing_more()\n"
        f"try:\n    {attempt}\nexcept (OSError, ValueError) as problem:\n    os.write(1, b'refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert done.stdout == b"refused", done.stderr


def test_of_another_merchant_nothing_is_in_the_copy(tmp_path: Path) -> None:
    """Rows are left out before the copy is made: no query can ask for what is not there."""
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(register)
    fill(register, ROWS, NOW)
    tables = [name for name, source in read_sources().items() if source.scope == "merchant"]
    with register.reading() as view:
        whole = ask(view, "select count(*) as n from disputes where merchant = 'mer_2'", Home(tmp_path), NOW).rows
        for name in tables:
            answer = ask(view, f"select * from {name}", Home(tmp_path), Asked(NOW, merchant="mer_1"))
            assert "mer_2" not in json.dumps(answer.objects()), name
            assert "dp_due" not in json.dumps(answer.objects()), name
    register.close()
    assert whole == ((1,),)


def read_sources() -> Any:
    from recoup.marts.sources import sources

    return sources()
