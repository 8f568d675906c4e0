"""The pack on some weeks of a small marketplace: its figures against what the other commands say."""

import datetime as dt
from collections import defaultdict
from typing import Any

import pytest

from recoup.domain.instants import DAY, day_start, local_day
from recoup.enquiry import books, lists, selector
from recoup.enquiry.today import today
from recoup.errors import ParameterRefused, ReportRefused
from recoup.reports.library import read_named
from tests.reports.conftest import NAMES, Maker, rows_of

ANSWERING = sorted(set(NAMES) - {"daily_operations", "deadline_performance", "partner_scorecard"})
MERCHANT = "mer_alder"
ONE_DAY = dt.timedelta(days=1)


MONTHLY = ("merchant_statement", "month_roll_forward", "deadline_performance", "partner_scorecard")


def given(name: str) -> dict[str, str]:
    """What must be chosen so that there is something to tell."""
    month = {"month": "this month"} if name in MONTHLY else {}
    return {"merchant": MERCHANT, **month} if name == "merchant_statement" else month


def by(rows: list[dict[str, Any]], key: str, value: str) -> dict[Any, Any]:
    return {row[key]: row[value] for row in rows}


def test_ageing_is_what_books_clearing_says(maker: Maker) -> None:
    """Every open balance, its age, and the same sums in every cut."""
    with maker.app.register.reading() as view:
        found = books.clearing(view, books.EVERYTHING, maker.app.now())
    run = maker.run("ageing")
    rows = rows_of(run, "balances")
    wanted = sorted((row.account.replace("_", " "), row.currency, row.balance_minor, row.age_days) for row in found)
    assert sorted((r["account"], r["currency"], r["balance_minor"], r["age_days"]) for r in rows) == wanted
    assert wanted
    open_minor: dict[str, int] = defaultdict(int)
    for row in found:
        open_minor[row.currency] += abs(row.balance_minor)
    headline = {r["currency"]: r["amount_minor"] for r in rows_of(run, "headline") if r["currency"]}
    assert headline == dict(open_minor)
    for question in ("buckets", "matrix"):
        sums = next(answer.sums["open_minor"] for answer in run.answers if answer.question.name == question)
        assert sums == dict(sorted(open_minor.items()))
    parts = ("new_minor", "week_minor", "month_minor", "older_minor")
    assert all(sum(r[part] for part in parts) == r["open_minor"] for r in rows_of(run, "matrix"))


def test_daily_operations_is_what_today_disputes_and_breaks_say(maker: Maker) -> None:
    """Open work now, and what came on the day."""
    now = maker.app.now()
    with maker.app.register.reading() as view:
        found = today(view, now)
        breaks = lists.breaks(view, selector.Breaks(), now)
        disputes = lists.disputes(view, selector.Disputes(), now)
    run = maker.run("daily_operations")
    figures = by(rows_of(run, "headline"), "figure", "value")
    assert figures["Open breaks"] == found.breaks_open == len(breaks) > 0
    assert figures["Overdue from partners"] == sum(late.count for late in found.late)
    assert figures["Open disputes"] == sum(row.outcome is None for row in disputes)
    assert {row["break"] for row in rows_of(run, "open_breaks")} == {row.id for row in breaks}
    amounts = sorted((row.id, a.currency, a.minor) for row in breaks for a in row.amounts)
    shown = [(r["break"], r["currency"], r["amount_minor"]) for r in rows_of(run, "open_breaks") if r["currency"]]
    assert sorted(shown) == amounts


def test_every_dispute_is_new_on_one_day(maker: Maker) -> None:
    """The days of the chart add up to the disputes that there are."""
    with maker.app.register.reading() as view:
        disputes = lists.disputes(view, selector.Disputes(), maker.app.now())
    last = local_day(maker.app.now(), "UTC")
    seen = 0
    for back in (0, 14):
        rows = rows_of(maker.run("daily_operations", {"day": str(last - back * ONE_DAY)}), "arrivals")
        seen += sum(row["disputes"] for row in rows)
    assert seen == len(disputes)


