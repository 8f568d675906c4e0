"""Make a client for an address in the clear."""

from recoup.portal.outbound import make_send, open_client


def fail() -> None:
    with open_client() as client:
        make_send("http://api.partner.example", "key", client, lambda: 0, lambda _seconds: True)
