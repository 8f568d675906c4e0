import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from recoup.domain.card_numbers import mask_digits
from recoup.domain.findings import Finding
from recoup.enquiry.lens import findings_of, recognise, records
from recoup.errors import FormatUnknown, UnknownFeed, UnknownPartner
from recoup.formats.laid import Field, Laid
from recoup.partners.contract import Arrived, FileFeed, Partner, Reading
from recoup.partners.registry import partners
from tests.fakes.stripe_messages import START, dispute, event, page, signature
from tests.fakes.tables import REPORT_HEADER, TRANSACTION, lines

VISA_TEST_NUMBER = "4111111111111111"
STATEMENT = b"""<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T08:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-03-02T08:00:00Z</CreDtTm>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>20.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-03-01</Dt></Dt></Bal>
<Ntry><Amt Ccy='EUR'>10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-03-01</Dt></BookgDt>
<ValDt><Dt>2026-03-01</Dt></ValDt><AcctSvcrRef>R1</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def seen(place: Path, name: str, content: bytes, partner: str | None = None, feed: str | None = None) -> list[Laid]:
    """All records of a file."""
    path = place / name
    path.write_bytes(content)
    return list(records(recognise(path, partners(), partner, feed)))


def values(laid: Laid) -> dict[str, str]:
    """The fields of a record by name."""
    return {field.name: field.raw for field in laid.fields}


def test_a_page_is_its_objects_field_by_field(tmp_path: Path) -> None:
    """What stands beside the list comes first."""
    beside, first, second = seen(tmp_path, "page.json", page(dispute(1), dispute(2, "won")))
    assert values(beside)["has_more"] == "false"
    assert (first.kind, first.at, second.number) == ("data", "$.data[0]", 3)
    brand = next(field for field in second.fields if field.name == "brand")
    assert (brand.at, brand.raw) == ("payment_method_details.card.brand", "visa")


def test_a_partners_words_have_their_meaning(tmp_path: Path) -> None:
    """From its vocabularies; a word in none of them has none."""
    (_, told) = seen(tmp_path, "page.json", page(dispute(1, "lost")))
    by_name = {field.name: field for field in told.fields}
    assert by_name["status"].meaning == "chargeback lost"
    assert by_name["id"].meaning is None


def test_the_feed_is_known_by_what_it_reads(tmp_path: Path) -> None:
    """Only one feed finds facts in a page of disputes."""
    path = tmp_path / "page.json"
    path.write_bytes(page(dispute(7)))
    sight = recognise(path, partners()).sight
    assert [(c.partner, c.feed) for c in sight.candidates] == [("stripe", "disputes")]
    assert sight.candidates[0].why == "reads 1 fact in it"
    assert sight.because == ""


def test_a_table_of_two_feeds_lists_both(tmp_path: Path) -> None:
    """Stripe's two reports have the same columns: neither is guessed."""
    path = tmp_path / "report.csv"
    path.write_text(lines(REPORT_HEADER, TRANSACTION.format(n=1)))
    lens = recognise(path, partners())
    assert {c.feed for c in lens.sight.candidates if c.partner == "stripe"} == {"payout_report", "activity_report"}
    header, row = records(lens)
    assert header.kind == "header"
    assert values(row)["balance_transaction_id"] == "txn_1"


def test_a_message_is_its_head_and_its_body(tmp_path: Path) -> None:
    """What opens doors is hidden."""
    body = event("evt_1", "charge.dispute.created", START, dispute(1))
    head = ("POST /webhooks/stripe HTTP/1.1", "authorization: x", f"stripe-signature: {signature(body, START)}", "", "")
    message, told = seen(tmp_path, "created.http", "\r\n".join(head).encode() + body)
    assert values(message)["authorization"] == "hidden"
    assert [f.raw for f in told.fields if f.at == "type"] == ["charge.dispute.created"]


def test_no_card_number_is_shown_wherever_it_stands(tmp_path: Path) -> None:
    """In a value, a name, a header of a table, or a text that is cut."""
    spaced = "4111 1111 1111 1111"
    told = {"note": f"card {VISA_TEST_NUMBER}", VISA_TEST_NUMBER: spaced, "long": "x" * 3995 + " " + VISA_TEST_NUMBER}
    shown = str(seen(tmp_path, "x.json", json.dumps(told).encode()))
    assert VISA_TEST_NUMBER not in shown
    assert spaced not in shown
    assert "411111******1111" in shown
    table = str(seen(tmp_path, "x.csv", f"a,{VISA_TEST_NUMBER}\n1,{spaced}\n2,3\n".encode()))
    assert VISA_TEST_NUMBER not in table
    assert spaced not in table


