"""Which messages of ISO 20022 come on which feed, and what names a collection in all of them.

The shapes themselves are in `recoup.formats.iso20022_pieces`. One collection is one case, whatever
message tells of it: the end-to-end id is the only name that the creditor's own file, its bank's
reports and the messages between banks all carry. It must not be used for two collections; where a
bank or creditor leaves it out, the next best name is taken, with a word before it that says which.
"""

import re

from recoup.formats.iso20022_pieces import Detail, Transaction
from recoup.formats.plain_text import reference

FEEDS = {
    "status": frozenset({"pain.002", "pacs.002"}),
    "returns": frozenset({"pacs.004"}),
    "reversals": frozenset({"pacs.007"}),
    "recalls": frozenset({"camt.056", "camt.029"}),
    "statements": frozenset({"camt.052", "camt.053", "camt.054"}),
    "sent": frozenset({"camt.056", "camt.029"}),
}
"""Messages by feed; any other holds the file."""
DIRECT_DEBITS = ("pain.008", "pacs.003")
CREDIT_TRANSFERS = ("pain.001", "pain.013", "pacs.008", "pacs.009")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}")
_PLACEHOLDERS = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "NONE", "UNKNOWN", "NOTAVAILABLE"})


def given(text: str | None) -> str | None:
    """Give a reference that somebody gave; None for what stands in place of one."""
    found = reference(text)
    return None if found is None or found.upper() in _PLACEHOLDERS else found


def case_of(told: Transaction | Detail) -> str | None:
    """Name the collection that a record is about; None where it names none."""
    if (name := given(told.end_to_end)) is not None:
        return name
    others = (("tx", told.transaction), ("instr", told.instruction))
    return next((f"{kind}/{name}" for kind, text in others if (name := given(text)) is not None), None)


def is_direct_debit(told: Transaction) -> bool | None:
    """Whether a report is about a direct debit; None where it does not say."""
    original = (told.original_message or "").lower()
    if original.startswith(DIRECT_DEBITS):
        return True
    if original.startswith(CREDIT_TRANSFERS):
        return False
    return True if told.scheme is not None or told.mandate is not None else None
