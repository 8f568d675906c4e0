import re

from recoup import errors
from recoup.errors import RecoupError, errors_by_code


def test_message_has_place_found_wanted_remedy_and_code() -> None:
    """The one line that a person reads has the five parts in the house's order."""
    problem = errors.UnknownFeed(
        "--feed webhok", "no such feed of stripe", "webhook or disputes", "See: recoup ingest --help"
    )
    assert str(problem) == (
        "--feed webhok: no such feed of stripe; wanted webhook or disputes. "
        "See: recoup ingest --help [partners.unknown_feed]"
    )


def test_message_without_place_or_remedy_leaves_no_gap() -> None:
    """Parts that are empty leave neither a colon nor a double blank behind."""
    problem = errors.QuarantineEmpty("", "hash 1a", "hash 2b")
    assert str(problem) == "hash 1a; wanted hash 2b. [intake.quarantine_empty]"


def test_json_carries_the_same_five_parts() -> None:
    """Programs get under one key what a person reads in the line."""
    problem = errors.HomeMissing("/data/home", "no such directory", "a Recoup home", "Run: recoup init")
    assert problem.to_json() == {
        "error": {
            "code": "home.missing",
            "where": "/data/home",
            "found": "no such directory",
            "wanted": "a Recoup home",
            "remedy": "Run: recoup init",
        }
    }


def test_each_code_is_a_room_and_a_word() -> None:
    """Codes are what scripts hold on to: lower case, one dot, none twice."""
    codes = errors_by_code()
    assert len(codes) >= 17
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", code) for code in codes)


def test_the_tree_at_the_top_draws_every_class_with_its_code() -> None:
    """The drawing in the module's docstring is the tree that runs, code by code."""
    drawn = dict(re.findall(r"[├└]── (\w+) +([a-z]+\.[a-z_]+)$", errors.__doc__ or "", re.MULTILINE))
    assert drawn == {error.__name__: code for code, error in errors_by_code().items()}


def test_every_class_stands_in_the_drawing_under_its_parent() -> None:
    """Groups without a code are drawn too, each child one step deeper than its parent."""
    depth = {
        name: len(lead) // 4
        for lead, name in re.findall(r"^    ([│ ├└─]*)(\w+)(?: .*)?$", errors.__doc__ or "", re.MULTILINE)
    }
    for error in _all_errors(RecoupError):
        parent = error.__mro__[1]
        assert depth[error.__name__] == depth[parent.__name__] + 1, error.__name__


def _all_errors(error: type[RecoupError]) -> list[type[RecoupError]]:
    return [child for near in error.__subclasses__() for child in [near, *_all_errors(near)]]
