"""What is drift, and what is a rare field, a single accident, or chance."""

from collections.abc import Sequence
from typing import Any

import pytest

from recoup.domain.drift import Change, changes, fields_of, learning_days, null_shifts, parent
from recoup.domain.shapes import Counting, count_document, count_rows

_NOTHING = frozenset[str]()


def of_messages(told: list[dict[str, Any]]) -> Any:
    place = Counting("")
    for subject, document in enumerate(told):
        count_document(place, document, subject)
    return fields_of(place.shape())


def of_files(files: Sequence[tuple[tuple[str, ...], Sequence[tuple[str, ...]]]]) -> Any:
    place = Counting("")
    for number, (header, rows) in enumerate(files):
        count_rows(place, header, rows, number * 1_000)
    return fields_of(place.shape())


def found(base: Any, now: Any, known: frozenset[str] = _NOTHING) -> list[tuple[str, str]]:
    return [(change.path, change.kind) for change in changes(base, now, lambda path: path in known)]


BASE = of_messages([{"id": f"du_{n:04d}", "amount": n, "code": "0841", "at": "2026-01-31"} for n in range(300)])
MESSAGE: dict[str, Any] = {"id": "du_0001", "amount": 1, "code": "0841", "at": "2026-01-31"}


def bent(count: int = 20, without: str = "", **more: Any) -> Any:
    return of_messages([{k: v for k, v in (MESSAGE | more).items() if k != without} for _ in range(count)])


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (bent(), []),
        (bent(extra="x"), [("extra", "added")]),
        (bent(without="amount"), [("amount", "removed")]),
        (bent(amount="12"), [("amount", "retyped")]),
        (bent(count=1, code=841), [("code", "retyped")]),
        (bent(code="841"), [("code", "written")]),
        (bent(id="1.23E+12"), [("id", "written")]),
        (bent(at="31/01/2026"), [("at", "written")]),
        (bent(amount={"value": 1}), [("amount", "retyped")]),
    ],
)
def test_a_changed_field_is_drift(now: Any, said: list[tuple[str, str]]) -> None:
    """Added, removed, retyped, nested, written otherwise; what stays says nothing."""
    assert [one for one in found(BASE, now) if one[0] != "amount.value"] == said


def test_a_known_field_is_no_news() -> None:
    """The partner's folder names it: it was rare until now."""
    assert found(BASE, bent(extra="x"), frozenset({"extra"})) == []


def test_a_rare_field_is_no_drift() -> None:
    """One record in ten has it."""
    told = [MESSAGE | ({"extra": 1} if n % 10 == 0 else {}) for n in range(100)]
    assert found(BASE, of_messages(told)) == []


def test_one_subject_told_often_is_no_drift() -> None:
    """All pages of a quiet day list one dispute, which has a field of its own."""
    place = Counting("")
    for _ in range(40):
        count_document(place, MESSAGE | {"extra": 1}, 7)
    assert found(BASE, fields_of(place.shape())) == []


def test_a_field_under_a_new_kind_is_no_drift() -> None:
    """A kind of event that was never met has fields that were never met."""
    base = of_messages([{"type": "created", "a": 1} for _ in range(300)])
    assert found(base, of_messages([{"type": "closed", "b": 1} for _ in range(50)])) == []


def test_a_field_that_begins_to_be_null() -> None:
    """Always there, and now empty in a tenth; with fewer records nothing is said."""
    told = [MESSAGE | ({"amount": None} if n % 10 == 0 else {}) for n in range(400)]
    assert found(BASE, of_messages(told)) == [("amount", "emptied")]
    assert found(BASE, of_messages(told[:100])) == []


def test_a_share_that_moves_is_only_told() -> None:
    """A field that was null in half and is in four fifths: information."""
    base, now = (of_messages([{"x": None if n % 10 < k else 1} for n in range(400)]) for k in (5, 8))
    assert found(base, now) == []
    assert [change.path for change in null_shifts(base, now)] == ["x"]


HEADER = ("id", "gross", "net")
WEEK = [(HEADER, [(f"txn_{n}", "1.00", "1.00") for n in range(30)]) for _ in range(7)]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER, []),
        (("id", "gross_amount", "net"), [("gross", "removed"), ("gross_amount", "added")]),
        (("id", "net"), [("gross", "removed")]),
        ((*HEADER, "hint"), [("hint", "added")]),
        ((*HEADER, "known"), []),
    ],
)
def test_one_file_with_another_header_is_drift(header: tuple[str, ...], said: list[tuple[str, str]]) -> None:
    """Two rows are enough, as a header is the same in every file."""
    now = of_files([(header, [("txn", *["1.00"] * (len(header) - 1))] * 2)])
    assert found(of_files(WEEK), now, frozenset({"known"})) == said


def test_a_decimal_comma_is_drift() -> None:
    """All amounts of one file; a whole amount without cents is none."""
    comma, whole = ([(HEADER, [("txn", text, text)] * 20)] for text in ("1,00", "4200"))
    assert ("gross", "written") in found(of_files(WEEK), of_files(comma))
    assert ("gross", "written") not in found(of_files(WEEK), of_files(whole))


def test_other_words_of_a_status_are_no_drift() -> None:
    """Disputes end after weeks: words of another length are words; in capitals they are another way of writing."""
    base = of_messages([{"status": "needs_response"} for _ in range(300)])
    assert found(base, of_messages([{"status": "won"} for _ in range(50)])) == []
    assert found(base, of_messages([{"status": "WON"} for _ in range(50)])) == [("status", "written")]


@pytest.mark.parametrize(
    ("path", "above"),
    [("a", ""), ("a.b", "a"), ("{x.y}.a", "{x.y}"), ("a[].b", "a[]"), ("a[]", None), ("a{x.y}", None), ("", None)],
)
def test_the_object_above_a_field(path: str, above: str | None) -> None:
    """Kinds and elements are no fields."""
    assert parent(path) == above


@pytest.mark.parametrize(
    ("records", "days"), [([50] * 4, None), ([50] * 9, 5), ([10] * 9, None), ([10] * 12, 10), ([1] * 40, 30)]
)
def test_a_feed_is_learnt_from_its_first_days(records: list[int], days: int | None) -> None:
    """Five days and a hundred records, or thirty days."""
    assert learning_days([(f"d{n:03d}", count) for n, count in enumerate(records)]) == days


def test_a_change_is_a_sentence() -> None:
    """With counts, and without codes of ours."""
    told = Change("net", "written", "decimal comma", "a number with a decimal point", 20, 20)
    assert told.said() == "net is a number with a decimal comma in 20 of 20, and was a number with a decimal point"
