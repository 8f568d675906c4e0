"""Which dispute a person means: by our id or its beginning, the partner's id, or the reference of the payment."""

from sqlalchemy import ColumnElement, or_, select

from recoup.errors import DisputeAmbiguous, DisputeNotFound
from recoup.storage.register import View
from recoup.storage.schema import dispute, payment

PREFIX = "dis_"
BEGINNING_LENGTH_MIN = 8
"""Shortest beginning of our id that is looked up: the prefix and four characters."""
SHOWN_MAX = 10


def find(view: View, reference: str) -> str:
    """Give our id of the one dispute that a reference means.

    Args:
      view: One unchanging view of the register.
      reference: Our id or a beginning of it, the partner's id of the dispute, or the partner's or the house's reference
        of the payment.
    Raises:
      DisputeNotFound: Nothing answers to it.
      DisputeAmbiguous: Several disputes do; the message lists them.
    """
    columns = (dispute.c.dispute, dispute.c.partner, dispute.c.account, dispute.c.partner_dispute_id)
    found = view.rows(select(*columns).where(_means(reference)).order_by(dispute.c.dispute))
    if len(found) == 1:
        return str(found[0][0])
    if not found:
        raise DisputeNotFound(
            where=repr(reference[:80]),
            found="no dispute",
            wanted="our id, the partner's id or a payment reference",
            remedy="List them: recoup disputes.",
        )
    listed = ", ".join(f"{ours} ({partner}/{account} {theirs})" for ours, partner, account, theirs in found[:SHOWN_MAX])
    more = f" and {len(found) - SHOWN_MAX} more" if len(found) > SHOWN_MAX else ""
    raise DisputeAmbiguous(
        where=repr(reference[:80]),
        found=f"{len(found)} disputes: {listed}{more}",
        wanted="one",
        remedy=f"Run: recoup trace {found[0][0]}",
    )


def _means(reference: str) -> ColumnElement[bool]:
    ways = [
        dispute.c.dispute == reference,
        dispute.c.partner_dispute_id == reference,
        dispute.c.payment_ref == reference,
        dispute.c.payment.in_(select(payment.c.payment).where(payment.c.payment == reference)),
    ]
    if reference.startswith(PREFIX) and len(reference) >= BEGINNING_LENGTH_MIN:
        ways.append(dispute.c.dispute.startswith(reference, autoescape=True))
    return or_(*ways)
