"""The column types of the register: three storage classes under the names of what they hold.

A value goes in and comes out as a plain `int`, `str` or `bytes`, with no conversion in between, so that a
tuple of Python values is a row on both databases. On SQLite they compile to `INTEGER`, `TEXT` and `BLOB`, the
only types that a `STRICT` table takes without surprise; on PostgreSQL to `BIGINT`, `TEXT` and `BYTEA`.
Read `schema.py` next for the tables that use them.
"""

from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary
from sqlalchemy import Text as SqlText
from sqlalchemy.types import TypeDecorator, TypeEngine


class Whole(TypeDecorator[int]):
    """A whole number of 64 bits: a count, a position, a sequence."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Give `INTEGER` on SQLite, whose strict tables know no `BIGINT`, and `BIGINT` elsewhere."""
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Minor(Whole):
    """An amount in minor units; a currency stands in a column beside it."""

    cache_ok = True


class Instant(Whole):
    """Microseconds since 1970-01-01T00:00:00Z."""

    cache_ok = True


class Flag(Whole):
    """1 for yes, 0 for no."""

    cache_ok = True


NUL, NO_NUL = "\0", "\ufffd"


def storable(text: str) -> str:
    """Give text as both databases hold it: U+FFFD, the sign for what cannot be shown, for U+0000, which one refuses."""
    return text.replace(NUL, NO_NUL)


class Text(TypeDecorator[str]):
    """Text of any length without U+0000, ordered by its bytes on both databases, whatever a server's locale says."""

    impl = SqlText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Give plain `TEXT` on SQLite, which orders by bytes, and the collation that does so elsewhere."""
        return dialect.type_descriptor(SqlText(collation="C") if dialect.name == "postgresql" else SqlText())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Look for text in the form that it was stored in."""
        return None if value is None else storable(value)


class Key(Text):
    """An id: ours (prefix and 26 characters), a hash in hex, or the house's own."""

    cache_ok = True


class Day(Text):
    """A calendar day in the account's zone, as ISO text `YYYY-MM-DD`."""

    cache_ok = True


class Bytes(TypeDecorator[bytes]):
    """Bytes, always short: a wrapped key, a sealed body of the inbox."""

    impl = LargeBinary
    cache_ok = True
