"""Fixed-width files are read by a layout: however they are written, whole or not at all, every total compared."""

import datetime as dt
import io
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup.errors import SetupInvalid
from recoup.formats import fixed_width
from recoup.formats import fixed_width_values as values
from recoup.formats.fixed_width import Flaw, Record, Tie
from recoup.formats.fixed_width_layout import FileLayout, read_layout

TEXT = """
name = "example"
record_length = 20
encodings = ["ascii", "ebcdic"]
identity = ["head.day", "tail.count", "tail.sum"]
same = [["head.day", "tail.day"]]

[[record]]
name = "head"
role = "header"
when = [{ at = "1-2", is = ["HD"] }]
fields = [{ name = "day", at = "3-10", type = "YYYYMMDD" }]

[[record]]
name = "item"
role = "detail"
when = [{ at = "1-2", is = ["IT"] }]
length_min = 8
fields = [{ name = "amount", at = "3-8", type = "digits", title = "Amount" }, { name = "word", at = "9-20" }]

[[record]]
name = "tail"
role = "trailer"
when = [{ at = "1-2", is = ["TL"] }]
fields = [
  { name = "count", at = "3-5", type = "digits" },
  { name = "sum", at = "6-12", type = "digits" },
  { name = "day", at = "13-20", type = "YYYYMMDD" },
]

[[total]]
name = "items"
stated = "tail.count"
either = [["item"], ["@header", "item", "@trailer"]]

[[total]]
name = "amounts"
stated = "tail.sum"
either = [["item.amount"]]
"""
LAYOUT = read_layout(TEXT, "example.toml")
DAY = "20260314"


def file_of(*amounts: int, day: str = DAY, count: int | None = None, total: int | None = None) -> list[str]:
    """A file of the example layout, right unless told otherwise."""
    return [
        f"HD{day}".ljust(20),
        *(f"IT{amount:06d}word".ljust(20) for amount in amounts),
        f"TL{len(amounts) if count is None else count:03d}{sum(amounts) if total is None else total:07d}{day}",
    ]


def written(lines: list[str], end: str = "\n", encoding: str = "ascii") -> bytes:
    """The bytes of a file."""
    return "".join(line + end for line in lines).encode(encoding)


def parts(data: bytes, layout: FileLayout = LAYOUT) -> list[fixed_width.Part]:
    """Everything a file says."""
    return list(fixed_width.read(io.BytesIO(data), layout, "f.txt"))


def fatal(found: list[fixed_width.Part]) -> set[str]:
    """Codes of what makes it untrustworthy, totals that do not tie among them."""
    codes = {part.finding.check for part in found if isinstance(part, Flaw) and part.is_fatal}
    return codes | {"untied" for part in found if isinstance(part, Tie) and part.stated != part.computed}


def notes(found: list[fixed_width.Part]) -> set[str]:
    """Codes of what is merely unusual."""
    return {part.finding.check for part in found if isinstance(part, Flaw) and not part.is_fatal}


def amounts(found: list[fixed_width.Part]) -> list[int | None]:
    """The amounts of the items."""
    return [part.number_of("amount") for part in found if isinstance(part, Record) and part.name == "item"]


@pytest.mark.parametrize(
    "data",
    [
        written(file_of(1, 2, 3)),
        written(file_of(1, 2, 3), "\r\n"),
        written(file_of(1, 2, 3), "\r"),
        written(file_of(1, 2, 3), ""),
        written(file_of(1, 2, 3), "") + b"\n",
        written(file_of(1, 2, 3))[:-1],
        written(file_of(1, 2, 3)) + b"\n\n\x1a",
        b"\xef\xbb\xbf" + written(file_of(1, 2, 3)),
        "".join(line + "\x85" for line in file_of(1, 2, 3)).encode("cp037"),
        written(file_of(1, 2, 3), "", "cp037"),
        written([line.rstrip() for line in file_of(1, 2, 3)]),
    ],
    ids=["lf", "crlf", "cr", "blocks", "blocks_lf", "no_last_end", "padded", "mark", "nel", "ebcdic_blocks", "trimmed"],
)
def test_a_file_reads_the_same_however_it_is_written(data: bytes) -> None:
    """Line ends, encoding, padding and trimmed blanks are not in the layout."""
    found = parts(data)
    assert fatal(found) == set()
    assert amounts(found) == [1, 2, 3]
    assert [(tie.stated, tie.computed) for tie in found if isinstance(tie, Tie)] == [(3, 3), (6, 6)]


