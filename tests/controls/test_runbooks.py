"""Every class of cause has a runbook."""

import re

import pytest

from recoup.controls.classes import BY_NAME, CLASSES
from recoup.controls.runbooks import runbook, runbooks


def test_every_class_has_a_runbook_and_no_other() -> None:
    """A new class brings its own."""
    assert set(runbooks()) == set(BY_NAME)


@pytest.mark.parametrize("name", [known.name for known in CLASSES])
def test_steps_are_single_sentences(name: str) -> None:
    """Each ends as one; at least one to look at, one to do."""
    book = runbooks()[name]
    assert book.look
    assert book.do
    for step in (*book.look, *book.do):
        assert re.fullmatch(r"[A-Z].*[.?]", step), step


def test_the_likeliest_class_chooses_and_what_nobody_knows_has_one_too() -> None:
    """A class of another part of Recoup is passed over."""
    assert runbook(("late_file", "missing_file")).name == "late_file"
    assert runbook(("not_a_class",)).name == "unknown"
    assert runbook(()).name == "unknown"
