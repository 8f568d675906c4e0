"""The fallback pack of an outage, as files: which disputes, until when, where to answer by hand, what to write down.

Values only: names and texts, written by whoever asks. Nothing in it is sent; no text of a partner goes into a name.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from recoup.domain.instants import Instant, render_instant, render_minute
from recoup.domain.money import render
from recoup.domain.terms import Contact
from recoup.enquiry.outages import AtRisk, OutageRow, summed
from recoup.errors import MoneyRefused

_OPENS_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
_BY_HAND = ("portal", "phone", "mail", "other")
_HEADS = (
    *("act by (UTC)", "partner's due time (UTC)", "partner's dispute id", "payment", "account", "merchant", "network"),
    *("reason", "stage", "partner's status", "amount", "currency", "answer at", "our id", "form"),
)


class Reach(msgspec.Struct, frozen=True):
    """The partner's desks, by our account, and now."""

    contacts: Mapping[str, tuple[Contact, ...]]
    now: Instant


def pack(row: OutageRow, reach: Reach) -> dict[str, str]:
    """Give the files of a pack, by name."""
    forms = {risk.dispute: _form_name(number, risk) for number, risk in enumerate(row.at_risk, 1)}
    files = {
        "disputes.csv": _csv(row, reach, forms),
        "what-to-do.md": _steps(row, reach),
        "notices/partner.txt": _to_partner(row),
    }
    by_merchant: dict[str, list[AtRisk]] = defaultdict(list)
    for risk in row.at_risk:
        by_merchant[risk.merchant or ""].append(risk)
    for merchant, theirs in sorted(by_merchant.items()):
        if merchant:
            files[f"notices/merchant-{_safe(merchant)}.txt"] = _to_merchant(row, theirs)
    files |= {forms[risk.dispute]: _form(risk) for risk in row.at_risk}
    return files


def _csv(row: OutageRow, reach: Reach, forms: Mapping[str, str]) -> str:
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, lineterminator="\r\n")
    writer.writerow(_HEADS)
    for risk in row.at_risk:
        cells = (
            render_minute(risk.act_by_at),
            "" if risk.partner_due_at is None else render_minute(risk.partner_due_at),
            *(risk.partner_dispute_id, risk.payment_ref, risk.account, risk.merchant, risk.network),
            *(risk.reason_code, risk.stage, risk.partner_status, _amount(risk), risk.currency),
            *(_answer_at(risk, reach), risk.dispute, forms[risk.dispute]),
        )
        writer.writerow([_guarded(cell) for cell in cells])
    return kept.getvalue()


def _guarded(text: str | None) -> str:
    """Give text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and _OPENS_FORMULA.match(text) else text or ""


def _amount(risk: AtRisk) -> str:
    return _money(risk).rpartition(" ")[0]


def _money(risk: AtRisk) -> str:
    if risk.amount_minor is None:
        return ""
    try:
        return render(risk.amount_minor, risk.currency or "")
    except MoneyRefused:
        return f"{risk.amount_minor} {risk.currency or '?'} (minor units)"


def _answer_at(risk: AtRisk, reach: Reach) -> str:
    """Where a dispute is answered by hand; `{dispute}` and `{payment}` in an address are the partner's references."""
    ways = _ways(reach.contacts.get(risk.account, ()))
    if not ways:
        return ""
    named = {"{dispute}": risk.partner_dispute_id, "{payment}": risk.payment_ref or ""}
    address = ways[0].address
    for word, value in named.items():
        address = address.replace(word, value)
    return address


def _form_name(number: int, risk: AtRisk) -> str:
    return f"forms/{number:04d}-{_safe(risk.partner_dispute_id)}.toml"


def _safe(name: str) -> str:
    """Give a name that is a file's on every system, whatever a partner calls things."""
    return _UNSAFE.sub("_", name)[:80].lstrip(".") or "_"