def test_what_is_unusual_is_said_once_with_its_first_place() -> None:
    """Trimmed, longer and non-ASCII records are read, and noted."""
    lines = file_of(1, 2)
    lines[1] = lines[1].rstrip()
    lines[2] = lines[2][:10] + "\xe9" + lines[2][11:]
    found = parts(written([*lines[:-1], lines[-1] + "NEW"], encoding="latin-1"))
    assert fatal(found) == set()
    assert notes(found) == {"fixed_width.trimmed", "fixed_width.wide", "fixed_width.longer"}
    assert any(isinstance(p, Flaw) and p.finding.where == "f.txt, first at line 2" for p in found)


def test_ebcdic_is_told_and_refused_where_the_layout_does_not_have_it() -> None:
    """EBCDIC read as ASCII would be another file."""
    assert "fixed_width.ebcdic" in notes(parts(written(file_of(1), "", "cp037")))
    ascii_alone = read_layout(TEXT.replace('["ascii", "ebcdic"]', '["ascii"]'), "example.toml")
    assert fatal(parts(written(file_of(1), "", "cp037"), ascii_alone)) == {"fixed_width.encoding"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "fixed_width.empty"),
        (b"\n\n", "fixed_width.empty"),
        (written(file_of(1), encoding="utf-16"), "fixed_width.encoding"),
        (written(file_of(1), encoding="utf-16-le"), "fixed_width.encoding"),
        (b"\x00" * 400, "fixed_width.empty"),
        (b"PK\x03\x04" + b"x" * 400, "fixed_width.unknown_file"),
        (written(file_of(1)[:1]) + b"x" * 300_000, "fixed_width.line_length"),
        (b"{" * 5000, "fixed_width.unknown_file"),
    ],
)
def test_what_is_no_such_file_is_refused_at_once(data: bytes, code: str) -> None:
    """One finding, and no record."""
    found = parts(data)
    assert code in fatal(found)


def test_a_file_cut_anywhere_is_noticed() -> None:
    """At every record boundary, and at every byte but the last line's end."""
    for end in ("\n", ""):
        data = written(file_of(1, 2, 3), end)
        for size in range(len(data) - len(end)):
            assert fatal(parts(data[:size])), f"{size} of {len(data)} bytes look whole"


@pytest.mark.parametrize("wrong", [-1, 1])
def test_a_trailer_off_by_one_does_not_tie(wrong: int) -> None:
    """Counts and sums alike."""
    assert fatal(parts(written(file_of(1, 2, 3, count=3 + wrong)))) == {"untied"}
    assert fatal(parts(written(file_of(1, 2, 3, total=6 + wrong)))) == {"untied"}


def test_a_count_with_or_without_header_and_trailer_ties() -> None:
    """Both ways stand in the layout; anything else does not."""
    assert fatal(parts(written(file_of(1, 2, 3, count=5)))) == set()
    assert fatal(parts(written(file_of(1, 2, 3, count=6)))) == {"untied"}


