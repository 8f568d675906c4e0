import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.formats.nacha import Nacha
from recoup.formats.nacha_records import Entry as Read
from tests.fakes.nacha_files import (
    ORIGINATOR,
    RECEIVER,
    Batch,
    Entry,
    File,
    changed,
    contested,
    dishonored,
    forward,
    returned,
)

ENDS = ["\n", "\r\n", "\r", ""]


def read(data: bytes) -> tuple[Nacha, list[Read]]:
    """The reader after reading, and every entry."""
    nacha = Nacha(io.BytesIO(data), "r.ach")
    return nacha, list(nacha.entries())


def checks(nacha: Nacha) -> set[str]:
    """The checks of everything found, `held` among them."""
    return {finding.check for finding in (*nacha.findings, *([nacha.held] if nacha.held else []))}


def two_batches() -> File:
    """Twelve records, so that the last block is filled up."""
    return File(
        [
            Batch([returned(), returned("R10", sequence=2, amount=7)]),
            Batch([changed(sequence=3)], number=2, entry_class="COR"),
            Batch([forward("22", 500)], number=3, originator=ORIGINATOR),
        ]
    )


ENTRIES = st.lists(
    st.builds(
        lambda make, amount: (make, amount),
        st.sampled_from([returned, dishonored, contested, forward]),
        st.integers(0, 10**10 - 1),
    ),
    min_size=1,
    max_size=6,
).map(lambda chosen: [make(amount=amount, sequence=at) for at, (make, amount) in enumerate(chosen, 1)])
FILES = st.lists(ENTRIES, min_size=1, max_size=4).map(
    lambda batches: File([Batch(_ascending(entries), number=at) for at, entries in enumerate(batches, 1)])
)


def _ascending(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry.trace)


@pytest.mark.parametrize("end", ENDS)
def test_every_entry_is_read_whatever_ends_a_record(end: str) -> None:
    """LF, CR LF, CR, or nothing: the same entries, and nothing to remark."""
    nacha, entries = read(two_batches().data(end))
    assert (nacha.held, nacha.findings) == (None, [])
    assert [(entry.trace[-1], entry.amount_minor, entry.is_debit) for entry in entries] == [
        ("1", 12_345, True),
        ("2", 7, True),
        ("3", 0, True),
        ("1", 500, False),
    ]


@given(FILES, st.sampled_from(ENDS))
@settings(max_examples=60, deadline=None)
def test_controls_of_a_whole_file_hold(file: File, end: str) -> None:
    """Whatever is in it, its own counts, hash and sums are those that the reader comes to."""
    nacha, entries = read(file.data(end))
    assert nacha.held is None
    assert len(entries) == sum(len(batch.entries) for batch in file.batches)
    assert all(total.stated == total.computed for total in nacha.totals)


@pytest.mark.parametrize("end", ENDS)
def test_a_file_cut_at_any_record_is_noticed(end: str) -> None:
    """Before the file control it is held; among the fillers behind it, everything is there and the gap is remarked."""
    lines = two_batches().lines()
    control = next(at for at, line in enumerate(lines) if line[0] == "9")
    for cut in range(len(lines)):
        nacha, _ = read("".join(f"{line}{end}" for line in lines[:cut]).encode())
        assert (nacha.held is not None) == (cut <= control), cut
        assert nacha.held is not None or "nacha.blocking" in checks(nacha)


def test_a_file_cut_inside_a_record_is_noticed() -> None:
    """At every byte up to the fillers: what is left is held, or lacks only the blanks that end its control record."""
    data = two_batches().data()
    end = data.index(b"\n9999")
    for cut in range(1, end):
        nacha, _ = read(data[:cut])
        is_blank_tail = not data[cut:end].strip(b" ")
        assert (nacha.held is not None) != is_blank_tail, cut


