"""The canaries: for each control one planted fault, as the few tellings that make it.

Each bends a home in which nothing is wrong, so what a control then sees is the fault and nothing else. They are told
below the readers of partners: what a canary proves is that folding, booking, expecting and the control itself work on
this installation, in this version and with its tables of rules. `aviary.py` shows them to the controls.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec
from sqlalchemy import select

from recoup.domain.canonical import canonical
from recoup.domain.findings import Finding
from recoup.domain.instants import MINUTE
from recoup.domain.legs import Told
from recoup.domain.observation import Said
from recoup.domain.partner_life import Phase, PhaseSaid, write_said
from recoup.domain.rates import Rate
from recoup.domain.terms import Days, Terms
from recoup.ledger import lives
from recoup.storage import rulings, schema
from recoup.watch import many_tellings
from recoup.watch.canary_home import ACCOUNT, ACTOR, DAILY, START, TERMS, CanaryHome, at, iso

Plant = Callable[[CanaryHome], object]


class Canary(msgspec.Struct, frozen=True):
    """One planted fault: what is told, and when the control should see it."""

    plant: Plant
    day: int
    """Of the home: the check runs in its last hour."""
    terms: Terms = TERMS
    rates: tuple[Rate, ...] = ()
    """What the house declares of exchange rates."""


_SCHEDULED = msgspec.structs.replace(TERMS, schedules=(DAILY,))
_NUMBERED = msgspec.structs.replace(
    TERMS, schedules=(msgspec.structs.replace(DAILY, cadence="per_batch", has_sequence=True),)
)
_CUT = Finding("intake.control_total", "payout_report", "a sum that differs", "equal sums")
_WORD = Finding("codes.unknown", "evt_1", '"because"', "a word of the vocabulary reasons", "warn")
_ODD = Finding("stripe.column_added", "payout_report", 'column "extra"', "the columns of the layout", "warn")
_RATES = (Rate("canary", dt.date(2026, 3, 2), "JPY", "USD", 6_650_000),)
"""The first day's, which holds for some more: one yen is 0.00665 dollars."""
_NOT_SETTLED = ("settled", "fee_confirmed", "paid", "banked")


# --- files and messages -----------------------------------------------------------------------


def _unbalanced_books(home: CanaryHome) -> None:
    home.clean_story()
    posting = schema.posting
    with home.register.transaction(ACTOR, "plant", "posting", START) as batch:
        row = batch.rows(select(posting).where(posting.c.account == "house_ledger").limit(1))[0]
        names = [column.name for column in posting.columns]
        bent = [value + 1 if name == "amount_minor" else value for name, value in zip(names, row, strict=True)]
        batch.upsert(posting, [tuple(bent)])


def _missing_file(home: CanaryHome) -> None:
    home.report(1, [], covers_on=iso(0))


def _sequence_gap(home: CanaryHome) -> None:
    home.report(0, [], sequence=1)
    home.report(1, [], sequence=3)


def _restated(home: CanaryHome) -> None:
    home.report(1, [], covers_on=iso(0), name="first.csv", records=10)
    home.report(1, [], covers_on=iso(0), name="second.csv", records=11, landed_at=at(1, 13))


def _unknown_reason(home: CanaryHome) -> None:
    home.clean_story()
    home.delivery("webhook", at(3), findings=[_WORD], name="evt_1")


# --- the life of a dispute --------------------------------------------------------------------


def _one_id_two_contents(home: CanaryHome) -> None:
    home.clean_story()
    home.opened(landed_at=at(2, 9), reason_code="fraudulent")


def _old_state_after_the_end(home: CanaryHome) -> None:
    home.clean_story()
    home.event("dp_1", "lost", 6)
    home.event("dp_1", "inquiry_opened", 7)


def _id_in_small_letters(home: CanaryHome) -> None:
    home.clean_story("DP_1", without=("settled", "fee_confirmed"))
    home.settled("dp_1")


def _stamped_with_tomorrow(home: CanaryHome) -> None:
    home.clean_story(without=("answered",))
    home.event("dp_1", "chargeback_under_review", 3, occurred_at=at(4), is_slot_spent=True)


def _page_of_yesterday(home: CanaryHome) -> None:
    for day, date in ((1, "Tue, 03 Mar 2026 10:00:00 GMT"), (2, "Tue, 03 Mar 2026 10:00:00 GMT")):
        headers = canonical({"headers": {"date": date, "recoup-request": "GET /v1/disputes"}, "start_line": "200"})
        home.delivery("disputes", at(day), trust="fetched", headers=headers)


