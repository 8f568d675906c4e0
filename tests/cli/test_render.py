import pytest

from recoup.cli.render import Column, Screen


def test_tables_fit_eighty_columns_and_leave_out_what_does_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column for wide screens is there on wide screens."""
    columns = (Column("one"), Column("two", is_right=True), Column("three", from_width=100))
    monkeypatch.setenv("COLUMNS", "80")
    Screen(as_json=False).table(columns, [("a " * 60, "1", "x")])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "three" not in out
    monkeypatch.setenv("COLUMNS", "120")
    Screen(as_json=False).table(columns, [("a", "1", "x")])
    assert capsys.readouterr().out.split() == ["one", "two", "three", "a", "1", "x"]


def test_markup_of_partners_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A reason code in brackets is no colour, and a path is no emoji."""
    Screen(as_json=False).say("[red]x[/red] :bomb: \x1b[31m")
    assert capsys.readouterr().out == "[red]x[/red] :bomb: �[31m\n"


def test_output_that_is_no_terminal_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    """No colours, no bars."""
    screen = Screen(as_json=False)
    screen.say("red", "red")
    with screen.progress("Working") as progress:
        progress(1, 2)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("red\n", "")


def test_a_document_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Instants are text, null is there."""
    Screen(as_json=True).document({"at": 0, "x": None, "l": [1]})
    assert capsys.readouterr().out == '{"at":"1970-01-01T00:00:00.000000Z","x":null,"l":[1]}\n'


def test_commands_to_run_next_are_never_folded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are there to be copied."""
    monkeypatch.setenv("COLUMNS", "20")
    Screen(as_json=False).next("recoup trace dis_abcdefgh --json", "recoup breaks")
    assert capsys.readouterr().out == "\nNext:  recoup trace dis_abcdefgh --json\n       recoup breaks\n"
