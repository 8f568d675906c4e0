"""What every folder does that asks an API: keep a page as it came, and follow a list that must end.

A page is landed as a message: its start line is the request that fetched it, headers and body are the answer's.
Nothing of our own headers is kept.
"""

from typing import Any, NoReturn
from urllib.parse import urlencode

from recoup.domain.findings import Finding
from recoup.errors import PartnerUnreachable
from recoup.formats.strict_json import PAGE, parse
from recoup.partners.contract import Message, Request, Send, Swept

_REMEDY = "What came is kept, and the list is asked for again in the next round."


def request_line(request: Request) -> str:
    """Give the start line of a request, as it is kept beside the page that answered it."""
    query = f"?{urlencode(request.query)}" if request.query else ""
    return f"{request.method} {request.path}{query} HTTP/1.1"


def swept(send: Send, feed: str, name: str, request: Request) -> Swept:
    """Ask, and give the answer to be landed on a feed under a name."""
    answer = send(request)
    return Swept(feed, name, Message(request_line(request), answer.headers, answer.body), status_of(answer))


def status_of(answer: Message) -> int:
    """Give the status of an answer by its start line; 0 where that names none."""
    told = answer.start_line.split(" ")[1:2]
    return int(told[0]) if told and told[0].isascii() and told[0].isdecimal() else 0


def document(message: Message) -> dict[str, Any]:
    """Give the JSON object of a page; an empty one where there is none, since its reader says what is wrong."""
    found = parse(message.body, PAGE)
    return found if isinstance(found, dict) and not isinstance(found, Finding) else {}


class Pages:
    """The pages of one list as they are asked for: numbered from 1, never in a circle, never for ever."""

    def __init__(self, where: str, pages_max: int) -> None:
        """Begin a list.

        Args:
          where: Whose list of what, for a message.
          pages_max: After how many pages it is given up.
        """
        self.number = 1
        self._where = where
        self._pages_max = pages_max
        self._seen: set[str] = set()

    def turn(self, cursor: str) -> None:
        """Turn to the page that begins at a cursor.

        Raises:
          PartnerUnreachable: The list was there before, or is longer than any list we know: it has no end that we
            could take for its end, so it is not complete.
        """
        if cursor in self._seen:
            self.astray(f"page {self.number} leads back to a page before it")
        if self.number == self._pages_max:
            self.astray(f"{self.number} pages, and still no end")
        self._seen.add(cursor)
        self.number += 1

    def astray(self, found: str) -> NoReturn:
        """Give the list up: what comes is not what was asked for.

        Raises:
          PartnerUnreachable: Always.
        """
        raise PartnerUnreachable(self._where, found, "pages that lead to the end of the list", _REMEDY)
