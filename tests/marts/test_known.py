"""What was known at an instant: sources agree with every other answer of the program for the same instant."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from recoup.domain.instants import DAY, HOUR
from recoup.enquiry import books, lists, selector
from recoup.errors import NotKnownThen, TableUnknown
from recoup.marts.catalogue import read_catalogue
from recoup.marts.loading import Stores, build, refuse_unanswered
from recoup.marts.source import Asked
from recoup.marts.sources import sources
from recoup.storage.engine import Engine
from recoup.storage.migrate import migrate
from recoup.storage.register import View, open_register
from tests.fakes.small_home import DISPUTES, DUE, LATE, NOW, OPENED, VERSIONS, WON, WON_AT, fill

STAMPS = ("landed_at", "booked_at", "known_from", "first_seen_at", "sealed_at", "found_at", "made_at")
INSTANTS = [OPENED - 1, OPENED, OPENED + DAY, WON_AT - 1, WON_AT, WON_AT + DAY, LATE, LATE + HOUR, NOW]


def asked(
    view: View, name: str, columns: Sequence[str], known_at: int | None, merchant: str | None = None
) -> list[Any]:
    """All rows of some columns of a source."""
    return list(chain.from_iterable(sources()[name].batches(view, Asked(NOW, known_at, merchant), columns)))


@pytest.mark.parametrize("at", INSTANTS)
def test_disputes_are_those_of_the_lists(view: View, at: int) -> None:
    """Each once, in the state that stood then."""
    listed = lists.disputes(view, selector.Disputes(), NOW, at) + lists.disputes(
        view, selector.Disputes(kind="notice"), NOW, at
    )
    found = asked(view, "disputes", ("id", "outcome", "partner_status", "amount_minor"), at)
    assert Counter(found) == Counter((r.id, r.outcome, r.partner_status, r.amount_minor) for r in listed)


@pytest.mark.parametrize("at", INSTANTS)
def test_states_before_are_those_that_had_ended(view: View, at: int) -> None:
    """The state that stood then is among the disputes, not among the earlier ones."""
    expected = [(WON, 0)] if at >= WON_AT else []
    assert asked(view, "dispute_versions", ("dispute", "version"), at) == expected


@pytest.mark.parametrize("at", [*INSTANTS, None])
def test_balances_are_those_of_the_trial_balance(view: View, at: int | None) -> None:
    """What was booked by then and not reversed by then."""
    sums: Counter[tuple[Any, ...]] = Counter()
    kept = ("book", "account", "partner", "merchant", "currency", "balance_minor")
    for *key, minor in asked(view, "balances", kept, at):
        sums[tuple(key)] += minor
    trial = {
        (r.book, r.account, r.partner, r.merchant, r.currency): r.balance_minor
        for r in books.trial(view, known_at=at).accounts
    }
    assert {key: minor for key, minor in sums.items() if minor} == {key: minor for key, minor in trial.items() if minor}


@pytest.mark.parametrize("at", INSTANTS)
def test_open_clearing_is_that_of_the_books(view: View, at: int, each_engine: Engine) -> None:
    """The model, by leg and batch, and the command's list say the same."""
    catalogue = read_catalogue()
    build(each_engine, catalogue, catalogue.needs(["clearing"]), Stores(view), Asked(NOW, at), frozenset(["clearing"]))
    columns = "account, partner, merchant, dispute, leg, batch, currency, balance_minor, oldest_at, age_days"
    listed = books.clearing(view, books.Which(), NOW, at)
    assert Counter(each_engine.rows(f"select {columns} from clearing")) == Counter(
        (
            *(r.account, r.partner, r.merchant, r.dispute, r.leg, r.batch, r.currency),
            *(r.balance_minor, r.oldest_at, r.age_days),
        )
        for r in listed
    )


def test_an_entry_stood_until_its_reversal_was_booked(view: View) -> None:
    """Taken back later, it stood before."""
    standing = {
        at: [row for row in asked(view, "entries", ("dispute", "is_active", "turn"), at) if row[0] == DUE]
        for at in (LATE, NOW)
    }
    assert standing[LATE] == [(DUE, 1, 0)]
    assert sorted(standing[NOW], key=lambda row: row[2]) == [(DUE, 0, 0), (DUE, 0, 1), (DUE, 1, 2)]


