"""Fields out of elements, quickly: a shape names the elements that are wanted, all others are never looked at.

A shape is a table from an element's name to what is to be done with it: a text is kept under a
name, an amount with its currency, a list one after the other, a table is looked into. Namespaces
differ by version, so a shape is made for one namespace and kept.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from recoup.domain.money import exponent
from recoup.errors import MoneyRefused
from recoup.formats.iso20022_pieces import Charge, Money, Reason

DIGITS_MAX = 18
FRACTION_MAX = 5
"""ISO 20022 amounts have up to 18 digits, 5 of them a fraction."""

Shape = Mapping[str, Any]
"""name -> "slot" (its text), ("slot", function of the element), ["slot", shape or function] (one after the other), or
a shape (to be looked into)."""
Fields = dict[str, Any]


@lru_cache(maxsize=4096)
def local_name(tag: str) -> str:
    """Give a tag without its namespace."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """Give the namespace of a tag; empty for none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def in_namespace(shape: Shape, uri: str) -> dict[str, Any]:
    """Give a shape with full tags, for elements of one namespace."""
    made: dict[str, Any] = {}
    for name, wanted in shape.items():
        tag = f"{{{uri}}}{name}" if uri else name
        if isinstance(wanted, Mapping):
            made[tag] = in_namespace(wanted, uri)
        elif isinstance(wanted, list):
            slot, inner = wanted
            made[tag] = [slot, in_namespace(inner, uri) if isinstance(inner, Mapping) else inner]
        else:
            made[tag] = wanted
    return made


def gather(element: Any, shape: dict[str, Any], into: Fields) -> Fields:
    """Put the wanted fields of an element into a table; of a field that stands twice the first counts.

    This runs for every element that is looked at, so it goes on in one loop and not by calling itself.
    """
    todo = [(element, shape)]
    for around, names in todo:
        for child in around.getchildren():
            wanted = names.get(child.tag)
            if wanted is None:
                continue
            kind = type(wanted)
            if kind is str:
                if wanted not in into and (text := child.text):
                    into[wanted] = text.strip()
            elif kind is tuple:
                slot, made_of = wanted
                if slot not in into and (value := made_of(child)) is not None:
                    into[slot] = value
            elif kind is dict:
                todo.append((child, wanted))
            else:
                slot, inner = wanted
                told = gather(child, inner, {}) if type(inner) is dict else inner(child)
                into.setdefault(slot, []).append(told)
    return into


def text_of(element: Any) -> str:
    """Give the text of an element without the blanks around it."""
    return (element.text or "").strip()


def choice(element: Any) -> str | None:
    """Give the text of an element, or of the one child that it holds in its place: a day or an instant, `Sts`."""
    text = (element.text or "").strip()
    if not text and len(element):
        text = (element[0].text or "").strip()
    return text or None


# --- values -----------------------------------------------------------------------------------------------------------


def money(element: Any) -> Money:
    """Read an amount; a fraction longer than the currency's is read where it is nothing but zeros."""
    return _money(element.text, element.get("Ccy"))


@lru_cache(maxsize=1024)
def _money(text: str | None, currency: str | None) -> Money:
    """Entry and transaction tell the same amount, and so do many entries."""
    said, decimals = (text or "").strip(), decimals_of(currency)
    return Money(said, currency, None if decimals is None else scaled(said, decimals))


@lru_cache(maxsize=512)
def decimals_of(currency: str | None) -> int | None:
    """Give the number of decimals of a currency; None for what is none."""
    try:
        return None if currency is None else exponent(currency)
    except MoneyRefused:
        return None


def scaled(text: str, decimals: int) -> int | None:
    """Read a number of the schema's kind as an integer of so many decimals; None where it is none or would be cut."""
    whole, point, fraction = text.partition(".")
    if point and len(fraction) == decimals and len(whole) <= DIGITS_MAX:
        digits = whole + fraction
        if whole and digits.isdecimal() and digits.isascii():
            return int(digits)
    return _scaled(text, decimals)