def test_the_books_roll_forward_to_the_trial_balance(maker: Maker) -> None:
    """Opening and movements lead to closing, and the closing of this month is what the books say now."""
    with maker.app.register.reading() as view:
        trial = books.trial(view)
    wanted: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in trial.accounts:
        wanted[row.account.replace("_", " "), row.partner, row.currency] += row.balance_minor
    rows = rows_of(maker.run("month_roll_forward", {"month": "this month"}), "accounts")
    assert all(r["opening_minor"] + r["debits_minor"] - r["credits_minor"] == r["closing_minor"] for r in rows)
    assert {(r["account"], r["partner"], r["currency"]): r["closing_minor"] for r in rows} == dict(wanted)
    last = rows_of(maker.run("month_roll_forward", {"month": "last month"}), "accounts")
    before = {(r["account"], r["partner"], r["currency"]): r["opening_minor"] for r in rows if r["opening_minor"]}
    assert {
        (r["account"], r["partner"], r["currency"]): r["closing_minor"] for r in last if r["closing_minor"]
    } == before


def test_disputes_roll_forward_to_those_that_are_open(maker: Maker) -> None:
    """By count and by money, in the table and in the picture."""
    with maker.app.register.reading() as view:
        disputes = lists.disputes(view, selector.Disputes(), maker.app.now())
    run = maker.run("month_roll_forward", {"month": "this month"})
    open_minor: dict[str, int] = defaultdict(int)
    for row in disputes:
        if row.outcome is None and row.currency is not None:
            open_minor[row.currency] += row.amount_minor or 0
    for kind in rows_of(run, "by_kind"):
        taken = kind["won_minor"] + kind["lost_minor"] + kind["other_minor"]
        assert kind["opening_minor"] + kind["new_minor"] + kind["changed_minor"] - taken == kind["closing_minor"]
    steps = rows_of(run, "money")
    ends = {row["currency"]: row["amount_minor"] for row in steps if row["step"] == "Open after"}
    assert {code: minor for code, minor in ends.items() if minor} == {c: m for c, m in open_minor.items() if m}
    for currency, end in ends.items():
        assert sum(r["amount_minor"] for r in steps if r["currency"] == currency and r["step"] != "Open after") == end
    figures = by(rows_of(run, "headline"), "figure", "value")
    assert figures["Open when it ended"] == sum(row.outcome is None for row in disputes)


def test_batches_tie_out_to_what_clearing_has_open(maker: Maker) -> None:
    """Over all days, what the batches have open is what the two accounts have, batch by batch."""
    now = maker.app.now()
    with maker.app.register.reading() as view:
        rows = books.clearing(view, books.EVERYTHING, now)
    wanted: dict[tuple[str | None, str], int] = defaultdict(int)
    for row in rows:
        if row.account in ("settlement_clearing", "payout_clearing"):
            wanted[row.batch, row.currency] += row.balance_minor
    found: dict[tuple[str | None, str], int] = {}
    tied = 0
    for back in range(4):
        day = str(local_day(now - back * DAY, "UTC"))
        run = maker.run("partner_day_tie_out", {"day": day})
        batches = rows_of(run, "batches")
        tied += sum(batch["state"] == "ties out" for batch in batches)
        found |= {(b["batch"], b["currency"]): b["open_minor"] for b in batches if b["open_minor"]}
        legs = rows_of(run, "legs")
        assert all(
            leg["announced_minor"] == leg["settled_minor"] for leg in legs if leg["state"] == "settled as announced"
        )
    assert tied > 0
    assert found == {key: minor for key, minor in wanted.items() if minor}


def test_deadlines_add_up_and_what_is_not_clear_is_not_called_missed(maker: Maker) -> None:
    """Each deadline has one result; the figures are those of the rows."""
    run = maker.run("deadline_performance", {"month": "this month"})
    rows = rows_of(run, "deadlines")
    figures = by(rows_of(run, "headline"), "figure", "value")
    assert int(figures["Deadlines"]) == len(rows) == sum(r["deadlines"] for r in rows_of(run, "by_stage")) > 0
    assert int(figures["Answered in time"]) == sum(row["result"] == "in time" for row in rows)
    assert int(figures["Late or missed"]) == sum(row["result"] in ("late", "missed") for row in rows)
    assert all(row["answered_at"] <= row["due_at"] for row in rows if row["result"] == "in time")
    owed = rows_of(run, "promises")
    assert owed
    assert all(row["on_time"] + row["late"] + row["open"] == row["due"] for row in owed)


