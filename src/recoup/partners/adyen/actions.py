"""What we ask Adyen for: report files, by name. There is no list of disputes, and no way to fetch one.

A lost webhook is noticed by the reports, and by Adyen's own queue, which tries for 30 days. Defending
and accepting disputes are actions of Adyen's Disputes API; they are not built.
"""

from urllib.parse import quote

from recoup.errors import UnknownFeed
from recoup.partners.asking import swept
from recoup.partners.contract import Request, Send, Swept


def fetch(send: Send, name: str) -> Swept:
    """Fetch a report file that a webhook told of: `settlement_detail/<merchant account>/<file name>`.

    Raises:
      UnknownFeed: The name is no such file; a dispute cannot be fetched from Adyen.
    """
    parts = name.split("/")
    if len(parts) != 3 or any(part in ("", ".", "..") for part in parts):
        raise UnknownFeed("adyen fetch", repr(name), "a report as feed/account/file; disputes cannot be fetched")
    feed, account, file = parts
    request = Request("GET", f"/reports/download/MerchantAccount/{quote(account)}/{quote(file)}")
    return swept(send, feed, file, request)
