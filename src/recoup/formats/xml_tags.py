"""How much one tag of XML may say: parsers compare every attribute with every other, so that many stop a reader.

Looked at before anything is parsed, over bytes in any encoding that writes `<` and `=` as ASCII does, or with NULs
between. What is counted are the equals signs from one `<` to the next: text between tags counts with the tag before it.
"""

from typing import BinaryIO

ATTRIBUTES_MAX = 2_000
"""The widest element of the formats that we read has a dozen; a text with so many equals signs was never seen."""


class TagTooWide(ValueError):
    """Raised while bytes are handed to a parser, and caught by who parses them."""


class Tags:
    """A stream whose tags are counted on the way to a parser."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._watch = TagWatch()

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes.

        Raises:
          TagTooWide: A tag has more attributes than any has.
        """
        chunk = self._stream.read(size)
        self._watch.see(chunk)
        return chunk


class TagWatch:
    """Counts what is in the tags of a document that comes in pieces."""

    def __init__(self) -> None:
        self._equals = 0

    def see(self, chunk: bytes) -> None:
        """Look at the next piece, before a parser does.

        Raises:
          TagTooWide: A tag has more attributes than any has.
        """
        if self._equals + (told := chunk.count(b"=")) <= ATTRIBUTES_MAX:
            # So few in all that no tag can have too many: looked at tag by tag it would cost as much as parsing.
            begins = chunk.rfind(b"<")
            self._equals = self._equals + told if begins < 0 else chunk.count(b"=", begins)
            return
        first, *others = chunk.split(b"<")
        self._equals += first.count(b"=")
        if self._equals > ATTRIBUTES_MAX or any(part.count(b"=") > ATTRIBUTES_MAX for part in others):
            raise TagTooWide(f"more than {ATTRIBUTES_MAX} attributes in one tag")
        if others:
            self._equals = others[-1].count(b"=")


def has_wide_tag(body: bytes) -> bool:
    """Say whether a tag of a document has more attributes than any has."""
    return any(part.count(b"=") > ATTRIBUTES_MAX for part in body.split(b"<"))
