"""What we ask Adyen for: report files by name, and nothing else."""

import pytest

from recoup.errors import UnknownFeed
from recoup.partners.adyen.actions import fetch
from recoup.partners.adyen.partner import PARTNER
from recoup.partners.contract import Message, Request


def test_report_is_fetched_by_account_and_name() -> None:
    """The answer is kept as it came, under the name of the file."""
    asked: list[Request] = []

    def send(request: Request) -> Message:
        asked.append(request)
        return Message("HTTP/1.1 200 OK", {"content-type": "text/csv"}, b"Company Account\n")

    swept = fetch(send, "settlement_detail/Shop NL/settlement_detail_report_batch_3.csv")
    (request,) = asked
    assert request.path == "/reports/download/MerchantAccount/Shop%20NL/settlement_detail_report_batch_3.csv"
    assert (swept.feed, swept.name) == ("settlement_detail", "settlement_detail_report_batch_3.csv")
    assert swept.message.body == b"Company Account\n"


@pytest.mark.parametrize("name", ["9915555555555555", "a/b", "a/../b", "a//b", "a/b/c/d"])
def test_dispute_cannot_be_fetched(name: str) -> None:
    """Said plainly, not tried."""
    with pytest.raises(UnknownFeed, match="disputes cannot be fetched"):
        fetch(lambda _: Message("", {}, b""), name)


def test_capabilities_are_honest() -> None:
    """No list, no fetch, no event ids; the gap is closed by files."""
    can = PARTNER.capabilities
    assert (can.can_list_disputes, can.can_fetch_dispute, can.has_event_ids) == (False, False, False)
    assert PARTNER.sweep is None
