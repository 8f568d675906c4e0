"""A whole life of a dispute at Adyen, told by webhooks and reports: no order of arrival changes how it ends."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recoup.domain.dispute import Folded, fold
from recoup.domain.instants import HOUR
from recoup.domain.observation import observe
from recoup.domain.tables import moves
from recoup.partners.adyen.mapping import read_webhook
from recoup.partners.adyen.mapping_dispute_report import read_dispute_report
from tests.partners.adyen.sent import LANDED_AT, arrived, body, envelope, item
from tests.partners.adyen.test_mapping_dispute_report import ROW, report

Sent = tuple[str, bytes]
"""Feed and bytes of one delivery."""

LIFE = (
    ("REQUEST_FOR_INFORMATION", "Unresponded", 1),
    ("NOTIFICATION_OF_CHARGEBACK", "Undefended", 4),
    ("CHARGEBACK", "Undefended", 6),
    ("INFORMATION_SUPPLIED", "Pending", 9),
    ("CHARGEBACK_REVERSED", "Pending", 10),
    ("SECOND_CHARGEBACK", "Lost", 25),
)
ROWS = {
    "CHARGEBACK": "Chargeback",
    "CHARGEBACK_REVERSED": "ChargebackReversed",
    "SECOND_CHARGEBACK": "SecondChargeback",
}


def history(length: int, batched: bool, reported: bool) -> list[Sent]:
    """The first steps of a life, one message each or two in one, and the day's reports beside them."""
    steps = LIFE[:length]
    told = [item(code, status, date=f"2026-01-{day:02}T12:00:00+01:00") for code, status, day in steps]
    messages = [envelope(*told[n : n + 2]) for n in range(0, length, 2)] if batched else [envelope(one) for one in told]
    sent = [("webhook", body(message)) for message in messages]
    rows = [_row(code, day) for code, _, day in steps if code in ROWS]
    return sent + [("dispute_report", report(row)) for row in rows] if reported else sent


def _row(code: str, day: int) -> dict[str, Any]:
    cells = {"Record Type": ROWS[code], "Record Date": f"2026-01-{day:02} 12:00:00", "Dispute End Date": ""}
    return ROW | cells | {"CB Scheme Code": "visa", "CB Reason Code": "13.1", "Payment Method": "visa"}


def folded(sent: list[Sent], delays: list[int]) -> Folded:
    """The dispute that the deliveries tell, each landed some hours after some time."""
    told = []
    for number, ((feed, raw), delay) in enumerate(zip(sent, delays, strict=True)):
        delivery = arrived(feed, landed_at=LANDED_AT + delay * HOUR)
        reading = (read_webhook if feed == "webhook" else read_dispute_report)(delivery, raw)
        assert reading.held is None
        told += [
            observe(
                placed.said,
                partner="adyen",
                account=placed.account or "ShopNL",
                feed=feed,
                delivery=f"del_{number}",
                position=placed.position,
                landed_at=delivery.landed_at,
                trust="partly" if feed == "webhook" else "fetched",
            )
            for placed in reading.observations
        ]
    return fold(told, moves())


histories = st.builds(history, st.integers(1, len(LIFE)), st.booleans(), st.booleans())


@given(histories, st.data())
def test_any_order_repetition_and_delay_ends_the_same(sent: list[Sent], data: st.DataObject) -> None:
    """Arrival is shuffled, doubled and late; the dispute and its findings are those of the plain story."""
    plain = folded(sent, [0] * len(sent))
    shuffled = data.draw(st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=4))))
    delays = data.draw(st.lists(st.integers(0, 900), min_size=len(shuffled), max_size=len(shuffled)))
    assert _without_landing(folded(shuffled, delays)) == _without_landing(plain)
    assert plain.findings == ()


@given(st.integers(1, len(LIFE)), st.booleans())
def test_reports_beside_the_webhooks_change_nothing(length: int, batched: bool) -> None:
    """The same events told twice, in two spellings, are one story: stage, outcome and legs."""
    one, both = (
        folded(sent, [0] * len(sent)).dispute
        for sent in (history(length, batched, False), history(length, batched, True))
    )
    assert (one.stage, one.turn, one.outcome, one.finality) == (both.stage, both.turn, both.outcome, both.finality)
    assert one.legs == both.legs


def test_reports_alone_tell_stage_outcome_and_legs() -> None:
    """Where every webhook was lost."""
    rows = [report(_row(code, day)) for code, _, day in LIFE if code in ROWS]
    found = folded([("dispute_report", row) for row in rows], [0] * len(rows)).dispute
    assert (found.stage, found.outcome, [leg.name for leg in found.legs]) == (
        "second_chargeback",
        "lost",
        ["c1", "d1", "d2"],
    )


def _without_landing(found: Folded) -> tuple[object, ...]:
    whole = {name: getattr(found.dispute, name) for name in found.dispute.__struct_fields__ if name != "landed_at"}
    return whole, found.findings
