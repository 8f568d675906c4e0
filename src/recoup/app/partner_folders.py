"""Folders of declared partners: write a new one, hold one to the contract."""

import tempfile
from pathlib import Path

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


def check(folder: Path) -> list[Result]:
    """Hold the declared partner of a folder to the contract, over its samples.

    Raises:
      DeclarationInvalid: The folder does not hold together, or takes the name of a partner that we bring.
      SamplesInvalid: Its samples do not hold together.
    """
    partner = read_declared(folder)
    if partner.name in partners():
        raise name_taken(partner.name, folder)
    with tempfile.TemporaryDirectory(prefix="recoup-check-") as room:
        return contract.run(partner, folder / SAMPLES, Path(room))
