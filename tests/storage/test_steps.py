from pathlib import Path

import duckdb
import pytest

from recoup.errors import StorageProblem
from recoup.storage.steps import Kind, Step, printed, quoted

PAIRS = Step("same__pairs", "select * from (values (1, 2), (3, 4)) as v(a, b)")
SUMS = Step("same__sums", "select a + b as c\nfrom same__pairs\n")
LAST = Step("same__most", "select max(c) as most from same__sums")


def test_a_pipeline_prints_as_one_query() -> None:
    """What is printed is what runs, readable by name."""
    text = printed([PAIRS, SUMS, LAST])
    assert duckdb.connect().execute(text).fetchall() == [(7,)]
    assert text.splitlines()[0] == "with"
    assert "same__sums as (\n  select a + b as c\n  from same__pairs\n)" in text


def test_one_step_prints_as_itself() -> None:
    """Nothing is wrapped round a single query."""
    assert printed([SUMS]) == "select a + b as c\nfrom same__pairs"


@pytest.mark.parametrize("name", ["", "A", "a b", 'a"b', "a;drop", "1a", "é", "a-b"])
def test_names_are_our_own(name: str) -> None:
    """A partner's text never becomes a name in a statement."""
    for make in (quoted, lambda n: Step(n, "select 1")):
        with pytest.raises(StorageProblem, match="the name"):
            make(name)


@pytest.mark.parametrize(("kind", "path"), [("copy", None), ("table", Path("x")), ("view", Path("x"))])
def test_a_path_belongs_to_a_copy(kind: Kind, path: Path | None) -> None:
    """A copy without a path, and a path without a copy, are refused when the step is made."""
    with pytest.raises(StorageProblem, match="a path for a copy"):
        Step("a", "select 1", kind, path)