def test_a_lost_record_does_not_tie_and_a_blank_total_is_not_compared() -> None:
    """A total that is not stated says nothing."""
    lines = file_of(1, 2, 3)
    assert fatal(parts(written(lines[:2] + lines[3:]))) == {"untied"}
    lines[-1] = lines[-1][:2] + "   " + lines[-1][5:]
    assert [tie.name for tie in parts(written(lines)) if isinstance(tie, Tie)] == ["amounts"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (file_of(1)[:-1], "fixed_width.no_trailer"),
        (file_of(1)[:-1] + file_of(2), "fixed_width.no_trailer"),
        (file_of(1)[1:], "fixed_width.no_header"),
        ([*file_of(1), "IT000001"], "fixed_width.after_trailer"),
        (file_of(1)[:-1] + file_of(1, day="20260315")[-1:], "fixed_width.other_file"),
        (file_of(1) + file_of(1), "fixed_width.twice"),
        ([*file_of(1)[:-1], "TLxxx0000001" + DAY], "fixed_width.total"),
    ],
)
def test_headers_and_trailers_belong_together(lines: list[str], code: str) -> None:
    """What is missing, doubled, or of another file."""
    assert code in fatal(parts(written(lines)))


def test_two_logical_files_are_two_with_totals_of_their_own() -> None:
    """Said as a note, because some partners send them so."""
    found = parts(written(file_of(1, 2) + file_of(5, day="20260315")))
    assert fatal(found) == set()
    assert "fixed_width.logical_files" in notes(found)
    assert [tie.name for tie in found if isinstance(tie, Tie)][2:] == ["items of file 2", "amounts of file 2"]
    assert {part.file for part in found if isinstance(part, Record)} == {1, 2}


def test_an_unknown_record_is_kept_and_a_damaged_one_says_so() -> None:
    """Nothing is dropped: what cannot be read counts."""
    lines = file_of(1, 2)
    lines[1] = "IT0000\x0001word".ljust(20)
    found = parts(written([*lines[:2], "??new".ljust(20), *lines[2:]]))
    records = [part for part in found if isinstance(part, Record)]
    assert [record.name for record in records] == ["head", "item", "unknown", "item", "tail"]
    assert records[1].flaw is not None
    assert records[1].flaw.check == "fixed_width.control_characters"
    short = parts(written([file_of(1)[0], "IT0001", file_of(1)[2]]))
    assert [p.flaw.check for p in short if isinstance(p, Record) and p.flaw] == ["fixed_width.short"]


def test_no_finding_holds_what_a_record_says() -> None:
    """Card numbers stand in these files."""
    card = "4111111111111111"
    lines = [f"HD{DAY}".ljust(20), f"IT00{card}", f"??{card}", f"TL{card}  "]
    for part in parts(written(lines)):
        said = part.finding if isinstance(part, Flaw) else getattr(part, "flaw", None)
        assert said is None or card[:8] not in str(said)


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    """Every file ends in parts, whatever is in it."""
    parts(data)
    list(fixed_width.lay_out(io.BytesIO(data), LAYOUT))


@given(st.lists(st.integers(0, 999_999), max_size=9), st.data())
def test_any_damage_of_one_character_is_seen_or_harmless(numbers: list[int], data: st.DataObject) -> None:
    """A changed digit of an amount, count or sum never goes by."""
    lines = file_of(*numbers)
    clean = parts(written(lines))
    assert fatal(clean) == set()
    row = data.draw(st.integers(1, len(lines) - 1))
    place = data.draw(st.integers(2, 7 if row < len(lines) - 1 else 11))
    digit = str((int(lines[row][place]) + 1) % 10)
    lines[row] = lines[row][:place] + digit + lines[row][place + 1 :]
    damaged = parts(written(lines))
    assert fatal(damaged) or amounts(damaged) == amounts(clean)


def test_a_large_file_takes_little_memory_and_time() -> None:
    """Flat: what is held is a piece of the file, not its records."""
    lines = file_of(*([7] * 999))
    body = written(lines[1:-1])
    head, tail = written(lines[:1]), f"TL   {999 * 7 * 40:07d}{DAY}\n".encode()
    stream = io.BytesIO(head + body * 40 + tail)
    tracemalloc.start()
    begun = time.process_time()
    count = sum(1 for part in fixed_width.read(stream, LAYOUT, "f") if isinstance(part, Record))
    spent = time.process_time() - begun
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 39_962
    assert peak < 16 << 20
    assert spent < 10  # traced, on a busy machine; ten times that is still a hang


