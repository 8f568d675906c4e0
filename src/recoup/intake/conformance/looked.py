"""What a check saw: how often it looked, and what was wrong. A check that never looked proves nothing, and says so."""

from collections.abc import Callable

import msgspec

from recoup.intake.conformance.bench import Bench

WRONG_SHOWN_MAX = 20


class Looked(msgspec.Struct):
    """The eyes of one check."""

    times: int = 0
    wrong: list[str] = []

    def at(self, is_right: bool, otherwise: str) -> None:
        """Look once; keep what is wrong, each thing once."""
        self.times += 1
        if not is_right and otherwise not in self.wrong and len(self.wrong) < WRONG_SHOWN_MAX:
            self.wrong.append(otherwise)


class Check(msgspec.Struct, frozen=True):
    """One sentence of the contract, and how it is looked at."""

    name: str
    says: str
    look: Callable[[Bench, Looked], None]
    remedy: str = ""
    """What to do where it is not so."""


class Result(msgspec.Struct, frozen=True):
    """What became of one check: `nothing` where the samples gave it nothing to look at."""

    name: str
    says: str
    times: int
    wrong: tuple[str, ...]
    remedy: str = ""

    @property
    def status(self) -> str:
        """passed | failed | nothing."""
        return "failed" if self.wrong else "passed" if self.times else "nothing"
