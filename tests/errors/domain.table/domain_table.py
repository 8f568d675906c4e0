"""Read a move to nowhere."""

from recoup.domain.lifecycle import read_moves

ROW = {
    "move": "reopened",
    "rank": "80",
    "stage": "chargback",
    "turn": "merchant",
    "outcome": "",
    "finality": "",
    "from_stages": "*",
    "from_outcomes": "*",
}


def fail() -> None:
    read_moves([ROW])
