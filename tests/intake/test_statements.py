"""Two statements of one bank account, in two formats that name movements differently, count once in the books."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select

from recoup.app import App
from recoup.domain.terms import Schedule, Terms
from recoup.intake.directory import AccountSetup, Setup
from recoup.storage import schema
from recoup.storage.register import total
from tests.fakes.homes import home

ACCOUNT = "NL91RCPT0417164300"
LINES = ((12_345, "po_1", "BK-100001"), (-500, "fee", "BK-100002"), (7_700, "po_2", "BK-100003"))
Written = tuple[str, str, bytes]
"""Feed, name of the file, bytes."""


def amount(minor: int) -> str:
    """With a point, signed."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def csv(lines: Sequence[tuple[int, str, str]] = LINES, on: str = "2026-01-31") -> Written:
    """A statement in our own layout."""
    closing = 100_000 + sum(minor for minor, *_ in lines)
    rows = [
        "record,account,statement,booked_on,value_on,amount,currency,reference,end_to_end,remittance,lines",
        f"opening,{ACCOUNT},31,{on},,1000.00,EUR,,,,",
        *(f"line,{ACCOUNT},31,{on},{on},{amount(m)},EUR,{ref},{name},TEXT," for m, name, ref in lines),
        f"closing,{ACCOUNT},31,{on},,{amount(closing)},EUR,,,,{len(lines)}",
    ]
    return "statement", f"statement_{on}_031.csv", "\n".join([*rows, ""]).encode()


def mt940(lines: Sequence[tuple[int, str, str]] = LINES, on: str = "2026-01-31", number: int = 31) -> Written:
    """The same as MT940, by a bank that gives no references."""
    day = on[2:].replace("-", "")
    closing = 100_000 + sum(minor for minor, *_ in lines)
    told = [
        f":61:{day}{day[2:]}{'C' if m >= 0 else 'D'}{amount(abs(m)).replace('.', ',')}NTRF{name}//NONREF\r\n:86:TEXT"
        for m, name, _ in lines
    ]
    fields = [":20:X", f":25:{ACCOUNT}", f":28C:{number}/1", f":60F:C{day}EUR1000,00", *told]
    fields += [f":62F:C{day}EUR{amount(closing).replace('.', ',')}", "-", ""]
    return "mt940", f"mt940_{on}.sta", "\r\n".join(fields).encode()


ENTRY = (
    '<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>{on}</Dt></BookgDt><AcctSvcrRef>CAMT{ref}</AcctSvcrRef>"
    "<NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
)


def camt(kind: str, lines: Sequence[tuple[int, str, str]] = LINES, on: str = "2026-01-31") -> Written:
    """As camt, with other references of the bank: 052 is told within the day, 053 the statement, 054 a notice."""
    outer, inner = {"052": ("AcctRpt", "Rpt"), "053": ("Stmt", "Stmt"), "054": ("DbtCdtNtfctn", "Ntfctn")}[kind]
    closing = 100_000 + sum(minor for minor, *_ in lines)
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount(minor)}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>"
        for code, minor in (("OPBD", 100_000), ("CLBD", closing))
    )
    entries = "".join(
        ENTRY.format(amount=amount(abs(m)), mark="CRDT" if m >= 0 else "DBIT", on=on, ref=ref, name=name)
        for m, name, ref in lines
    )
    body = (
        f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.08"><BkToCstmr{outer}>'
        f"<GrpHdr><MsgId>M{kind}</MsgId><CreDtTm>{on}T20:00:00Z</CreDtTm></GrpHdr><{inner}><Id>S-{on}-{kind}</Id>"
        f"<CreDtTm>{on}T20:00:00Z</CreDtTm><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{balances if kind == '053' else ''}{entries}</{inner}></BkToCstmr{outer}></Document>"
    )
    return "camt", f"camt_{kind}_{on}.xml", body.encode()


def take(app: App, room: Path, written: Sequence[Written], since: int = 0) -> None:
    """Take in files in this order, one after another."""
    for at, (feed, name, body) in enumerate(written, since):
        path = room / f"{at}_{name}"
        path.write_bytes(body)
        told = app.ingest([path], partner="bank", feed=feed, account=ACCOUNT, received_at=1_770_000_000_000_000 + at)
        assert (told.held, told.quarantined) == (0, 0), told.problems


