from recoup.enquiry.document import document
from recoup.enquiry.lists import Amount
from recoup.enquiry.today import Late


def test_instants_are_text_and_all_else_is_as_it_is() -> None:
    """What is absent stays null, never missing; amounts stay integers."""
    late = Late("stripe", "default", None, "file", 2, 0)
    assert document([late, Amount("EUR", 5)]) == [
        {
            "partner": "stripe",
            "account": "default",
            "feed": None,
            "kind": "file",
            "count": 2,
            "oldest_due_at": "1970-01-01T00:00:00.000000Z",
        },
        {"currency": "EUR", "minor": 5},
    ]


def test_instants_in_mappings_are_text_too() -> None:
    """The rule is the name of the field, wherever it stands."""
    assert document({"at": 0, "inner": {"due_at": None}}) == {
        "at": "1970-01-01T00:00:00.000000Z",
        "inner": {"due_at": None},
    }


def test_a_truth_is_no_instant() -> None:
    """`answers_known_at` says whether, not when."""
    assert document({"answers_known_at": True, "known_at": 1}) == {
        "answers_known_at": True,
        "known_at": "1970-01-01T00:00:00.000001Z",
    }
