from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from recoup.controls.breaks import CLOSED, Brief, compared, read_break, written_down
from recoup.controls.explain import Cause
from recoup.controls.moment import Moment
from recoup.controls.run import check
from recoup.controls.symptom import Stake, Symptom
from recoup.domain.instants import DAY, HOUR
from recoup.domain.terms import MoneyLimit, Terms
from recoup.intake.expectations import Agreed
from recoup.storage import schema
from tests.controls.home import DAILY, PARTNERS, TERMS, Home, at, iso

STEPS = ("opened", "settled", "sold", "confirmed", "fee_confirmed", "paid", "banked", "answered")
MOMENT = Moment(
    as_of=at(5), moves={}, roles={}, outcome_money={}, agreed={}, shadows=frozenset({("stripe", "acct_trial")})
)


def audits(home: Home) -> int:
    with home.register.reading() as view:
        return len(view.rows(select(schema.audit.c.sequence)))


def rows_of(home: Home) -> list[tuple[object, ...]]:
    with home.register.reading() as view:
        return sorted(view.rows(select(schema.break_)))


def test_checking_again_changes_nothing(home_with: Callable[..., Home]) -> None:
    """Neither a row nor the audit chain, with open and closed breaks and files in it."""
    home = home_with(msgspec.structs.replace(TERMS, schedules=(DAILY,)))
    home.report(1, [], covers_on=iso(0))
    home.clean_story(without=["settled", "confirmed"])
    home.check(6)
    before, links = rows_of(home), audits(home)
    report = home.check(6)
    assert (report.opened, report.closed, report.open) == (0, 0, len(home.breaks()))
    assert (rows_of(home), audits(home)) == (before, links)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(without=st.sets(st.sampled_from(STEPS), max_size=4), days=st.lists(st.integers(0, 25), min_size=1, max_size=3))
def test_any_half_told_story_is_stable_under_checking(
    without: set[str], days: list[int], home_with: Callable[..., Home]
) -> None:
    """Whatever is missing: a second check at the same time finds the same, and no break has no class or no words."""
    home = home_with()
    home.clean_story(without=sorted(without))
    for day in sorted(days):
        home.check(day)
        before = rows_of(home)
        assert home.check(day).opened == 0
        assert rows_of(home) == before
    assert all(b.classes and b.explanation.count(".") >= 3 for b in home.breaks(with_closed=True))


def test_a_cause_that_comes_back_is_the_same_break(home: Home) -> None:
    """Id and first sight stay; it is open again."""
    home.clean_story(without=["opened", "answered", "sold", "paid", "banked"])
    home.check(2)
    first = {b.control for b in home.breaks()}
    home.check(5)
    seen = {b.control: b.first_seen_at for b in home.breaks()}
    assert all(seen[control] == at(2, 23) for control in first)


def test_a_break_closed_while_its_cause_lasts_opens_again(home: Home) -> None:
    """Closing does not mend; to live with it, call it known."""
    home.clean_story(without=["confirmed"])
    home.check(4)
    with home.register.transaction("mo", "close", "break", at(4)) as batch:
        (row,) = batch.rows(select(schema.break_))
        batch.upsert(schema.break_, [msgspec.structs.replace(read_break(row), status=CLOSED, closed_at=at(4)).row()])
    assert home.check(5).opened == 1
    assert home.only().closed_at is None


def test_a_check_leaves_one_link_in_the_audit(home: Home) -> None:
    """Everything in one transaction."""
    home.clean_story(without=["confirmed"])
    before = audits(home)
    home.check(4)
    assert audits(home) == before + 1


def test_a_message_that_has_not_landed_yet_is_not_seen(home: Home) -> None:
    """Now is what was given, whatever lies in the register."""
    home.delivery("webhook", at(3), status="refused", name="forged")
    home.check(2)
    assert home.breaks() == []
    home.check(3)
    assert home.only().control == "refused_signature"


def test_books_that_do_not_balance_wake_somebody(home: Home) -> None:
    """The program is at fault: page, whatever the amount."""
    home.clean_story()
    with home.register.transaction("hand", "break", "books", at(5)) as batch:
        (row,) = batch.rows(select(schema.posting).where(schema.posting.c.account == "house_ledger").limit(1))
        names = [c.name for c in schema.posting.columns]
        wrong = list(row)
        wrong[names.index("amount_minor")] += 1
        batch.upsert(schema.posting, [tuple(wrong)])
    home.check(5)
    found = [b for b in home.breaks() if b.control == "ledger_invariant"]
    assert [(b.severity, b.classes[0]) for b in found] == [("page", "books_broken")]


