"""Which partners there are: the folders beside this file, and packages that bring one more.

A package names its partner by an entry point of the group `recoup.partners` that leads to a value
of type `contract.Partner`. Two partners of one name are a wrong installation, and stop the program.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType

import recoup.partners
from recoup.errors import DeclarationInvalid, UnknownFeed, UnknownPartner
from recoup.partners.contract import Feed, Partner

GROUP = "recoup.partners"


@cache
def built_in() -> tuple[Partner, ...]:
    """Give the partner of every folder beside this file, in the order of their names: a folder is all it takes."""
    inner = [f"{found.name}.partner" for found in iter_modules(recoup.partners.__path__) if found.ispkg]
    folders = sorted(name.partition(".")[0] for name in inner if find_spec(f"recoup.partners.{name}"))
    return tuple(import_module(f"recoup.partners.{name}.partner").PARTNER for name in folders)


@cache
def partners() -> Mapping[str, Partner]:
    """Give every partner by its name, the built-in ones first.

    Raises:
      UnknownPartner: An installed package names a partner that is none, or one that there is already.
    """
    return MappingProxyType(gather(built_in(), entry_points(group=GROUP)))


def gather(built_in: Iterable[Partner], installed: Iterable[EntryPoint]) -> dict[str, Partner]:
    """Give the built-in partners and those of packages by name; see `partners`."""
    found = {partner.name: partner for partner in built_in}
    for point in installed:
        partner = point.load()
        if not isinstance(partner, Partner) or partner.name in found:
            kind = f"another {partner.name}" if isinstance(partner, Partner) else type(partner).__name__
            raise UnknownPartner(
                f"entry point {point.name} of {GROUP}", kind, "a partner with a name of its own", "Remove the package."
            )
        found[partner.name] = partner
    return found


def partner_named(name: str, known: Mapping[str, Partner] | None = None) -> Partner:
    """Give the partner of this name.

    Raises:
      UnknownPartner: There is none; the message lists those there are.
    """
    known = partners() if known is None else known
    if name not in known:
        raise UnknownPartner("partner", repr(name), f"one of {', '.join(sorted(known))}")
    return known[name]


def refuse_unreadable(partner: Partner) -> None:
    """Let pass whom we can read.

    Raises:
      DeclarationInvalid: Its folder does not hold together; with what is wrong.
    """
    if partner.unreadable is not None:
        why = partner.unreadable
        raise DeclarationInvalid(why.where, why.found, why.wanted, why.remedy)


def feed_named(partner: Partner, name: str) -> Feed:
    """Give the feed of this name.

    Raises:
      UnknownFeed: The partner has none; the message lists those it has.
      DeclarationInvalid: Its folder cannot be read.
    """
    refuse_unreadable(partner)
    if name not in partner.feeds:
        raise UnknownFeed(f"feed of {partner.name}", repr(name), f"one of {', '.join(sorted(partner.feeds))}")
    return partner.feeds[name]
