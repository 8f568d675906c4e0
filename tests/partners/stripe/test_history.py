"""A whole life of a dispute at Stripe, read and folded: no order of arrival changes how it ends."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import Folded, fold
from recoup.domain.observation import Observation, observe
from recoup.domain.tables import moves
from recoup.partners.contract import Reading
from recoup.partners.stripe.mapping import read_disputes, read_webhook
from tests.partners.stripe.sent import DAY, HOUR, MICRO, T0, arrived, dispute, event, page, txn

Sent = tuple[str, int, dict[str, Any]]
"""Feed, when it was sent in epoch seconds, and the document."""


def history(ending: str, spent: bool, is_inquiry_first: bool) -> list[Sent]:
    """Everything Stripe sends about one dispute: webhooks and pages fetched in between."""
    taken, given = txn(-5000, T0 + DAY), txn(5000, T0 + 40 * DAY)
    sent: list[Sent] = []
    if is_inquiry_first:
        for status, day in (("warning_needs_response", 0), ("warning_closed", 0)):
            sent.append(_told("updated", dispute(status), day))
    opened = dispute(balance_transactions=[taken])
    sent += [_told("created", dispute(), 1), _told("funds_withdrawn", opened, 1)]
    answered = {"due_by": T0 + 9 * DAY, "submission_count": int(spent)}
    review = dispute("under_review", balance_transactions=[taken], evidence_details=answered)
    sent += [_told("updated", review, 5), ("disputes", T0 + 6 * DAY, page(review))]
    moved = [taken, given] if ending == "won" else [taken]
    closed = dispute(ending, balance_transactions=moved, evidence_details=answered)
    sent += [_told("closed", closed, 41), ("disputes", T0 + 42 * DAY, page(closed))]
    if ending == "won":
        sent.append(_told("funds_reinstated", closed, 41))
    return sent


def _told(kind: str, thing: dict[str, Any], day: int) -> Sent:
    at = T0 + day * DAY
    name = f"evt_{kind}_{thing['status']}_{day}"
    return "webhook", at, event(f"charge.dispute.{kind}", thing, at, id=name)


def observations(sent: Sent, delay: int) -> list[Observation]:
    """What one delivery says, landed some hours after it was sent; pages keep the time of their answer."""
    feed, at, document = sent
    date = {"date": f"{_http_date(at)}"} if feed == "disputes" else {}
    delivery = arrived(feed, headers=date, landed_at=(at + delay * HOUR) * MICRO)
    read = read_webhook if feed == "webhook" else read_disputes
    reading: Reading = read(delivery, json.dumps(document).encode())
    assert reading.held is None
    assert reading.accepted == reading.records
    return [
        observe(
            placed.said,
            partner="stripe",
            account="acct_test_1",
            feed=feed,
            delivery=f"del_{feed}_{at}_{delay}_{document.get('id')}",
            position=placed.position,
            landed_at=delivery.landed_at,
            trust="signed" if feed == "webhook" else "fetched",
        )
        for placed in reading.observations
    ]


def _http_date(at: int) -> str:
    day = (at - T0) // DAY
    month, of_month = ("Jan", day + 1) if day < 31 else ("Feb", day - 30)
    return f"{of_month:02} {month} 2026 00:00:00 GMT"


histories = st.builds(history, st.sampled_from(["won", "lost"]), st.booleans(), st.booleans())


@given(histories, st.data())
def test_any_order_repetition_and_delay_ends_the_same(sent: list[Sent], data: st.DataObject) -> None:
    """Arrival is shuffled, doubled and late; the dispute and its findings are those of the plain story."""
    plain = _fold(sent, [0] * len(sent))
    again = sent + data.draw(st.lists(st.sampled_from(sent), max_size=4))
    shuffled = data.draw(st.permutations(again))
    delays = data.draw(st.lists(st.integers(0, 90), min_size=len(shuffled), max_size=len(shuffled)))
    found = _fold(shuffled, delays)
    assert _without_landing(found) == _without_landing(plain)
    assert plain.findings == ()


@given(histories)
def test_history_ends_as_its_last_word_says(sent: list[Sent]) -> None:
    """Outcome by status, legs by withdrawal and return, one deadline."""
    dispute_ = _fold(sent, [0] * len(sent)).dispute
    closed = next(document for _, _, document in sent if document.get("type") == "charge.dispute.closed")
    status = closed["data"]["object"]["status"]
    assert dispute_.outcome == dispute_.partner_status == status
    assert [leg.name for leg in dispute_.legs] == (["c1", "d1"] if status == "won" else ["d1"])
    assert dispute_.partner_due_at == (T0 + 9 * DAY) * MICRO


@given(histories, st.data())
def test_lost_messages_are_healed_by_one_later_page(sent: list[Sent], data: st.DataObject) -> None:
    """Whatever webhooks were lost, the page fetched at the end tells stage, outcome and legs."""
    last_page = next(s for s in reversed(sent) if s[0] == "disputes")
    kept = [s for s in sent if s is last_page or data.draw(st.booleans())]
    healed, whole = (_fold(some, [0] * len(some)).dispute for some in (kept, sent))
    assert (healed.stage, healed.outcome, healed.turn) == (whole.stage, whole.outcome, whole.turn)
    assert [leg.name for leg in healed.legs] == [leg.name for leg in whole.legs]


def test_history_is_in_order_of_time() -> None:
    """The generator itself tells a story forward."""
    times = [at for _, at, _ in history("lost", True, True)]
    assert all(one <= other for one, other in pairwise(times))


def _fold(sent: list[Sent], delays: list[int]) -> Folded:
    told = [one for s, delay in zip(sent, delays, strict=True) for one in observations(s, delay)]
    return fold(told, moves())


def _without_landing(found: Folded) -> tuple[object, ...]:
    whole = {name: getattr(found.dispute, name) for name in found.dispute.__struct_fields__ if name != "landed_at"}
    return whole, found.findings