def test_rows_that_are_wrong_are_shown_with_what_is_wrong(tmp_path: Path) -> None:
    """And those after them too; an unclosed quote ends the showing."""
    shown = seen(tmp_path, "x.csv", b'a,b\n1,2\n1,2,3\n4,\xff\n5,"6\n7,8\n')
    assert [[found.check for found in laid.findings] for laid in shown] == [
        [],
        [],
        ["delimited.columns"],
        ["delimited.encoding"],
        ["delimited.quotes"],
    ]
    assert values(shown[2])["beyond the header"] == "3"


def test_xml_that_breaks_off_shows_what_came_before(tmp_path: Path) -> None:
    """With the line at which it broke."""
    first, cut = seen(tmp_path, "x.xml", b'<a><b id="1"><c>x</c></b>\n<b><c>y')
    assert values(first) == {"@id": "1", "c": "x"}
    assert [found.check for found in cut.findings] == ["xml.syntax"]


def test_leaves_of_the_root_are_one_record(tmp_path: Path) -> None:
    """And each child with children is one of its own."""
    content = b"<a x='0'><id>1</id><no/><b><c>2</c></b><b y='3'><c>4</c></b><d>5</d><e>6</e></a>"
    shown = seen(tmp_path, "x.xml", content)
    assert [(laid.kind, values(laid)) for laid in shown] == [
        ("a", {"@x": "0", "id": "1", "no": ""}),
        ("b", {"c": "2"}),
        ("b", {"@y": "3", "c": "4"}),
        ("a", {"d": "5", "e": "6"}),
    ]
    assert [field.at for field in shown[0].fields] == ["a/@x", "id", "no"]


def test_what_hal_embeds_is_a_list_of_records(tmp_path: Path) -> None:
    """Beside what stands around it."""
    told = {"count": 2, "_embedded": {"things": [{"id": 1}, {"id": 2}], "more": "x"}, "_links": {"next": None}}
    beside, first, second = seen(tmp_path, "x.json", json.dumps(told).encode())
    assert [field.at for field in beside.fields] == ["count", "_links.next", "_embedded.more"]
    assert (first.kind, first.at, values(second)) == ("things", "$._embedded.things[0]", {"id": "2"})


def test_a_document_type_is_refused_unread(tmp_path: Path) -> None:
    """What it declares could grow without end."""
    bomb = b'<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    (only,) = seen(tmp_path, "x.xml", bomb)
    assert [found.check for found in only.findings] == ["xml.document_type"]


def test_a_packed_file_is_looked_through(tmp_path: Path) -> None:
    """And one that breaks off says so, after what could be unpacked."""
    path = tmp_path / "x.csv.gz"
    whole = gzip.compress(b"a,b\n" + b"".join(b"%d,2\n" % n for n in range(50_000)))
    path.write_bytes(whole)
    lens = recognise(path, partners())
    assert lens.sight.is_packed
    assert len(list(records(lens))) == 50_001
    path.write_bytes(whole[:-9])
    assert list(records(recognise(path, partners())))[-1].findings[0].check == "lens.packed"


def test_a_file_of_no_known_format_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    """Signs of formats, or of the feeds of the partner that was named."""
    path = tmp_path / "x.bin"
    path.write_bytes(b"\x01\x02nothing that anybody knows\0")
    with pytest.raises(FormatUnknown, match="delimited text: lines that a comma"):
        recognise(path, partners())
    with pytest.raises(FormatUnknown, match="one of stripe's feeds: activity_report"):
        recognise(path, partners(), "stripe")


