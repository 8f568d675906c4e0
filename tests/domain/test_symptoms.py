from recoup.domain.money import Amount
from recoup.domain.symptoms import LISTED_MAX, Symptoms, as_text, bounded, of_text


def test_what_is_kept_is_read_back() -> None:
    """As text with its own names, the same whoever wrote it."""
    shown = Symptoms("suspense", "netting", 2, legs=("dis_1:d1",), batches=("adyen:EU:7",), amounts=(Amount(5, "EUR"),))
    assert of_text(as_text([shown])) == (shown,)
    assert as_text([shown]) == (
        '[{"amounts":[{"currency":"EUR","minor":5}],"batches":["adyen:EU:7"],"class":"netting","control":"suspense",'
        '"deliveries":[],"disputes":[],"left_out":0,"legs":["dis_1:d1"],"things":2}]'
    )


def test_lists_are_bounded_and_say_how_much_they_leave_out() -> None:
    """Each id once, in order."""
    many = [f"{number:04}" for number in range(LISTED_MAX + 7)]
    assert bounded(["b", "a", "b"]) == (("a", "b"), 0)
    assert bounded(reversed(many)) == (tuple(many[:LISTED_MAX]), 7)