def _decided_twice(home: CanaryHome) -> None:
    home.clean_story()
    home.won(day=7)
    home.event("dp_1", "lost", 8)


def _one_case_two_ids(home: CanaryHome) -> None:
    home.payment("ch_dp_1", minor=10_000)
    home.opened()
    home.opened("dp_2", payment_ref="ch_dp_1")


def _page_knows_more(home: CanaryHome) -> None:
    home.clean_story()
    home.event("dp_1", "lost", 6, feed="disputes")


def _closed_and_not_how(home: CanaryHome) -> None:
    home.clean_story()
    home.event("dp_1", "closed_unknown", 6, partner_status="closed")


def _notice_and_nothing_more(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.event("dp_1", "chargeback_announced", 0, due_at=at(25), due_state="said", opened_at=at(0))


def _told_otherwise(home: CanaryHome) -> None:
    home.clean_story()
    lost = Said(partner_dispute_id="dp_1", form="event", occurred_at=at(5, 8), move="lost")
    home.delivery("manual", at(5, 8), said=[lost], trust="given")
    home.won(day=7)


# --- payments ---------------------------------------------------------------------------------


def _hundred_times_the_payment(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.opened(minor=500_000)


def _account_of_another_merchant(home: CanaryHome) -> None:
    home.merchants_behind("mer_2")
    home.payment("ch_dp_1")
    home.opened()


def _payment_nobody_knows(home: CanaryHome) -> None:
    home.payment("ch_other", day=-3)
    home.opened()
    home.payment("ch_another", day=1)


def _refunded_and_charged_back(home: CanaryHome) -> None:
    home.clean_story()
    home.refund("ch_dp_1", 5000, 1)


# --- money ------------------------------------------------------------------------------------


def _debited_twice(home: CanaryHome) -> None:
    home.clean_story()
    home.settled(day=2, identity="txn_again", batch="po_2")


def _won_without_a_credit(home: CanaryHome) -> None:
    home.clean_story()
    home.event("dp_1", "won", 7)


def _announced_and_not_settled(home: CanaryHome) -> None:
    home.clean_story(without=_NOT_SETTLED)


def _settled_and_not_announced(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.settled(payment_ref="ch_dp_1")
    home.sold()


def _settled_for_less(home: CanaryHome) -> None:
    home.clean_story(without=_NOT_SETTLED)
    home.settled(gross=-4000)


def _lump(home: CanaryHome) -> None:
    home.settled(None, gross=-777, fee=0, identity="txn_lump", kind="adjustment")


def _credit_of_a_lost_one(home: CanaryHome) -> None:
    home.clean_story()
    home.event("dp_1", "lost", 6)
    credit = (Told("credit", 1, 5000, "USD"),)
    home.event("dp_1", "chargeback_under_review", 6, record_id="evt_funds", legs=credit)
    home.settled(day=7, gross=5000, fee=0, batch="po_2")
    home.confirmed(day=7, kind="dispute_credit", minor=5000)


def _provisional_for_ever(home: CanaryHome) -> None:
    home.clean_story()
    credit = (Told("credit", 1, 5000, "USD", is_provisional=True),)
    home.event("dp_1", "chargeback_under_review", 6, record_id="evt_credit", legs=credit)
    home.event("dp_1", "lost", 8, legs=credit)


def _converted_dear(home: CanaryHome) -> None:
    home.payment("ch_dp_1", minor=10_000, currency="JPY")
    home.opened(minor=10_000, currency="JPY")
    home.settled(gross=-7500, original_minor=-10_000, original_currency="JPY")


# --- settlement -------------------------------------------------------------------------------


def _feeds_tell_otherwise(home: CanaryHome) -> None:
    home.clean_story()
    told = {"identity": "txn_dp_1_1_-5000", "kind": "dispute", "partner_dispute_id": "dp_1", "gross_minor": -500_000}
    line = {**told, "fee_minor": 150_000, "net_minor": -650_000, "batch": "po_1", "effective_on": iso(1)}
    home.report(1, [line], feed="balance_transactions")


def _paid_more_than_its_lines(home: CanaryHome) -> None:
    home.clean_story(without=("paid", "banked"))
    home.paid(minor=100_000)


def _paid_and_not_reported(home: CanaryHome) -> None:
    home.clean_story()
    home.paid("po_2", day=3, minor=10_000)


def _banked_for_less(home: CanaryHome) -> None:
    home.clean_story(without=("banked",))
    home.banked(minor=93_000)


def _statements_apart(home: CanaryHome) -> None:
    home.clean_story()
    line = {"identity": "BK-other", "kind": "bank", "gross_minor": 93_000, "net_minor": 93_000, "effective_on": iso(3)}
    home.delivery("camt", at(3, 19), partner="bank", lines=[line], trust="fetched")


def _another_fee(home: CanaryHome) -> None:
    home.clean_story(without=_NOT_SETTLED)
    home.settled(fee=2000)


# --- the house --------------------------------------------------------------------------------


def _house_charged_less(home: CanaryHome) -> None:
    home.clean_story(without=("confirmed",))
    home.confirmed(minor=-4000)


def _house_charged_another(home: CanaryHome) -> None:
    home.clean_story(without=("confirmed",))
    home.confirmed(merchant="mer_2")


# --- time -------------------------------------------------------------------------------------


def _heard_of_late(home: CanaryHome) -> None:
    home.payment("ch_dp_0")
    home.opened("dp_0", day=-3)
    home.payment("ch_dp_1")
    home.opened(landed_at=at(12))


def _deadline_moved(home: CanaryHome) -> None:
    home.clean_story(without=("answered",))
    home.event(
        "dp_1", "chargeback_opened", 3, record_id="evt_moved", due_at=at(12, 9), due_state="said", opened_at=at(0, 9)
    )


def _deadline_of_1970(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.opened(due_at=1, due_state="said")


def _told_without_a_debit(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.event("dp_0", "inquiry_opened", -1, kind="request", payment_ref=None)
    home.opened(legs=())


def _no_deadline(home: CanaryHome) -> None:
    home.payment("ch_dp_1")
    home.opened(due_at=None, due_state="unsaid")


# --- seals, and Recoup itself -----------------------------------------------------------------


def _left_open_by_matching(home: CanaryHome) -> None:
    home.clean_story()
    table = schema.match_break
    told = {
        "match_break": "mbr_canary",
        "pair": "payout_bank",
        "match_run": "mru_canary",
        "class_": "missing_in_books",
        "partner": "bank",
        "account": None,
        "side": "right",
        "item": "line",
        "rule": None,
        "things": 1,
        "amounts": '[{"currency":"USD","minor":5000}]',
        "since_on": iso(0),
        "until_on": iso(0),
        "owner": "treasury",
        "explanation": "A line has nothing on the other side.",
        **dict.fromkeys(("deliveries", "disputes", "legs", "batches"), "[]"),
    }
    with home.register.transaction(ACTOR, "plant", "match_break", START) as batch:
        batch.insert(table, [tuple(told[str(column.name)] for column in table.columns)])


def _sealed_day_changed(home: CanaryHome) -> None:
    day, none = iso(1), "0" * 64
    seal = ("sea_canary", "stripe", ACCOUNT, day, 1, "UTC", 1, 1, 1, 1, 1, "[]", "{}", none, "[]", None, None)
    signed = (START, ACTOR, None, none, none, START)
    delivery, amounts = '["del_canary"]', '[{"currency":"USD","minor":300}]'
    told = (none, "{}", "[]", delivery, "[]", "[]", amounts, "money lines 1 → 2", START, START)
    with home.register.transaction(ACTOR, "plant", "seal", START) as batch:
        batch.insert(schema.seal, [(*seal, *signed)])
        batch.insert(schema.seal_correction, [("cor_canary", "sea_canary", "stripe", ACCOUNT, day, *told)])


def _ruled(home: CanaryHome, phase: Phase, day: int) -> None:
    with home.register.transaction(ACTOR, "plant", "ruling", START) as batch:
        rulings.add(
            batch,
            lives.PHASE,
            lives.subject("stripe", ACCOUNT),
            value=write_said(PhaseSaid(phase, iso(day))),
            reason="planted",
            actor=ACTOR,
            at=START,
            recorded_at=START,
        )


def _partner_out(home: CanaryHome) -> None:
    home.opened()
    told = (None, "[]", START, None, 24, "planted", ACTOR, START, START)
    word = ("wrd_canary", "out_canary", 1, "open", "stripe", *told)
    with home.register.transaction(ACTOR, "plant", "outage", START) as batch:
        batch.insert(schema.outage_word, [word])


def _no_opening(home: CanaryHome) -> None:
    _ruled(home, "shadow", 0)
    _ruled(home, "live", 1)
    home.opened()


def _used_after_closing(home: CanaryHome) -> None:
    _ruled(home, "closing", 0)
    home.clean_story()


def _silent_loop(home: CanaryHome) -> None:
    with home.register.noting() as batch:
        batch.upsert(schema.heartbeat, [("drain", 1, START, START, None, None, 9, at(1), None)])


def _blind_control(home: CanaryHome) -> None:
    with home.register.transaction(ACTOR, "plant", "canary", START) as batch:
        batch.insert(schema.canary_run, [("tie_out", at(1), 0, 3, "0", "nothing seen")])


def _clock_jumped(home: CanaryHome) -> None:
    with home.register.noting() as batch:
        batch.upsert(schema.clock_jump, [(at(1), 600_000_000, 10_000_000)])


# --- asking -----------------------------------------------------------------------------------


def _round(home: CanaryHome, hour: int, **told: object) -> None:
    """Write down one round of asking Stripe on the first day."""
    plain: dict[str, object] = {
        "partner": "stripe",
        "account": ACCOUNT,
        "began_at": at(0, hour),
        "ended_at": at(0, hour, 1),
        "is_list": 1,
        "is_complete": 1,
        "pages": 1,
        "held": 0,
        "objects": 1,
        "missed": "[]",
        "found": 1,
        "absent": "[]",
        "failure": None,
        "said": None,
    }
    with home.register.transaction(ACTOR, "plant", "round", START) as batch:
        batch.upsert(schema.sweep_round, [tuple((plain | told).values())])


def _broken_off(home: CanaryHome, failure: str) -> None:
    _round(home, 9, is_complete=0, objects=0, found=0, failure=failure, said="status")


def _tries(home: CanaryHome, hour: int, *counts: int, offset: int | None = None) -> None:
    """Write down how the tries of one operation went: all, refused, absent, throttled, failed."""
    none = (0, 0, 0, 0)
    row = ("stripe", ACCOUNT, at(0, hour), "GET /v1/disputes", *counts, *none, 1_000_000, offset)
    with home.register.transaction(ACTOR, "plant", "tries", START) as batch:
        batch.upsert(schema.call_tally, [row])


def _down(home: CanaryHome) -> None:
    _broken_off(home, "failed")
    _tries(home, 9, 12, 0, 0, 0, 12)


def _left_out(home: CanaryHome) -> None:
    home.clean_story()
    _round(home, 9, missed='["dp_1"]')


def _clock_apart(home: CanaryHome) -> None:
    for hour in (9, 10):
        _round(home, hour)
        _tries(home, hour, 1, 0, 0, 0, 0, offset=90_000_000)


def _key_ends(home: CanaryHome) -> None:
    with home.register.transaction(ACTOR, "plant", "ending", START) as batch:
        batch.upsert(schema.credential_expiry, [("stripe", ACCOUNT, "key api", iso(5))])


def _page_not_delivered(home: CanaryHome) -> None:
    with home.register.transaction(ACTOR, "plant", "notice", START) as batch:
        batch.insert(schema.notice, [("ntc_canary", None, "stripe", "money", 1, 1, at(1), at(1))])
    with home.register.noting() as batch:
        tried = at(1) + 20 * MINUTE
        batch.upsert(schema.notice_sending, [("ntc_canary", "webhook", 0, 9, tried, None, "ConnectError")])


CANARIES: Mapping[str, Canary] = MappingProxyType(
    {
        "ledger_invariant": Canary(_unbalanced_books, 5),
        "held_delivery": Canary(lambda home: home.report(1, [], status="held", findings=[_CUT]), 1),
        "call_refused": Canary(lambda home: _broken_off(home, "refused"), 0),
        "calls_failing": Canary(_down, 0),
        "api_moved": Canary(lambda home: _broken_off(home, "elsewhere"), 0),
        "error_answers": Canary(lambda home: _round(home, 9, is_complete=0, held=1, failure="unreadable"), 0),
        "list_gap": Canary(_left_out, 0),
        "credential_ending": Canary(_key_ends, 0),
        "clock_offset": Canary(_clock_apart, 0),
        "missing_file": Canary(_missing_file, 3, _SCHEDULED),
        "sequence_gap": Canary(_sequence_gap, 2, _NUMBERED),
        "refused_signature": Canary(lambda home: home.delivery("webhook", at(0), status="refused"), 0),
        "quarantined_records": Canary(lambda home: home.report(1, [], quarantined=[(7, _CUT)], records=9), 1),
        "same_period_again": Canary(_restated, 1, _SCHEDULED),
        "unknown_word": Canary(_unknown_reason, 3),
        "stale_page": Canary(_page_of_yesterday, 2),
        "partner_clock": Canary(_stamped_with_tomorrow, 3),
        "other_spelling": Canary(_id_in_small_letters, 3),
        "rate_conformance": Canary(_converted_dear, 2, rates=_RATES),
        "same_id_other_content": Canary(_one_id_two_contents, 3),
        "illegal_move": Canary(_old_state_after_the_end, 8),
        "lost_event": Canary(_page_knows_more, 7),
        "outcome_missing": Canary(_closed_and_not_how, 8),
        "notice_without_end": Canary(_notice_and_nothing_more, 8),
        "data_finding": Canary(lambda home: home.report(1, [], findings=[_ODD]), 1),
        "told_by_hand": Canary(_told_otherwise, 7),
        "outcome_reversed": Canary(_decided_twice, 8),
        "two_ids": Canary(_one_case_two_ids, 0),
        "amount_fit": Canary(_hundred_times_the_payment, 0),
        "merchant_of_payment": Canary(_account_of_another_merchant, 0),
        "orphan_dispute": Canary(_payment_nobody_knows, 1),
        "returned_above_captured": Canary(_refunded_and_charged_back, 5),
        "double_money": Canary(_debited_twice, 2),
        "credit_after_win": Canary(_won_without_a_credit, 10),
        "leg_unsettled": Canary(_announced_and_not_settled, 3),
        "leg_unannounced": Canary(_settled_and_not_announced, 3),
        "case_without_money": Canary(_told_without_a_debit, 4),
        "leg_residue": Canary(_settled_for_less, 3),
        "suspense": Canary(_lump, 4),
        "outcome_money": Canary(_credit_of_a_lost_one, 8),
        "provisional_left": Canary(_provisional_for_ever, 12),
        "feeds_disagree": Canary(_feeds_tell_otherwise, 3),
        "tie_out": Canary(_paid_more_than_its_lines, 3),
        "batch_unpaid": Canary(lambda home: home.clean_story(without=("paid", "banked")), 4),
        "payout_unbanked": Canary(lambda home: home.clean_story(without=("banked",)), 8),
        "payout_unreported": Canary(_paid_and_not_reported, 5, _SCHEDULED),
        "bank_differs": Canary(_banked_for_less, 4),
        "bank_unexpected": Canary(lambda home: home.banked("po_unknown", day=0), 4),
        "statements_differ": Canary(_statements_apart, 4),
        "fee_conformance": Canary(_another_fee, 3),
        "house_unconfirmed": Canary(lambda home: home.clean_story(without=("confirmed",)), 3),
        "house_residue": Canary(_house_charged_less, 3),
        "house_unexpected": Canary(lambda home: home.confirmed("dp_ghost", day=0), 4),
        "wrong_house_merchant": Canary(_house_charged_another, 4),
        "late_notice": Canary(_heard_of_late, 12),
        "deadline_moved": Canary(_deadline_moved, 4),
        "deadline_unreadable": Canary(_deadline_of_1970, 3),
        "deadline_missing": Canary(_no_deadline, 3),
        "clock_headroom": Canary(lambda home: home.clean_story(without=("answered",)), 18),
        "no_contract": Canary(lambda home: home.clean_story(), 20, Terms(valid_from="2099-01-01")),
        # England's days end first; long past all that are known, whatever years are added.
        "calendar_ending": Canary(
            lambda home: home.payment("ch_dp_1"), 30_000, msgspec.structs.replace(TERMS, days=Days(), calendar="uk")
        ),
        "sealed_day_changed": Canary(_sealed_day_changed, 3),
        "partner_out": Canary(_partner_out, 1),
        "opening_differs": Canary(_no_opening, 3),
        "after_closing": Canary(_used_after_closing, 9),
        "match": Canary(_left_open_by_matching, 3),
        "heartbeat_stale": Canary(_silent_loop, 1),
        "canary_missing": Canary(_blind_control, 1),
        "clock_jumped": Canary(_clock_jumped, 1),
        "page_undelivered": Canary(_page_not_delivered, 1),
        "contract_drift": Canary(many_tellings.another_column, 7),
        "learnt_file_missing": Canary(many_tellings.a_habit_ends, 26),
        "low_volume": Canary(many_tellings.an_empty_day, 36),
        "repeated_deliveries": Canary(many_tellings.known_bytes_again, 3),
        "intake_lag": Canary(many_tellings.long_under_way, 1),
        "mix_shift": Canary(many_tellings.other_reasons, 70),
        "amount_ratio": Canary(many_tellings.parts_of_payments, 1),
    }
)
"""By the name of the control that must see it."""
