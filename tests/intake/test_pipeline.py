"""From arrived bytes to derived state, through the register: once is once, whatever the order."""

import hashlib
import json
import random
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from recoup.app import App, open_app
from recoup.domain.instants import parse_instant
from recoup.errors import ObjectMissing
from recoup.formats.http_message import HttpMessage, write
from recoup.intake.arrival import Arrival
from recoup.intake.directory import Key
from recoup.storage import schema
from tests.fakes import stripe_messages as stripe
from tests.fakes.homes import SETUP, home

PAYMENTS = """record,payment,merchant,partner,account,payment_ref,amount,currency,captured_at,lines
line,pay_{number},m_7,stripe,acct_test,ch_{number},12.50,EUR,2026-01-31T10:00:00Z,
total,,,,,,12.50,EUR,,1
"""


def column(app: App, name: str) -> list[object]:
    """One column of the dispute table."""
    with app.register.reading() as view:
        return [row[0] for row in view.rows(select(schema.dispute.c[name]))]


def balances(app: App) -> dict[tuple[str, str | None], int]:
    """What is left on each account and leg."""
    sums: dict[tuple[str, str | None], int] = {}
    with app.register.reading() as view:
        joined = select(schema.posting.c.account, schema.posting.c.leg, schema.posting.c.amount_minor).join(
            schema.entry, schema.entry.c.entry == schema.posting.c.entry
        )
        for account, leg, amount in view.rows(joined.where(schema.entry.c.is_active == 1)):
            sums[account, leg] = sums.get((account, leg), 0) + amount
    return {key: amount for key, amount in sums.items() if amount}


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of a won life taken in order, at once."""
    with home(tmp_path_factory.mktemp("straight") / "home") as app:
        app.take(stripe.won_life())
        return app.state_hash()


def test_a_won_dispute_is_won_and_its_legs_return_to_zero(tmp_path: Path) -> None:
    """Webhook, sweep and settlement tell one story: one dispute, every clearing leg at zero."""
    with home(tmp_path / "home") as app:
        report = app.take(stripe.won_life())
        assert (report.refused, report.held, report.quarantined) == (0, 0, 0)
        assert column(app, "outcome") == ["won"]
        assert column(app, "amount_won_minor") == [5_000]
        assert {key for key in balances(app) if key[0] == "partner_clearing"} == set()


@pytest.mark.parametrize("seed", range(8))
def test_any_order_repetition_and_batching_give_the_same_hash(tmp_path: Path, straight: str, seed: int) -> None:
    """Each delivery keeps its own landing; the order of processing and the size of batches never show."""
    chance = random.Random(seed)
    mixed = [*stripe.won_life(), *chance.sample(list(stripe.won_life()), 3)]
    chance.shuffle(mixed)
    with home(tmp_path / "home") as app:
        while mixed:
            size = chance.randint(1, 4)
            app.take(mixed[:size])
            mixed = mixed[size:]
        assert app.state_hash() == straight


def test_the_same_bytes_again_are_a_delivery_and_change_nothing(tmp_path: Path) -> None:
    """A redelivery days later counts as a duplicate and books nothing."""
    with home(tmp_path / "home") as app:
        app.take(stripe.won_life())
        before = app.state_hash()
        body = stripe.event("evt_1_1", "charge.dispute.created", stripe.START, stripe.dispute())
        report = app.take([stripe.webhook(body, stripe.START, name="again", lag=200)])
        assert (report.deliveries, report.duplicate_deliveries, report.observations_new) == (1, 1, 0)
        assert app.state_hash() == before


def test_a_forged_signature_is_refused_and_kept(tmp_path: Path) -> None:
    """Refused means: its bytes are kept as evidence, counted, and nothing of it is believed."""
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    with home(tmp_path / "home") as app:
        report = app.take([stripe.webhook(body, stripe.START, secret="whsec_of_somebody_else")])
        assert report.refused == 1
        assert column(app, "dispute") == []
        with app.register.reading() as view:
            kept = view.rows(select(schema.delivery.c.object, schema.delivery.c.status))
        assert [status for _, status in kept] == ["refused"]
        assert app.open_bytes(kept[0][0]) == body


def test_bytes_that_were_refused_are_read_when_they_come_with_a_good_signature(tmp_path: Path) -> None:
    """A refusal is about a signature, not about the bytes."""
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(body, stripe.START, secret="whsec_of_somebody_else")])
        report = app.take([stripe.webhook(body, stripe.START, name="again", lag=30)])
        assert report.observations_new == 1


def test_an_object_that_looks_as_before_again_ends_as_before(tmp_path: Path) -> None:
    """Fetched as A, B and A again on three days: the dispute ends in A, though the bytes of A were known."""
    a, b = stripe.page(stripe.dispute()), stripe.page(stripe.dispute(amount=4_000))
    with home(tmp_path / "home") as app:
        for day, body in enumerate((a, b, a)):
            app.take([stripe.fetched("disputes", body, stripe.START + day * stripe.DAY)])
        assert column(app, "amount_minor") == [5_000]


@pytest.mark.parametrize("is_reversed", [False, True])
def test_same_id_with_another_body_is_a_finding_and_the_earliest_landing_counts(
    tmp_path: Path, is_reversed: bool
) -> None:
    """Whichever body we read first, the one that landed first stands, and the other is told of."""
    first = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    other = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute(amount=9_900))
    arrivals = [stripe.webhook(first, stripe.START, lag=1), stripe.webhook(other, stripe.START, name="b", lag=90)]
    with home(tmp_path / "home") as app:
        for arrival in reversed(arrivals) if is_reversed else arrivals:
            app.take([arrival])
        assert column(app, "amount_minor") == [5_000]
        with app.register.reading() as view:
            checks = {row[0] for row in view.rows(select(schema.finding.c.check_))}
        assert "observation.same_id_other_content" in checks


def test_settled_money_that_nobody_announced_opens_a_dispute_at_an_unknown_stage(tmp_path: Path) -> None:
    """A line with a dispute id is money gone; the dispute exists until somebody tells us more."""
    with home(tmp_path / "home") as app:
        app.take([stripe.fetched("balance_transactions", stripe.page(stripe.withdrawal()), stripe.START + stripe.DAY)])
        assert (column(app, "stage"), column(app, "outcome")) == (["unknown"], [None])
        assert balances(app)["partner_clearing", "d1"] == 5_000
        app.take(stripe.won_life()[:1])
        assert column(app, "stage") == ["chargeback"]
        assert ("partner_clearing", "d1") not in balances(app)


def test_reinstated_funds_never_make_a_lost_dispute_won(tmp_path: Path) -> None:
    """The object says lost; that money came back is for a control to ask about."""
    lost = stripe.dispute(status="lost", balance_transactions=[stripe.withdrawal(), stripe.reversal(amount=50)])
    body = stripe.event("evt_9", "charge.dispute.funds_reinstated", stripe.START + stripe.DAY, lost)
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(body, stripe.START + stripe.DAY)])
        assert column(app, "outcome") == ["lost"]


def test_replay_gives_the_same_hash(tmp_path: Path) -> None:
    """Everything follows from bytes: deriving it again beside the register gives the same state."""
    with home(tmp_path / "home") as app:
        app.take(stripe.won_life())
        replayed = app.replay()
        assert replayed.same
        assert replayed.hash == app.state_hash()


def test_reading_again_replaces_what_was_read(tmp_path: Path) -> None:
    """`again` takes back and reads in one step; where nothing was mended nothing changes."""
    with home(tmp_path / "home") as app:
        app.take(stripe.won_life())
        before = app.state_hash()
        with app.register.reading() as view:
            objects = {row[0] for row in view.rows(select(schema.delivery.c.object))}
        for name in sorted(objects):
            app.again(name)
        assert app.state_hash() == before


def test_earlier_states_are_kept_with_what_ended_them(tmp_path: Path) -> None:
    """Each change of the fold leaves a version: known from, known to, and the delivery that told more."""
    with home(tmp_path / "home") as app:
        for arrival in stripe.won_life()[:4]:
            app.take([arrival])
        with app.register.reading() as view:
            versions = view.rows(select(schema.dispute_version).order_by(schema.dispute_version.c.version))
        names = schema.dispute_version.columns.keys()
        told = [dict(zip(names, row, strict=True)) for row in versions]
        assert [v["partner_status"] for v in told] == ["needs_response", "under_review"]
        assert all(v["known_from"] < v["known_to"] for v in told)
        assert all(v["cause"].startswith("del_") for v in told)


def told_versions(app: App) -> list[tuple[object, ...]]:
    """Every state before the present one, and since when the present one is known."""
    with app.register.reading() as view:
        before = view.rows(select(schema.dispute_version).order_by(schema.dispute_version.c.version))
        now = view.rows(select(schema.dispute.c.known_from, schema.dispute.c.version))
    return [*before, *now]


@pytest.mark.parametrize("seed", range(6))
def test_states_are_known_from_their_landing_however_they_were_taken_in(tmp_path: Path, seed: int) -> None:
    """A month read at once, one by one or in disorder: what was known when is the same."""
    with home(tmp_path / "straight") as app:
        for arrival in stripe.won_life():
            app.take([arrival])
        wanted = told_versions(app)
    mixed = list(stripe.won_life())
    random.Random(seed).shuffle(mixed)
    with home(tmp_path / "mixed") as app:
        cut = seed * len(mixed) // 5
        for part in (mixed[:cut], mixed[cut:]):
            app.take(part)
        assert told_versions(app) == wanted
    assert len(wanted) == 3


def test_a_shadow_account_is_folded_and_not_booked(tmp_path: Path) -> None:
    """Before it is live a partner is watched; nothing of it reaches the books."""
    shadow = msgspec.structs.replace(SETUP, account=(msgspec.structs.replace(SETUP.account[0], phase="shadow"),))
    with home(tmp_path / "home", setup=shadow) as app:
        app.take(stripe.won_life())
        assert column(app, "outcome") == ["won"]
        assert balances(app) == {}


REPORT = (
    "automatic_payout_id,balance_transaction_id,charge_id,created,currency,fee,gross,net,reporting_category,source_id"
)


def payout_report(name: str, at: str, *charges: tuple[str, str]) -> Arrival:
    """A payout report with charges of (transaction, gross), as it lands."""
    rows = [
        f"po_1,{txn},ch_{txn},2026-02-02 10:00:00,usd,0.00,{gross},{gross},charge,ch_{txn}" for txn, gross in charges
    ]
    body = "\n".join([REPORT, *rows, ""]).encode()
    return Arrival(partner="stripe", feed="payout_report", name=name, landed_at=parse_instant(at), body=body)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_files_that_overlap_count_each_line_once_in_any_order(tmp_path: Path, is_reversed: bool) -> None:
    """The line that both files have moves to the earlier file, and the later one is summed again without it."""
    first = payout_report("a.csv", "2026-02-03T10:00:00Z", ("txn_a", "10.00"), ("txn_b", "20.00"))
    later = payout_report("b.csv", "2026-02-04T10:00:00Z", ("txn_b", "20.00"), ("txn_c", "40.00"))
    with home(tmp_path / "home") as app:
        for arrival in (later, first) if is_reversed else (first, later):
            app.take([arrival])
        assert balances(app)["settlement_clearing", None] == 7_000
        assert app.replay().same


def test_a_genuine_message_behind_a_forged_copy_in_one_batch_is_read(tmp_path: Path) -> None:
    """A retry carries the same body under a new signature; only what was read is known."""
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    forged = stripe.webhook(body, stripe.START, secret="whsec_of_somebody_else")
    with home(tmp_path / "home") as app:
        report = app.take([forged, stripe.webhook(body, stripe.START, name="retry", lag=200)])
        assert (report.refused, report.observations_new) == (1, 1)


def test_in_one_batch_too_the_earliest_landing_of_an_id_counts(tmp_path: Path) -> None:
    """The later body is read first, of a dispute that is new: the fold takes the one that landed first."""
    first = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    other = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute(amount=9_900))
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(other, stripe.START, name="b", lag=90), stripe.webhook(first, stripe.START, lag=1)])
        assert column(app, "amount_minor") == [5_000]


def house_payment(name: str, account: str, ref: str, merchant: str, at: str) -> Arrival:
    """A file of the house with one payment."""
    line = PAYMENTS.format(number=1).replace("acct_test", account).replace("ch_1", ref).replace("m_7", merchant)
    body = line.replace("pay_1", f"pay_{name}").encode()
    return Arrival(partner="house", feed="payments", name=f"{name}.csv", landed_at=parse_instant(at), body=body)


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_corrected_payment_lets_go_of_its_old_dispute(tmp_path: Path, is_reversed: bool) -> None:
    """The house says again, of the same payment, another reference: the dispute it had is without a merchant."""
    said = house_payment("x", stripe.ACCOUNT, "ch_1", "m_1", "2026-02-02T10:00:00Z")
    corrected = house_payment("x", stripe.ACCOUNT, "ch_9", "m_1", "2026-02-03T10:00:00Z")
    with home(tmp_path / "home") as app:
        app.take(stripe.won_life()[:1])
        for arrival in (corrected, said) if is_reversed else (said, corrected):
            app.take([arrival])
        assert column(app, "merchant") == [None]


def test_a_reference_at_another_account_is_another_payment(tmp_path: Path) -> None:
    """The same reference at two of our accounts: the dispute belongs to the payment of its own."""
    with home(tmp_path / "home") as app:
        app.take([house_payment("a", "acct_other", "ch_1", "m_wrong", "2026-02-02T10:00:00Z")])
        app.take([house_payment("b", stripe.ACCOUNT, "ch_1", "m_right", "2026-02-02T10:00:00Z")])
        app.take(stripe.won_life()[:1])
        assert column(app, "merchant") == ["m_right"]


def test_no_card_number_survives_in_a_leg_a_name_or_a_header(tmp_path: Path) -> None:
    """Published test numbers planted where bytes become columns beside the record's own fields."""
    number = "5555555555554444"
    taken = stripe.dispute(balance_transactions=[stripe.withdrawal(id=f"txn_{number}")])
    body = stripe.event("evt_1", "charge.dispute.funds_withdrawn", stripe.START, taken)
    arrival = stripe.webhook(body, stripe.START, name=f"card {number}.http")
    arrival = msgspec.structs.replace(arrival, headers={**arrival.headers, "x-note": number})
    with home(tmp_path / "home") as app:
        app.take([arrival])
        place = app.settings.home
    stored = b"".join(path.read_bytes() for path in place.glob("register.db*"))
    assert b"dp_1" in stored
    assert number.encode() not in stored


