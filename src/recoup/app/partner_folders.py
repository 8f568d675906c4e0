"""Folders of declared partners: write a new one, hold one to the contract."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from recoup.errors import DeclarationInvalid
from recoup.intake.conformance import contract
from recoup.intake.conformance.looked import Result
from recoup.partners.declared import NAME, SAMPLES, name_taken, read_declared
from recoup.partners.registry import partners

_SKELETON = Path(__file__).parent / "partner_skeleton"
_TOKEN = "NAME"
_REMEDY = "Run: recoup partner new NAME, with a name that recoup partner list does not have."


def write(name: str, place: Path) -> Path:
    """Write the folder of a new partner, which passes its own check; gives the folder.

    Raises:
      DeclarationInvalid: No name for a partner, one that is taken, or a place where something is.
    """
    if not NAME.fullmatch(name):
        wanted = "lower-case letters, digits and underscores, a letter first"
        raise DeclarationInvalid("partner new", f"the name {name[:40]!r}", wanted, _REMEDY)
    if name in partners():
        raise DeclarationInvalid("partner new", f"another {name}", "a name of its own", _REMEDY)
    folder = place / name
    if folder.exists():
        raise DeclarationInvalid(str(folder), "something that is there", "an empty place", "Give another --dir.")
    for source in sorted(path for path in _SKELETON.rglob("*") if path.is_file()):
        target = folder / source.relative_to(_SKELETON)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace(_TOKEN, name), encoding="utf-8")
    return folder


def check(folder: Path, progress: Callable[[int, int | None], None] | None = None) -> list[Result]:
    """Hold the declared partner of a folder to the contract, over its samples.

    Args:
      folder: Where it is declared.
      progress: Told after each check how many are done, of how many.

    Raises:
      DeclarationInvalid: The folder does not hold together, or takes the name of a partner that we bring.
      SamplesInvalid: Its samples do not hold together.
    """
    partner = read_declared(folder)
    if partner.name in partners():
        raise name_taken(partner.name, folder)
    _parse(folder)
    with tempfile.TemporaryDirectory(prefix="recoup-check-") as room:
        return contract.run(partner, folder / SAMPLES, Path(room), progress)


def _parse(folder: Path) -> None:
    """Let the engine itself parse what is to run: it has more reserved words than the parser that looks for what a
    mapping may not reach.

    Raises:
      DeclarationInvalid: It cannot; with the line.
    """
    for path in sorted(folder.glob("*.sql")):
        try:
            duckdb.extract_statements(path.read_text(encoding="utf-8"))
        except duckdb.ParserException as problem:
            said = str(problem)
            line = re.search(r"LINE ([0-9]+): (.*)", said)
            where, told = (f"{path}:{line[1]}", f" in {line[2].strip()!r}") if line else (str(path), "")
            found = said.split("\n", 1)[0].removeprefix("Parser Error: ") + told
            remedy = f'Put names that SQL has for itself into "quotes", then: recoup partner check {folder}.'
            raise DeclarationInvalid(where, found, "SQL as DuckDB reads it", remedy) from problem
