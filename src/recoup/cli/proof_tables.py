"""How the four-way proof of one dispute looks in its trace: sides, legs, batches, and what is left with its name."""

from typing import Any

from recoup.cli.phrases import NOTHING, money
from recoup.cli.render import Column, Screen

_LEG_SIDES = ("announced", "settled", "charged", "confirmed")
_SIDE_OF_DISPUTE = {
    "partner_object": "the partner's object",
    "partner_money": "the partner's money",
    "house_ledger": "the house's ledger",
}


def show_dispute_proof(screen: Screen, found: Any) -> None:
    """Print the proof of one dispute: `enquiry.proof.Proof`."""
    screen.heading("Proved four ways" if found.is_proved else "Not proved")
    columns: tuple[Column, ...]
    if found.sides:
        columns = (Column("side"), Column("moved altogether", is_right=True, is_whole=True))
        screen.table(columns, [(_SIDE_OF_DISPUTE[side.side], money(side.minor, side.currency)) for side in found.sides])
        screen.say()
    if found.legs:
        columns = (Column("leg"), *(Column(side, is_right=True, is_whole=True) for side in _LEG_SIDES))
        screen.table(columns, [_leg(leg) for leg in found.legs])
        screen.say()
    if found.batches:
        parts = ("reported", "paid out", "at the bank")
        columns = (Column("batch", style="cyan"), *(Column(part, is_right=True, is_whole=True) for part in parts))
        screen.table(columns, [_batch(batch) for batch in found.batches])
        screen.say()
    if found.residuals:
        columns = (
            Column("left on"),
            Column("of"),
            Column("balance", is_right=True, is_whole=True),
            Column("by", is_whole=True),
            Column("why"),
        )
        screen.table(columns, [_residual(left) for left in found.residuals])


def _leg(leg: Any) -> tuple[str, ...]:
    return leg.leg, *(money(getattr(leg, f"{side}_minor"), leg.currency) for side in _LEG_SIDES)


def _batch(batch: Any) -> tuple[str, ...]:
    told = (batch.reported_minor, batch.paid_out_minor, batch.banked_minor)
    return batch.batch, *(money(minor, batch.currency) for minor in told)


def _residual(left: Any) -> tuple[str, ...]:
    kept_by = left.leg or left.batch or NOTHING
    return left.account, kept_by, money(left.balance_minor, left.currency), left.name.replace("_", " "), left.why
