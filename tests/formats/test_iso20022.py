"""Messages of ISO 20022 are read in one pass, known by what they are, and refused where they cannot be trusted."""

import io
import time
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recoup.domain.findings import Finding
from recoup.formats.iso20022 import GAP_BYTES_MAX, OTHERS, read
from recoup.formats.iso20022_elements import scaled
from recoup.formats.iso20022_pieces import (
    Broken,
    Ended,
    Entry,
    Group,
    Header,
    Piece,
    Statement,
    Total,
    Transaction,
    Unread,
)
from recoup.formats.iso20022_statement import DETAILS_MAX

NS = "urn:iso:std:iso:20022:tech:xsd:"
VERSIONS = [f"001.{number:02}" for number in range(2, 14)]


def pieces(body: bytes | str) -> list[Piece]:
    """All pieces of a file."""
    return list(read(io.BytesIO(body.encode() if isinstance(body, str) else body), "file.xml"))


def broken(body: bytes | str) -> Finding:
    """Why a file cannot be trusted; it is the last thing that is said of it."""
    found = pieces(body)
    assert isinstance(found[-1], Broken)
    return found[-1].finding


def detail(n: int = 1, amount: str = "10.00", more: str = "") -> str:
    """One transaction of an entry."""
    return (
        f"<TxDtls><Refs><EndToEndId>E2E-{n}</EndToEndId><MndtId>M-{n}</MndtId></Refs>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>{more}</TxDtls>'
    )


def entry(amount: str = "10.00", mark: str = "DBIT", inner: str = "", status: str = "BOOK") -> str:
    """One entry."""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-01-31</Dt></BookgDt><AcctSvcrRef>REF-2026-1</AcctSvcrRef>"
        f"<NtryDtls>{inner}</NtryDtls></Ntry>"
    )


