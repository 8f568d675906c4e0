from pathlib import PurePosixPath

import pytest

from tools.rules.prose import check_markdown, check_places
from tools.rules.refusal import Source

# Put together from parts, so that this file is not refused itself.
PLACES = [
    "cd /" + "work/main",
    "the farm" + "-worker",
    "see shar" + "ed/facts",
    "index https://py" + "pi.org/simple",
    "https://registry.np" + "mjs.org/x",
    "http://deb.deb" + "ian.org",
]


def placed(text: str, path: str = "docs/x.md") -> list[int]:
    return [found.line for found in check_places(Source(PurePosixPath(path), text))]


def told(text: str) -> list[str]:
    return [f"{found.line}: {found.what}" for found in check_markdown(Source(PurePosixPath("x.md"), text))]


@pytest.mark.parametrize("text", PLACES)
def test_names_of_places_are_refused_in_every_file(text: str) -> None:
    """The project speaks of itself alone, and names the host of no registry."""
    assert placed(f"x\n{text}") == placed(f"x\n{text}", "src/recoup/x.py") == [2]


@pytest.mark.parametrize(
    "text", ["homework/x", "/workers/", "tests/shared_state", "a farm", "unshared/x", "https://stripe.com"]
)
def test_words_that_only_look_like_places_pass(text: str) -> None:
    """Other words, and addresses of documents, may stand."""
    assert placed(text) == []


def test_tests_may_name_the_corpus_beside_the_checkout() -> None:
    """Other people's files lie outside the repository; only tests look for them."""
    text = 'CORPUS = "../shar' + 'ed/corpus/psp-json"'
    assert placed(text, "tests/corpus/test_x.py") == []
    assert placed(text, "src/recoup/x.py") == [1]


def test_one_sentence_per_line_passes() -> None:
    """Lists, tables, headings, code, quotations and abbreviations hold points that end no sentence."""
    text = """# Title. With a point

First sentence, e.g. One thing; 1.5 M lines vs. Two others, at 3 p.m. Tuesday.
Second sentence with `code. Which Has points` and [a link](https://x.y/Z. A).

1. A list has items.
2. And they go on
   - lower case starts an item
- **Lead.** What follows a lead in bold is its sentence.

| a. B | c. D |
|---|---|

```
Sum. Of it
goes on
```

He said "Stop. Now." and went (see below).
The debit is Dr. Clearing Cr. Bank.
"""
    assert told(text) == []


def test_a_second_sentence_on_a_line_is_refused() -> None:
    """A changed sentence is then a changed line."""
    assert told("One thing. Another thing.") == ["1: a second sentence on a line"]
    assert told("x\n\n- What? This.") == ["3: a second sentence on a line"]


def test_a_sentence_broken_over_lines_is_refused() -> None:
    """No line ends in the middle of a sentence."""
    assert told("This sentence is broken\nover two lines.") == ["2: a sentence broken over lines"]
    assert told("- This item is broken\n  over two lines.") == ["2: a sentence broken over lines"]
