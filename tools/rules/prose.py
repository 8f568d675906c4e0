"""Rules on words: one sentence per line in Markdown, and no word in any file about where it was made."""

import re
from collections.abc import Iterator

from tools.rules.refusal import Refusal, Source

# Put together from parts, so that this file does not refuse itself.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted"),
        ("registry", "npmjs"),
        ("deb", "debian"),
        ("security", "debian"),
        ("registry", "yarnpkg"),
        ("proxy", "golang"),
        ("static", "crates"),
    )
]
PLACES = re.compile(
    "|".join(
        [
            r"(?<![\w.])/" + "work/",
            r"\b" + "farm" + "-",
            r"(?<!\w)(?<!\w/)" + "shared" + "/",
            r"/tmp/" + "brief",
            *(re.escape(host) for host in REGISTRY_HOSTS),
        ]
    )
)
# Tests may look for a corpus of other people's files beside the checkout.
CORPUS = "../" + "shared" + "/corpus"

FENCE = re.compile(r"^\s*(```|~~~)")
NOT_PROSE = re.compile(r"^\s*(\||#|<|:?-{3,}|\[[^\]]+\]:|!\[)")
LIST_MARK = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+")
INLINE = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]+>|\"[^\"]*\"|“[^”]*”")
ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|cf|no|art|sec|ch|fig|approx|incl|inc|ltd|dr|cr|[A-Za-z])$", re.I)
SENTENCE_END = re.compile(r"(?<=\w)[.!?] +(?=[A-Z])")


def check_places(source: Source) -> list[Refusal]:
    """Look at one file of any kind for the names of the places it was made at, or fetched from."""
    in_tests = source.within("tests")
    return [
        Refusal(str(source.path), number, f"the place {found.group()!r}", "leave it out; a clone knows no such place")
        for number, line in enumerate(source.text.splitlines(), start=1)
        for found in PLACES.finditer(line.replace(CORPUS, "") if in_tests else line)
    ]


def check_markdown(source: Source) -> list[Refusal]:
    """Look at one Markdown file: each sentence has its line, and no line ends within one."""
    refusals = []
    before = ""
    for number, line in _prose_lines(source.text):
        bare = _bare(line)
        if _sentence_ends(bare):
            refusals.append(Refusal(str(source.path), number, "a second sentence on a line", "give it its own line"))
        if _goes_on(before, line):
            refusals.append(Refusal(str(source.path), number, "a sentence broken over lines", "keep it on one line"))
        before = bare
    return refusals


def _prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Give (number, line) of running text; other lines come as blank, so that neighbours do not join over them."""
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
            yield number, ""
        elif fenced or line.startswith("    ") or NOT_PROSE.match(line):
            yield number, ""
        else:
            yield number, line


def _bare(line: str) -> str:
    """Give the line without its list mark, code, addresses and quotations, which may hold sentences of their own."""
    return INLINE.sub("x", LIST_MARK.sub("", line)).rstrip()


def _sentence_ends(bare: str) -> bool:
    return any(not ABBREVIATION.search(bare[: end.start()]) for end in SENTENCE_END.finditer(bare))


def _goes_on(before: str, line: str) -> bool:
    ended = not before or before.rstrip("*_)").endswith((".", ":", "!", "?", ";"))
    return not ended and not LIST_MARK.match(line) and line.lstrip()[:1].islower()