def balance(kind: str, amount: str, mark: str = "CRDT") -> str:
    """One balance."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>2026-01-31</Dt></Dt></Bal>'
    )


def statement(inner: str, *, message: str = "camt.053", version: str = "001.08", head: str = "") -> str:
    """A whole message with one statement."""
    holder, holding = {
        "camt.053": ("BkToCstmrStmt", "Stmt"),
        "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
        "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    }[message]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{NS}{message}.{version}"><{holder}>'
        f"<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-01-31T20:00:00Z</CreDtTm></GrpHdr>"
        f"<{holding}><Id>S-1</Id><ElctrncSeqNb>31</ElctrncSeqNb><CreDtTm>2026-01-31T20:00:00Z</CreDtTm>{head}"
        f"<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>{inner}</{holding}></{holder}></Document>"
    )


def returns(inner: str, group: str = "<NbOfTxs>1</NbOfTxs>") -> str:
    """A whole pacs.004."""
    return (
        f'<Document xmlns="{NS}pacs.004.001.09"><PmtRtr><GrpHdr><MsgId>M-1</MsgId>'
        f"<CreDtTm>2026-02-06T09:00:00Z</CreDtTm>{group}</GrpHdr>{inner}</PmtRtr></Document>"
    )


ONE_RETURN = (
    "<TxInf><RtrId>R-1</RtrId><OrgnlEndToEndId>E2E-1</OrgnlEndToEndId>"
    '<RtrdIntrBkSttlmAmt Ccy="EUR">10.00</RtrdIntrBkSttlmAmt>'
    "<RtrRsnInf><Orgtr><Nm>A name</Nm></Orgtr><Rsn><Cd>MD06</Cd></Rsn>"
    "<AddtlInf>first</AddtlInf><AddtlInf>second</AddtlInf></RtrRsnInf></TxInf>"
)
SOUND = statement(balance("OPBD", "100.00") + balance("CLBD", "90.00") + entry(inner=detail()))


class TestMessages:
    @pytest.mark.parametrize("message", ["camt.052", "camt.053", "camt.054"])
    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_version_of_a_statement_reads_alike(self, message: str, version: str) -> None:
        """What differs by version is where things stand, not what they say."""
        found = pieces(statement(entry(inner=detail()), message=message, version=version))
        headers = [piece for piece in found if isinstance(piece, Header)]
        entries = [piece for piece in found if isinstance(piece, Entry)]
        assert [(h.message, h.version) for h in headers] == [(message, version)]
        assert [(e.number, e.amount.minor, e.is_credit, e.status, e.booked_at) for e in entries] == [
            (1, 1000, False, "BOOK", "2026-01-31")
        ]
        assert [(d.end_to_end, d.mandate) for d in entries[0].transactions] == [("E2E-1", "M-1")]

    def test_the_first_version_names_its_message_and_its_transactions_otherwise(self) -> None:
        """BkToCstmrStmtV01, TxDtls in the entry itself, RtrRsn in place of Rsn."""
        body = (
            f'<Document xmlns="{NS}camt.053.001.01"><BkToCstmrStmtV01><GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Id>1</Id>'
            '<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>'
            '<TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">1.00</Amt></TxAmt></AmtDtls>'
            "<RtrInf><RtrOrgtr><Nm>A name</Nm></RtrOrgtr><RtrRsn><Cd>MD06</Cd></RtrRsn>"
            "<AddtlRtrRsnInf>why</AddtlRtrRsnInf></RtrInf></TxDtls></Ntry></Stmt></BkToCstmrStmtV01></Document>"
        )
        (found,) = [piece for piece in pieces(body) if isinstance(piece, Entry)]
        (told,) = found.transactions
        assert told.reason is not None
        assert (told.reason.code, told.reason.originator_name, told.reason.information) == ("MD06", "A name", "why")
        assert told.amount is not None
        assert told.amount.minor == 100

    def test_a_wrapping_and_prefixes_change_nothing(self) -> None:
        """Messages come in envelopes, with prefixes, without `Document`, several to a file."""
        inner = ONE_RETURN.replace("<", "<p:").replace("<p:/", "</p:")
        message = f'<p:PmtRtr xmlns:p="{NS}pacs.004.001.09"><p:GrpHdr><p:MsgId>1</p:MsgId></p:GrpHdr>{inner}</p:PmtRtr>'
        found = pieces(f"<message><AppHdr/><x>{message}</x><y>{message}</y></message>")
        assert [p.number for p in found if isinstance(p, Transaction)] == [1, 2]
        assert [p.number for p in found if isinstance(p, Header)] == [1, 2]

    def test_a_message_without_its_namespace_is_known_by_its_element(self) -> None:
        """Banks write `Xmlns`, or the namespace of another message; a note says so."""
        found = pieces(SOUND.replace("xmlns=", "Xmlns="))
        assert [p.check for p in found if isinstance(p, Finding)] == ["iso20022.namespace"]
        assert len([p for p in found if isinstance(p, Entry)]) == 1

    @pytest.mark.parametrize("holder", sorted(OTHERS))
    def test_another_message_is_refused_by_its_name(self, holder: str) -> None:
        """An order says nothing of what became of it; it is refused at its beginning, however large it is."""
        finding = broken(f"<Document><{holder}>" + "<GrpHdr/>" * 10)
        assert finding.check == "iso20022.message"
        assert finding.where == "file.xml, line 1"
        assert finding.found.partition(",")[0] == OTHERS[holder].partition(",")[0]

    def test_an_unknown_message_is_refused_by_its_namespace(self) -> None:
        """What nobody has heard of is named as it names itself."""
        finding = broken(f'<Document xmlns="{NS}seev.031.001.04"><CorpActnNtfctn/></Document>')
        assert "seev.031.001.04" in finding.found

    @pytest.mark.parametrize("body", ["<a/>", "<AppHdr><x/></AppHdr>", "<xs:schema xmlns:xs='u'/>"])
    def test_xml_that_holds_no_message_is_refused(self, body: str) -> None:
        """Its root is named."""
        assert broken(body).check == "iso20022.message"

    @pytest.mark.parametrize("body", [b"", b"   ", b"HDR,1,2\n", b"%PDF-1.7", b"\x00\x01", b"<", b"<!-- x"])
    def test_other_bytes_are_no_xml(self, body: bytes) -> None:
        """Refused at once, whatever they are."""
        assert broken(body).check in ("iso20022.syntax", "iso20022.size")

    def test_a_statement_message_without_a_statement_is_refused(self) -> None:
        """There is nothing in it that could be proved."""
        finding = broken("<Document><BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr></BkToCstmrStmt></Document>")
        assert finding.check == "iso20022.statement"


class TestHostile:
    def test_a_document_type_is_refused_before_anything_of_it_is_read(self) -> None:
        """No bomb, no external file: entities live in document types, and no message has one."""
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        bodies = [
            f'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a0 "lol">{laughs}]><Document>&a11;</Document>',
            '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>',
            "<!-- " + "x" * 5000 + ' --><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Document>&e;</Document>',
        ]
        for body in bodies:
            began = time.perf_counter()
            assert broken(body).check == "iso20022.doctype"
            assert time.perf_counter() - began < 1

    def test_an_entity_that_nobody_defined_is_refused(self) -> None:
        """Only the five of XML itself are known."""
        assert broken(SOUND.replace("REF-2026-1", "&e;")).check == "iso20022.syntax"
        assert "&" in str(pieces(SOUND.replace("REF-2026-1", "A&amp;B")))

    def test_depth_is_bounded(self) -> None:
        """A message is some twenty elements deep."""
        assert broken("<Document>" + "<a>" * 100_000).check == "iso20022.syntax"

    def test_what_goes_on_without_a_record_is_refused(self) -> None:
        """Neither head nor filler grows without end."""
        body = statement("<Foo>x</Foo>" * (GAP_BYTES_MAX // 10))
        assert broken(body).check == "iso20022.size"
        assert broken("<!--" + "x" * (1 << 20)).check == "iso20022.size"

    @pytest.mark.parametrize(
        "amount",
        ["", "x", "1,00", "1e3", "1_000", "10.001", "-1.00", "9" * 40, "٣.00", "NaN", "1.00 EUR", "--1.00", "1.0.0"],
    )
    def test_what_is_no_amount_is_a_record_that_is_refused(self, amount: str) -> None:
        """With its place, and the others go on; sums that it belongs to are not known."""
        found = pieces(statement(balance("OPBD", "0.00") + balance("CLBD", "10.00") + entry(amount) + entry()))
        (unread,) = [piece for piece in found if isinstance(piece, Unread)]
        assert (unread.number, unread.finding.check) == (1, "iso20022.entry")
        assert "entry 1" in unread.finding.where
        assert [piece.number for piece in found if isinstance(piece, Entry)] == [2]
        assert not [piece for piece in found if isinstance(piece, Total)]
        assert "iso20022.proof" in [piece.check for piece in found if isinstance(piece, Finding)]

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_no_bytes_make_it_raise(self, data: st.DataObject) -> None:
        """Cut, with something in place of something else: pieces, or why not."""
        whole = (SOUND if data.draw(st.booleans()) else returns(ONE_RETURN)).encode()
        at = data.draw(st.integers(0, len(whole)))
        gone, come = data.draw(st.integers(0, 60)), data.draw(st.binary(max_size=20))
        for piece in pieces(whole[:at] + come + whole[at + gone :]):
            assert isinstance(piece, Piece)

    @settings(max_examples=100, deadline=None)
    @given(
        st.recursive(
            st.just(""),
            lambda inner: st.lists(
                st.tuples(
                    st.sampled_from(
                        [
                            "Stmt",
                            "Ntry",
                            "TxDtls",
                            "NtryDtls",
                            "BkToCstmrStmt",
                            "Document",
                            "TxInf",
                            "PmtRtr",
                            "Amt",
                            "Bal",
                            "GrpHdr",
                            "OrgnlPmtInfAndSts",
                            "CstmrPmtStsRpt",
                            "TxInfAndSts",
                        ]
                    ),
                    inner,
                ),
                max_size=4,
            ).map(lambda all_: "".join(f"<{name}>{inside}</{name}>" for name, inside in all_)),
            max_leaves=30,
        )
    )
    @example("<Document><Ntry></Ntry></Document><Ntry></Ntry>")
    def test_no_nesting_makes_it_raise(self, inner: str) -> None:
        """Elements of messages in any order and depth."""
        for body in (f"<Document>{inner}</Document>", f"<Document><BkToCstmrStmt>{inner}</BkToCstmrStmt></Document>"):
            for piece in pieces(body):
                assert isinstance(piece, Piece)


class TestEncoding:
    def test_latin_1_that_was_declared_as_utf_8_is_read_with_a_finding(self) -> None:
        """Names of elements, amounts and codes are ASCII in both; text for people is not lost."""
        body = statement(entry(inner=detail(more="<RmtInf><Ustrd>Müller</Ustrd></RmtInf>"))).encode("latin-1")
        found = pieces(body)
        (told,) = [piece for piece in found if isinstance(piece, Entry)]
        assert told.transactions[0].remittance == "Müller"
        (finding,) = [p for p in found if isinstance(p, Finding) and p.check == "iso20022.encoding"]
        assert finding.where == f"file.xml, byte {body.index('ü'.encode('latin-1')) + 1}"

    def test_utf_8_that_was_declared_as_latin_1_is_read_with_a_finding(self) -> None:
        """The other way round it would be read as two letters for each."""
        text = statement(entry(inner=detail(more="<RmtInf><Ustrd>Müller</Ustrd></RmtInf>")))
        found = pieces(text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').encode())
        (told,) = [piece for piece in found if isinstance(piece, Entry)]
        assert told.transactions[0].remittance == "Müller"
        assert [p.check for p in found if isinstance(p, Finding)].count("iso20022.encoding") == 1

    @pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252"])
    def test_what_is_declared_rightly_is_read_without_one(self, encoding: str) -> None:
        """One byte to a letter, and said so."""
        text = statement(entry(inner=detail(more="<RmtInf><Ustrd>Müller</Ustrd></RmtInf>")))
        found = pieces(text.replace("UTF-8", encoding).encode("latin-1"))
        assert "iso20022.encoding" not in [p.check for p in found if isinstance(p, Finding)]
        assert "Müller" in str(found)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_utf_16_is_read_with_a_finding(self, encoding: str) -> None:
        """The standard wants UTF-8."""
        found = pieces(SOUND.encode(encoding))
        assert "iso20022.encoding" in [p.check for p in found if isinstance(p, Finding)]
        assert [p.amount.minor for p in found if isinstance(p, Entry)] == [1000]

    def test_a_mark_before_the_text_is_no_text(self) -> None:
        """UTF-8 with its byte order mark."""
        assert len([p for p in pieces(b"\xef\xbb\xbf" + SOUND.encode()) if isinstance(p, Entry)]) == 1

    @given(st.integers(0, 70_000))
    @settings(max_examples=25, deadline=None)
    def test_a_letter_between_two_blocks_is_one_letter(self, blanks: int) -> None:
        """Reading goes by blocks; letters of several bytes may lie across."""
        told = entry(inner=detail(more="<RmtInf><Ustrd>äöü€</Ustrd></RmtInf>"))
        found = pieces(statement("<X/>" + " " * (65_000 + blanks) + told))
        assert "äöü€" in str(found)
        assert not [p for p in found if isinstance(p, Finding) and p.check == "iso20022.encoding"]


class TestCuts:
    def test_a_file_that_was_cut_anywhere_is_refused(self) -> None:
        """XML wants its close: no cut looks whole."""
        for body in (SOUND, returns(ONE_RETURN)):
            for at in range(len(body) - 1):
                assert isinstance(pieces(body[:at])[-1], Broken), body[:at][-40:]

    def test_a_cut_is_told_from_what_is_no_xml(self) -> None:
        """In a text, in a tag, between two; an end that closes nothing is the writer's mistake."""
        for at in (SOUND.index("</Stmt>"), SOUND.index("</Stmt>") + 3, SOUND.index("REF-2026-1") + 4):
            assert broken(SOUND[:at]).check == "iso20022.truncated"
        assert broken(SOUND.replace("</Stmt>", "</Other>")).check == "iso20022.syntax"

    def test_two_documents_one_after_the_other_are_refused(self) -> None:
        """Two files in one: the second would not be read."""
        finding = broken(SOUND + SOUND)
        assert finding.check == "iso20022.syntax"
        assert "line 1" in finding.where

    def test_what_was_read_before_the_cut_is_given_first(self) -> None:
        """So that a file held for its end can still be shown."""
        found = pieces(SOUND[: SOUND.index("</Stmt>")])
        assert [type(piece) for piece in found][-2:] == [Entry, Broken]


