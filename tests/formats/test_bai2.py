"""Reports of BAI2 are held to their totals at three levels, and one bad record costs one record."""

import io
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats import bai2_layout
from recoup.formats.bai2 import Account, End, Item, Refused, Transaction, read

Told = tuple[str, int]


def account(
    *told: Told,
    number: str = "1234",
    opening: int = 1_000,
    off: int = 0,
    records_off: int = 0,
    extra: Sequence[str] = (),
) -> tuple[list[str], int]:
    """The records of an account, and its control total."""
    moved = sum(minor if kind < "400" else -minor for kind, minor in told)
    closing = opening + moved
    records = [f"03,{number},USD,010,{opening},,,015,{closing},,/", *extra]
    records += [f"16,{kind},{minor},Z,BANK-{at},OURS-{at},TEXT, WITH COMMA/" for at, (kind, minor) in enumerate(told)]
    total = opening + closing + sum(minor for _, minor in told) + off
    return [*records, f"49,{total},{len(records) + 1 + records_off}/"], total


def report(*accounts: tuple[list[str], int], end: str = "\n", file: str = "1") -> bytes:
    """A file with one group."""
    lines = [line for records, _ in accounts for line in records]
    total = sum(minor for _, minor in accounts)
    head = [f"01,BANK,US,260105,0200,{file},,,2/", "02,US,BANK,1,260104,2359,USD,2/"]
    tail = [f"98,{total},{len(accounts)},{len(lines) + 2}/", f"99,{total},1,{len(lines) + 4}/"]
    return "".join(line + end for line in [*head, *lines, *tail]).encode()


def items(raw: bytes) -> list[Item]:
    """Everything that a file says."""
    return list(read(io.BytesIO(raw), "x"))


def transactions(raw: bytes) -> list[Transaction]:
    """The transactions that can be read."""
    return [item for item in items(raw) if isinstance(item, Transaction)]


def refused(raw: bytes) -> list[str]:
    """What cannot."""
    return [item.finding.check for item in items(raw) if isinstance(item, Refused)]


def broken(raw: bytes) -> list[str]:
    """Why the file cannot be trusted."""
    ends = [item.broken for item in items(raw) if isinstance(item, End)]
    return [found.check.removeprefix("bai2.") for found in ends if found is not None]


def odd(raw: bytes) -> list[str]:
    """What is odd about it."""
    return [
        found.check.removeprefix("bai2.") for item in items(raw) if isinstance(item, End) for found in item.findings
    ]


WHOLE = report(account(("165", 500), ("455", 200)), account(("142", 7), number="99"))