def test_laid_out_each_record_shows_its_fields_and_what_is_wrong() -> None:
    """For a person: names, places, raw values, meanings, findings."""
    lines = file_of(1, 2, total=4)
    lines[1] = "ITx00001word".ljust(20)
    shown = list(fixed_width.lay_out(io.BytesIO(written(lines)), LAYOUT, lambda r, f, raw: f"{r}.{f}"))
    assert [(laid.kind, laid.at) for laid in shown] == [
        ("head", "line 1"),
        ("item", "line 2"),
        ("item", "line 3"),
        ("tail", "line 4"),
    ]
    amount = shown[1].fields[0]
    assert (amount.name, amount.at, amount.raw, amount.meaning) == ("Amount", "3-8", "x00001", "item.amount")
    assert [finding.check for finding in shown[1].findings] == ["fixed_width.value"]
    assert [finding.check for finding in shown[3].findings] == ["fixed_width.untied"]
    (refused,) = fixed_width.lay_out(io.BytesIO(b"nothing like it"), LAYOUT)
    assert [finding.check for finding in refused.findings] == ["fixed_width.unknown_file"]


def broken() -> Iterator[tuple[str, str, str]]:
    """(what to replace, by what, a word of the message)."""
    yield 'at = "3-8"', 'at = "8-3"', "positions from 1"
    yield 'at = "3-8"', 'at = "0-3"', "positions from 1"
    yield 'at = "9-20"', 'at = "8-20"', "lies over amount"
    yield 'at = "9-20"', 'at = "9-21"', "within 20"
    yield 'type = "digits", title = "Amount"', 'type = "money", title = "Amount"', "layout in TOML"
    yield 'name = "word"', 'name = "amount"', "twice"
    yield '{ at = "1-2", is = ["IT"] }', '{ at = "1-2", is = ["ITEM"] }', "2 characters"
    yield '{ at = "1-2", is = ["IT"] }', '{ at = "1-2", is = ["HD"] }', "selectors that head has"
    yield '[{ at = "1-2", is = ["IT"] }]', "[]", "no selector"
    yield 'stated = "tail.count"', 'stated = "tail.number"', "record.field of this layout"
    yield 'stated = "tail.count"', 'stated = "item.amount"', "role trailer"
    yield '["item.amount"]', '["item.word"]', "a field of type digits"
    yield '["item.amount"]', '["thing.amount"]', "a record of this layout"
    yield '["item"],', '["@items"],', "@ and one of"
    yield 'role = "header"', 'role = "detail"', "a trailer without a header"
    yield "record_length = 20", "record_length = 0", "a length from 1"
    yield "record_length = 20", 'extends = "other"', "no layout to extend"
    yield 'type = "YYYYMMDD" }]', 'type = "YYDDD" }]', "the 5 of YYDDD"
    yield '"head.day", "tail.count"', '"head.date", "tail.count"', "identity or same"
    yield 'name = "example"', 'name = "example"\nnonsense = 1', "nonsense"


@pytest.mark.parametrize(("old", "new", "said"), list(broken()))
def test_a_layout_that_does_not_hold_together_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    """At loading, never at reading."""
    assert old in TEXT
    with pytest.raises(SetupInvalid, match=r"example\.toml") as refused:
        read_layout(TEXT.replace(old, new, 1), "example.toml")
    assert said in str(refused.value)


