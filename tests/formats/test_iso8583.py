"""IPM files: elements, PDSs, what a logical file states."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.formats.iso8583 import FINDINGS_MAX, IpmFile, Message, split, split_pds
from recoup.formats.iso8583_elements import ELEMENTS, PDS_ELEMENTS, PDS_NAMES
from tests.fakes.ipm_files import (
    FILE_ID,
    OTHER_FILE_ID,
    blocked,
    chargeback,
    logical,
    message,
    pds,
    sale,
    vbs,
)

TOLD = [("1240", sale(1)), ("1442", chargeback()), ("1240", sale(2))]


def read(data: bytes) -> tuple[list[Message], IpmFile]:
    """The messages of some bytes, and the reader when it is through."""
    file = IpmFile(io.BytesIO(data), "T112")
    return list(file), file


def checks(data: bytes) -> list[str]:
    """What is wrong with the file as a whole."""
    return [finding.check for finding in read(data)[1].findings]


def is_noticed(data: bytes) -> bool:
    """Whether the file is refused: a finding of severity error."""
    return any(finding.severity == "error" for finding in read(data)[1].findings)


def test_a_sound_file_is_read_and_states_what_is_there() -> None:
    """Count and checksum are those of the trailer; every message has its elements."""
    messages, file = read(vbs(logical(TOLD)))
    assert [m.kind for m in messages] == ["1644-697", "1240-200", "1442-450", "1240-200", "1644-695"]
    assert all(m.findings == () for m in messages)
    assert file.findings == []
    (one,) = file.files
    assert one.file_id == FILE_ID
    assert one.totals == (("PDS 0306 messages", 5, 5), ("PDS 0301 checksum of DE 4", 3237, 3237))
    assert messages[2].elements[31] == "25413336031000000000016"
    assert messages[2].pds_value("0148") == "9782"


@given(st.dictionaries(st.sampled_from(sorted(set(ELEMENTS) - set(PDS_ELEMENTS))), st.integers(1, 99), min_size=1))
def test_messages_of_any_elements_come_out_as_they_went_in(shape: dict[int, int]) -> None:
    """Whatever the bitmaps say, each element is cut where it ends."""
    values: dict[int, str | bytes] = {}
    for number, length in shape.items():
        element = ELEMENTS[number]
        count = element.length if element.kind == "fixed" else min(length, element.length)
        values[number] = bytes(range(count)) if element.is_binary else "7" * count
    for encoding in ("latin-1", "cp500"):
        got = split(message("1240", values, encoding), encoding, 1, 0, "x")
        assert got.findings == ()
        assert got.elements == {n: v.hex() if isinstance(v, bytes) else v for n, v in sorted(values.items())}


def test_a_repeated_pds_is_kept_and_told() -> None:
    """Whichever of them counts, neither is lost."""
    record = message("1644", {24: "691", 48: pds(("0005", "first"), ("0005", "second"))})
    got = split(record, "latin-1", 1, 0, "x")
    assert got.pds == (("0005", "first"), ("0005", "second"))
    assert (got.is_readable, got.findings[0].check) == (True, "iso8583.pds_twice")


def test_a_run_of_pds_goes_on_in_the_next_element() -> None:
    """Each element has whole PDSs; their order is that of the elements."""
    record = message("1644", {24: "691", 48: pds(("0001", "a")), 62: pds(("0002", "b")), 125: pds(("0003", "c"))})
    assert [tag for tag, _ in split(record, "latin-1", 1, 0, "x").pds] == ["0001", "0002", "0003"]


@given(st.lists(st.tuples(st.from_regex(r"[0-9]{4}", fullmatch=True), st.text("AZ09 ", max_size=40)), max_size=9))
def test_pds_come_out_as_they_went_in(values: list[tuple[str, str]]) -> None:
    """And every cut within them is noticed."""
    text = pds(*values)
    assert split_pds(text) == (values, len(text))
    ends = {len(pds(*values[:count])) for count in range(len(values) + 1)}
    for cut in range(len(text)):
        assert (split_pds(text[:cut])[1] == cut) == (cut in ends)


def test_a_pds_with_a_length_that_is_none_makes_the_message_unreadable() -> None:
    """`int` would read a blank or a sign; a length is digits."""
    for length in ("+01", " 01", "1_0", "²01", "01"):
        got = split(message("1644", {24: "691", 48: f"0005{length}A"}), "latin-1", 1, 0, "x")
        assert (got.is_readable, got.findings[0].check) == (False, "iso8583.pds")


def test_the_last_element_that_does_not_fit_is_named() -> None:
    """What came before it is kept."""
    whole = message("1442", chargeback())
    for cut in range(20, len(whole)):
        got = split(whole[:cut], "latin-1", 3, 0, "x")
        assert not got.is_readable, cut
        assert got.findings[0].where.startswith("x:3")
    assert split(whole + b" ", "latin-1", 3, 0, "x").findings[0].check == "iso8583.bitmap"


def test_an_element_of_unknown_length_is_named() -> None:
    """Nothing behind it can be placed; nothing is guessed."""
    got = split(message("1442", {2: "5555555555554444", 18: "5999"}), "latin-1", 1, 0, "x")
    assert (got.findings[0].check, got.findings[0].where) == ("iso8583.element", "x:1 DE 18")
    assert got.elements == {2: "5555555555554444"}


def test_letters_where_digits_belong_are_told() -> None:
    """The message stays readable but for amount, function code and message number."""
    soft = split(message("1442", {24: "450", 14: "AB12"}), "latin-1", 1, 0, "x")
    hard = split(message("1442", {24: "450", 4: "00000000123X"}), "latin-1", 1, 0, "x")
    assert (soft.is_readable, hard.is_readable) == (True, False)


def test_a_message_in_the_other_encoding_is_unreadable() -> None:
    """Mixed files are told record by record."""
    records = logical(TOLD)
    records[2] = message("1442", chargeback() | {71: "00000003"}, "cp500")
    messages, file = read(vbs(records))
    assert file.framing is not None
    assert file.framing.encoding == "latin-1"
    assert [m.is_readable for m in messages] == [True, True, False, True, True]


def test_several_logical_files_in_one_run_are_told_apart() -> None:
    """Header to trailer, each with its own numbers and totals."""
    messages, file = read(vbs([*logical(TOLD), *logical(TOLD[:1], file_id=OTHER_FILE_ID)]))
    assert len(messages) == 8
    assert [one.messages for one in file.files] == [5, 3]
    assert all(stated == counted for one in file.files for _, stated, counted in one.totals)


def test_the_same_file_twice_in_one_is_noticed() -> None:
    """A file that was joined to itself has its file id twice."""
    assert checks(vbs(logical(TOLD)) * 2) == ["iso8583.file_twice"]


@pytest.mark.parametrize("told", [{"count_off": 1}, {"count_off": -1}, {"sum_off": 1}, {"sum_off": -1}])
def test_a_trailer_wrong_by_one_is_noticed(told: dict[str, int]) -> None:
    """Count and checksum, each on its own."""
    assert checks(vbs(logical(TOLD, **told))) == ["iso8583.total"]  # type: ignore[arg-type]


def test_a_trailer_of_another_file_is_noticed() -> None:
    """Header and trailer name the file alike."""
    assert checks(vbs(logical(TOLD, trailer_id=OTHER_FILE_ID))) == ["iso8583.other_trailer"]


def test_a_message_lost_in_the_middle_is_noticed() -> None:
    """Its number is missing, and the trailer counts it."""
    records = logical(TOLD)
    del records[2]
    assert checks(vbs(records)) == ["iso8583.message_gap", "iso8583.total", "iso8583.total"]


def test_messages_in_another_order_are_noticed() -> None:
    """Numbers rise."""
    records = logical(TOLD)
    records[1], records[2] = records[2], records[1]
    assert checks(vbs(records)) == ["iso8583.message_gap", "iso8583.message_number"]


@pytest.mark.parametrize("is_blocked", [False, True])
def test_a_cut_at_every_record_is_noticed(is_blocked: bool) -> None:
    """Cut between two records, a file is short by messages that nobody misses but its trailer."""
    records = logical([("1240", sale(number)) for number in range(12)])
    for count in range(len(records)):
        data = vbs(records[:count], end=b"")
        assert is_noticed(blocked(data) if is_blocked else data), count


@pytest.mark.parametrize("make", [vbs, lambda records: blocked(vbs(records))])
def test_files_joined_end_to_end_are_both_read(make: Callable[[list[bytes]], bytes]) -> None:
    """Each has its own header, trailer and end."""
    data = make(logical(TOLD)) + make(logical(TOLD[:1], file_id=OTHER_FILE_ID))
    messages, file = read(data)
    assert (len(messages), [one.file_id for one in file.files]) == (8, [FILE_ID, OTHER_FILE_ID])
    assert not is_noticed(data)


def test_messages_outside_a_file_are_noticed_once() -> None:
    """Before a header, or after a trailer."""
    assert checks(vbs(logical(TOLD)[1:])) == ["iso8583.no_header"]
    assert checks(vbs([*logical(TOLD), *logical(TOLD)[1:3]])) == ["iso8583.no_header"]


def test_a_trailer_that_states_nothing_is_noticed() -> None:
    """The count is always there; the checksum is not in every file."""
    records = logical(TOLD)
    bare = pds(("0105", FILE_ID), ("0306", "00000005"))
    records[-1] = message("1644", {24: "695", 48: bare, 71: "00000005"})
    assert [(f.check, f.severity) for f in read(vbs(records))[1].findings] == [("iso8583.trailer", "warn")]
    records[-1] = message("1644", {24: "695", 48: pds(("0105", FILE_ID), ("0306", "five")), 71: "00000005"})
    assert is_noticed(vbs(records))


def test_an_end_that_is_missing_is_told() -> None:
    """Where the trailer was there, nothing is lost: a note, and the file is taken."""
    findings = read(vbs(logical(TOLD), end=b""))[1].findings
    assert [(f.check, f.severity) for f in findings] == [("iso8583.no_end", "warn")]


def test_endless_nonsense_keeps_few_findings() -> None:
    """A thousand headers without trailers are held by the first."""
    header = logical([])[0]
    assert len(read(vbs([header] * 3000))[1].findings) <= FINDINGS_MAX


@given(st.binary(min_size=1, max_size=600), st.integers(0, 4))
def test_no_record_makes_it_raise(noise: bytes, place: int) -> None:
    """Neither noise as a record nor noise laid over a good one."""
    records = logical(TOLD)
    good = records[place]
    records[place] = noise[: len(good)] + good[len(noise) :]
    read(vbs(records))
    for encoding in ("latin-1", "cp500"):
        split(noise, encoding, 1, 0, "x")


def test_names_are_there_for_tags_of_four_digits() -> None:
    """A slip in the table would hide a PDS behind its number."""
    assert all(len(tag) == 4 and tag.isdecimal() for tag in PDS_NAMES)
    assert all(number == element.number for number, element in ELEMENTS.items())