def test_an_amount_taken_in_parts_is_charged_once(tmp_path: Path) -> None:
    """Two withdrawals that sum to the dispute: two legs of their own amounts, not the whole and a part."""
    parts = [
        stripe.withdrawal(amount=4_000),
        stripe.withdrawal(amount=1_000, fee=0, id="txn_part", created=stripe.START + 9),
    ]
    body = stripe.event(
        "evt_1", "charge.dispute.funds_withdrawn", stripe.START, stripe.dispute(balance_transactions=parts)
    )
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(body, stripe.START)])
        charged = {leg: minor for (account, leg), minor in balances(app).items() if account == "merchant_clearing"}
        assert charged == {"d1": 4_000, "d2": 1_000}


def test_a_line_that_gains_its_payout_is_the_same_line(tmp_path: Path) -> None:
    """First told without a payout, then with one: more is known, nothing is restated, whatever came first."""
    line, at = stripe.withdrawal(), stripe.START + stripe.DAY
    alone = stripe.fetched("balance_transactions", stripe.page(line), at)
    asked = {"recoup-request": "GET /v1/balance_transactions?payout=po_7 HTTP/1.1"}
    paid = stripe.fetched("balance_transactions", stripe.page(line | {"status": "available", "x": 1}), at + 60)
    paid = msgspec.structs.replace(paid, headers={**paid.headers, **asked})
    hashes = set()
    for number, order in enumerate(((alone, paid), (paid, alone))):
        with home(tmp_path / str(number)) as app:
            for arrival in order:
                app.take([arrival])
            with app.register.reading() as view:
                assert view.rows(select(schema.money_line.c.batch)) == [("po_7",)]
                assert view.rows(select(schema.finding.c.check_)) == []
            hashes.add(app.state_hash())
    assert len(hashes) == 1


