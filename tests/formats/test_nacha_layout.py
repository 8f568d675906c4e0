import io

from hypothesis import given, settings
from hypothesis import strategies as st

from recoup.formats import nacha_fields
from recoup.formats.laid import Laid
from recoup.formats.nacha import Nacha
from recoup.formats.nacha_layout import lay_out
from tests.fakes.nacha_files import Batch, File, changed, contested, dishonored, returned

FILE = File(
    [
        Batch([dishonored(), returned("R10"), contested()], number=1),
        Batch([changed("C05")], number=2, entry_class="COR"),
    ]
)


def shown(data: bytes) -> list[Laid]:
    """Every record of a file."""
    return list(lay_out(io.BytesIO(data)))


def test_every_record_is_shown_with_all_its_characters() -> None:
    """The fields of a record, put together, are the record."""
    laid = shown(FILE.data())
    assert ["".join(field.raw for field in record.fields) for record in laid] == FILE.lines()
    assert [record.number for record in laid] == list(range(1, len(laid) + 1))
    assert not any(record.findings for record in laid)


def test_a_record_says_where_it_begins() -> None:
    """By its line, or by its byte where lines have no ends."""
    assert [record.at for record in shown(FILE.data())][:3] == ["line 1", "line 2", "line 3"]
    assert [record.at for record in shown(FILE.data(""))][:3] == ["byte 0", "byte 94", "byte 188"]


def test_fields_have_the_names_and_meanings_of_the_standard() -> None:
    """A person reads what a contest refers to."""
    (record,) = [record for record in shown(FILE.data()) if "contested" in record.kind]
    fields = {field.name: (field.at, field.raw, field.meaning) for field in record.fields}
    assert fields["Contested Dishonored Return Reason Code"] == ("4-6", "R73", "Timely Original Return")
    assert fields["Dishonored Return Trace Number"] == ("59-73", "121042885000001", None)
    assert fields["Return Reason Code"][:2] == ("57-58", "10")
    assert fields["Date Original Entry Returned"] == ("22-27", "260202", "2026-02-02")


def test_amounts_and_codes_are_said_in_words() -> None:
    """Cents as dollars, a transaction code as what it does."""
    entry = next(record for record in shown(FILE.data()) if record.kind.startswith("6"))
    meanings = {field.name: field.meaning for field in entry.fields}
    assert meanings["Amount"] == "123.45 USD"
    assert meanings["Transaction Code"] == "return or change of a debit, checking account"


def test_every_layout_fills_a_record() -> None:
    """From position 1 to 94, without gap or overlap, and none without a name."""
    layouts = [value for value in vars(nacha_fields).values() if isinstance(value, tuple) and value]
    layouts += [*nacha_fields.ENTRY_BY_CLASS.values(), *nacha_fields.ADDENDA.values()]
    assert len(layouts) > 40
    for layout in layouts:
        assert [place.first for place in layout] == [1, *(place.last + 1 for place in layout[:-1])]
        assert layout[-1].last == 94
        assert all(place.name for place in layout)


def test_what_is_wrong_stands_beside_the_record() -> None:
    """A sum that differs shows at the batch control, a lost trailer at the end."""
    lines = FILE.lines()
    at = next(number for number, line in enumerate(lines) if line[0] == "8")
    lines[at] = lines[at][:20] + "000000000001" + lines[at][32:]
    laid = shown("\n".join(lines[:-8]).encode())
    assert [finding.check for finding in laid[at].findings] == ["nacha.batch_control"]
    assert laid[-1].kind == "end of the file"
    assert "nacha.truncated" in {finding.check for finding in laid[-1].findings}


def test_an_entry_that_cannot_be_used_is_shown_with_its_reason() -> None:
    """Beside the record that ends it, by its line and field."""
    lines = FILE.lines()
    lines[2] = lines[2][:78] + "7" + lines[2][79:]
    found = [finding for record in shown("\n".join(lines).encode()) for finding in record.findings]
    assert [finding.where for finding in found] == ["line 3 Addenda Record Indicator"]


def test_a_file_of_another_kind_is_shown_as_what_it_is() -> None:
    """One record without fields, with the reason."""
    (laid,) = shown(b'{"fileHeader": {}}')
    assert [finding.check for finding in laid.findings] == ["nacha.not_nacha"]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_viewer_and_reader_find_the_same(data: st.DataObject) -> None:
    """Whatever is wrong with a file, and it never makes the viewer raise."""
    file = bytearray(FILE.data())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(file) - 1))
        file[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    nacha = Nacha(io.BytesIO(bytes(file)))
    problems = [entry.problem for entry in nacha.entries() if entry.problem]
    found = {(finding.check, finding.where) for record in shown(bytes(file)) for finding in record.findings}
    read = {
        (finding.check, finding.where)
        for finding in (*nacha.findings, *problems, *([nacha.held] if nacha.held else []))
    }
    assert found == read