CONTROLS = [(line, at) for line, text in enumerate(two_batches().lines()) for at in range(4, 44) if text[0] == "8"] + [
    (line, at)
    for line, text in enumerate(two_batches().lines())
    for at in range(1, 55)
    if text[0] == "9" and text != "9" * 94
]


@pytest.mark.parametrize(("line", "at"), CONTROLS)
def test_a_control_that_differs_in_any_digit_holds_the_file(line: int, at: int) -> None:
    """Counts, hash, debits and credits of batches and file, one digit more or less."""
    lines = two_batches().lines()
    digit = str((int(lines[line][at]) + 1) % 10)
    lines[line] = lines[line][:at] + digit + lines[line][at + 1 :]
    nacha, _ = read("\n".join(lines).encode())
    assert nacha.held is not None
    assert nacha.held.check in ("nacha.batch_control", "nacha.file_control")


@given(FILES, st.data())
@settings(max_examples=60, deadline=None)
def test_a_record_lost_doubled_or_moved_is_noticed(file: File, data: st.DataObject) -> None:
    """Any one record, whichever it is."""
    lines = file.lines()
    last = next(at for at, line in enumerate(lines) if line[0] == "9")
    at = data.draw(st.integers(0, last))
    lost = [*lines[:at], *lines[at + 1 :]]
    doubled = [*lines[: at + 1], *lines[at:]]
    for wrong in (lost, doubled):
        assert read("\n".join(wrong).encode())[0].held is not None


def test_several_files_in_one_are_read_and_counted_together() -> None:
    """Each with its own controls; what they state is added up."""
    nacha, entries = read(two_batches().data() + File([Batch([returned(sequence=9)])]).data())
    assert (nacha.held, len(entries), nacha.walk.files) == (None, 5, 2)
    assert {total.name: total.stated for total in nacha.totals}["batches"] == 4


def test_an_entry_hash_keeps_its_ten_rightmost_digits() -> None:
    """A thousand entries at a bank with a high number: the sum has eleven digits."""
    entries = [Entry("27", 1, "99999999", f"{ORIGINATOR}{at:07}") for at in range(1, 201)]
    nacha, read_ = read(File([Batch(entries)]).data())
    assert (nacha.held, len(read_)) == (None, 200)
    assert 200 * 99_999_999 > 10**10


def test_batch_control_of_another_batch_is_refused() -> None:
    """Service class, company, bank and number of header and control belong together."""
    text = two_batches().data().decode()
    for pattern, wrong in ((r"\n8200", "\n8225"), (r"(\n8.{43})121042882", r"\g<1>999999999")):
        nacha, _ = read(re.sub(pattern, wrong, text, count=1).encode())
        assert nacha.held is not None
        assert "batch header in line 2" in nacha.held.wanted


def test_numbers_out_of_order_are_remarked_and_read() -> None:
    """Batches and traces ascend; where they do not, nothing is lost."""
    batches = [Batch([returned(sequence=2), returned(sequence=1)], number=2), Batch([returned(sequence=3)], number=1)]
    nacha, entries = read(File(batches).data())
    assert (nacha.held, len(entries)) == (None, 3)
    assert checks(nacha) == {"nacha.batch_order", "nacha.trace_order"}


@pytest.mark.parametrize(
    ("field", "start", "wrong"),
    [
        ("Transaction Code", 1, "20"),
        ("Check Digit", 11, "x"),
        ("Addenda Record Indicator", 78, "7"),
        ("Trace Number", 79, "x"),
    ],
)
def test_an_entry_that_cannot_be_used_is_counted_and_named(field: str, start: int, wrong: str) -> None:
    """Its problem names line and field; the controls still hold, so the others go on."""
    lines = two_batches().lines()
    lines[2] = lines[2][:start] + wrong + lines[2][start + len(wrong) :]
    code = lines[2][1:3]
    nacha, entries = read("\n".join(lines).encode())
    assert len(entries) == 4
    assert entries[0].problem is not None
    assert entries[0].problem.where == f"r.ach:3 {field}"
    assert (nacha.held is None) == (code != "20")  # an unknown code says neither debit nor credit


