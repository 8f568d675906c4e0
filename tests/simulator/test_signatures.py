"""Every signed message verifies, by an implementation that shares nothing with the writer."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import tomllib
from pathlib import Path
from typing import Any


def secrets(folder: Path) -> dict[str, str]:
    setup = tomllib.loads((folder / "setup.toml").read_text())
    return {a["partner"]: a["key"][0]["secret"] for a in setup["account"] if "key" in a}


def webhooks(folder: Path, partner: str) -> list[tuple[str, bytes, dt.datetime]]:
    found = []
    for line in (folder / "deliveries.jsonl").read_text().splitlines():
        told = json.loads(line)
        if (told["partner"], told["feed"]) == (partner, "webhook"):
            head, _, body = (folder / told["path"]).read_bytes().partition(b"\r\n\r\n")
            found.append((head.decode(), body, dt.datetime.fromisoformat(told["received_at"])))
    return found


def stripe_fits(head: str, body: bytes, secret: str) -> bool:
    stamp, code = re.search(r"stripe-signature: t=(\d+),v1=([0-9a-f]{64})", head).groups()  # type: ignore[union-attr]
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in secret.encode().ljust(64, b"\0")) + stamp.encode() + b"." + body)
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in secret.encode().ljust(64, b"\0")) + inner.digest())
    return outer.hexdigest() == str(code)


def adyen_fits(item: dict[str, Any], key: str) -> bool:
    amount = item["amount"]
    signed = ":".join(
        (
            item["pspReference"],
            item.get("originalReference", ""),
            item["merchantAccountCode"],
            item["merchantReference"],
            str(amount["value"]),
            amount["currency"],
            item["eventCode"],
            item["success"],
        )
    )
    digest = hmac.digest(base64.b16decode(key.upper()), signed.encode(), "sha256")
    return base64.b64decode(item["additionalData"]["hmacSignature"]) == digest


def test_every_stripe_webhook_is_signed_when_it_is_delivered(clean: Path) -> None:
    """The HMAC fits, written out by hand, and the time stamp is the second of arrival."""
    messages = webhooks(clean, "stripe")
    assert len(messages) > 80
    for head, body, received_at in messages:
        assert stripe_fits(head, body, secrets(clean)["stripe"])
        assert f"t={int(received_at.timestamp())}," in head


def test_every_adyen_item_is_signed(clean: Path) -> None:
    """The HMAC over eight fields fits for each item, of disputes and of reports."""
    messages = webhooks(clean, "adyen")
    assert len(messages) > 150
    for _, body, _ in messages:
        for item in json.loads(body)["notificationItems"]:
            assert adyen_fits(item["NotificationRequestItem"], secrets(clean)["adyen"])


def test_each_message_says_how_long_it_is(clean: Path) -> None:
    """A body that was cut would not fit its own length."""
    for path in sorted(clean.rglob("*.http")):
        head, _, body = path.read_bytes().partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}" in head.decode()
