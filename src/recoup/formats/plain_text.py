"""Text from outside that is to be kept: one line, printable, short; or not kept.

Partners' references end up in tables, file names of messages and terminals. A control character, a
half character or a text of a thousand letters in one of them is a fault or an attack.
"""

REFERENCE_CHARACTERS = 255
"""Longest reference or word that is kept; partners document at most 80."""


def reference(text: str | None) -> str | None:
    """Give a reference or word without blanks around it; None for an absent, empty, unprintable or too long one."""
    if text is None:
        return None
    bare = text.strip()
    return bare if bare and len(bare) <= REFERENCE_CHARACTERS and bare.isprintable() else None
