"""Adyen's standard webhook as Adyen sends it: an envelope of items, or one item bare.

Everything in `additionalData` is text, booleans and amounts too. Only eight fields of an item are
under its signature (`signature.py`); the rest is as trustworthy as the channel. Sources:
Adyen/adyen-openapi `Webhooks-v1.yaml`, adyen-python-api-library `util.py`, docs.adyen.com.
"""

from typing import Any

import msgspec

SIGNATURE_HEADER = "hmacsignature"
"""Header of webhooks that are signed as a whole (platform, management); the name was not verified."""

Text = str | int | bool | None


class Amount(msgspec.Struct, frozen=True, gc=False):
    """Minor units, with Adyen's own number of decimals for some currencies."""

    value: int | None = None
    currency: str | None = None


class Item(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One notification. `psp_reference` is the dispute, `original_reference` the payment, absent in some messages."""

    event_code: str
    psp_reference: str | None = None
    original_reference: str | None = None
    merchant_account_code: str | None = None
    merchant_reference: str | None = None
    event_date: str | None = None
    success: str | bool | None = None
    amount: Amount = Amount()
    payment_method: str | None = None
    reason: str | None = None
    additional_data: dict[str, Text] | None = None


def items(document: Any) -> list[Any] | None:
    """Give the items of a standard webhook as they were sent, None where the document is none."""
    if not isinstance(document, dict):
        return None
    wrapped = document.get("notificationItems")
    if isinstance(wrapped, list):
        return [_unwrapped(item) for item in wrapped]
    item = _unwrapped(document)
    return [item] if isinstance(item, dict) and "eventCode" in item else None


def _unwrapped(item: Any) -> Any:
    return item["NotificationRequestItem"] if isinstance(item, dict) and "NotificationRequestItem" in item else item


def text(item: Item, key: str) -> str | None:
    """Give a text of `additionalData`; None for an absent one or an empty one."""
    value = (item.additional_data or {}).get(key)
    return value.strip() or None if isinstance(value, str) else None
