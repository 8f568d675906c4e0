"""Keys of a setup that would let nobody in are refused before anything of it is taken."""

from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.errors import SetupInvalid
from recoup.intake.directory import AccountSetup, Key, Setup, read_setup
from recoup.intake.grounding import load_api_keys, load_keys
from recoup.partners.access import Credentials
from recoup.storage import schema
from tests.fakes.homes import home


def setup(partner: str, *keys: Key) -> Setup:
    """A setup of one account with these keys."""
    return Setup(account=(AccountSetup(partner, "ours", "UTC", key=keys),))


@pytest.mark.parametrize(
    ("partner", "key", "says"),
    [
        (
            "paypal",
            Key("api", "s3cret"),
            "paypal/ours, key api: a secret without client_id; wanted what paypal wants: client_id and secret: "
            "client ID and secret of a REST app that may read disputes. Mend the file; nothing of it was taken. "
            "[app.setup_invalid]",
        ),
        ("stripe", Key("api", "s3cret", "client"), "found client_id and secret; wanted what stripe wants: a secret"),
        ("mollie", Key("api", "s3\ncret"), "a secret that no header can carry"),
        ("braintree", Key("api", "s3cret", "cli:ent"), "a client_id with a colon"),
        ("stripe", Key("webhook-1", "s3cret", "client"), "key webhook-1: a client_id; wanted one on the key named api"),
    ],
)
def test_a_key_that_opens_nothing_is_refused_with_what_the_partner_wants(
    partner: str, key: Key, says: str, tmp_path: Path
) -> None:
    """In one sentence, without a letter of it; and nothing was taken."""
    with home(tmp_path / "home", setup=None) as app:
        with pytest.raises(SetupInvalid) as caught:
            app.apply(setup(partner, key))
        assert says.removeprefix("found ") in str(caught.value)
        assert "s3" not in str(caught.value)
        with app.register.reading() as view:
            assert view.rows(select(schema.account)) == []


def test_client_id_and_secret_are_kept_wrapped_and_come_back_together(tmp_path: Path) -> None:
    """As one value, so that no half of them is ever live; the key of an API signs nothing."""
    with home(tmp_path / "home", setup=None) as app:
        app.apply(setup("paypal", Key("api", "s3cret", "client"), Key("WH-1", "PEM")))
        with app.register.reading() as view:
            assert load_api_keys(view, app.key) == {("paypal", "ours"): Credentials("s3cret", "client")}
            assert [key.name for key in load_keys(view, app.key)["paypal"]] == ["WH-1"]
            kept = repr(view.rows(select(schema.secret))) + repr(view.rows(select(schema.audit)))
        assert "s3cret" not in kept
        assert "client" not in kept.replace("client_id", "")


def test_another_way_in_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    """A client id that is left out is gone."""
    with home(tmp_path / "home", setup=None) as app:
        app.apply(setup("checkout", Key("api", "s3cret", "client")))
        app.apply(setup("checkout", Key("api", "sk_1")))
        with app.register.reading() as view:
            assert load_api_keys(view, app.key) == {("checkout", "ours"): Credentials("sk_1")}


def test_a_partner_that_is_never_asked_takes_any_key(tmp_path: Path) -> None:
    """It opens nothing, and that is no reason to refuse a file."""
    with home(tmp_path / "home", setup=None) as app:
        app.apply(setup("bank", Key("api", "s3cret", "client")))


def test_a_file_says_client_id_beside_secret(tmp_path: Path) -> None:
    """In the words of the guide."""
    path = tmp_path / "setup.toml"
    path.write_text(
        '[[account]]\npartner = "paypal"\naccount = "ours"\nzone = "UTC"\napi_url = "https://api-m.paypal.com"\n'
        '[[account.key]]\nname = "api"\nclient_id = "client"\nsecret = "s3cret"\n'
    )
    (account,) = read_setup(path).account
    assert account.key == (Key("api", "s3cret", "client"),)
