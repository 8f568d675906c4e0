"""Triggers that make the database itself refuse to rewrite history.

The audit, seals and their corrections, decisions about breaks and the work log take new rows only. Of an entry only
`is_active` may change. They are made by the first migration.
"""

from sqlalchemy import Table

from recoup.storage.schema import audit, break_decision, entry, seal, seal_correction, touch
from recoup.storage.statements import quoted

_GROWING = (audit, seal, seal_correction, break_decision, touch)
_CHANGING = {entry.name: {"is_active"}}
_REFUSAL = "is append-only"


def guards(dialect: str) -> list[str]:
    """Give the statements that put the triggers in place, on `sqlite` or `postgresql`."""
    events = [(table, event) for table in _GROWING for event in ("update", "delete")]
    events.append((entry, f"update of {_fixed(entry)}"))
    if dialect == "sqlite":
        return [_sqlite(table, event) for table, event in events]
    emptied = [(table, "truncate") for table in _GROWING]
    return [statement for table, event in [*events, *emptied] for statement in _postgres(table, event)]


def _fixed(table: Table) -> str:
    """List the columns that never change."""
    return ", ".join(quoted(c.name) for c in table.columns if c.name not in _CHANGING[table.name])


def _sqlite(table: Table, event: str) -> str:
    name = f"{table.name}_refuses_{event.split()[0]}"
    return (
        f"create trigger {quoted(name)} before {event} on {quoted(table.name)} "
        f"begin select raise(abort, '{table.name} {_REFUSAL}'); end"
    )


def _postgres(table: Table, event: str) -> list[str]:
    name = f"{table.name}_refuses_{event.split()[0]}"
    return [
        f"create function {quoted(name)}() returns trigger language plpgsql as "
        f"$$ begin raise exception '{table.name} {_REFUSAL}'; end $$",
        f"create trigger {quoted(name)} before {event} on {quoted(table.name)} "
        f"for each {'statement' if event == 'truncate' else 'row'} execute function {quoted(name)}()",
    ]