@pytest.mark.parametrize(("keys", "status"), [(SETUP.account[0].key, "refused"), ((), "read")])
def test_a_directory_is_checked_against_the_keys_there_are(tmp_path: Path, keys: tuple[Key, ...], status: str) -> None:
    """With a live key a wrong signature is refused; without any the person who hands it in is taken at their word."""
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    sent = HttpMessage(
        "POST / HTTP/1.1", {"stripe-signature": stripe.signature(body, stripe.START, "whsec_wrong")}, body
    )
    folder = tmp_path / "deliveries"
    folder.mkdir()
    (folder / "one.http").write_bytes(write(sent))
    line = {"path": "one.http", "partner": "stripe", "feed": "webhook", "received_at": "2026-02-02T02:40:01Z"}
    (folder / "deliveries.jsonl").write_text(json.dumps(line))
    setup = msgspec.structs.replace(SETUP, account=(msgspec.structs.replace(SETUP.account[0], key=keys),))
    with home(tmp_path / "home", setup=setup) as app:
        app.ingest([folder])
        with app.register.reading() as view:
            told = view.rows(select(schema.delivery.c.status, schema.delivery.c.is_verified))
        assert told == [(status, 0)]


def test_a_home_takes_files_in_again_and_again(tmp_path: Path) -> None:
    """The engine's own room may go when it closes; the home's does not."""
    with home(tmp_path / "home") as app:
        kept = app.settings
    for number in range(2):
        file = tmp_path / f"payments_{number}.csv"
        file.write_text(PAYMENTS.format(number=number))
        with open_app(kept) as app:
            report = app.ingest([file], partner="house", feed="payments")
            assert (report.accepted, report.held) == (1, 0)


