"""Visa's words, and the one number that all records of a transaction share."""

import datetime as dt
import re
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.formats.fixed_width_values import day_by_last_digit, day_of_no_year, day_of_no_year_until

NAME = "visa"
NETWORK = "visa"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "visa/codes.csv")
_ARN = re.compile(r"[0-9]{23}")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_reference(text: str) -> bool:
    """Whether a text is an acquirer reference number: 23 digits, and not only zeros."""
    return _ARN.fullmatch(text) is not None and text.strip("0") != ""


def has_right_check(arn: str) -> bool:
    """Whether the last digit of an acquirer reference number checks the others, by Luhn's formula.

    Source:
      Format 1, acquirer BIN 6, day YDDD 4, sequence 11, check digit 1, as public code reads Mastercard's DE 31, which
      has the same form.
    """
    digits = [int(digit) for digit in reversed(arn)]
    return (sum(digits[0::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def acquirer_of(arn: str) -> str:
    """The acquirer's BIN within a reference number."""
    return arn[1:7]


def purchase_day(month_and_day: str, arn: str, processed_on: dt.date) -> dt.date | None:
    """Give the day of a purchase, whose record has no year.

    The reference number has the last digit of a year: the purchase is near that day. Without it, the purchase is the
    latest such day that is not after processing, with a day's grace for zones.
    """
    numbered = day_by_last_digit(arn[7:11], processed_on)
    if numbered is not None:
        return day_of_no_year(month_and_day, numbered)
    return day_of_no_year_until(month_and_day, processed_on + dt.timedelta(days=1))
