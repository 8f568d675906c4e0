from collections.abc import Callable
from email.utils import formatdate

import httpx
import pytest

from recoup.errors import PartnerUnreachable
from recoup.intake import outbound
from recoup.intake.outbound import Outbound
from recoup.partners.access import Access, Basic, Bearer, ClientCredentials, Credentials, NamedHeader
from recoup.partners.contract import Request

URL = "https://api.stripe.test"
KEY = "sk_test_of_the_tests"
NOW = 1_770_000_000
GIVEN = Credentials(KEY)
BEARER = Bearer()
TOKENS = ClientCredentials("client_id and secret", "/oauth/token", "disputes:view", ("api", "access"))
PAIR = Credentials("secret_of_the_tests", "client_of_the_tests")
SEARCH = Request("POST", "/search", {"page": "1"}, {"content-type": "application/xml"}, b"<search/>", only_asks=True)
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


def ask(
    partner: Partner,
    request: Request = LIST,
    url: str = URL,
    access: Access = BEARER,
    given: Credentials = GIVEN,
) -> tuple[str, dict[str, str], bytes]:
    """Ask once, as a sweep does."""
    with httpx.Client(transport=httpx.MockTransport(partner)) as client:
        send = Outbound(client, lambda: NOW * 1_000_000, partner.pause).send_to(url, (access,), given)
        message = send(request)
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


def sold(token: str, **told: object) -> httpx.Response:
    """A token, as OAuth gives it."""
    return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": 3600} | told)


def test_what_a_request_says_beside_authorisation_goes_out() -> None:
    """The version of the API, what the body is, the body."""
    partner = Partner(httpx.Response(200))
    ask(partner, SEARCH)
    (asked,) = partner.asked
    assert (asked.method, str(asked.url), asked.content) == ("POST", f"{URL}/search?page=1", b"<search/>")
    assert (asked.headers["content-type"], asked.headers["user-agent"]) == ("application/xml", "recoup")


def test_user_and_password_are_basic_authorisation() -> None:
    """As RFC 7617 has it."""
    partner = Partner(httpx.Response(200))
    ask(partner, access=Basic("both"), given=Credentials("private", "public"))
    assert partner.asked[0].headers["authorization"] == "Basic cHVibGljOnByaXZhdGU="


@pytest.mark.parametrize(("header", "prefix"), [("x-api-key", ""), ("authorization", "Basic ")])
def test_a_key_goes_into_the_header_that_the_partner_names(header: str, prefix: str) -> None:
    """And, where it is another one, into no other."""
    partner = Partner(httpx.Response(200))
    ask(partner, access=NamedHeader("a key", header, prefix))
    assert partner.asked[0].headers[header] == prefix + KEY
    assert ("authorization" in partner.asked[0].headers) == (header == "authorization")


def test_a_token_is_bought_once_and_used_until_shortly_before_its_end() -> None:
    """On the host that gives them, by client id and secret; then it alone goes to the API."""
    url, now = "https://shop.api.partner.test", [NOW]
    partner = Partner(sold("t1"), *(httpx.Response(200) for _ in range(3)), sold("t2"), httpx.Response(200))
    with httpx.Client(transport=httpx.MockTransport(partner)) as client:
        out = Outbound(client, lambda: now[0] * 1_000_000, partner.pause)
        out.send_to(url, (TOKENS,), PAIR)(LIST)
        out.send_to(url, (TOKENS,), PAIR)(LIST)
        now[0] += 3539
        out.send_to(url, (TOKENS,), PAIR)(LIST)
        now[0] += 1
        out.send_to(url, (TOKENS,), PAIR)(LIST)
    hosts = [asked.url.host for asked in partner.asked]
    api, seller = "shop.api.partner.test", "shop.access.partner.test"
    assert hosts == [seller, api, api, api, seller, api]
    assert partner.asked[0].content == b"grant_type=client_credentials&scope=disputes%3Aview"
    assert partner.asked[0].headers["authorization"].startswith("Basic ")
    tokens = [asked.headers["authorization"] for asked in partner.asked if asked.url.host == api]
    assert tokens == ["Bearer t1"] * 3 + ["Bearer t2"]


def test_another_secret_gets_a_token_of_its_own() -> None:
    """A rotated key is not let in by what the old one bought."""
    partner = Partner(sold("t1"), httpx.Response(200), sold("t2"), httpx.Response(200))
    with httpx.Client(transport=httpx.MockTransport(partner)) as client:
        out = Outbound(client, lambda: NOW, partner.pause)
        out.send_to(URL, (TOKENS,), PAIR)(LIST)
        out.send_to(URL, (TOKENS,), Credentials("another", PAIR.client_id))(LIST)
    assert partner.asked[3].headers["authorization"] == "Bearer t2"


