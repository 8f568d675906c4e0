"""Pages as they were brought to people, and how far each has come on each outlet."""

import msgspec
from sqlalchemy import select

from recoup.domain.instants import Instant
from recoup.storage import schema
from recoup.storage.register import View


class SendingRow(msgspec.Struct, frozen=True):
    """How far one page has come on one outlet."""

    outlet: str
    is_delivered: bool
    tries: int
    """Since the last that went well."""
    tried_at: Instant | None
    sent_at: Instant | None
    failure: str | None


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One page."""

    id: str
    incident: str | None
    partner: str
    family: str
    incidents: int
    """How many it stands for: more than one where the pages of the day were used up."""
    tellings: int
    made_at: Instant
    changed_at: Instant
    sendings: tuple[SendingRow, ...]


def notices(view: View, limit: int) -> list[NoticeRow]:
    """Give the latest pages, the newest first."""
    n = schema.notice
    rows = view.rows(select(n).order_by(n.c.changed_at.desc(), n.c.notice).limit(limit))
    sendings: dict[str, list[tuple[str, int, int, Instant | None, Instant | None, str | None]]] = {}
    for notice, *sent in view.by_keys(schema.notice_sending, "notice", [row[0] for row in rows]):
        sendings.setdefault(notice, []).append(tuple(sent))
    return [
        NoticeRow(
            id=notice,
            incident=incident,
            partner=partner,
            family=family,
            incidents=incidents,
            tellings=tellings,
            made_at=made_at,
            changed_at=changed_at,
            sendings=tuple(
                SendingRow(outlet, told >= tellings, tries, tried_at, sent_at, failure)
                for outlet, told, tries, tried_at, sent_at, failure in sorted(sendings.get(notice, []))
            ),
        )
        for notice, incident, partner, family, incidents, tellings, made_at, changed_at in rows
    ]
