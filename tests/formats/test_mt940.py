"""Statements of MT940 prove themselves, and one bad line costs one line."""

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats import mt940_layout
from recoup.formats.mt940 import Item, Movement, Page, Refused, read

HEAD = ":20:STARTUMS\r\n:25:10020030/1234567\r\n:28C:{number}\r\n:60F:{opening}\r\n"
TAIL = ":62F:{closing}\r\n-\r\n"
LINE = ":61:2601050105CR100,00NTRFPO-1//BANK-1\r\n:86:166?00GUTSCHRIFT?20EREF+po_1?32STRIPE\r\n"


def statement(
    *lines: str, opening: str = "C260105EUR10,00", closing: str = "C260105EUR110,00", number: str = "5/1"
) -> bytes:
    """One message."""
    return (HEAD.format(number=number, opening=opening) + "".join(lines) + TAIL.format(closing=closing)).encode()


def items(raw: bytes) -> list[Item]:
    """Everything that a file says."""
    return list(read(io.BytesIO(raw), "x"))


def movements(raw: bytes) -> list[Movement]:
    """The movements that can be read."""
    return [item for item in items(raw) if isinstance(item, Movement)]


def refused(raw: bytes) -> list[Refused]:
    """Those that cannot."""
    return [item for item in items(raw) if isinstance(item, Refused)]


def pages(raw: bytes) -> list[Page]:
    """The ends of its messages."""
    return [item for item in items(raw) if isinstance(item, Page)]


def broken(raw: bytes) -> list[str]:
    """Why the file cannot be trusted."""
    return [page.broken.check.removeprefix("mt940.") for page in pages(raw) if page.broken is not None]


def odd(raw: bytes) -> list[str]:
    """What is odd about it."""
    return [finding.check.removeprefix("mt940.") for page in pages(raw) for finding in page.findings]


def test_a_whole_statement_proves_itself() -> None:
    """Opening plus movements is closing; the line's parts have their places."""
    raw = statement(LINE)
    assert broken(raw) == odd(raw) == []
    (movement,) = movements(raw)
    assert (movement.minor, movement.currency, movement.booked_on, movement.value_on) == (
        10_000,
        "EUR",
        "2026-01-05",
        "2026-01-05",
    )
    assert (movement.kind, movement.reference, movement.bank_reference) == ("NTRF", "PO-1", "BANK-1")
    (page,) = pages(raw)
    assert (page.heading.account, page.heading.number, page.heading.page) == ("10020030/1234567", 5, 1)
    assert page.movements == 1


@pytest.mark.parametrize(
    ("mark", "minor"), [("C", 100), ("D", -100), ("RC", -100), ("RD", 100), ("CR", 100), ("DR", -100), ("RDR", 100)]
)
def test_a_reversal_has_the_other_sign(mark: str, minor: int) -> None:
    """RD takes a debit back; CR is a credit with the third letter of EUR."""
    closing = f"C260105EUR{'11' if minor > 0 else '9'},00"
    raw = statement(f":61:260105{mark}1,00NTRFNONREF\r\n", closing=closing)
    assert broken(raw) == []
    assert [movement.minor for movement in movements(raw)] == [minor]


@pytest.mark.parametrize(
    ("opening", "dates", "booked_on"),
    [
        ("C251231EUR10,00", "2601021231", "2025-12-31"),
        ("C251231EUR10,00", "2512310102", "2026-01-02"),
        ("C260105EUR10,00", "2512150105", "2026-01-05"),
        ("C240228EUR10,00", "2402280229", "2024-02-29"),
        ("C260105EUR10,00", "260105", "2026-01-05"),
        ("C260105EUR10,00", "260105    ", "2026-01-05"),
    ],
)
def test_an_entry_date_gets_the_year_of_its_statement(opening: str, dates: str, booked_on: str) -> None:
    """Near New Year, and for a debit that bounced weeks after its value date."""
    raw = statement(f":61:{dates}C100,00NTRFNONREF\r\n", opening=opening)
    assert [movement.booked_on for movement in movements(raw)] == [booked_on]


def test_a_value_date_that_is_no_day_costs_the_day_alone() -> None:
    """German banks write 30 February; the entry date stands."""
    raw = statement(":61:2602300302C100,00NTRFNONREF\r\n", closing="C260302EUR110,00")
    (movement,) = movements(raw)
    assert (movement.booked_on, movement.value_on) == ("2026-03-02", None)
    assert (broken(raw), odd(raw)) == ([], ["day"])


