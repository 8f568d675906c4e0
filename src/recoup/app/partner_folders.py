"""Folders of declared partners: write a new one, hold one to the contract, find those of a home."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from recoup.errors import DeclarationInvalid
from recoup.intake.conformance import contract
from recoup.intake.conformance.looked import Result
from recoup.partners.contract import Partner
from recoup.partners.declared import NAME, SAMPLES, joined, read_declared
from recoup.partners.fixed_width_feed import layouts_in, with_own_layouts
from recoup.partners.registry import partners

PLACE = "partners"
"""Where in a home declared partners lie, each in a folder of its own."""
LAYOUTS = "contracts"
"""Where in a home the layouts lie that an installation brings of its own: contracts/visa/layout.toml."""
_SKELETON = Path(__file__).parent / "partner_skeleton"
_TOKEN = "NAME"


def known(home: Path) -> Mapping[str, Partner]:
    """Give every partner: built in, brought by packages, and declared in a home, which may not be there.

    Raises:
      DeclarationInvalid: A declared one does not hold together, or has the name of another.
      SetupInvalid: A layout of the installation does not hold together.
    """
    return joined(with_own_layouts(partners(), layouts_in(home / LAYOUTS)), home / PLACE)


def write(name: str, place: Path) -> Path:
    """Write the folder of a new partner, which passes its own check; gives the folder.

    Raises:
      DeclarationInvalid: No name for a partner, one that is taken, or a place where something is.
    """
    if not NAME.fullmatch(name):
        wanted = "lower-case letters, digits and underscores, a letter first"
        raise DeclarationInvalid("partner new", f"the name {name[:40]!r}", wanted)
    if name in partners():
        raise DeclarationInvalid("partner new", f"another {name}", "a name of its own")
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
      DeclarationInvalid, SamplesInvalid: The folder, or its samples, do not hold together.
    """
    partner = read_declared(folder)
    with tempfile.TemporaryDirectory(prefix="recoup-check-") as room:
        return contract.run(partner, folder / SAMPLES, Path(room))
