import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.enquiry.positions import Spot, leaves_of, spots

EVENT = (
    b'{"id":"evt_1", "note":"\xc3\xa4\xc3\xb6", "data":{"object":{"id":"dp_1","amount":5000,'
    b'"currency":"usd","due":1773100800}}}'
)


def test_fields_are_found_by_what_they_hold() -> None:
    """Path and byte, however the partner writes currencies and times; bytes count, not characters."""
    facts = {
        "record_id": "evt_1",
        "partner_dispute_id": "dp_1",
        "amount_minor": 5000,
        "currency": "USD",
        "due_at": 1773100800_000_000,
    }
    found = {spot.field: spot for spot in spots(EVENT, 1, facts, "USD")}
    assert found["amount_minor"] == Spot("amount_minor", "$.data.object.amount", EVENT.index(b"5000") + 1, None)
    assert found["currency"].path == "$.data.object.currency"
    assert found["due_at"].byte == EVENT.index(b"1773100800") + 1
    assert found["record_id"].path == "$.id"
    assert found["partner_dispute_id"].path == "$.data.object.id"


def test_what_no_field_holds_is_not_claimed() -> None:
    """A computed value, an absent one and a replaced card number have no place."""
    assert spots(EVENT, 1, {"network": "visa", "payment_ref": None, "case_ref": "tok_1"}) == []


def test_only_the_record_itself_is_searched() -> None:
    """The second object of a page is not found in the first."""
    page = b'{"data":[{"id":"dp_1","amount":7},{"id":"dp_2","amount":7}]}'
    [spot] = spots(page, 2, {"amount_minor": 7}, "USD")
    assert (spot.path, spot.byte) == ("$.data[1].amount", page.rindex(b"7") + 1)


def test_a_field_of_a_fitting_name_goes_before_others_that_hold_the_same() -> None:
    """The gross amount is not found in the net one."""
    [spot] = spots(b'{"net":"50.00","gross":"50.00"}', 1, {"gross_minor": 5000}, "USD")
    assert spot.path == "$.gross"


def test_delimited_records_have_columns_and_lines() -> None:
    """The line is that of the record's first, quoted line breaks before it counted."""
    report = b'id,note,gross\nt1,"two\nlines",1.00\nt2,,-50.00\n'
    [spot] = spots(report, 2, {"gross_minor": -5000}, "USD")
    assert spot == Spot("gross_minor", "gross", None, 4)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{", b'{"a"', b"a,b\n", b"[1,2"])
def test_bytes_that_are_nothing_give_nothing(body: bytes) -> None:
    """A trace of broken bytes is a trace without fields."""
    assert spots(body, 1, {"amount_minor": 1}, "USD") == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="abc", min_size=1), inner),
    max_leaves=20,
)


@given(value=VALUES, indent=st.sampled_from([None, 1]))
def test_every_leaf_is_found_where_it_begins(value: object, indent: int | None) -> None:
    """The scanner reads what the library reads, and its places hold what it says."""
    text = json.dumps(value, indent=indent)
    for leaf in leaves_of(text):
        assert text[leaf.byte - 1 :].startswith(json.dumps(leaf.value))
    assert len(leaves_of(text)) == count(value)


def count(value: object) -> int:
    if isinstance(value, dict):
        return sum(count(inner) for inner in value.values())
    return sum(count(inner) for inner in value) if isinstance(value, list) else 1
