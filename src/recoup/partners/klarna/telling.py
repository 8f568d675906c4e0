"""What every mapping of Klarna's objects needs beside `recoup.partners.telling`: its words, and its times."""

from functools import partial
from pathlib import Path

from recoup.domain.codes import read_vocabulary
from recoup.partners.telling import told_instant

NAME = "klarna"
CODES = read_vocabulary(Path(__file__).with_name("codes.csv").read_text(encoding="utf-8"), "klarna/codes.csv")
meaning = CODES.meaning
instant = partial(told_instant, NAME)