def test_a_token_that_is_refused_is_bought_anew_once() -> None:
    """A second refusal is the last word."""
    partner = Partner(sold("t1"), httpx.Response(401), sold("t2"), httpx.Response(200, content=b"{}"))
    assert ask(partner, access=TOKENS, given=PAIR)[2] == b"{}"
    assert partner.asked[3].headers["authorization"] == "Bearer t2"
    refused = Partner(sold("t1"), httpx.Response(401), sold("t2"), httpx.Response(401))
    with pytest.raises(PartnerUnreachable, match="status 401"):
        ask(refused, access=TOKENS, given=PAIR)
    assert len(refused.asked) == 4


def test_a_token_that_may_not_do_this_is_not_bought_anew() -> None:
    """Another one would open as little."""
    partner = Partner(sold("t1"), httpx.Response(403))
    with pytest.raises(PartnerUnreachable, match=r"status 403.*key named api"):
        ask(partner, access=TOKENS, given=PAIR)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, json={"error": "invalid_client", "error_description": "secret_of_the_tests"}),
        httpx.Response(401),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": "t\r\nx-more: 1"}),
        httpx.Response(200, json={"access_token": "t", "token_type": "mac"}),
    ],
)
def test_without_a_token_nobody_is_asked(answer: httpx.Response) -> None:
    """The message says where, and nothing of what was given or answered."""
    partner = Partner(answer)
    with pytest.raises(PartnerUnreachable) as caught:
        ask(partner, access=TOKENS, given=PAIR)
    assert len(partner.asked) == 1
    assert "POST /oauth/token" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in (PAIR.secret, str(PAIR.client_id), "<html>"))


def test_whoever_gives_tokens_may_make_us_wait_too() -> None:
    """The same patience as with the API."""
    partner = Partner(httpx.Response(429, headers={"retry-after": "5"}), sold("t1"), httpx.Response(200))
    ask(partner, access=TOKENS, given=PAIR)
    assert partner.waits == [5.0]


def test_what_changes_something_is_sent_once() -> None:
    """Nobody knows whether it was done before the answer was lost; a search only asks."""
    partner = Partner(httpx.Response(503), httpx.Response(200))
    with pytest.raises(PartnerUnreachable):
        ask(partner, Request("POST", "/accept"))
    assert len(partner.asked) == 1
    assert ask(Partner(httpx.Response(503), httpx.Response(200)), SEARCH)[0] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("path", ["@evil.test/x", ".evil.test/x", "evil", "", ":9/x"])
def test_no_path_leads_to_another_host(path: str) -> None:
    """Whoever made it up."""
    partner = Partner()
    with pytest.raises(PartnerUnreachable, match="a path that is none"):
        ask(partner, Request("GET", path))
    assert partner.asked == []


def test_nothing_that_opens_doors_is_kept_of_an_answer() -> None:
    """Neither cookies nor an echo of our key in a header."""
    told = {"authorization": f"Bearer {KEY}", "set-cookie": "session=1", "date": "x"}
    partner = Partner(httpx.Response(200, headers=told), httpx.Response(200))
    with httpx.Client(transport=httpx.MockTransport(partner)) as client:
        send = Outbound(client, lambda: NOW, partner.pause).send_to(URL, (BEARER,), GIVEN)
        assert set(send(LIST).headers) == {"date"}
        send(LIST)
    assert "cookie" not in partner.asked[1].headers


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is ours, too."""
    monkeypatch.setattr(outbound, "ANSWER_SECONDS_MAX", -1)
    with pytest.raises(PartnerUnreachable, match="takes longer"):
        ask(Partner(httpx.Response(200, content=b"x")))


def test_an_answer_that_cannot_be_unpacked_is_trouble_like_any_other() -> None:
    """It is asked for again."""
    broken = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))
    partner = Partner(broken, httpx.Response(200))
    assert ask(partner)[0] == "HTTP/1.1 200 OK"
    assert partner.waits == [2.0]


@pytest.mark.parametrize(
    "url", ["https://user:hidden@api.test", "https://api.test/?key=hidden", "https://api.test/#hidden"]
)
def test_an_address_holds_no_secret(url: str) -> None:
    """It is kept in the clear, and stands in messages."""
    with pytest.raises(PartnerUnreachable) as caught:
        ask(Partner(), url=url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("given", [Credentials("só"), Credentials("a\nb"), Credentials(""), PAIR])
def test_credentials_that_fit_no_way_in_are_not_sent(given: Credentials) -> None:
    """A header can carry neither letters beyond ASCII nor a line break, and a bearer token has no client id."""
    partner = Partner()
    with pytest.raises(PartnerUnreachable, match="key api"):
        ask(partner, given=given)
    assert partner.asked == []
