import re
from pathlib import Path

import pytest
from typer.main import get_command

from recoup.cli.main import app
from tools.reference import PAGES, REFERENCE, ROOT

PAGES_OF_PROSE = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", sorted(PAGES))
def test_reference_pages_are_what_the_program_says(name: str) -> None:
    """A page that has drifted is written anew by `make docs`."""
    assert (REFERENCE / name).read_text() == PAGES[name](), "stale; run: make docs"


@pytest.mark.parametrize("page", PAGES_OF_PROSE, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """No page points to one that is not there."""
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_every_page_stands_in_the_index() -> None:
    """A page that the index does not name is a page that nobody finds."""
    index = (ROOT / "docs" / "README.md").read_text()
    inner = [page.relative_to(ROOT / "docs") for page in ROOT.glob("docs/*/*.md") if page.parent.name != "adr"]
    assert [str(page) for page in inner if f"({page})" not in index] == []


def test_the_readme_names_every_command() -> None:
    """What the front page leaves out is not found by whoever is new."""
    named = set(re.findall(r"^recoup ([a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    commands = getattr(get_command(app), "commands", {})
    assert commands
    assert sorted(set(commands) - named) == []
