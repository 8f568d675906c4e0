"""Named steps of SQL: a pipeline that runs one by one, and prints as one readable query. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recoup.errors import StorageProblem

Kind = Literal["table", "view", "copy"]
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Step:
    """One statement that makes one thing.

    Attributes:
      name: `<rule>__<what>`; later steps read it by this name.
      sql: One SELECT, parameters by name (`$landed_at`).
      kind: `table` keeps the rows, `view` computes them at each use (and takes no parameters), `copy` writes Parquet.
      path: Where a `copy` writes.
    """

    name: str
    sql: str
    kind: Kind = "table"
    path: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what could not run.

        Raises:
          StorageProblem: A name that is no name of ours, or a copy without a path.
        """
        quoted(self.name)
        if (self.kind == "copy") != (self.path is not None):
            raise StorageProblem(
                where=f"step {self.name}", found=f"{self.kind}, {self.path}", wanted="a path for a copy"
            )


def quoted(name: str) -> str:
    """Quote a name for a statement, if it is one of ours: lower case, digits and underscores.

    Raises:
      StorageProblem: It is not; a partner's text never becomes part of a statement.
    """
    if not _NAME.fullmatch(name):
        raise StorageProblem(where="statement", found=f"the name {name!r}", wanted=f"one like {_NAME.pattern}")
    return f'"{name}"'


def printed(steps: Sequence[Step]) -> str:
    """Write a pipeline as one query whose rows are those of its last step, for reading and for debugging."""
    *earlier, last = steps
    if not earlier:
        return last.sql.strip()
    parts = ",\n".join(f"{step.name} as (\n{_indented(step.sql)}\n)" for step in earlier)
    return f"with\n{parts}\n{last.sql.strip()}"


def _indented(sql: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in sql.strip().splitlines())
