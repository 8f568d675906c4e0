"""Shapes add up in any order, say how values are written, and never what they are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.shapes import (
    FACETS_MAX,
    SUBJECTS_MAX,
    VARIED,
    Counting,
    Shape,
    count_document,
    count_rows,
    form,
    is_name,
    merge,
    subject_of,
)

_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["won", "WON", "12.50", "12,50", "du_1", "", "x y"])
)
_NAMES = st.sampled_from(["type", "id", "amount", "data", "metadata", "0841", "a.b"])
_DOCUMENTS = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4), max_leaves=8
)


def shape_of(documents: list[tuple[Any, int]]) -> Shape:
    place = Counting("")
    for document, subject in documents:
        count_document(place, document, subject)
    return place.shape()


@given(st.lists(st.tuples(_DOCUMENTS, st.integers(0, 9)), max_size=12), st.randoms(use_true_random=False))
def test_shapes_add_up_in_any_order_and_any_batches(told: list[tuple[Any, int]], chance: Any) -> None:
    """All at once, one by one and shuffled give the same sums, subjects too."""
    whole = shape_of(told)
    parts = [shape_of([one]) for one in told]
    chance.shuffle(parts)
    assert merge(parts) == whole
    assert merge([merge(parts[:3]), merge(parts[3:])]) == whole


def test_a_field_is_counted_under_the_kind_of_its_object() -> None:
    """A payout has other fields than a dispute, and says so."""
    shape = shape_of([({"object": "dispute", "reason": "x"}, 1), ({"object": "payout", "arrival": 5}, 2)])
    assert {path for path, _ in shape} >= {"{dispute}.reason", "{payout}.arrival"}


def test_one_subject_told_often_is_one_witness() -> None:
    """The same dispute on ten pages counts ten times, and is one subject."""
    page = {"data": [{"id": "du_1", "odd": 1}]}
    tally = shape_of([(page, number) for number in range(10)])["data[].odd", "number"]
    assert (tally.count, tally.distinct) == (10, 1)


def test_many_subjects_are_not_told_apart() -> None:
    """Five are enough to know that it is no accident of one."""
    tally = shape_of([({"odd": 1}, number) for number in range(50)])["odd", "number"]
    assert (tally.count, tally.subjects, tally.distinct) == (50, None, SUBJECTS_MAX)


def test_keys_that_are_values_share_one_place() -> None:
    """No order number and no address becomes the name of a field; what the house names is not looked into."""
    told = {"order_4711023": 1, "somebody@shop.example": 2, "metadata": {"secret_name": "x"}}
    assert {path for path, _ in shape_of([(told, 1)])} == {"", "*", "metadata"}


def test_free_text_is_varied() -> None:
    """What is written in too many ways is counted as that, in whatever order it came."""
    words = [f"AB{'7' * length}" for length in range(1, FACETS_MAX + 5)]
    shape = shape_of([({"code": word}, subject_of(word)) for word in words])
    assert shape["code", VARIED].count == len(words)
    assert merge([shape, shape_of([({"code": "AB7"}, 1)])])["code", VARIED].count == len(words) + 1


def test_a_table_is_counted_by_rows_and_files() -> None:
    """The header counts once for each file, a column's values once for each row; an empty file has a header too."""
    place = Counting("")
    count_rows(place, ("id", "net"), [("a", "1.00"), ("b", "")], 1)
    count_rows(place, ("id", "net"), [], 2)
    found = {key: tally.count for key, tally in place.shape().items()}
    assert found["", "file"] == found["net", "header"] == 2
    assert (found["", "row"], found["net", "decimal point"], found["net", "empty"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("0841", "digits 4"),
        ("841", "digits 3"),
        ("-12.50", "decimal point"),
        ("12,50", "decimal comma"),
        ("1,234.50", "thousands"),
        ("1.234,50", "thousands"),
        ("1.23E+12", "scientific"),
        ("(12.50)", "bracketed"),
        ("8E15", "token A9 4"),
        ("2026-01-31", "date Y-d-d"),
        ("31/01/2026", "date day/month/Y"),
        ("01/31/2026", "date month/day/Y"),
        ("01/02/2026", "date d/d/Y"),
        ("2026-01-31T10:00:00Z", "date Y-d-dTh:m:s Z"),
        ("2026-01-31T10:00:00+01:00", "date Y-d-dTh:m:s zone"),
        ("2026-03-29 03:00:00 CEST", "date Y-d-d h:m:s zone"),
        ("won", "word a"),
        ("WON", "word A"),
        ("du_1AbC", "token Aa9 7"),
        ("two words", "text"),
        ("GarÃ§on", "text broken"),
    ],
)
def test_how_a_value_is_written(text: str, said: str) -> None:
    """Said without the value."""
    assert form(text) == said


@pytest.mark.parametrize("name", ["amount", "Gross Debit (GC)", "payment_metadata[external_identifier]", "v1"])
def test_names_of_fields(name: str) -> None:
    """As partners write them."""
    assert is_name(name)
