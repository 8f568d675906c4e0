"""What the register keeps of a message's head: enough to check its signature again, and no card number."""

from recoup.intake.arrival import Arrival
from recoup.intake.landing import headers_text


def _head(**headers: str) -> str:
    arrival = Arrival("stripe", "webhook", "one", 0, body=b"{}", start_line="POST /in HTTP/1.1", headers=headers)
    return headers_text(arrival) or ""


def test_signature_that_holds_the_digits_of_a_card_number_stays_as_it_came() -> None:
    """One hexadecimal signature in a thousand does; masked, the message could never be verified again."""
    signature = "t=1770086561,v1=45f4111111111111111ab4d04b12338"
    assert signature in _head(**{"stripe-signature": signature})


def test_card_number_that_is_a_word_is_masked() -> None:
    """Alone, in fours, after an equals sign."""
    for written in ("4111111111111111", "4111 1111 1111 1111", "pan=4111111111111111;"):
        assert "411111******1111" in _head(**{"x-note": written})


def test_head_that_opens_doors_is_left_out() -> None:
    """Keys and cookies are nobody's evidence."""
    assert "secret" not in _head(authorization="Bearer secret", cookie="secret")