class TestProof:
    def totals(self, body: str) -> list[Total]:
        """Stated totals beside the computed ones."""
        return [piece for piece in pieces(body) if isinstance(piece, Total)]

    def test_opening_and_booked_entries_come_to_closing(self) -> None:
        """To the cent, and a cent too much is seen."""
        assert [(t.stated, t.computed, t.currency) for t in self.totals(SOUND)] == [(9000, 9000, "EUR")]
        assert [(t.stated, t.computed) for t in self.totals(SOUND.replace("90.00", "90.01"))] == [(9001, 9000)]

    def test_what_is_pending_is_not_in_the_closing_balance(self) -> None:
        """Only booked entries move it."""
        inner = balance("OPBD", "100.00") + balance("CLBD", "90.00") + entry() + entry(status="PDNG")
        assert [(t.stated, t.computed) for t in self.totals(statement(inner))] == [(9000, 9000)]

    def test_the_balance_before_stands_for_an_opening_one(self) -> None:
        """PRCD is what the statement before closed with."""
        inner = balance("PRCD", "100.00") + balance("CLBD", "10.00", "DBIT") + entry("110.00")
        assert [(t.stated, t.computed) for t in self.totals(statement(inner))] == [(-1000, -1000)]

    def test_without_both_balances_nothing_is_proved_and_a_finding_says_so(self) -> None:
        """One balance alone proves nothing."""
        found = pieces(statement(balance("CLBD", "10.00") + entry()))
        assert [p.check for p in found if isinstance(p, Finding)] == ["iso20022.proof"]

    def test_a_report_within_the_day_proves_no_balance(self) -> None:
        """It may leave out what an earlier one told."""
        inner = balance("OPBD", "100.00") + balance("CLBD", "1.00") + entry()
        assert self.totals(statement(inner, message="camt.052")) == []

    def test_numbers_and_sums_of_entries_are_compared(self) -> None:
        """All of them that are stated."""
        summary = (
            "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries><Sum>30.00</Sum>"
            "<TtlNetNtry><Amt>10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry></TtlNtries>"
            "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>20.000</Sum></TtlCdtNtries>"
            "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>-10</Sum></TtlDbtNtries></TxsSummry>"
        )
        body = statement(summary + entry() + entry("20.00", "CRDT"), message="camt.054")
        found = self.totals(body)
        assert len(found) == 8
        assert [t.name for t in found if t.stated != t.computed] == []
        wrong = self.totals(body.replace("<NbOfNtries>2<", "<NbOfNtries>3<").replace("<Sum>30.00<", "<Sum>30.01<"))
        assert [t.name for t in wrong if t.stated != t.computed] == ["number of entries", "sum of entries"]

    def test_one_page_of_several_is_not_proved_alone(self) -> None:
        """Its sums are those of all pages."""
        pages = "<StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn>"
        found = pieces(statement(balance("OPBD", "1.00") + balance("CLBD", "1.00") + entry(), head=pages))
        assert [p.check for p in found if isinstance(p, Finding)] == ["iso20022.page"]
        assert [p for p in found if isinstance(p, Total)] == []

    def test_a_copy_says_that_it_is_one(self) -> None:
        """CpyDplctInd is a note: the same lines have the same names."""
        found = pieces(statement(entry(), head="<CpyDplctInd>DUPL</CpyDplctInd>", message="camt.054"))
        assert [p.check for p in found if isinstance(p, Finding)] == ["iso20022.duplicate"]
        assert [p.copy for p in found if isinstance(p, Statement)] == ["DUPL"]

    @given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=30), st.integers(-(10**9), 10**9))
    @settings(max_examples=50, deadline=None)
    def test_whatever_is_booked_the_proof_holds_and_a_cent_more_does_not(
        self, moves: list[tuple[int, bool]], opening: int
    ) -> None:
        """Amounts are integers from the text to the sum."""
        closing = opening + sum(minor if is_credit else -minor for minor, is_credit in moves)

        def shown(minor: int) -> tuple[str, str]:
            return f"{abs(minor) // 100}.{abs(minor) % 100:02}", "DBIT" if minor < 0 else "CRDT"

        entries = "".join(entry(shown(minor)[0], "CRDT" if is_credit else "DBIT") for minor, is_credit in moves)
        for wrong in (0, 1):
            inner = balance("OPBD", *shown(opening)) + balance("CLBD", *shown(closing + wrong)) + entries
            (total,) = self.totals(statement(inner))
            assert total.stated - total.computed == wrong

    def test_number_and_sums_of_returns_are_compared(self) -> None:
        """Group header against what it heads."""
        group = (
            '<NbOfTxs>2</NbOfTxs><CtrlSum>20</CtrlSum><TtlRtrdIntrBkSttlmAmt Ccy="EUR">20.00</TtlRtrdIntrBkSttlmAmt>'
        )
        found = self.totals(returns(ONE_RETURN * 2, group))
        assert [(t.stated, t.computed) for t in found] == [(2, 2), (2000, 2000), (2000, 2000)]
        assert [t.stated == t.computed for t in self.totals(returns(ONE_RETURN, group))] == [False] * 3

    def test_the_number_per_status_is_compared_where_that_status_is_listed(self) -> None:
        """Reports list what was rejected and count what was accepted."""
        body = (
            "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>1</OrgnlMsgId>"
            "<NbOfTxsPerSts><DtldNbOfTxs>2</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>"
            "<NbOfTxsPerSts><DtldNbOfTxs>98</DtldNbOfTxs><DtldSts>ACSP</DtldSts></NbOfTxsPerSts></OrgnlGrpInfAndSts>"
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId><TxInfAndSts><TxSts>RJCT</TxSts></TxInfAndSts>"
            "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
        )
        assert [(t.name, t.stated, t.computed) for t in self.totals(body)] == [("transactions with status RJCT", 2, 1)]


