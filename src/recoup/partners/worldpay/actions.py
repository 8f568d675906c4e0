"""What we ask Worldpay for: the cases with an activity on each day, those that wait for us, and single ones.

Nothing is pushed, so the sweep is all there is. A day is asked for again for some days, since the day of an
activity is Worldpay's and no zone of it is published. Each page is handed on as it came; an error page too.
Source: Vantiv/cnp-chargeback-sdk-python `cnpsdk/chargeback_retrieval.py` (MIT).
"""

import datetime as dt
from collections.abc import Sequence
from urllib.parse import quote

from recoup.domain.instants import local_day
from recoup.partners.asking import swept
from recoup.partners.contract import Request, Send, Swept

PATH = "/chargebacks"
ACCEPT = "application/com.vantivcnp.services-v2+xml"
"""Names the version of the API."""
OVERLAP_DAYS = 2
"""How many days before the last sweep the days begin: one for the zone, one for what is entered late."""
DAYS_MAX = 120
"""How far back a sweep goes; what is older is asked for case by case."""


def sweep(send: Send, changed_since: int, now: int) -> Sequence[Swept]:
    """Ask for the cases of every day since a little before the last sweep, and for all that wait for us."""
    last = local_day(now, "UTC")
    first = max(local_day(changed_since, "UTC") - dt.timedelta(days=OVERLAP_DAYS), last - dt.timedelta(days=DAYS_MAX))
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    pages = [_asked(send, f"chargebacks-{day}.http", {"date": day.isoformat()}) for day in days]
    return [*pages, _asked(send, f"actionable-{last}.http", {"actionable": "true"})]


def fetch(send: Send, name: str) -> Swept:
    """Fetch one case by its id."""
    return _asked(send, f"{name}.http", {}, f"{PATH}/{quote(name, safe='')}")


def _asked(send: Send, name: str, query: dict[str, str], path: str = PATH) -> Swept:
    return swept(send, "chargebacks", name, Request("GET", path, query, {"accept": ACCEPT}))
