"""Count business days into a year that no table knows."""

import datetime as dt

from recoup.domain.calendar import add_business_days, calendar


def fail() -> None:
    add_business_days(calendar("target"), dt.date(2098, 12, 30), 5)
