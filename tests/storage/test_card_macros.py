import random
import string
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from recoup.domain.card_numbers import find, mask, tokenise
from recoup.storage.engine import connect
from recoup.storage.keys import HomeKey

KEY = HomeKey(b"k" * 32)
PUBLISHED = [
    "4111111111111111",
    "4242424242424242",
    "4222222222222",
    "5555555555554444",
    "2223003122003222",
    "378282246310005",
    "30569309025904",
    "6011000990139424",
    "3530111333300000",
    "6200000000000005",
    "6759649826438453",
    "6799990100000000019",
]
GAPS = ["", " ", "-", " - ", "\u00a0", "–", "    ", ".", "\n"]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine with the macros of one home."""
    with connect(tmp_path_factory.mktemp("engine"), token_key=KEY.token_key) as opened:
        yield opened


def cleaned(connection: duckdb.DuckDBPyConnection, texts: list[str | None]) -> list[tuple[str, str, str, bool]]:
    connection.register("told", pa.table({"x": pa.array(texts, pa.string())}))
    query = "select x, scrub_text(x), scrub_identifier(x), has_card_number(x) from told"
    return connection.execute(query).fetchall()


def piece(chance: random.Random) -> str:
    kind = chance.randrange(10)
    if kind < 4:
        number, width = chance.choice(PUBLISHED), chance.choice([3, 4, 4, 5, 19])
        return chance.choice(GAPS).join(number[at : at + width] for at in range(0, len(number), width))
    if kind < 7:
        return "".join(chance.choices(string.digits, k=chance.randrange(1, 25)))
    if kind < 8:
        return "tok_" + "".join(chance.choices("0123456789abcdef", k=32))
    return chance.choice(["ref", "total", "ünï 鍵", "", "4", "tok_", "\n", "é4", "424242******4242", "'\"%_$1@within@"])


def test_sql_and_python_agree(connection: duckdb.DuckDBPyConnection) -> None:
    """Thousands of texts with numbers, parts of numbers, tokens and other digits: the same answer, column by column."""
    chance = random.Random(20260131)
    texts = [
        chance.choice([" ", "", "-", ", ", "  "]).join(piece(chance) for _ in range(chance.randrange(1, 6)))
        for _ in range(6_000)
    ]
    hits = 0
    for text, masked, token, is_hit in cleaned(connection, [*texts]):
        assert (masked, token, is_hit) == (mask(text), tokenise(text, KEY.token), bool(find(text)))
        hits += is_hit
    assert 1_000 < hits < 5_000  # else the test would say little


def test_sql_and_python_agree_on_random_references(connection: duckdb.DuckDBPyConnection) -> None:
    """Digits alone, of every length: the quick way of the macro gives what the long one would."""
    chance = random.Random(1)
    texts = ["".join(chance.choices(string.digits, k=chance.randrange(10, 26))) for _ in range(20_000)]
    for text, masked, token, _ in cleaned(connection, [*texts]):
        assert (masked, token) == (mask(text), tokenise(text, KEY.token))


def test_ten_thousand_references_still_join(connection: duckdb.DuckDBPyConnection) -> None:
    """References on two sides, each cleaned by itself, join as before, and are untouched."""
    chance = random.Random(3)
    references = sorted({f"88{chance.randrange(10**14):014}" for _ in range(5_000)})
    references += sorted({"7" + "".join(chance.choices(string.digits, k=22)) for _ in range(5_000)})
    connection.register("sides", pa.table({"x": references}))
    joined = connection.execute(
        """select count(*), count(*) filter (l.was = r.was and l.is_now = l.was)
        from (select x as was, scrub_identifier(x) as is_now from sides) l
        join (select x as was, scrub_identifier(x) as is_now from sides) r using (is_now)"""
    ).fetchall()
    assert joined == [(len(references), len(references))]


def test_nothing_stays_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Absent and empty text come back as they are."""
    assert cleaned(connection, [None, ""]) == [(None, None, None, False), ("", "", "", False)]


def test_the_header_says_what_the_macros_are() -> None:
    """The file can be read by itself: it opens with its three names."""
    text = (Path(__file__).parents[2] / "src/recoup/storage/sql/card_numbers.sql").read_text()
    header = text.split("\n\n")[0]
    assert all(name in header for name in ("scrub_text(x)", "scrub_identifier(x)", "has_card_number(x)"))
