from collections.abc import Callable
from email.utils import formatdate

import httpx
import pytest

from recoup.errors import PartnerUnreachable
from recoup.partners.contract import Request
from recoup.portal import outbound
from recoup.portal.outbound import make_send

URL = "https://api.stripe.test"
KEY = "sk_test_of_the_tests"
NOW = 1_770_000_000
LIST = Request("GET", "/v1/disputes", {"limit": "100", "created[gte]": "5"})


class Partner:
    """An API that answers as told, one answer after the other."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waits: list[float] = []
        self.is_stopping = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, seconds: float) -> bool:
        """Note a wait instead of waiting."""
        self.waits.append(seconds)
        return self.is_stopping


def ask(partner: Partner, request: Request = LIST, url: str = URL) -> tuple[str, dict[str, str], bytes]:
    """Ask once, as a sweep does."""
    with httpx.Client(transport=httpx.MockTransport(partner)) as client:
        message = make_send(url, KEY, client, lambda: NOW * 1_000_000, partner.pause)(request)
    return message.start_line, dict(message.headers), message.body


def test_an_answer_comes_back_as_it_was_with_the_secret_in_a_header_alone() -> None:
    """Path and query as the partner's folder names them; the key is in no other place."""
    partner = Partner(httpx.Response(200, content=b'{"a": 1}', headers={"date": formatdate(NOW, usegmt=True)}))
    line, headers, body = ask(partner)
    (asked,) = partner.asked
    assert str(asked.url) == f"{URL}/v1/disputes?limit=100&created%5Bgte%5D=5"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert (line, body) == ("HTTP/1.1 200 OK", b'{"a": 1}')
    assert headers["date"].startswith("Mon, 02 Feb 2026")


def test_a_missing_object_is_an_answer_too() -> None:
    """That the partner knows nothing of it is worth keeping."""
    assert ask(Partner(httpx.Response(404, content=b"{}")))[0] == "HTTP/1.1 404 Not Found"


@pytest.mark.parametrize(
    ("said", "waited"),
    [("7", 7.0), (formatdate(NOW + 9, usegmt=True), 9.0), (None, 2.0), ("soon", 2.0), ("0", 0.1), ("१", 2.0)],
)
def test_we_wait_as_long_as_we_are_told(said: str | None, waited: float) -> None:
    """In seconds or until a date; where nothing sensible is said, at our own pace."""
    headers = {} if said is None else {b"retry-after": said.encode()}
    partner = Partner(httpx.Response(429, headers=headers), httpx.Response(200))
    ask(partner)
    assert partner.waits == [waited]


def test_being_told_to_wait_too_long_ends_the_round() -> None:
    """The list is due again anyway."""
    partner = Partner(httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(PartnerUnreachable, match="status 429"):
        ask(partner)
    assert partner.waits == []


@pytest.mark.parametrize("trouble", [lambda: httpx.Response(503), lambda: httpx.ConnectError("no route")])
def test_trouble_is_tried_again_with_growing_pauses_and_then_told(
    trouble: Callable[[], httpx.Response | Exception],
) -> None:
    """A few times, not for ever."""
    partner = Partner(*(trouble() for _ in range(outbound.TRIES)))
    with pytest.raises(PartnerUnreachable) as caught:
        ask(partner)
    assert partner.waits == [2.0, 4.0, 8.0, 16.0]
    assert KEY not in str(caught.value)
    assert "api.stripe.test" in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 401, 403])
def test_a_closed_door_and_a_way_elsewhere_are_no_answer(status: int) -> None:
    """A redirect is never followed with our key; a key that does not open is not tried again."""
    partner = Partner(httpx.Response(status, headers={"location": "https://elsewhere.test/"}))
    with pytest.raises(PartnerUnreachable, match=f"status {status}"):
        ask(partner)
    assert len(partner.asked) == 1


def test_stopping_ends_the_waiting() -> None:
    """A server that stops does not sit out a partner's pause."""
    partner = Partner(httpx.Response(503))
    partner.is_stopping = True
    with pytest.raises(PartnerUnreachable):
        ask(partner)
    assert len(partner.asked) == 1


def test_an_answer_that_never_ends_is_given_up() -> None:
    """Memory is ours, not the partner's."""
    partner = Partner(httpx.Response(200, content=b"x" * (outbound.ANSWER_BYTES_MAX + 1)))
    with pytest.raises(PartnerUnreachable, match="longer than"):
        ask(partner)


@pytest.mark.parametrize(
    "url", ["http://api.stripe.test", "ftp://127.0.0.1", "", "https://", "http://127.0.0.1.evil.test"]
)
def test_a_key_goes_out_over_https_alone(url: str) -> None:
    """But for this machine, where tests and proxies are."""
    with pytest.raises(PartnerUnreachable, match="https"):
        ask(Partner(), url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9/base/", "http://[::1]:9"])
def test_this_machine_may_be_asked_without(url: str) -> None:
    """A path before the partner's own paths is kept."""
    partner = Partner(httpx.Response(200))
    ask(partner, url=url)
    assert str(partner.asked[0].url).startswith(url.rstrip("/") + "/v1/disputes")