def test_a_break_was_open_until_it_was_closed(view: View) -> None:
    """Its state is known for any instant; the rest of it only as the last check wrote it."""
    before, after = NOW - 4 * DAY, NOW
    assert sorted(asked(view, "breaks", ("control", "status"), before)) == [("money.leg_open", "open")]
    assert sorted(asked(view, "breaks", ("control", "status"), after)) == [
        ("deliveries.file_due", "open"),
        ("money.leg_open", "closed"),
    ]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("merchants", ("name",)),
        ("expectations", ("id",)),
        ("accounts", ("zone",)),
        ("contracts", ("calendar",)),
        ("findings", ("code",)),
        ("break_amounts", ("currency",)),
        ("breaks", ("id", "classes")),
        ("deliveries", ("status",)),
        ("money_lines", ("dispute",)),
    ],
)
def test_what_keeps_only_its_last_word_refuses_another_time(name: str, columns: tuple[str, ...]) -> None:
    """Rather than tell what was written later as if it had been known."""
    catalogue = read_catalogue()
    refuse_unanswered(catalogue.needs({name: columns}), Asked(NOW))
    with pytest.raises(NotKnownThen, match=name):
        refuse_unanswered(catalogue.needs({name: columns}), Asked(NOW, known_at=LATE))


def test_of_every_table_somebody_said_how_it_was_known() -> None:
    """A new source answers for another time by a rule of its own, or says why it cannot."""
    assert [source.name for source in sources().values() if source.silent == "nobody said how it was known"] == []


def test_every_fact_of_a_later_delivery_is_left_out(view: View) -> None:
    """Whatever landed after the instant is in no source that answers for it."""
    for source in sources().values():
        stamps = [c.name for c in source.columns if c.name in STAMPS]
        if stamps and not source.silent:
            found = asked(view, source.name, stamps, WON_AT)
            assert all(value <= WON_AT for row in found for value in row), source.name


def test_one_merchant_has_its_own_rows_alone(view: View) -> None:
    """And what the house keeps for itself is not asked for."""
    assert {row[0] for row in asked(view, "disputes", ("id",), None, "mer_2")} == {DUE}
    assert asked(view, "observations", ("dispute",), None, "mer_2") == [(DUE,)]
    assert asked(view, "legs", ("dispute",), None, "mer_2") == [(DUE,)]
    assert asked(view, "disputes", ("id",), WON_AT, "mer_2") == []
    for name in ("deliveries", "breaks", "audit", "contracts", "settlement_totals", "expectations"):
        with pytest.raises(TableUnknown, match=name):
            refuse_unanswered(read_catalogue().needs([name]), Asked(NOW, merchant="mer_2"))


def test_earlier_states_in_which_a_dispute_was_anothers_are_not_shown(tmp_path: Path) -> None:
    """It was first taken for another merchant's: neither of the two sees the other's name."""
    states = [
        {**VERSIONS[0], "merchant": merchant, "version": n} for n, merchant in enumerate((None, "mer_2", "mer_1"))
    ]
    register = open_register(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(register)
    fill(register, {"dispute": DISPUTES, "dispute_version": states}, NOW)
    with register.reading() as other:
        assert asked(other, "dispute_versions", ("version", "merchant"), None, "mer_1") == [(0, None), (2, "mer_1")]
        assert asked(other, "dispute_versions", ("version",), None, "mer_2") == []
    register.close()


CARDS = ("partner_scorecards", "scorecard_money", "scorecard_months", "scorecard_abilities", "scorecard_evidence")
SCORED = ("scored_files", "scored_messages", "scored_deliveries", "scored_money", "scored_breaks")


def test_lateness_of_messages_is_told_as_known_then_and_the_rest_of_a_scorecard_is_not() -> None:
    """Messages and notices never change what they said; files, contracts and breaks are kept as they are now."""
    catalogue = read_catalogue()
    then = Asked(NOW, known_at=LATE)
    refuse_unanswered(catalogue.needs(["scored_messages", "scorecard_months"]), then)
    for name in ("partner_scorecards", "scorecard_money", *(n for n in SCORED if n != "scored_messages")):
        with pytest.raises(NotKnownThen):
            refuse_unanswered(catalogue.needs([name]), then)


def test_a_message_that_landed_later_was_not_late_then(view: View, each_engine: Engine) -> None:
    """What was counted by an instant is what had landed by it."""
    catalogue = read_catalogue()
    needs = catalogue.needs(["scored_messages"])
    build(each_engine, catalogue, needs, Stores(view), Asked(NOW, OPENED), frozenset(["scored_messages"]))
    landed = "select o.landed_at from scored_messages as s join observations as o on o.observation = s.subject"
    assert {at for (at,) in each_engine.rows(landed)} == {OPENED}


@pytest.mark.parametrize(
    "name",
    [*SCORED, *CARDS, "partner_tickets", "ticket_money", "work_cost", "tickets", "ticket_steps"],
)
def test_no_merchant_sees_the_scorecard_of_a_partner(name: str) -> None:
    """How a partner does is between it and the house."""
    with pytest.raises(TableUnknown):
        refuse_unanswered(read_catalogue().needs([name]), Asked(NOW, merchant="mer_1"))