def test_a_statement_is_of_its_merchant_alone(maker: Maker) -> None:
    """Its disputes and movements are those that the lists have for this merchant, and its sums those of its rows."""
    with maker.app.register.reading() as view:
        disputes = lists.disputes(view, selector.Disputes(merchant=MERCHANT), maker.app.now())
        trial = books.trial(view, books.Which(merchant=MERCHANT))
    months = ("last month", "this month")
    runs = [maker.run("merchant_statement", {"merchant": MERCHANT, "month": month}) for month in months]
    listed = {row["dispute"] for run in runs for row in rows_of(run, "disputes_of")}
    assert listed == {row.id for row in disputes}
    ledger: dict[str, int] = defaultdict(int)
    for row in trial.accounts:
        if row.account in ("house_ledger", "merchant_receivable"):
            ledger[row.currency] += row.balance_minor
    moved: dict[str, int] = defaultdict(int)
    for run in runs:
        for movement in rows_of(run, "movements"):
            moved[movement["currency"]] -= movement["amount_minor"]
    assert dict(moved) == {code: minor for code, minor in ledger.items() if code in moved}
    for run in runs:
        headline = [r for r in rows_of(run, "headline") if r["figure"] == "Moved on the balance"]
        sums = next(a.sums["amount_minor"] for a in run.answers if a.question.name == "movements")
        assert {row["currency"]: row["amount_minor"] for row in headline} == sums


@pytest.mark.parametrize("name", NAMES)
def test_the_same_question_gives_the_same_hash(maker: Maker, name: str) -> None:
    """Asked twice, and, where it can be, as known at the instant that its stamp says."""
    first = maker.run(name, given(name)).stamp
    known_at = first.asked.known_at if name in ANSWERING else None
    again = maker.run_anew(name, given(name), known_at).stamp
    assert again.rows_hash == first.rows_hash
    assert again.query_hash == first.query_hash
    assert first.rows > 0


@pytest.mark.parametrize("name", ANSWERING)
def test_what_was_known_then_is_told_now(maker: Maker, name: str) -> None:
    """A week earlier less was known, and the answer says so."""
    then = maker.app.now() - 7 * DAY
    now, before = maker.run(name, given(name)), maker.run(name, given(name), then)
    assert before.stamp.asked.known_at == then
    assert before.stamp.rows_hash != now.stamp.rows_hash


def test_balances_of_another_time_are_those_that_clearing_had_then(maker: Maker) -> None:
    """The two ways to ask agree."""
    then = maker.app.now() - 7 * DAY
    with maker.app.register.reading() as view:
        wanted = books.clearing(view, books.EVERYTHING, maker.app.now(), then)
    rows = rows_of(maker.run("ageing", known_at=then), "balances")
    assert sorted(row["balance_minor"] for row in rows) == sorted(row.balance_minor for row in wanted)


def test_a_report_that_knows_only_the_present_refuses_another_time(maker: Maker) -> None:
    """Rather than tell it wrongly."""
    for name in sorted(set(NAMES) - set(ANSWERING)):
        with pytest.raises(ReportRefused) as refused:
            maker.run(name, known_at=maker.app.now() - DAY)
        assert "only the present" in str(refused.value)
        assert not read_named(maker.app.settings.home, name).answers_known_at


def test_a_day_is_a_day_in_the_zone_of_the_report(maker: Maker) -> None:
    """What arrived on it landed between its first and its last instant."""
    day = local_day(maker.app.now() - DAY, "UTC")
    rows = rows_of(maker.run("daily_operations", {"day": str(day)}), "arrived")
    assert rows
    assert all(row["latest_at"].startswith(str(day)) for row in rows)
    assert day_start(day, "UTC") < maker.app.now()


def test_a_merchant_must_be_one_of_ours(maker: Maker) -> None:
    """And must be named for its statement."""
    for merchant in ({"merchant": "mer_nobody"}, {}):
        with pytest.raises(ParameterRefused):
            maker.run("merchant_statement", merchant)