def _scaled(text: str, decimals: int) -> int | None:
    sign = -1 if text[:1] == "-" else 1
    whole, _, fraction = text.removeprefix("-" if sign < 0 else "+").partition(".")
    is_number = (whole + fraction).isascii() and (whole + fraction).isdecimal()
    fraction = fraction.rstrip("0")
    if not is_number or len(whole) > DIGITS_MAX or len(fraction) > decimals:
        return None
    return sign * int((whole + fraction.ljust(decimals, "0")) or "0")


def whole_number(text: str | None) -> int | None:
    """Read a count or a sequence number of at most 18 digits; None where it is none."""
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX
    return int(text) if is_number and text is not None else None


def direction(element: Any) -> bool | None:
    """Read `CdtDbtInd`: True for CRDT; None where it is neither CRDT nor DBIT."""
    text = element.text
    return _DIRECTIONS[text] if text in _DIRECTIONS else _DIRECTIONS.get((text or "").strip())


def indicator(element: Any) -> bool | None:
    """Read a boolean of XML; None where it is none."""
    return _FLAGS.get(text_of(element))


def flag(text: str | None) -> bool | None:
    """Read a boolean of XML; None where it is none."""
    return _FLAGS.get(text or "")


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


_DIRECTIONS = {"CRDT": True, "DBIT": False}


# --- shapes that several messages share -------------------------------------------------------------------------------

ORIGINATOR: Shape = {
    "Nm": "name",
    "Id": {
        "OrgId": {"BICOrBEI": "bic", "AnyBIC": "bic"},
        "FinInstnId": {"BIC": "bic", "BICFI": "bic"},
    },
    "FinInstnId": {"BIC": "bic", "BICFI": "bic", "Nm": "name"},
}
_CODE: Shape = {"Cd": "code", "Prtry": "proprietary"}
_REASON: Shape = {
    "Orgtr": ORIGINATOR,
    "RtrOrgtr": ORIGINATOR,
    "StsOrgtr": ORIGINATOR,
    "Rsn": _CODE,
    "RtrRsn": _CODE,
    "StsRsn": _CODE,
    "RvslRsn": _CODE,
    "CxlRsn": _CODE,
    "AddtlInf": ["lines", text_of],
    "AddtlRtrRsnInf": ["lines", text_of],
    "AddtlStsRsnInf": ["lines", text_of],
}
"""Of a return, rejection, reversal, recall or answer; names of version 001.01 among them."""
_CHARGE: Shape = {
    "Amt": ("amount", money),
    "CdtDbtInd": ("is_credit", direction),
    "ChrgInclInd": ("is_included", indicator),
}
CHARGES: Shape = {**_CHARGE, "Rcrd": ["records", _CHARGE]}


@lru_cache(maxsize=64)
def _reason_shape(uri: str) -> dict[str, Any]:
    return in_namespace(_REASON, uri)


def reason(element: Any) -> Reason:
    """Give the reason that an element names: `RtrInf`, `StsRsnInf` and others."""
    fields = gather(element, _reason_shape(namespace(element.tag)), {})
    return Reason(
        fields.get("code"),
        fields.get("proprietary"),
        fields.get("name"),
        fields.get("bic"),
        " ".join(" ".join(fields.get("lines", ())).split()) or None,
    )


def charges(told: Fields) -> tuple[Charge, ...]:
    """Give the charges beside an amount: their records where there are any, else the amounts themselves."""
    if "charges" not in told:
        return ()
    records = [record for fields in told["charges"] for record in fields.get("records", (fields,))]
    return tuple(
        Charge(record["amount"], _is_debit(record), record.get("is_included"))
        for record in records
        if "amount" in record
    )


def _is_debit(fields: Fields) -> bool | None:
    is_credit = fields.get("is_credit")
    return None if is_credit is None else not is_credit