class TestTransactions:
    def test_a_return_says_who_began_it_and_why(self) -> None:
        """Lines of text for people are one text."""
        (told,) = [piece for piece in pieces(returns(ONE_RETURN)) if isinstance(piece, Transaction)]
        (why,) = told.reasons
        assert (why.code, why.originator_name, why.originator_bic, why.information) == (
            "MD06",
            "A name",
            None,
            "first second",
        )
        assert (told.id, told.end_to_end, told.returned and told.returned.minor) == ("R-1", "E2E-1", 1000)

    def test_what_stands_around_a_transaction_is_said_of_it(self) -> None:
        """The original message stands with the group, the batch around the transactions."""
        body = (
            "<Document><CstmrPmtStsRpt><GrpHdr><MsgId>1</MsgId></GrpHdr>"
            "<OrgnlGrpInfAndSts><OrgnlMsgId>O</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.02</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-1</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts>"
            "<TxInfAndSts><OrgnlEndToEndId>1</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>"
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-2</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>"
            "</CstmrPmtStsRpt></Document>"
        )
        found = pieces(body)
        (told,) = [piece for piece in found if isinstance(piece, Transaction)]
        assert (told.original_message, told.original_batch, told.group_status) == ("pain.008.001.02", "B-1", "RJCT")
        groups = [(p.level, p.original, p.transactions) for p in found if isinstance(p, Group)]
        assert groups == [("batch", "B-1", 1), ("batch", "B-2", 0), ("message", "O", 1)]