def test_a_control_character_spoils_its_entry_alone() -> None:
    """In the header of a batch it spoils more."""
    lines = two_batches().lines()
    nacha, entries = read("\n".join([*lines[:3], lines[3].replace("R01", "R\x001"), *lines[4:]]).encode())
    assert (nacha.held, [entry.problem is None for entry in entries]) == (None, [False, True, True, True])
    nacha, _ = read("\n".join([lines[0], lines[1].replace("Company", "Com\x00any"), *lines[2:]]).encode())
    assert nacha.held is not None
    assert nacha.held.check == "nacha.control_character"


def test_blanks_cut_off_behind_header_and_control_are_put_back() -> None:
    """Many systems cut the reserved end off; an entry that is short has lost its trace number."""
    lines = [line.rstrip() if line[0] in "19" else line for line in two_batches().lines()]
    nacha, entries = read("\n".join(lines).encode())
    assert (nacha.held, len(entries), checks(nacha)) == (None, 4, {"nacha.record_length"})
    lines[2] = lines[2][:-1]
    assert read("\n".join(lines).encode())[0].held is not None


def test_entry_with_the_return_addenda_of_another_is_refused() -> None:
    """The trace number ties an addenda to its entry, and a return's addenda says which payment comes back."""
    one, other = returned(sequence=1), returned(sequence=2)
    swapped = [Entry(one.code, one.amount, one.receiver, one.trace, other.addenda), other]
    nacha, found = read(File([Batch(swapped)]).data())
    assert nacha.held is None
    assert [entry.problem and entry.problem.check for entry in found] == ["nacha.addenda_trace", None]


def test_addenda_of_another_entry_are_remarked() -> None:
    """The sequence number and the trace number tie an addenda to its entry."""
    entry = forward("22", 500)
    other = Entry(entry.code, entry.amount, entry.receiver, entry.trace, (f"705{'':80}0002{'9999999'}",))
    nacha, _ = read(File([Batch([other], originator=ORIGINATOR)]).data())
    assert (nacha.held, checks(nacha)) == (None, {"nacha.addenda_order", "nacha.addenda_trace"})


def test_an_international_entry_without_its_addenda_is_remarked() -> None:
    """Seven of them are mandatory, in their order."""
    nacha, entries = read(File([Batch([returned()], entry_class="IAT")]).data())
    assert (nacha.held, len(entries)) == (None, 1)
    assert "nacha.iat_addenda" in checks(nacha)


def test_a_wrong_check_digit_is_remarked() -> None:
    """Of the receiver's routing number."""
    lines = two_batches().lines()
    lines[2] = f"{lines[2][:11]}{(int(lines[2][11]) + 1) % 10}{lines[2][12:]}"
    nacha, _ = read("\n".join(lines).encode())
    assert (nacha.held, checks(nacha)) == (None, {"nacha.check_digit"})


@given(st.binary(max_size=600))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_the_reader_raise(data: bytes) -> None:
    """Whatever comes is held: no file in Nacha's format is as short."""
    assert read(data)[0].held is not None


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_file_never_makes_the_reader_raise(data: st.DataObject) -> None:
    """Bytes put in, taken out, replaced; every reading is finite and says the same twice."""
    file = bytearray(two_batches().data(data.draw(st.sampled_from(ENDS))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(file) - 1))
        file[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    first, entries = read(bytes(file))
    second, again = read(bytes(file))
    assert (first.held, first.findings, entries) == (second.held, second.findings, again)


def test_findings_are_kept_up_to_a_number() -> None:
    """A hostile file does not fill the memory with what is wrong about it."""
    entries = [Entry("27", 1, RECEIVER, f"{ORIGINATOR}0000001") for _ in range(3000)]
    nacha, _ = read(File([Batch(entries)]).data())
    assert len(nacha.findings) == 1001
    assert nacha.findings[-1].found == "1999 further findings"