@pytest.mark.parametrize(
    ("content", "found", "remedy"),
    [
        (b"", "an empty file", "Fetch it again"),
        (b" \r\n\r\n", "a file of nothing but blanks", "Fetch it again"),
        (b"\x1f\x8b", "a packed file that breaks off before its first byte", "Fetch it again"),
        (b"{\\rtf1\\ansi 101 094}", "an RTF document", "Save it as plain text"),
        (b"%PDF-1.7\n", "a PDF document", "as the partner sends it"),
        (b"PK\x03\x04....", "a ZIP archive", "Unpack it"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture (PNG)", "as the partner sends it"),
    ],
)
def test_what_no_partner_sends_is_called_by_its_name(tmp_path: Path, content: bytes, found: str, remedy: str) -> None:
    """With what to do about it, in place of all the formats that it is not."""
    path = tmp_path / "settlement.csv"
    path.write_bytes(content)
    with pytest.raises(FormatUnknown) as refused:
        recognise(path, partners())
    assert refused.value.found.startswith(found)
    assert remedy in refused.value.remedy


def test_of_several_feeds_the_one_that_reads_most_is_shown(tmp_path: Path) -> None:
    """And why is said; the others stand behind it."""
    path = tmp_path / "statement.xml"
    path.write_bytes(STATEMENT)
    lens = recognise(path, partners())
    assert [(c.partner, c.feed) for c in lens.sight.candidates] == [("bank", "camt"), ("sepa", "statements")]
    assert lens.sight.because == "it reads 1 fact in it, and sepa statements 0"
    assert lens.partner is partners()["bank"]


def test_a_statement_that_does_not_add_up_is_still_the_banks(tmp_path: Path) -> None:
    """What is wrong with a file does not make it nobody's."""
    path = tmp_path / "statement.xml"
    path.write_bytes(STATEMENT.replace(b"<Amt Ccy='EUR'>30.00</Amt>", b"<Amt Ccy='EUR'>31.00</Amt>"))
    lens = recognise(path, partners())
    assert lens.sight.candidates[0].partner == "bank"
    assert any(found.check == "iso20022.total" for laid in records(lens) for found in laid.findings)


def test_a_message_without_a_namespace_is_claimed_by_its_own_feeds_alone(tmp_path: Path) -> None:
    """A status report is no statement."""
    path = tmp_path / "status.xml"
    path.write_bytes(
        b"<Document><CstmrPmtStsRpt><GrpHdr><MsgId>M</MsgId><CreDtTm>2026-03-02T08:00:00Z</CreDtTm></GrpHdr>"
        b"<OrgnlGrpInfAndSts><OrgnlMsgId>O</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.02</OrgnlMsgNmId>"
        b"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>P</OrgnlPmtInfId><TxInfAndSts><StsId>1</StsId>"
        b"<OrgnlEndToEndId>E</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>"
        b"</TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )
    assert [(c.partner, c.feed) for c in recognise(path, partners()).sight.candidates] == [("sepa", "status")]


def test_a_table_of_another_partner_says_which_columns_it_lacks(tmp_path: Path) -> None:
    """In its header, and in what the sight says where nobody was named."""
    path = tmp_path / "foreign.csv"
    path.write_text("dispute,amount\nD1,3.00\nD2,4.00\n")
    header, *_ = records(recognise(path, partners(), "stripe", "payout_report"))
    (found,) = header.findings
    assert (found.check, found.where) == ("lens.columns", "line 1")
    assert "balance_transaction_id" in found.found
    assert next(records(recognise(path, partners(), "stripe"))).findings[0].check == "lens.columns"
    assert recognise(path, partners()).sight.nearest is None
    path.write_text(lines(REPORT_HEADER.replace("balance_transaction_id", "txn"), TRANSACTION.format(n=1)))
    near = recognise(path, partners()).sight.nearest
    assert near is not None
    assert (near.partner, near.missing) == ("stripe", ("balance_transaction_id",))


def test_names_of_no_partner_and_feed_are_refused(tmp_path: Path) -> None:
    """With those there are."""
    path = tmp_path / "x.json"
    path.write_bytes(b"{}")
    with pytest.raises(UnknownPartner):
        recognise(path, partners(), "nobody")
    with pytest.raises(UnknownFeed):
        recognise(path, partners(), "stripe", "nothing")


def test_a_feeds_own_layout_shows_the_file_from_the_stream(tmp_path: Path) -> None:
    """Record by record: the first is shown before the last was read."""
    asked: list[int] = []

    def lay_out(stream: BinaryIO) -> Iterator[Laid]:
        for number, line in enumerate(stream, start=1):
            asked.append(number)
            field = Field("Amount", "2-5", line[1:5].decode())
            found = Finding("x.amount", f"line {number} 2-5", line[1:5].decode(), "digits")
            yield Laid(number, "entry", f"line {number}", (field,), () if line[1:5].isdigit() else (found,))

    feed = FileFeed("entries", ("settles",), read, lay_out)
    stripe = partners()["stripe"]
    path = tmp_path / "x.txt"
    path.write_bytes(b"~0001\n" * 9 + b"~00x1\n" * 100_000)
    known = {"x": Partner("x", "X", {"entries": feed}, {}, stripe.codes, stripe.capabilities)}
    shown = records(recognise(path, known))
    asked.clear()
    assert next(shown).fields[0].raw == "0001"
    assert asked == [1]
    wrong = next(laid for laid in shown if laid.findings)
    assert [found.check for found in findings_of(wrong.fields[0], wrong)] == ["x.amount"]


def read(arrived: Arrived, stream: BinaryIO) -> Iterator[Reading]:
    """Read nothing."""
    assert isinstance(stream, io.IOBase)
    yield Reading()


def test_field_of_a_card_number_is_masked_even_where_the_number_is_none() -> None:
    """A damaged or invented one may be a real one that was mistyped."""
    assert mask_digits("5200000000000002") == "520000******0002"
    assert mask_digits("5200") == "****"
    assert mask_digits("") == ""
