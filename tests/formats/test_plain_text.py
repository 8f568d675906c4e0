"""What is kept of a partner's text is one printable line."""

import pytest

from recoup.formats.plain_text import REFERENCE_CHARACTERS, reference


@pytest.mark.parametrize(("text", "kept"), [("dp_1", "dp_1"), (" 4853", "4853"), ("a b", "a b"), ("Ä:/\\", "Ä:/\\")])
def test_reference_is_kept_without_blanks_around_it(text: str, kept: str) -> None:
    """Some partners put a blank before a code; inside it stays."""
    assert reference(text) == kept


@pytest.mark.parametrize(
    "text", [None, "", "  ", "dp\n1", "dp\x00", "\x1b[31mdp", "‮dp", "x" * (REFERENCE_CHARACTERS + 1)]
)
def test_what_no_terminal_should_see_is_not_kept(text: str | None) -> None:
    """Line breaks, escapes, NUL, turned text and pages of it are none."""
    assert reference(text) is None