def test_an_entry_date_that_is_no_day_costs_the_movement() -> None:
    """The value date is not taken for it; the amount counts all the same."""
    raw = statement(":61:2603020230C100,00NTRFNONREF\r\n", closing="C260302EUR110,00")
    assert (broken(raw), movements(raw)) == ([], [])
    assert [(bad.finding.check, bad.finding.found, bad.minor) for bad in refused(raw)] == [
        ("mt940.day", '"0230"', 10_000)
    ]


@pytest.mark.parametrize(
    ("number", "tag", "found"), [("31/3", "60F", ["page"]), ("31/1", "60M", ["page"]), ("31", "60F", [])]
)
def test_a_page_opens_as_its_number_says(number: str, tag: str, found: list[str]) -> None:
    """Only the first page opens the statement; one that carries on needs one before it."""
    raw = statement(LINE, number=number).replace(b"60F", tag.encode())
    assert (broken(raw), odd(raw)) == ([], found)


def test_a_line_without_any_day_is_refused_and_its_amount_counts() -> None:
    """The statement still proves itself."""
    raw = statement(":61:269999C40,00NTRFNONREF\r\n", ":61:260105C60,00NTRFNONREF\r\n")
    assert broken(raw) == []
    assert [(bad.finding.check, bad.minor) for bad in refused(raw)] == [("mt940.day", 4_000)]
    assert len(movements(raw)) == 1


@pytest.mark.parametrize(
    "line", ["260105C1O0,00NTRFX", "260105X100,00NTRFX", "260105C100NTRFX", "260105C100,001NTRFX", "", "garbage"]
)
def test_a_line_without_amount_leaves_the_proof_open(line: str) -> None:
    """It is refused, and a finding says that the sum is not known."""
    raw = statement(f":61:{line}\r\n", LINE)
    assert broken(raw) == []
    assert odd(raw) == ["unproven"]
    assert (len(refused(raw)), len(movements(raw))) == (1, 1)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (statement(LINE, closing="C260105EUR110,01"), "proof"),
        (statement(LINE, closing="D260105EUR110,00"), "proof"),
        (statement(LINE, closing="C260105USD110,00"), "currency"),
        (statement(LINE, closing="C260105EUR"), "balance"),
        (statement(LINE, opening="C261301EUR10,00"), "balance"),
        (statement(LINE).replace(b":60F:C260105EUR10,00\r\n", b""), "opening"),
        (statement(LINE).replace(b":25:10020030/1234567\r\n", b""), "account"),
        (statement(LINE).replace(b":62F:", b":62F:C260105EUR110,00\r\n:62F:"), "order"),
        (statement(LINE) + LINE.encode(), "account"),
        (b"", "no_statement"),
        (b"<Document/>", "no_statement"),
        (statement(LINE) + b"\0", "text"),
        (b"\xff\xfe" + statement(LINE).decode().encode("utf-16-le"), "text"),
        (statement(LINE).decode().encode("cp500"), "no_statement"),
    ],
)
def test_what_does_not_hold_together_is_broken(raw: bytes, why: str) -> None:
    """Wrong balances, missing heads, movements after the end, other formats, other encodings."""
    assert why in broken(raw)


def test_truncation_at_every_line_is_noticed() -> None:
    """Until the closing balance stands there whole."""
    whole = statement(LINE, ":61:2601050105DR5,00NTRFNONREF\r\n", closing="C260105EUR105,00")
    ends = [at + 2 for at in range(len(whole)) if whole[at : at + 2] == b"\r\n"]
    for end in ends[:-2]:
        assert broken(whole[:end]), whole[:end][-40:]
    assert broken(whole) == []


def test_a_framed_message_needs_its_end() -> None:
    """SWIFT's blocks say where a message ends."""
    framed = b"{1:F01BANKDEFFAXXX0000000000}{2:O940BANKDEFFXXXXN}{4:\r\n" + statement(LINE)[:-3] + b"-}{5:}\r\n"
    assert broken(framed) == []
    assert broken(framed[: framed.index(b"-}{5:")]) == ["end"]


def test_pages_follow_each_other() -> None:
    """60M and 62M carry the balance; a page that is missing, or comes twice, is noticed."""
    one = statement(LINE).replace(b"62F", b"62M")
    two = statement(LINE, opening="C260105EUR110,00", closing="C260105EUR210,00", number="5/2").replace(b"60F", b"60M")
    assert (broken(one + two), odd(one + two)) == ([], ["continued"])
    three = statement(LINE, opening="C260105EUR210,00", closing="C260105EUR310,00", number="5/3").replace(
        b"60F", b"60M"
    )
    assert odd(one + three) == ["continued", "sequence_gap", "balance_gap"]
    assert broken(one + two + two) == ["twice"]
    assert "twice" in broken((one + two) * 2)


