"""Which partners there are, and what is said of those there are not."""

from importlib.metadata import EntryPoint

import msgspec
import pytest

from recoup.errors import UnknownFeed, UnknownPartner
from recoup.partners.registry import GROUP, built_in, feed_named, gather, partner_named, partners


def test_the_four_of_the_house_are_there() -> None:
    """Two providers, the bank, and ourselves."""
    assert set(partners()) >= {"stripe", "adyen", "bank", "house"}


@pytest.mark.parametrize("partner", built_in(), ids=lambda partner: partner.name)
def test_partner_is_whole(partner: msgspec.Struct) -> None:
    """Feeds are called as they are kept, and each that books a role is a feed that has it."""
    found = partner_named(partner.name)  # type: ignore[attr-defined]
    assert all(name == feed.name for name, feed in found.feeds.items())
    for role, names in found.books.items():
        for name in names:
            assert role in found.feeds[name].roles, (role, name)


def test_unknown_partner_lists_those_there_are() -> None:
    """The message is the help."""
    with pytest.raises(UnknownPartner, match=", ".join(sorted(partners()))):
        partner_named("strip")


def test_unknown_feed_lists_those_the_partner_has() -> None:
    """The message is the help."""
    with pytest.raises(UnknownFeed, match="disputes, early_fraud_warnings") as raised:
        feed_named(partner_named("stripe"), "webhok")
    assert "'webhok'" in str(raised.value)


def test_package_brings_a_partner_by_its_entry_point() -> None:
    """One value, found by its group."""
    point = EntryPoint("acme", "recoup.partners.stripe.partner:PARTNER", GROUP)
    assert set(gather([], [point])) == {"stripe"}


@pytest.mark.parametrize("value", ["recoup.partners.stripe.partner:PARTNER", "recoup.partners.stripe.telling:NAME"])
def test_package_with_a_taken_name_or_no_partner_stops_the_program(value: str) -> None:
    """Not the one or the other by chance."""
    with pytest.raises(UnknownPartner, match="entry point acme"):
        gather(built_in(), [EntryPoint("acme", value, GROUP)])
