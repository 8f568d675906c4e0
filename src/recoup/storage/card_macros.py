"""The macros that clean text of card numbers, as SQL text with the domain's rules and a home's token key put in.

Pure: nothing here is executed. The key stands in the text, so keep connections with these macros away from queries
that people write.
"""

from pathlib import Path

from recoup.domain.card_numbers import PIECE, SPACES, WHOLE, WITHIN

_PATTERNS = {"within": WITHIN, "whole": WHOLE, "piece": PIECE, "spaces": SPACES}
_TEXT = (Path(__file__).with_name("sql") / "card_numbers.sql").read_text()


def card_macros(token_key: str) -> str:
    """Give the statements that make `scrub_text`, `scrub_identifier` and `has_card_number` known to a connection.

    Args:
      token_key: `HomeKey.token_key`.
    """
    text = _TEXT
    for word, value in {**_PATTERNS, "token_key": token_key}.items():
        text = text.replace(f"@{word}@", value)
    return text
