"""Pages as they are brought to people: one for an incident, and one for all that a day's budget held back.

What the budget holds back is counted, never dropped: the first of a cause is told as one page, and that page again
each time the number has doubled, so that a thousand equal alarms are ten tellings.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from recoup.domain.ids import derive
from recoup.domain.incidents import Incident
from recoup.domain.instants import Instant, local_day


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of table notice."""

    notice: str
    incident: str | None
    partner: str
    family: str
    incidents: int
    tellings: int
    made_at: Instant
    changed_at: Instant


def notices(
    before: Mapping[str, Incident],
    after: Iterable[Incident],
    known: Mapping[str, Notice],
    as_of: Instant,
    made_at: Instant,
) -> list[Notice]:
    """Give the notices that are new or tell of more, now that incidents are as they are.

    Args:
      before: Incidents as they were, by id.
      after: As they are now.
      known: Notices that stand for several, by id.
      as_of: Now, whose day the budget is for.
      made_at: By the wall, when people are to be told.
    """
    changed = [one for one in after if before.get(one.incident) != one]
    pages = [_of(one, made_at) for one in changed if _is_new_page(before.get(one.incident), one)]
    held_back = [one for one in changed if _is_newly_held_back(before.get(one.incident), one)]
    return [*pages, *_folded(held_back, known, as_of, made_at)]


def _is_new_page(was: Incident | None, one: Incident) -> bool:
    told = None if was is None else (was.alerted_as, was.alerted_at)
    return one.alerted_as == "page" and told != (one.alerted_as, one.alerted_at)


def _is_newly_held_back(was: Incident | None, one: Incident) -> bool:
    return one.is_over_budget and not (was is not None and was.is_over_budget and was.alerted_at == one.alerted_at)


def _of(one: Incident, made_at: Instant) -> Notice:
    return Notice(
        notice=derive("ntc", one.incident, str(one.alerted_at)),
        incident=one.incident,
        partner=one.partner,
        family=one.family,
        incidents=1,
        tellings=1,
        made_at=made_at,
        changed_at=made_at,
    )


def _folded(
    held_back: Sequence[Incident], known: Mapping[str, Notice], as_of: Instant, made_at: Instant
) -> list[Notice]:
    found: dict[str, Notice] = {}
    for one in held_back:
        key = fold_id(one.partner, one.family, as_of)
        was = found.get(key) or known.get(key)
        count = 1 if was is None else was.incidents + 1
        found[key] = Notice(
            notice=key,
            incident=None,
            partner=one.partner,
            family=one.family,
            incidents=count,
            tellings=count.bit_length(),
            made_at=made_at if was is None else was.made_at,
            changed_at=made_at,
        )
    return list(found.values())


def fold_id(partner: str, family: str, as_of: Instant) -> str:
    """Name the notice that counts what was held back of a partner and a family on the day of an instant, UTC."""
    return derive("ntc", "held back", partner, family, local_day(as_of, "UTC").isoformat())
