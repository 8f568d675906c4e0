from typing import Annotated

import typer

from tools.reference import describe_command

app = typer.Typer(help="Look after disputes.")
books = typer.Typer(help="The books.")
app.add_typer(books, name="books")


@app.command()
def ingest(
    path: Annotated[str, typer.Argument(help="What to read.")],
    days: Annotated[int, typer.Option(help="How many | days")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    secret: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Land and read
    files.

    A second paragraph is for --help only.
    """


@books.command()
def trial() -> None:
    """Show the trial balance."""


def test_every_command_and_option_that_is_not_hidden_is_described() -> None:
    """The page says what --help says, one section per command, groups included."""
    lines = list(describe_command(typer.main.get_command(app), "recoup"))
    assert [line for line in lines if line.startswith("## ")] == [
        "## recoup",
        "## recoup ingest",
        "## recoup books",
        "## recoup books trial",
    ]
    section = lines[lines.index("## recoup ingest") : lines.index("## recoup books")]
    assert section[2] == "Land and read files."
    assert section[4:9] == [
        "| option or argument | what it says | by default |",
        "|---|---|---|",
        "| `PATH` | What to read. |  |",
        "| `--days` | How many \\| days. | `30` |",
        "| `--json` | Print JSON. |  |",
    ]
    assert not any("secret" in line for line in lines)
