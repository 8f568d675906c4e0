"""Make a client for an address in the clear."""

from recoup.partners.access import Bearer, Credentials
from recoup.portal.outbound import Outbound, open_client


def fail() -> None:
    with open_client() as client:
        outbound = Outbound(client, lambda: 0, lambda _seconds: True)
        outbound.send_to("http://api.partner.example", (Bearer(),), Credentials("key"))
