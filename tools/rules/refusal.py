"""What a rule reads and what it answers."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the repository: its path from the root, and what it says."""

    path: PurePosixPath
    text: str

    def within(self, *folders: str) -> bool:
        """Whether the file lies in one of these folders, at any depth."""
        return any(self.path.is_relative_to(folder) for folder in folders)


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """Something a rule does not take: where, what, and what to write in its place."""

    path: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        """Give the one line that the terminal shows."""
        return f"{self.path}:{self.line}: {self.what} is refused here; {self.instead}"
