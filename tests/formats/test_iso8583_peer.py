"""What cardutil, the library for this format, takes without a word and ours notices; what it writes, ours reads."""

import io
from typing import Any

import pytest

from recoup.formats.iso8583 import IpmFile, Message, split
from tests.fakes.ipm_files import FILE_ID, OTHER_FILE_ID, blocked, chargeback, logical, message, pds, sale, vbs

peer = pytest.importorskip("cardutil.iso8583", reason="cardutil comes with the requirements of the benchmarks")
mciipm = pytest.importorskip("cardutil.mciipm")

TOLD = [("1240", sale(1)), ("1442", chargeback()), ("1240", sale(2))]


def read(data: bytes) -> tuple[list[Message], IpmFile]:
    """The messages of some bytes, and the reader when it is through."""
    file = IpmFile(io.BytesIO(data), "T112")
    return list(file), file


def is_noticed(data: bytes) -> bool:
    """Whether the file is refused: a finding of severity error."""
    return any(finding.severity == "error" for finding in read(data)[1].findings)


def peer_count(data: bytes, **told: Any) -> int:
    """How many messages the library gives, without a word."""
    return sum(1 for _ in mciipm.IpmReader(io.BytesIO(data), **told))


@pytest.mark.parametrize("encoding", ["latin-1", "cp500"])
@pytest.mark.parametrize("is_blocked", [False, True])
def test_what_the_library_writes_is_read_as_it_was_meant(encoding: str, is_blocked: bool) -> None:
    """An independent writer; binary chip data and an accented name among it."""
    told = {
        "MTI": "1240",
        "DE2": "5555555555554444",
        "DE3": "000000",
        "DE4": 1234,
        "DE12": "2026-01-05 10:11:12",
        "DE24": "200",
        "DE31": "25413336031000000000016",
        "DE43": "CAFÉ\\1 STREET\\DUBLIN\\D01       IE IRL",
        "DE49": "978",
        "DE55": bytes.fromhex("9f2608ffeeddccbbaa99889f360200ff"),
        "DE71": 2,
        "PDS0023": "CT6",
        "PDS0148": "9782",
    }
    out = io.BytesIO()
    out.close = lambda: None  # type: ignore[method-assign]
    writer = mciipm.IpmWriter(out, encoding=encoding, blocked=is_blocked)
    writer.write(dict(told))
    writer.close()
    (got,), _ = read(out.getvalue())
    assert got.findings == ()
    wanted = {2: told["DE2"], 3: "000000", 4: "000000001234", 12: "260105101112", 24: "200", 31: told["DE31"]}
    wanted |= {43: told["DE43"], 49: "978", 55: "9f2608ffeeddccbbaa99889f360200ff", 71: "00000002"}
    assert {n: got.elements[n] for n in wanted} == wanted
    assert got.pds == (("0023", "CT6"), ("0148", "9782"))


@pytest.mark.parametrize("is_blocked", [False, True])
def test_a_cut_at_every_record_is_noticed_where_the_library_says_nothing(is_blocked: bool) -> None:
    """Cut between two records, a file is short by messages that nobody misses but its trailer."""
    records = logical([("1240", sale(number)) for number in range(12)])
    silent = 0
    for count in range(len(records)):
        data = vbs(records[:count], end=b"")
        data = blocked(data, b"\x40\x40") if is_blocked else data
        assert is_noticed(data), count
        if not is_blocked:
            silent += peer_count(data) == count
    assert is_blocked or silent == len(records)


def test_a_cut_within_a_length_word_is_noticed_where_the_library_says_nothing() -> None:
    """Two bytes of the next length are no end."""
    data = vbs(logical(TOLD)[:3], end=b"\0\0")
    assert is_noticed(data)
    assert peer_count(data) == 3


def test_a_second_file_behind_the_first_is_read_where_the_library_ignores_it() -> None:
    """Joined end to end, each with its own trailer; the library stops at the first end."""
    for make in (vbs, lambda records: blocked(vbs(records))):
        data = make(logical(TOLD)) + make(logical(TOLD[:1], file_id=OTHER_FILE_ID))
        messages, file = read(data)
        assert (len(messages), [one.file_id for one in file.files]) == (8, [FILE_ID, OTHER_FILE_ID])
        assert not is_noticed(data)
        assert peer_count(data, blocked=make is not vbs) == 5


def test_a_repeated_pds_is_kept_where_the_library_keeps_the_last() -> None:
    """Several errors of one message come as one PDS each."""
    record = message("1644", {24: "691", 48: pds(("0005", "first"), ("0005", "second"))})
    assert split(record, "latin-1", 1, 0, "x").pds == (("0005", "first"), ("0005", "second"))
    assert peer.loads(record)["PDS0005"] == "second"


@pytest.mark.parametrize("told", [{"count_off": 1}, {"sum_off": -1}, {"trailer_id": OTHER_FILE_ID}])
def test_a_trailer_that_does_not_fit_is_noticed_where_the_library_says_nothing(told: dict[str, Any]) -> None:
    """Count, checksum and file id are read by it, and compared with nothing."""
    data = vbs(logical(TOLD, **told))
    assert is_noticed(data)
    assert peer_count(data) == 5


def test_a_wrong_pair_behind_a_block_is_noticed_where_the_library_says_nothing() -> None:
    """It throws the two bytes away unseen."""
    data = bytearray(blocked(vbs(logical(TOLD * 4))))
    data[1013] = 0x41
    assert is_noticed(bytes(data))
    assert peer_count(bytes(data), blocked=True) == 14
