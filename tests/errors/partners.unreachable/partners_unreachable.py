"""Make a client for an address in the clear."""

from recoup.intake.outbound import Outbound, open_client
from recoup.partners.access import Bearer, Credentials


def fail() -> None:
    with open_client() as client:
        outbound = Outbound(client, lambda: 0, lambda _seconds: True)
        outbound.send_to("http://api.partner.example", (Bearer(),), Credentials("key"))
