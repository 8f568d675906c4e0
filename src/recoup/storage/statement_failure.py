"""How a statement's failure is told: by whatever engine, in our form, without the values of a partner. Pure."""

import re

from recoup.errors import StatementFailed

_SHOWN = 160
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"(?=\s+to)|\b\d{7,}\b")
_ROOM = "Raise RECOUP_ENGINE_MEMORY, make room on the disk, or take --engine spark."
_FAULT = "Look at it with: recoup match explain, or in the SQL that the step names."


def failure(where: str, said: str, out_of_room: bool = False) -> StatementFailed:
    """Give the problem with the engine's first line, its quoted and long values left out.

    Args:
      where: The step or query, by our name.
      said: The engine's words, which may quote a partner's text.
      out_of_room: Whether memory or disk was what it lacked.
    """
    first = next((line.strip() for line in said.splitlines() if line.strip()), "no reason given")
    return StatementFailed(
        where=where,
        found=_VALUES.sub("…", first)[:_SHOWN],
        wanted="a statement that runs within the engine's memory" if out_of_room else "a statement that runs",
        remedy=_ROOM if out_of_room else _FAULT,
    )
