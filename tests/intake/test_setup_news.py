from pathlib import Path

import msgspec

from recoup.domain.terms import FeeTerm
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.intake.setup_news import AccountNews
from tests.fakes.homes import SETUP, TERMS, home
from tests.fakes.stripe_messages import ACCOUNT

FIRST = SETUP.account[0]


def changed(**what: object) -> Setup:
    return msgspec.structs.replace(SETUP, account=(msgspec.structs.replace(FIRST, **what),))


def test_an_account_that_is_new_is_told_with_all_that_it_came_with(tmp_path: Path) -> None:
    """And with what it lacks: Stripe's API can be swept."""
    with home(tmp_path / "home", setup=None) as app:
        (found,) = app.apply(SETUP)
    assert found == AccountNews(
        "stripe",
        ACCOUNT,
        ("new", "contract from 2024-01-01 added", "key one added"),
        ("no key named api: nobody sweeps, so a lost message stays lost",),
    )


def test_the_same_setup_again_is_no_news(tmp_path: Path) -> None:
    """Keys are wrapped anew at no time, so that none of them looks replaced."""
    with home(tmp_path / "home") as app:
        (found,) = app.apply(SETUP, is_complete=True)
    assert found.news == ()


def test_what_changed_is_told_by_its_name(tmp_path: Path) -> None:
    """Zone, phase, a term, a later contract, keys and the place of the API; no letter of a secret."""
    fees = (FeeTerm("received", amount_minor=2_000, currency="USD"),)
    terms = (
        msgspec.structs.replace(TERMS, fees=fees, valid_to="2026-01-01"),
        msgspec.structs.replace(TERMS, valid_from="2026-01-01"),
    )
    keys = (Key("two", "whsec_two"), Key("api", "sk_test_1"))
    with home(tmp_path / "home") as app:
        (found,) = app.apply(
            changed(zone="Europe/Berlin", phase="closing", contract=terms, key=keys, api_url="https://127.0.0.1:1"),
            is_complete=True,
        )
        (again,) = app.apply(changed(zone="Europe/Berlin", phase="closing", contract=terms, key=(Key("two", "other"),)))
    assert found.news == (
        "zone America/New_York → Europe/Berlin",
        "phase live → closing",
        "contract from 2024-01-01 changed: fees, valid_to",
        "contract from 2026-01-01 added",
        "key api added",
        "key two added",
        "key one retired",
        "API at https://127.0.0.1:1",
    )
    assert found.missing == ()
    assert again.news == ("key two replaced",)


def test_what_an_account_lacks_is_told(tmp_path: Path) -> None:
    """Of a partner that says things and moves money; the house and the bank need neither contract nor key."""
    accounts = [AccountSetup("stripe", "acct_2", "UTC", key=(Key("api", "sk_test_1"),))]
    accounts += [AccountSetup(partner, partner, "UTC") for partner in ("house", "bank")]
    with home(tmp_path / "home", setup=None) as app:
        stripe, *others = app.apply(Setup(account=tuple(accounts)))
    assert stripe.missing == (
        "no contract: no money and no file is expected, and no fee compared",
        "no key for webhooks: what comes is refused",
        "no api_url: nobody sweeps, so a lost message stays lost",
    )
    assert [account.missing for account in others] == [(), ()]
