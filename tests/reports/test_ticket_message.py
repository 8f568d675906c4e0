"""The message of a ticket on some weeks of a small marketplace: what the partner reads."""

import csv
import io
import os
from pathlib import Path

import msgspec
import pytest

from recoup.app import App
from recoup.controls.runbooks import runbook
from recoup.domain.instants import parse_instant
from recoup.enquiry import lists
from recoup.enquiry.selector import Breaks
from recoup.reports.ticket_message import EXAMPLES, HEADS, WIDTH, Letter, Message, at_stake, composed
from recoup.storage.register import View

GOLDEN = Path(__file__).parents[1] / "golden" / "partners"


def rows_of(view: View, app: App, *controls: str) -> list[lists.BreakRow]:
    return [row for row in lists.breaks(view, Breaks(), app.now()) if row.control in controls]


def written(view: View, breaks: list[lists.BreakRow]) -> Message:
    book = runbook(breaks[0].classes)
    letter = Letter(
        reference="tkt_golden01",
        partner=breaks[0].partner,
        account=breaks[0].account,
        desk="disputes desk, disputes@partner.example",
        written_at=parse_instant("2026-02-21T12:00:00Z"),
        due=(parse_instant("2026-02-26T23:59:59.999999Z"), "the contract"),
        tell=book.tell or "",
        ask=book.ask,
        expected=at_stake(breaks) if book.is_claim else [],
    )
    return composed(view, breaks, letter)


@pytest.mark.parametrize("control", ["double_money", "sequence_gap", "unknown_word"])
def test_a_message_reads_as_it_should(app: App, control: str) -> None:
    """Every line of it; `RECOUP_WRITE_GOLDEN=1` writes the file anew."""
    with app.register.reading() as view:
        message = written(view, rows_of(view, app, control))
    found = f"{message.text}\n--- table ---\n{message.table}".replace("\r\n", "\n")
    golden = GOLDEN / f"ticket_{control}.txt"
    if os.environ.get("RECOUP_WRITE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_nobody_else_stands_in_a_message(app: App) -> None:
    """No merchant, no payment of the house's own, no id of ours, whatever the break."""
    with app.register.reading() as view:
        for row in lists.breaks(view, Breaks(), app.now()):
            message = written(view, [row])
            said = message.text + message.table
            for word in ("mer_", "dis_", "brk_", "del_", "obs_", "mln_", "pay_2", "hl_"):
                assert word not in said, (row.control, word)
            assert max(map(len, message.text.splitlines())) <= WIDTH


def test_the_table_has_all_and_the_text_some(app: App) -> None:
    """Each row as wide as the heads, and as many examples as a person reads."""
    with app.register.reading() as view:
        [row] = rows_of(view, app, "unknown_word")
        message = written(view, [row])
    heads, *rows = csv.reader(io.StringIO(message.table))
    assert tuple(heads) == HEADS
    assert {len(cells) for cells in rows} == {len(HEADS)}
    examples = sum(1 for line in message.text.splitlines() if line.startswith("  - "))
    assert examples == min(EXAMPLES, len(rows))


def test_a_card_number_or_formula_of_a_partner_goes_nowhere(app: App) -> None:
    """Masked in the text, and no formula for the spreadsheet that opens the table."""
    with app.register.reading() as view:
        [row] = rows_of(view, app, "double_money")
        letter_row = msgspec.structs.replace(row, account="=4111111111111111")
        message = written(view, [letter_row])
    assert "4111111111111111" not in message.text
    assert not any(cell.startswith(("=", "+", "@")) for line in csv.reader(io.StringIO(message.table)) for cell in line)
