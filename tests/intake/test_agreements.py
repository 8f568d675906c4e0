"""What was agreed may change: what follows from it changes with it, and a key may be rotated without a gap."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.domain.terms import Terms
from recoup.errors import SetupInvalid
from recoup.intake.directory import Key, Setup, read_setup
from recoup.storage import schema
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import SETUP, TERMS, home


def changed(**what: object) -> Setup:
    """The setup of the tests with its account changed."""
    return msgspec.structs.replace(SETUP, account=(msgspec.structs.replace(SETUP.account[0], **what),))


def with_terms(*terms: Terms) -> Setup:
    """The setup of the tests under other terms."""
    return changed(contract=terms)


def due(app: App) -> list[object]:
    """When each expectation is due."""
    with app.register.reading() as view:
        return sorted(row[0] for row in view.rows(select(schema.expectation.c.due_at)))


def test_new_terms_move_what_is_expected_and_a_replay_agrees(tmp_path: Path) -> None:
    """A longer time to settle, agreed afterwards, is what disputes of before are held to as well."""
    longer = msgspec.structs.replace(TERMS, days=msgspec.structs.replace(TERMS.days, announce_to_settle=30))
    with home(tmp_path / "late") as app, home(tmp_path / "early", setup=with_terms(longer)) as other:
        app.take(stripe.won_life())
        other.take(stripe.won_life())
        assert due(app) != due(other)
        app.apply(with_terms(longer))
        assert due(app) == due(other)
        assert app.state_hash() == other.state_hash()
        assert app.replay().same


def test_the_same_setup_again_changes_nothing(tmp_path: Path) -> None:
    """A directory that comes with the setup it came with before writes no entry anew."""
    with home(tmp_path / "home") as app:
        app.take(stripe.won_life())
        before = app.state_hash()
        app.apply(SETUP)
        assert app.state_hash() == before


def test_a_key_is_rotated_without_a_gap_and_what_it_signed_can_be_read_again(tmp_path: Path) -> None:
    """Both keys, then the new one alone: the old one signs nothing new, and a replay still reads its messages."""
    old, new = SETUP.account[0].key[0], Key("two", "whsec_the_next_one")
    first = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute(1))
    second = stripe.event("evt_2", "charge.dispute.created", stripe.START, stripe.dispute(2))
    third = stripe.event("evt_3", "charge.dispute.created", stripe.START, stripe.dispute(3))
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(first, stripe.START)])
        app.apply(changed(key=(old, new)), is_complete=True)
        assert app.take([stripe.webhook(second, stripe.START, secret=new.secret)]).refused == 0
        app.apply(changed(key=(new,)), is_complete=True)
        assert app.take([stripe.webhook(third, stripe.START)]).refused == 1
        assert app.replay().same


@pytest.mark.parametrize(
    "line",
    ['zone = "Mars/X"', 'valid_from = "gestern"', 'calendar = "foo"', 'settles_in = ["EURO"]', 'cut_off = "soon"'],
)
def test_a_setup_that_does_not_hold_is_refused_whole_and_says_where(tmp_path: Path, line: str) -> None:
    """A zone, day, calendar, currency or time that is none would otherwise fail a check of the whole home later."""
    account = ['partner = "stripe"', 'account = "a_1"', 'zone = "UTC"']
    contract = ['valid_from = "2026-01-01"']
    name = line.partition(" ")[0]
    part = account if name == "zone" else contract
    part[:] = [told for told in part if not told.startswith(name)] + [line]
    file = tmp_path / "setup.toml"
    file.write_text("\n".join(["[[account]]", *account, "[[account.contract]]", *contract]))
    with pytest.raises(SetupInvalid, match="stripe/a_1"):
        read_setup(file)


def test_a_home_that_lives_by_the_wall_is_not_moved_by_a_directory(tmp_path: Path) -> None:
    """Else no partner that goes silent would ever be late again."""
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "setup.toml").write_text('[[account]]\npartner = "stripe"\naccount = "a_1"\nzone = "UTC"\n')
    (tmp_path / "world" / "deliveries.jsonl").write_text("")
    with home(tmp_path / "lived") as app, home(tmp_path / "new") as other:
        app.take(stripe.won_life())
        other.ingest([tmp_path / "world"])
        other.take(stripe.won_life())
        app.ingest([tmp_path / "world"])
        assert app.now() > other.now()