def test_a_layout_begins_with_another_and_replaces_what_has_the_same_name() -> None:
    """A member's own layout is short: what differs."""
    own = read_layout(
        """
        name = "own"
        extends = "example"
        [[record]]
        name = "item"
        role = "detail"
        when = [{ at = "1-2", is = ["IT"] }]
        fields_of = "item"
        fields = [{ name = "code", at = "9-10", within = "word" }]
        [[total]]
        name = "items"
        stated = "tail.count"
        either = [["item"]]
        """,
        "own.toml",
        LAYOUT,
    )
    assert own.record_length == LAYOUT.record_length
    assert sorted(own.records["item"].fields) == ["amount", "code", "word"]
    assert fatal(parts(written(file_of(1, 2, 3, count=5)), own)) == {"untied"}


def test_a_total_is_not_compared_where_a_record_of_unknown_share_is_there() -> None:
    """Said as a note: nothing is refused for what nobody knows."""
    own = read_layout(
        TEXT.replace('stated = "tail.sum"', 'stated = "tail.sum"\nunless = ["odd"]')
        + '[[record]]\nname = "odd"\nrole = "detail"\nwhen = [{ at = "1-2", is = ["OD"] }]\n',
        "own.toml",
    )
    lines = file_of(1, 2, total=9)
    found = parts(written([*lines[:-1], "OD", lines[-1]]), own)
    assert fatal(found) == set()
    assert "fixed_width.unchecked" in notes(found)
    assert fatal(parts(written(lines), own)) == {"untied"}


@pytest.mark.parametrize(
    ("text", "number"),
    [("00002254H", 22548), ("0000345N", -3455), ("000}", 0), ("{", 0), ("0012", 12), ("00J2", None), ("", None)],
)
def test_signs_are_punched_into_the_last_digit(text: str, number: int | None) -> None:
    """A to I and { are positive, J to R and } negative."""
    assert values.overpunched(text) == number


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31)), st.integers(-1500, 1500))
def test_a_day_with_the_last_digit_of_its_year_is_found_again(day: dt.date, off: int) -> None:
    """Within four years and more of the day one looks near."""
    text = f"{day.year % 10}{day:%j}"
    assert values.day_by_last_digit(text, day + dt.timedelta(days=off)) == day


@given(st.dates(dt.date(1990, 1, 1), dt.date(2090, 12, 31)), st.integers(-180, 180))
def test_a_day_without_year_is_found_again_around_new_year(day: dt.date, off: int) -> None:
    """Within half a year either way."""
    assert values.day_of_no_year(f"{day:%m%d}", day + dt.timedelta(days=off)) == day


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (values.day_by_last_digit("9365", dt.date(2020, 1, 2)), dt.date(2019, 12, 31)),
        (values.day_by_last_digit("0001", dt.date(2019, 12, 31)), dt.date(2020, 1, 1)),
        (values.day_by_last_digit("6366", dt.date(2026, 3, 1)), None),
        (values.day_of_no_year_until("1231", dt.date(2026, 1, 2)), dt.date(2025, 12, 31)),
        (values.day_of_no_year_until("0229", dt.date(2026, 1, 2)), dt.date(2024, 2, 29)),
        (values.day_of_no_year_until("1301", dt.date(2026, 1, 2)), None),
        (values.day_of_no_month_until("31", dt.date(2026, 3, 1)), dt.date(2026, 1, 31)),
        (values.day_of_no_month_until("01", dt.date(2026, 1, 1)), dt.date(2026, 1, 1)),
        (values.day_of_no_month_until("00", dt.date(2026, 1, 1)), None),
        (values.day("311225", "DDMMYY"), dt.date(2025, 12, 31)),
        (values.day("07062013", "MMDDYYYY"), dt.date(2013, 7, 6)),
        (values.day("2024366", "YYYYDDD"), dt.date(2024, 12, 31)),
        (values.day("2025366", "YYYYDDD"), None),
        (values.day("26001", "YYDDD"), dt.date(2026, 1, 1)),
    ],
)
def test_days_are_what_they_can_be(found: dt.date | None, wanted: dt.date | None) -> None:
    """Around New Year, in leap years, and none where there is none."""
    assert found == wanted