def test_both_databases_give_the_same_hash_and_the_same_replay(
    tmp_path: Path, register_url: str, straight: str
) -> None:
    """The register's database shows in nothing that is derived."""
    with home(tmp_path / "home", register_url=register_url) as app:
        for arrival in reversed(stripe.won_life()):
            app.take([arrival])
        assert app.state_hash() == straight
        assert app.replay().same


def test_what_was_refused_is_not_read_again(tmp_path: Path) -> None:
    """Reading again is no way round a signature."""
    body = stripe.event("evt_1", "charge.dispute.created", stripe.START, stripe.dispute())
    with home(tmp_path / "home") as app:
        app.take([stripe.webhook(body, stripe.START, secret="whsec_of_somebody_else")])
        with pytest.raises(ObjectMissing):
            app.again(hashlib.sha256(body).hexdigest())
        assert column(app, "dispute") == []


def test_bytes_that_came_for_the_wrong_account_are_read_for_the_right_one(tmp_path: Path) -> None:
    """What was looked at for one account, held or read, says something else for another; the slip is a finding."""
    with home(tmp_path / "home") as app:
        page = stripe.page(stripe.dispute())
        said = []
        for account in ("acct_wrong", "acct_right", "acct_right"):
            arrival = Arrival("stripe", "disputes", f"{account}.json", stripe.START * 1_000_000, account, body=page)
            said.append([problem.code for problem in app.take([arrival]).problems])
        with app.register.reading() as view:
            told = view.rows(select(schema.observation.c.account))
            found = view.rows(select(schema.finding.c.account).where(schema.finding.c.check_ == "intake.other_account"))
    assert sorted(told) == [("acct_right",), ("acct_wrong",)]
    assert found == [("acct_right",)]
    assert said[:2] == [[], ["intake.other_account"]]
