"""Which partners an installation knows: built in, brought by packages, and declared in its home.

A module of its own and light to import: processes that only read or derive ask it, too.
"""

from collections.abc import Mapping
from pathlib import Path

from recoup.partners.contract import Partner
from recoup.partners.fixed_width_feed import layouts_in, with_own_layouts
from recoup.partners.manual import with_manual
from recoup.partners.registry import partners

PLACE = "partners"
"""Where in a home declared partners lie, each in a folder of its own; `declared.py` is loaded where there are some."""
LAYOUTS = "contracts"
"""Where in a home the layouts lie that an installation brings of its own: contracts/visa/layout.toml."""


def partners_of(home: Path) -> Mapping[str, Partner]:
    """Give every partner of a home, which may not be there, each with the feed `manual`.

    A declared one whose folder does not hold together is among them, without feeds and with what is wrong.

    Raises:
      SetupInvalid: A layout of the installation does not hold together.
    """
    known = with_own_layouts(partners(), layouts_in(home / LAYOUTS))
    if not (home / PLACE).is_dir():
        return with_manual(known)
    from recoup.partners.declared import joined  # with the SQL parser, which takes its time

    return with_manual(joined(known, home / PLACE))
