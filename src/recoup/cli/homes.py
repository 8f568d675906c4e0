"""`init`, `setup`, `upgrade`, `doctor`, `state-hash`, `replay`: a home, and whether it is sound."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from recoup.cli.call import Call, command
from recoup.cli.phrases import count
from recoup.cli.render import Column, Screen
from recoup.errors import UsageProblem

PRESETS = ("platform", "merchant")
PATH_MAX = 4096  # a longer text is no path: asking the file system about it fails


def add(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, options=("home", "as_json"))(init)
    command(app, options=("home", "as_json"))(setup)
    command(app, options=("home", "as_json"))(upgrade)
    command(app)(doctor)
    command(app, "state-hash", options=("home", "as_json"))(state_hash)
    command(app, options=("home", "as_json"))(replay)


def init(
    call: Call,
    preset: Annotated[
        str, typer.Option(help="Whose books: platform (merchants behind us) or merchant (our own)")
    ] = "platform",
) -> None:
    """Make an empty home."""
    if preset not in PRESETS:
        raise UsageProblem("--preset", repr(preset[:40]), " or ".join(PRESETS))
    from recoup.app import create_home

    home = create_home(call.settings, preset=preset)
    if call.as_json:
        call.screen.document({"home": str(home), "preset": preset})
        return
    call.screen.say(f"Made a home at {home}, with books for a {preset}.")
    call.screen.say(f"Keep a copy of {home}/keys/home.key in a safe place: without it no kept byte can be read.")
    call.screen.next("recoup ingest PATH --partner PARTNER --feed FEED", "recoup doctor")


def setup(
    call: Call,
    file: Annotated[Path, typer.Argument(help="A setup.toml: accounts, zones, contracts, webhook and API keys")],
) -> None:
    """Take over accounts, contracts and keys.

    The keys that the file names for an account are all of its live keys: name the old and the new one while a key is
    rotated, then the new one alone. Where agreements change, expectations and entries follow.
    """
    from recoup.intake.directory import read_setup

    if not file.is_file():
        raise UsageProblem(str(file), "no such file", "a setup.toml")
    told = read_setup(file)
    with call.app() as app, call.screen.progress("Setting up"):
        found = app.apply(told, is_complete=True)
    if call.as_json:
        call.screen.document({"accounts": found})
    else:
        _show_setup(call.screen, found)


def upgrade(call: Call) -> None:
    """Bring the tables of a home to what this version of Recoup needs.

    Make a copy of the home first. Nothing happens where the tables are right already.
    """
    from recoup.app import upgrade_home
    from recoup.storage.migrate import newest_revision

    with call.screen.progress("Upgrading"):
        before = upgrade_home(call.settings)
    after = newest_revision()
    if call.as_json:
        call.screen.document({"before": before or after, "after": after, "is_changed": before is not None})
    elif before is None:
        call.screen.say(f"Nothing to do: the tables are of revision {after}, which this version needs.", "green")
    else:
        call.screen.say(f"Upgraded from revision {before} to {after}.", "green")
        call.screen.next("recoup doctor", "recoup replay --check")


def doctor(
    call: Call,
    head: Annotated[
        list[str] | None,
        typer.Option(
            help="A head of the audit chain that was kept elsewhere, or a file with one: must still be in it",
            metavar="FILE|SEQ:HASH",
        ),
    ] = None,
) -> None:
    """Look at the health of the installation.

    Exits 1 when something is wrong.
    """
    heads = [_head(text) for text in head or ()]
    with call.app() as app, call.screen.progress("Looking"):
        found = app.doctor(heads)
    is_ok = all(checkup.is_ok for checkup in found)
    if call.as_json:
        call.screen.document({"is_ok": is_ok, "checks": found})
    else:
        _show_checkups(call.screen, found)
    if not is_ok:
        raise typer.Exit(1)


def state_hash(call: Call) -> None:
    """Print the hash of everything that is derived."""
    with call.app() as app:
        found = app.state_hash()
    if call.as_json:
        call.screen.document({"hash": found})
    else:
        call.screen.say(found)


def replay(
    call: Call,
    check: Annotated[bool, typer.Option("--check", help="Derive beside the register, change nothing, compare")] = False,
) -> None:
    """Derive everything again from bytes, and compare.

    Says what would change, so that a changed mapping or a new version is looked at before anything follows it. Exits 1
    when the hashes differ.
    """
    if not check:
        raise UsageProblem("replay", "no --check", "--check", "Run: recoup replay --check")
    with call.app() as app, call.screen.progress("Reading again") as progress:
        found = app.replay(progress)
    if call.as_json:
        told = {"hash": found.hash, "same": found.same, "before": found.before, "differences": found.differences}
        call.screen.document(told)
    elif found.same:
        call.screen.say("The same: the kept bytes give exactly the state that stands.", "green")
        call.screen.say(found.hash)
    else:
        call.screen.say("Not the same.", "red")
        call.screen.say(f"stands  {found.before}")
        call.screen.say(f"again   {found.hash}")
        _show_differences(call.screen, found.differences)
        call.screen.next("recoup doctor")
    if not found.same:
        raise typer.Exit(1)


def _show_differences(screen: Screen, found: Sequence[Any]) -> None:
    """Print how many rows of each part only one of the two states has."""
    columns = (
        Column("part", is_whole=True),
        Column("only stands", is_right=True),
        Column("only again", is_right=True),
        Column("for example"),
    )
    rows = [(d.part, f"{d.only_before:,}", f"{d.only_after:,}", " ".join(d.examples)) for d in found]
    screen.table(columns, rows)


def _show_setup(screen: Screen, found: Sequence[Any]) -> None:
    """Print each account with what changed, and what it lacks below it."""
    for account in found:
        screen.say(f"{account.partner}/{account.account}  {'; '.join(account.news) or 'as before'}")
        for lack in account.missing:
            screen.indented(lack, "yellow")
    changed = sum(1 for account in found if account.news)
    screen.say()
    screen.say(
        f"{count(len(found), 'account')}, {changed:,} changed; a replay reads with the same agreements.", "green"
    )
    screen.next("recoup doctor", "recoup ingest PATH --partner PARTNER --feed FEED", "recoup check")


def _head(text: str) -> Any:
    """Read `SEQ:HASH`, or the first line of a file that holds it, as `audit.head` of a home does."""
    from recoup.storage.chain import read_head

    path = Path(text)
    is_file = len(text) < PATH_MAX and path.is_file()
    told = (path.read_text(errors="replace").splitlines() or [""])[0] if is_file else text
    found = read_head(told)
    if found is None:
        where, wanted = "--head", "a sequence, a colon and 64 hex digits, or a file with them: audit.head of a home"
        raise UsageProblem(where, repr(told[:40]), wanted)
    return found


def _show_checkups(screen: Screen, found: list[object]) -> None:
    columns = (Column("", is_whole=True), Column("looked at", is_whole=True), Column("said"))
    rows = [("ok" if c.is_ok else "WRONG", c.name, c.said) for c in found]  # type: ignore[attr-defined]
    screen.table(columns, rows)
    for checkup in found:
        if not checkup.is_ok and checkup.remedy:  # type: ignore[attr-defined]
            screen.heading(checkup.name)  # type: ignore[attr-defined]
            screen.indented(checkup.remedy)  # type: ignore[attr-defined]