# --- severity and comparison, as values -----------------------------------------------------


def cause(minor: int = 5000, **more: object) -> Cause:
    told = {"account": "acct_1", "stakes": (Stake("leg", "a", "USD", minor),), **more}
    return Cause(
        Symptom(
            control="leg_unsettled",
            kind="money",
            cause="a",
            classes=("timing",),
            partner="stripe",
            seen="Seen",
            **told,  # type: ignore[arg-type]
        )
    )


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, "ticket"),
        ({"is_note": True}, "ticket"),
        ({"is_note": True, "stakes": ()}, "note"),
        ({"minor": 1_000_000}, "page"),
        ({"due_at": at(5) + 71 * HOUR}, "page"),
        ({"due_at": at(5) + 73 * HOUR}, "ticket"),
        ({"disputes": tuple(f"dis_{n}" for n in range(50))}, "page"),
        ({"is_page": True}, "page"),
        ({"is_page": True, "account": "acct_trial"}, "ticket"),
        ({"ended_at": at(4), "minor": 1_000_000}, "note"),
    ],
)
def test_severity_comes_from_money_deadline_and_count(more: dict[str, object], severity: str) -> None:
    """Never from the size of a metric."""
    assert written_down(cause(**more), {}, MOMENT).severity == severity  # type: ignore[arg-type]


def test_from_how_much_money_on_a_break_pages_is_said_by_contract() -> None:
    """By the account's, else by the house's, else as for every currency; of several accounts the lowest counts."""

    def agreed(partner: str, account: str, **limits: int) -> tuple[tuple[str, str], Agreed]:
        page_from = tuple(MoneyLimit(minor, currency) for currency, minor in limits.items())
        return (partner, account), Agreed(partner, account, "UTC", (Terms("2026-01-01", page_from=page_from),))

    told = (agreed("house", "house", USD=7, HUF=400), agreed("stripe", "acct_1", USD=9), agreed("stripe", "b", USD=8))
    moment = msgspec.structs.replace(MOMENT, agreed=dict(told))
    assert moment.page_limits(("stripe", "acct_1")) == {"USD": 9, "HUF": 400}
    assert moment.page_limits(("stripe", None)) == {"USD": 8, "HUF": 400}
    assert moment.page_limits(("adyen", "c")) == {"USD": 7, "HUF": 400}
    assert written_down(cause(9), {}, moment).severity == "page"
    assert written_down(cause(8), {}, moment).severity == "ticket"


def test_a_break_has_a_merchant_only_where_all_its_disputes_have_the_same() -> None:
    """And the nearest deadline of those that still wait for us."""
    briefs = {"dis_1": Brief("mer_1", at(9)), "dis_2": Brief("mer_1", at(7)), "dis_3": Brief("mer_2", None)}
    one = written_down(cause(disputes=("dis_1", "dis_2")), briefs, MOMENT)
    assert (one.merchant, one.nearest_due_at) == ("mer_1", at(7))
    two = written_down(cause(disputes=("dis_1", "dis_3")), briefs, MOMENT)
    assert (two.merchant, two.nearest_due_at) == (None, at(9))


def test_comparison_counts_what_opens_and_closes() -> None:
    """New, gone, unchanged, and over before it was seen."""
    seen = written_down(cause(), {}, MOMENT)
    first = compared([seen], [], at(5))
    assert (first.opened, first.closed, first.open, len(first.rows)) == (1, 0, 1, 1)
    same = compared([seen], [seen], at(5))
    assert (same.opened, same.closed, same.open, same.rows) == (0, 0, 1, [])
    gone = compared([], [seen], at(6))
    assert (gone.opened, gone.closed, gone.open) == (0, 1, 0)
    assert read_break(gone.rows[0]).closed_at == at(6)
    over = compared([written_down(cause(ended_at=at(4)), {}, MOMENT)], [], at(5))
    assert (over.opened, over.closed, over.open) == (1, 1, 0)


def test_a_home_of_partners_without_accounts_is_checked_in_silence(home: Home) -> None:
    """An empty register has nothing to say."""
    report = check(home.register, at(0) + DAY, PARTNERS, actor="test", recorded_at=at(1))
    assert (report.opened, report.closed, report.open) == (0, 0, 0)