def test_a_whole_report_proves_itself() -> None:
    """Three levels of totals and counts, and both balances of each account."""
    assert (broken(WHOLE), odd(WHOLE), refused(WHOLE)) == ([], [], [])
    first, second, third = transactions(WHOLE)
    assert [told.minor for told in (first, second, third)] == [500, -200, 7]
    assert (first.kind, first.currency, first.on) == ("165", "USD", "2026-01-04")
    assert (first.bank_reference, first.customer_reference, first.text) == ("BANK-0", "OURS-0", "TEXT, WITH COMMA")
    assert [item.account for item in items(WHOLE) if isinstance(item, Account)] == ["1234", "99"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(end: str) -> None:
    """As transfers leave them."""
    raw = report(account(("165", 500)), end=end)
    assert (broken(raw), len(transactions(raw))) == ([], 1)


@pytest.mark.parametrize(
    ("record", "line"),
    [("49,", "49,{0},4/"), ("98,", "98,{0},2,9/"), ("99,", "99,{0},1,11/")],
)
@pytest.mark.parametrize("place", [0, 1, -1])
@pytest.mark.parametrize("by", [1, -1])
def test_a_trailer_off_by_one_breaks_the_file(record: str, line: str, place: int, by: int) -> None:
    """Control total, number of parts, number of records; of account, group and file."""
    lines = WHOLE.decode().splitlines()
    at = next(at for at, told in enumerate(lines) if told.startswith(record))
    fields = lines[at].rstrip("/").split(",")
    where = place + 1 if place >= 0 else len(fields) - 1
    fields[where] = str(int(fields[where]) + by)
    lines[at] = ",".join(fields) + "/"
    assert broken("\n".join(lines).encode()) == ["total"]


def test_truncation_at_every_record_is_noticed() -> None:
    """Until the file trailer stands there."""
    lines = WHOLE.decode().splitlines(keepends=True)
    for count in range(len(lines)):
        assert broken("".join(lines[:count]).encode()), lines[:count]


def test_balances_must_follow_from_transactions() -> None:
    """All totals right, and closing is not opening plus transactions."""
    raw = report((["03,1,USD,010,1000,,,015,1501,,/", "16,165,500,Z,,,/", "49,3001,3/"], 3001))
    assert broken(raw) == ["proof"]


def test_summaries_stand_for_transactions_that_are_not_listed() -> None:
    """Total credits and debits, where there are no 16 records."""
    proved = ["03,1,USD,010,1000,,,015,1300,,,100,500,2,,400,200,1,/", "49,3000,2/"]
    assert broken(report((proved, 3000))) == []
    wrong = ["03,1,USD,010,1000,,,015,1301,,,100,500,2,,400,200,1,/", "49,3001,2/"]
    assert broken(report((wrong, 3001))) == ["proof"]


def test_without_balances_nothing_is_proved_and_that_is_said() -> None:
    """Transactions alone."""
    raw = report((["03,1,USD,,,,/", "16,165,500,Z,,,/", "49,500,3/"], 500))
    assert (broken(raw), odd(raw)) == ([], ["balances"])


@pytest.mark.parametrize(
    "record",
    [
        "16,165,5.00,Z,,,/",
        "16,165,five,Z,,,/",
        "16,165,-500,Z,,,/",
        "16,165," + "9" * 25 + ",Z,,,/",
        "16,890,500,Z,,,/",
        "16,,500,,,,/",
    ],
)
def test_a_bad_transaction_is_refused_and_the_proof_is_open(record: str) -> None:
    """Its amount or direction is not known, so the sums are not; the counts still are."""
    raw = report((["03,1,USD,010,1000,,,015,1500,,/", record, "49,3000,3/"], 3000))
    assert broken(raw) == []
    assert len(refused(raw)) == 1
    assert set(odd(raw)) == {"unproven"}


def test_a_record_of_no_known_code_is_refused_with_its_place() -> None:
    """Counted, kept apart, and the rest stands."""
    lines, total = account(("165", 500))
    raw = report(([*lines[:-1], "17,SOMETHING NEW/", f"49,{total},4/"], total))
    assert (refused(raw), broken(raw), len(transactions(raw))) == (["bai2.record"], [], 1)
    assert set(odd(raw)) == {"unproven"}


def test_records_in_the_middle_of_a_line_are_read_and_said() -> None:
    """As one bank's sample has them; no slash inside a text begins a record."""
    raw = WHOLE.replace(b"/\n16,", b"/  16,").replace(b"TEXT,", b"A/ B 16,")
    assert (broken(raw), odd(raw), len(transactions(raw))) == ([], ["joined"], 3)
    assert transactions(raw)[0].text == "A/ B 16, WITH COMMA"


def test_texts_go_on_in_continuations_and_fields_do_too() -> None:
    """88 records after the text are text; before it they are fields."""
    lines = [
        "03,1,USD,010,1000,,/",
        "88,015,1900,,/",
        "16,165,500,V,260106,,BANK,OURS,ONE/",
        "88,EREF: PO-1",
        "88,A/B/",
        "16,165,300/",
        "88,S,100,100,100/",
        "88,BANK2,OURS2/",
        "88,TWO/",
        "16,165,100,D,2,0,50,1,50,BANK3,OURS3,THREE/",
        "49,3800,11/",
    ]
    raw = report((lines, 3800))
    assert (broken(raw), refused(raw)) == ([], [])
    first, second, third = transactions(raw)
    assert (first.value_on, first.bank_reference, first.text) == ("2026-01-06", "BANK", "ONE\nEREF: PO-1\nA/B")
    assert (second.bank_reference, second.customer_reference, second.text) == ("BANK2", "OURS2", "TWO")
    assert (third.bank_reference, third.customer_reference, third.text) == ("BANK3", "OURS3", "THREE")


def test_a_currency_without_cents_counts_what_it_counts() -> None:
    """The account's currency, else the group's; one that is none refuses the transactions."""
    raw = report(account(("165", 500))).replace(b"03,1234,USD", b"03,1234,JPY")
    assert [(told.minor, told.currency) for told in transactions(raw)] == [(500, "JPY")]
    assert refused(raw.replace(b"JPY", b"XYZ")) == ["bai2.currency"]
    euros = report(account(("165", 500))).replace(b"03,1234,USD", b"03,1234,").replace(b"2359,USD", b"2359,EUR")
    assert transactions(euros)[0].currency == "EUR"


def test_a_second_file_is_said_and_the_same_one_again_breaks() -> None:
    """Two logical files in one delivery; the same file twice would count twice."""
    other = report(account(("165", 3)), file="2")
    assert (broken(WHOLE + other), odd(WHOLE + other)) == ([], ["second_file"])
    assert broken(WHOLE + WHOLE) == ["twice"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\0", b"16,165,1,,,,/", b"88,x", b"49,1,1/", b"98,1,1,1/", b"99,1,1,1/", WHOLE.decode().encode("cp500")],
)
def test_what_is_no_report_is_broken(raw: bytes) -> None:
    """Nothing, NULs, records of nothing, another encoding."""
    assert broken(raw)


@given(st.lists(st.lists(st.tuples(st.sampled_from(["142", "165", "455", "557"]), st.integers(0, 10**9)), max_size=4)))
def test_any_report_that_adds_up_is_proved(told: list[list[Told]]) -> None:
    """To the cent, and one cent off is noticed."""
    accounts = [account(*each, number=str(at)) for at, each in enumerate(told)]
    assert broken(report(*accounts)) == []
    if accounts:
        assert broken(report(*accounts[:-1], account(*told[-1], off=1))) == ["total"]


@given(st.binary(max_size=300) | st.text("0123468,/-+ ZVSDUSD\n", max_size=200).map(str.encode))
def test_nothing_raises_and_the_layout_shows_every_record(raw: bytes) -> None:
    """Whatever the bytes."""
    told = items(raw)
    assert any(isinstance(item, End) for item in told)
    laid = list(bai2_layout.lay_out(io.BytesIO(raw)))
    assert [record.number for record in laid] == list(range(1, len(laid) + 1))


def test_a_person_sees_fields_by_name_and_the_proof() -> None:
    """Names, places, raw values, meanings."""
    laid = list(bai2_layout.lay_out(io.BytesIO(WHOLE)))
    kinds = [record.kind.split()[0] for record in laid]
    assert kinds == ["01", "02", "03", "16", "16", "49", "proof", "03", "16", "49", "proof", "98", "99", "proof"]
    assert {field.name: field.meaning for field in laid[1].fields}["group status"] == "update"
    assert [(field.name, field.raw, field.meaning) for field in laid[3].fields[:2]] == [
        ("type code", "165", "credit"),
        ("amount", "500", None),
    ]
    assert [field.raw for field in laid[6].fields] == ["2", "10.00 USD", "3.00 USD", "13.00 USD"]
