"""Keys written the same way on both sides, as expressions of SQL. Pure."""

from collections.abc import Sequence
from types import MappingProxyType

from recoup.matching.rule import Key, Normal, SideName

_WRITTEN = MappingProxyType(
    {
        "trim": "trim({})",
        "upper": "upper({})",
        "unpad": "ltrim({}, '0')",
        "letters_and_digits": "regexp_replace({}, '[^A-Za-z0-9]', '', 'g')",
        "digits": "regexp_replace({}, '[^0-9]', '', 'g')",
    }
)
DAMAGED = "[0-9]([.,][0-9]+)?[eE][+][0-9]+"
"""A long number that went through a spreadsheet: its last digits are gone, so it names nothing any more."""


def written(column: str, normal: Sequence[Normal]) -> str:
    """Give the expression of a column in its normal form; NULL where nothing is left, or where it is damaged."""
    if not normal:  # it is in its normal form already
        return column
    expression = column
    for step in normal:
        expression = _WRITTEN[step].format(expression)
    return f"case when {is_damaged(column)} then null else nullif({expression}, '') end"


def is_damaged(column: str) -> str:
    """Give the condition that a column holds a number in scientific notation; never NULL.

    Looking for the sign first, in a `case`, is what makes this cheap: `and` would try the pattern on every line.
    """
    return f"case when contains({column}, '+') then regexp_full_match(trim({column}), '{DAMAGED}') else false end"


def of_side(key: Key, side: SideName) -> str:
    """Give the expression of a key on one side."""
    return written(key.left if side == "left" else key.right, key.normal)