def test_numbers_may_begin_again_in_a_new_year() -> None:
    """1 after 250; but 3 after 250 is a gap."""
    old = statement(opening="C251230EUR1,00", closing="C251231EUR1,00", number="250/1")
    assert odd(old + statement(opening="C251231EUR1,00", closing="C260105EUR1,00", number="1/1")) == []
    assert odd(old + statement(opening="C251231EUR1,00", closing="C260105EUR1,00", number="3/1")) == ["sequence_gap"]


def test_an_interim_report_is_held_to_its_sums() -> None:
    """MT942: count and sum; with a floor limit they may hold more than is listed."""
    head = ":20:X\r\n:25:10020030/1234567\r\n:28C:1/1\r\n:34F:EUR0,00\r\n:13D:2601051200+0100\r\n"
    interim = (head + LINE + ":90C:1EUR100,00\r\n-\r\n").encode()
    (page,) = pages(interim)
    assert (page.heading.is_interim, page.broken, len(movements(interim))) == (True, None, 1)
    assert broken(interim.replace(b"1EUR100,00", b"2EUR100,00")) == ["sum"]
    assert broken(interim.replace(b"1EUR100,00", b"1EUR100,01")) == ["sum"]
    assert broken(interim.replace(b"EUR0,00", b"EUR50,00").replace(b"1EUR100,00", b"9EUR300,00")) == []
    assert broken((head + LINE).encode()) == ["end"]


def test_expected_movements_are_not_booked_by_a_statement() -> None:
    """EC and ED belong into interim reports."""
    raw = statement(":61:260105EC5,00NTRFNONREF\r\n", LINE)
    assert [bad.finding.check for bad in refused(raw)] == ["mt940.expected"]
    assert broken(raw) == []


def test_texts_may_look_like_fields() -> None:
    """A line of the text that begins with a colon, a time, a dash."""
    raw = statement(LINE.removesuffix("\r\n") + "\r\n:12:11\r\n:KO:NR\r\n-Rechnung\r\n")
    assert broken(raw) == []
    assert movements(raw)[0].details.endswith(":12:11\n:KO:NR\n-Rechnung")


amounts = st.integers(1, 10**12)


@given(st.lists(st.tuples(st.sampled_from(["C", "D", "RC", "RD"]), amounts), max_size=20), st.integers(-(10**9), 10**9))
def test_any_statement_that_adds_up_is_proved_and_any_other_is_not(told: list[tuple[str, int]], opening: int) -> None:
    """To the cent."""
    sum_minor = sum(minor if mark in ("C", "RD") else -minor for mark, minor in told)
    lines = [f":61:2601050105{mark}{_major(minor)}NTRFNONREF\r\n" for mark, minor in told]

    def with_closing(minor: int) -> bytes:
        return statement(*lines, opening=_balance(opening), closing=_balance(minor))

    assert broken(with_closing(opening + sum_minor)) == []
    assert broken(with_closing(opening + sum_minor + 1)) == ["proof"]


def _major(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2)).replace(".", ",") if minor % 100 else f"{minor // 100},"


def _balance(minor: int) -> str:
    return f"{'C' if minor >= 0 else 'D'}260105EUR{_major(abs(minor))}"


@given(st.binary(max_size=300) | st.text(":0123456789FMCDNREU,/-{}\n", max_size=200).map(str.encode))
def test_nothing_raises_and_the_layout_shows_every_field(raw: bytes) -> None:
    """Whatever the bytes; and every line that could be a movement is counted."""
    told = items(raw)
    assert any(isinstance(item, Page) for item in told)
    laid = list(mt940_layout.lay_out(io.BytesIO(raw)))
    shown = sum(record.kind.startswith("61 ") for record in laid)
    assert shown == sum(not isinstance(item, Page) for item in told)


def test_a_person_sees_a_movement_part_by_part_and_the_proof() -> None:
    """Names, places, raw values; what is wrong stands at its record."""
    laid = list(mt940_layout.lay_out(io.BytesIO(statement(":61:26X\r\n", LINE))))
    assert [record.kind.split()[0] for record in laid] == [
        "20",
        "25",
        "28C",
        "60F",
        "61",
        "61",
        "86",
        "62F",
        "-",
        "proof",
    ]
    assert [finding.check for finding in laid[4].findings] == ["mt940.line"]
    parts = {field.name: (field.at, field.raw) for field in laid[5].fields}
    assert parts["amount"] == ("13-18", "100,00")
    assert parts["bank reference"] == ("27-34", "//BANK-1")
    assert [field.raw for field in laid[6].fields] == ["166", "GUTSCHRIFT", "EREF+po_1", "STRIPE"]
    assert [finding.check for finding in laid[-1].findings] == ["mt940.unproven"]
