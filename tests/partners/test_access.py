"""What a partner's API takes, and that nothing else is taken for it."""

import pytest

from recoup.partners.access import Basic, Bearer, ClientCredentials, Credentials, NamedHeader, choose, flaw, wanted
from recoup.partners.registry import built_in

ALONE, PAIR = Credentials("s3cret"), Credentials("s3cret", "client")
BEARER, BASIC = Bearer("a key"), Basic("a pair")


def test_what_was_given_decides_which_way_is_taken() -> None:
    """A client id belongs to ways that take two values."""
    assert choose((BEARER, BASIC), ALONE) is BEARER
    assert choose((BEARER, BASIC), PAIR) is BASIC
    assert choose((BEARER,), PAIR) is None
    assert choose((BASIC,), ALONE) is None


def test_credentials_stand_in_no_text_made_from_them() -> None:
    """Neither value."""
    for text in (repr(PAIR), str(PAIR), f"{ALONE}", repr((PAIR,))):
        assert "s3cret" not in text
        assert "client)" not in text


@pytest.mark.parametrize(
    ("access", "given", "found", "wants"),
    [
        ((BASIC,), ALONE, "a secret without client_id", "a pair"),
        ((BEARER,), PAIR, "client_id and secret", "a key"),
        ((BEARER, BASIC), Credentials(""), "a secret that no header can carry", "printable ASCII"),
        ((BEARER, BASIC), Credentials(" s3cret"), "a secret that no header can carry", "printable ASCII"),
        ((BEARER, BASIC), Credentials("s3\ncret"), "a secret that no header can carry", "printable ASCII"),
        ((BEARER, BASIC), Credentials("s3cret", "cli\x00ent"), "a client_id that no header can carry", "printable"),
        ((BASIC,), Credentials("s3cret", "cli:ent"), "a client_id with a colon", "a pair"),
    ],
)
def test_a_flaw_is_said_in_words_without_a_letter_of_the_secret(
    access: tuple[Bearer | Basic, ...], given: Credentials, found: str, wants: str
) -> None:
    """What was found and what is wanted."""
    said = flaw(access, given)
    assert said is not None
    assert said[0].startswith(found)
    assert wants in said[1]
    assert "s3" not in "".join(said)


def test_what_fits_has_no_flaw() -> None:
    """Blanks within a password are a matter of basic authorisation alone."""
    assert flaw((BEARER, BASIC), ALONE) is None
    assert flaw((BASIC,), Credentials("two words", "report@Company.Shop")) is None


def test_every_partner_declares_ways_that_can_be_told_apart() -> None:
    """At most one that takes a client id and one that takes none, each with a word on what an operator gives."""
    for partner in built_in():
        pairs = [isinstance(way, Basic | ClientCredentials) for way in partner.access]
        assert sorted(set(pairs)) == sorted(pairs), partner.name
        assert all("secret" in way.wants for way in partner.access), partner.name
        assert wanted(partner.access)


def test_partners_are_asked_as_they_want_it() -> None:
    """The ways of those that we ask, by kind."""
    kinds = {p.name: {type(way) for way in p.access} for p in built_in() if p.sweep or p.fetch}
    asked = {
        "adyen": {NamedHeader, Basic},
        "braintree": {Basic, Bearer},
        "checkout": {Bearer, ClientCredentials},
        "klarna": {NamedHeader, Basic},
        "mollie": {Bearer},
        "paypal": {ClientCredentials},
        "square": {Bearer},
        "stripe": {Bearer},
        "worldpay": {Basic},
    }
    assert {name: kinds[name] for name in asked} == asked