def _form(risk: AtRisk) -> str:
    """A form of `recoup record`, with what is known; what a person learnt is filled in."""
    lines = [
        "# Fill in what the portal, the call or the letter said, then: recoup record --partner P --file THIS",
        f"dispute = {_quoted(risk.partner_dispute_id)}",
        f"account = {_quoted(risk.account)}",
        'channel = "portal"                    # portal, call, letter, mail or other',
        'seen_at = ""                          # when you saw or heard it, like 2026-03-05T10:00:00Z',
        f"# act by {render_minute(risk.act_by_at)}; {_money(risk) or 'no amount told'}",
        '# status = ""                         # the partner\'s own word',
        '# outcome = ""                        # won lost split accepted expired withdrawn refunded prevented',
        f'# due_at = "{render_instant(risk.partner_due_at) if risk.partner_due_at is not None else ""}"',
        '# note = "Evidence was sent by ..., confirmed by ..."',
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return msgspec.json.encode(text).decode()


def _steps(row: OutageRow, reach: Reach) -> str:
    end = f"to {render_minute(row.to_at)}" if row.to_at is not None else "with no end known"
    sums = " + ".join(_total(a.minor, a.currency) for a in summed(row.at_risk)) or "no amount told"
    ways = [f"- {name}: {_way(way)}" for name, told in sorted(reach.contacts.items()) for way in _ways(told)]
    return "\n".join(
        [
            f"# {row.partner} is out: work by hand",
            "",
            f"{row.id}, from {render_minute(row.from_at)} {end}; feeds: {', '.join(row.feeds) or 'all'}.",
            f"Reason: {row.reason}",
            f"Made at {render_minute(reach.now)}: {_counted(len(row.at_risk))} at risk, {sums}.",
            "",
            "## Where to answer",
            "",
            *(ways or ["The contract names no desk of the partner (`[[account.contract.contacts]]`)."]),
            "",
            "## What to do",
            "",
            "1. Take the disputes of `disputes.csv` from the top: the soonest is first.",
            "2. Look each up in the portal: was it answered, decided or extended meanwhile?",
            "3. Answer it there with the evidence that is ready; what cannot be sent there by its time is sent by the"
            " next best way, and the partner is told.",
            "4. Keep a proof: a screenshot, the confirmation, who answered the telephone and when.",
            "5. Fill in the form of the dispute in `forms/`, and give it with its proof: `recoup record --partner"
            f" {row.partner} --file FORM --attach PROOF`. An outcome, a deadline or money needs a second person.",
            "6. When the outage is over, look before you answer again through the API: a slot is spent once.",
            f"7. When the partner is back: `recoup outage close {row.id[:12]} --to INSTANT --reason TEXT`.",
            "",
            "## Who is told",
            "",
            "The texts in `notices/` are for the partner and for merchants; nothing was sent.",
            "",
        ]
    )


def _total(minor: int, currency: str) -> str:
    try:
        return render(minor, currency)
    except MoneyRefused:
        return f"{minor} {currency} (minor units)"


def _ways(known: Sequence[Contact]) -> list[Contact]:
    """The desks of a partner: a portal answers by itself, a telephone at once, a mail some time."""
    return sorted(known, key=lambda one: (_BY_HAND.index(one.by), one.step, one.desk))


def _way(way: Contact) -> str:
    return f"{way.by} {way.address} ({way.desk})"


def _to_partner(row: OutageRow) -> str:
    feeds = ", ".join(row.feeds) or "all of your feeds and interfaces"
    listed = [
        f"- {risk.partner_dispute_id}, due {render_minute(risk.partner_due_at or risk.act_by_at)}"
        for risk in row.at_risk
    ]
    return "\n".join(
        [
            f"Subject: Outage since {render_minute(row.from_at)}, our reference {row.id}",
            "",
            f"Since {render_minute(row.from_at)} we get nothing, or nothing that can be read, from {feeds}.",
            f"What we see: {row.reason}",
            "",
            "Please tell us when you expect the end, and whether anything sent meanwhile has to be sent again.",
            f"These {len(row.at_risk)} disputes have to be answered within the outage or shortly after;"
            if row.at_risk
            else "No dispute has to be answered within the outage or shortly after.",
            *(["we ask you to extend their time, or to say how an answer counts:", "", *listed] if listed else []),
            "",
        ]
    )


def _to_merchant(row: OutageRow, theirs: Sequence[AtRisk]) -> str:
    listed = [
        f"- payment {risk.payment_ref or '?'}, {_money(risk)}, answer by {render_minute(risk.act_by_at)}"
        for risk in theirs
    ]
    return "\n".join(
        [
            f"Subject: Disputes with a time limit while {row.partner} cannot be reached",
            "",
            f"Since {render_minute(row.from_at)} {row.partner} cannot be reached as usual.",
            "We answer these disputes by hand; please send evidence that you still hold as soon as you can:",
            "",
            *listed,
            "",
        ]
    )


def _counted(disputes: int) -> str:
    return f"{disputes:,} {'dispute' if disputes == 1 else 'disputes'}"