class TestMemory:
    def body(self, entries: int, details: int) -> Iterator[bytes]:
        """A statement in pieces."""
        head, tail = statement("@").encode().split(b"@")
        yield head
        for _ in range(entries):
            one = entry(str(10 * details), inner="@").encode().split(b"@")
            yield one[0]
            for n in range(details):
                yield detail(n).encode()
            yield one[1]
        yield tail

    def peak(self, entries: int, details: int) -> tuple[int, int]:
        """Peak memory of reading, and transactions read; Python's own memory alone."""
        stream = cast(BinaryIO, _Stream(self.body(entries, details)))
        tracemalloc.start()
        told = sum(len(p.transactions) for p in read(stream, "x") if isinstance(p, Entry))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak, told

    def test_an_entry_with_very_many_transactions_comes_in_parts(self) -> None:
        """A batch of returns may be as large as a file; its sum is the whole entry's."""
        details = DETAILS_MAX * 3 + 7
        body = statement(entry(f"{10 * details}.00", inner="".join(detail(n) for n in range(details))))
        found = [piece for piece in pieces(body) if isinstance(piece, Entry)]
        assert len(found) > 1
        assert [piece.is_last for piece in found] == [False] * (len(found) - 1) + [True]
        assert {piece.number for piece in found} == {1}
        assert [d.end_to_end for p in found for d in p.transactions] == [f"E2E-{n}" for n in range(details)]
        assert (found[-1].details, found[-1].details_minor) == (details, found[-1].amount.minor)

    @pytest.mark.parametrize("shape", [(1, 40_000), (20_000, 1)], ids=["one large entry", "many entries"])
    def test_memory_does_not_grow_with_the_file(self, shape: tuple[int, int]) -> None:
        """Ten times as large, and no more memory."""
        entries, details = shape
        small, few = self.peak(max(1, entries // 10), max(1, details // 10) if entries == 1 else details)
        large, many = self.peak(entries, details)
        assert many >= 10 * few
        assert large < small * 1.5 + 1_000_000


class _Stream:
    """A file that is made while it is read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._rest = b""

    def read(self, size: int) -> bytes:
        """The next bytes."""
        while len(self._rest) < size and (part := next(self._parts, None)) is not None:
            self._rest += part
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


class TestNumbers:
    @given(st.integers(-(10**15), 10**15), st.integers(0, 5))
    def test_a_number_reads_back_as_it_was_written(self, minor: int, decimals: int) -> None:
        """With all its decimals, and with zeros after them."""
        digits = str(abs(minor)).rjust(decimals + 1, "0")
        text = digits if not decimals else f"{digits[:-decimals]}.{digits[-decimals:]}"
        for form in (text, f"{text}{'' if decimals else '.'}00"):
            assert scaled(("-" if minor < 0 else "") + form, decimals) == minor

    @pytest.mark.parametrize("text", ["", ".", "-", "+", "1e2", "1_0", "０", "1.001", " 1", "1 0", "0x1", "inf"])
    def test_what_is_no_number_is_none(self, text: str) -> None:
        """Nothing is rounded, and nothing guessed."""
        assert scaled(text, 2) is None

    def test_a_statement_without_entries_ends_all_the_same(self) -> None:
        """A day without movements is a statement."""
        found = pieces(statement(balance("OPBD", "1.00") + balance("CLBD", "1.00")))
        assert [p.entries for p in found if isinstance(p, Ended)] == [0]
        assert [(p.stated, p.computed) for p in found if isinstance(p, Total)] == [(100, 100)]