def at_the_bank(app: App) -> int:
    """What the books say of the account."""
    p, e = schema.posting.c, schema.entry.c
    statement = select(total(p.amount_minor)).where(p.entry == e.entry, e.is_active == 1, p.account == "bank")
    with app.register.reading() as view:
        return int(view.rows(statement)[0][0] or 0)


MOVED = sum(minor for minor, *_ in LINES)


@pytest.mark.parametrize(
    "written",
    [
        (csv(), camt("053")),
        (csv(), mt940()),
        (mt940(), camt("052"), camt("053")),
        (camt("054", LINES[:1]), mt940()),
        (csv(), camt("053"), mt940()),
    ],
    ids=lambda written: "-".join(name.partition("_2")[0] for _, name, _ in written),
)
def test_a_day_counts_once_in_whatever_order_its_statements_come(written: Sequence[Written], tmp_path: Path) -> None:
    """The statement, the report within the day and the notice of the same account: one of them books."""
    hashes = set()
    for at, order in enumerate(permutations(range(len(written)))):
        room = tmp_path / str(at)
        room.mkdir()
        with home(room / "home", setup=None) as app:
            take(app, room, [written[number] for number in order])
            assert at_the_bank(app) == MOVED
            hashes.add(app.state_hash())
            if at == 0:
                assert app.replay().same
    assert len(hashes) == 1


def test_a_bank_may_change_its_format_from_one_day_to_the_next(tmp_path: Path) -> None:
    """Each day is booked by the statement that there is."""
    with home(tmp_path / "home", setup=None) as app:
        take(app, tmp_path, [mt940(on="2026-01-30"), csv(), mt940(), camt("053", on="2026-02-01")])
        assert at_the_bank(app) == 3 * MOVED


def test_a_day_is_booked_by_another_statement_when_the_first_is_found_wanting(tmp_path: Path) -> None:
    """A notice of one movement gives way to the statement of all, and comes back when that one is no more."""
    with home(tmp_path / "home", setup=None) as app:
        take(app, tmp_path, [camt("054", LINES[:1])])
        assert at_the_bank(app) == LINES[0][0]
        take(app, tmp_path, [mt940()])
        assert at_the_bank(app) == MOVED


def test_a_statement_that_was_left_out_is_expected_until_it_comes(tmp_path: Path) -> None:
    """Where the contract says that the feed numbers its files; the number stands in the statement, not in its name."""
    schedule = Schedule(feed="mt940", cadence="none", has_sequence=True)
    terms = Terms(valid_from="2024-01-01", schedules=(schedule,))
    setup = Setup(account=(AccountSetup("bank", ACCOUNT, "Europe/Amsterdam", contract=(terms,)),))
    with home(tmp_path / "home", setup=setup) as app:
        take(app, tmp_path, [mt940(on="2026-01-28", number=31), mt940(on="2026-01-30", number=33)])
        app.check()
        assert waited_for(app) == [(f"bank:{ACCOUNT}:mt940:32", False)]
        take(app, tmp_path, [mt940(on="2026-01-29", number=32)], since=2)
        app.check()
        assert waited_for(app) == [(f"bank:{ACCOUNT}:mt940:32", True)]


def waited_for(app: App) -> list[tuple[str, bool]]:
    """The numbers that are expected, and whether they have come."""
    e = schema.expectation.c
    with app.register.reading() as view:
        return [
            (row[0], row[1] is not None)
            for row in view.rows(select(e.subject, e.closed_at).where(e.kind == "sequence"))
        ]


def test_statements_that_tell_a_day_otherwise_are_a_break(tmp_path: Path) -> None:
    """A movement of another amount is one; a notice of some that the statement tells too is none."""
    later = tuple((minor, name, f"{reference}9") for minor, name, reference in LINES)
    other = (*later[:2], (7_701, "po_2", ""))
    with home(tmp_path / "home", setup=None) as app:
        take(app, tmp_path, [csv(), mt940(), camt("054", LINES[:1])])
        app.check()
        assert differing(app) == []
        take(app, tmp_path, [csv(later, on="2026-02-02"), mt940(other, on="2026-02-02")], since=3)
        app.check()
        assert differing(app) == [f"bank:{ACCOUNT}:EUR:2026-02-02:statement:mt940"]


def differing(app: App) -> list[str]:
    """The causes of open breaks over statements."""
    b = schema.break_.c
    with app.register.reading() as view:
        return [row[0] for row in view.rows(select(b.cause).where(b.control == "statements_differ"))]
