"""Which partners there are: the folders beside this file, and packages that bring one more.

A package names its partner by an entry point of the group `recoup.partners` that leads to a value
of type `contract.Partner`. Two partners of one name are a wrong installation, and stop the program.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from recoup.errors import UnknownFeed, UnknownPartner
from recoup.partners.adyen.partner import PARTNER as ADYEN
from recoup.partners.bank.partner import PARTNER as BANK
from recoup.partners.contract import Feed, Partner
from recoup.partners.house.partner import PARTNER as HOUSE
from recoup.partners.stripe.partner import PARTNER as STRIPE

GROUP = "recoup.partners"
BUILT_IN = (STRIPE, ADYEN, BANK, HOUSE)


@cache
def partners() -> Mapping[str, Partner]:
    """Give every partner by its name, the built-in ones first.

    Raises:
      UnknownPartner: An installed package names a partner that is none, or one that there is already.
    """
    return MappingProxyType(gather(BUILT_IN, entry_points(group=GROUP)))


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


def feed_named(partner: Partner, name: str) -> Feed:
    """Give the feed of this name.

    Raises:
      UnknownFeed: The partner has none; the message lists those it has.
    """
    if name not in partner.feeds:
        raise UnknownFeed(f"feed of {partner.name}", repr(name), f"one of {', '.join(sorted(partner.feeds))}")
    return partner.feeds[name]
