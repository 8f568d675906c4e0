"""A home in a temporary folder with one Stripe account, opened as the program opens it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recoup.app import App, create_home, open_app
from recoup.domain.terms import Days, FeeTerm, Terms
from recoup.intake.directory import AccountSetup, Key, Setup
from recoup.settings import Settings
from tests.fakes.stripe_messages import ACCOUNT, SECRET

TERMS = Terms(
    valid_from="2024-01-01",
    calendar="fed",
    days=Days(announce_to_settle=5, settle_to_announce=2, announce_to_house=3, win_to_credit=7),
    fees=(FeeTerm(kind="received", amount_minor=1_500, currency="USD", borne_by="house"),),
)
SETUP = Setup(
    account=(AccountSetup("stripe", ACCOUNT, "America/New_York", key=(Key("one", SECRET),), contract=(TERMS,)),)
)


@contextmanager
def home(place: Path, register_url: str | None = None, setup: Setup | None = SETUP) -> Iterator[App]:
    """A new home, set up and opened."""
    settings = Settings(place, register_url or f"sqlite:///{place / 'register.db'}")
    create_home(settings)
    with open_app(settings, actor="test") as app:
        if setup is not None:
            app.apply(setup)
        yield app
