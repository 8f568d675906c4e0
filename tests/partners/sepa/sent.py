"""Files as banks send them, for the tests of this partner."""

import io
from pathlib import Path

from recoup.domain.instants import parse_instant
from recoup.partners.contract import Arrived, FileFeed, Reading
from recoup.partners.sepa.partner import PARTNER

SAMPLES = Path(__file__).parents[2] / "contract/samples/sepa"
NS = "urn:iso:std:iso:20022:tech:xsd:"
OURS = "DE02120300000000202051"


def read(feed: str, body: str | bytes, account: str = OURS) -> Reading:
    """What a file says on a feed, all parts together."""
    found = PARTNER.feeds[feed]
    assert isinstance(found, FileFeed)
    landed_at = parse_instant("2026-02-07T04:00:00Z")
    arrived = Arrived("d", "sepa", account, feed, "s.xml", landed_at, "Europe/Berlin")
    raw = body.encode() if isinstance(body, str) else body
    parts = list(found.read(arrived, io.BytesIO(raw)))
    whole = parts[-1]
    for part in parts[:-1]:
        whole.records += part.records
        whole.accepted += part.accepted
        whole.observations += part.observations
        whole.money_lines += part.money_lines
        whole.quarantined += part.quarantined
        whole.findings += part.findings
        whole.held = whole.held or part.held
    assert whole.records == whole.accepted + len(whole.quarantined)
    return whole


def sample(name: str) -> str:
    """A sample as it lies in the contract."""
    return (SAMPLES / name).read_text(encoding="utf-8")


def status(
    *, e2e: str = "E-1", code: str = "AM04", collected: str | None = None, more: str = "", word: str = "RJCT"
) -> str:
    """A pain.002 of 3 February 2026 about one collection."""
    day = f"<ReqdColltnDt>{collected}</ReqdColltnDt>" if collected else ""
    return (
        f'<Document xmlns="{NS}pain.002.001.03"><CstmrPmtStsRpt><GrpHdr><MsgId>M</MsgId>'
        "<CreDtTm>2026-02-03T12:00:00Z</CreDtTm></GrpHdr>"
        "<OrgnlGrpInfAndSts><OrgnlMsgId>O</OrgnlMsgId><OrgnlMsgNmId>pain.008.001.02</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId><TxInfAndSts><StsId>S</StsId>"
        f"<OrgnlEndToEndId>{e2e}</OrgnlEndToEndId><TxSts>{word}</TxSts>"
        f"<StsRsnInf>{more}<Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">40.00</InstdAmt></Amt>{day}</OrgnlTxRef>'
        "</TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    )


def returned(
    *,
    e2e: str = "E-1",
    code: str = "MD06",
    amount: str = "50.00",
    original: str | None = "50.00",
    orgtr: str = "",
    settled: str | None = None,
    scheme: str = "CORE",
    more: str = "",
    message: str = "pacs.003.001.08",
    currency: str = "EUR",
) -> str:
    """A pacs.004 of 6 February 2026 about one collection."""
    own = f'<OrgnlIntrBkSttlmAmt Ccy="{currency}">{original}</OrgnlIntrBkSttlmAmt>' if original else ""
    day = f"<IntrBkSttlmDt>{settled}</IntrBkSttlmDt>" if settled else ""
    return (
        f'<Document xmlns="{NS}pacs.004.001.09"><PmtRtr><GrpHdr><MsgId>M</MsgId>'
        "<CreDtTm>2026-02-06T09:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs></GrpHdr><TxInf><RtrId>R-1</RtrId>"
        f"<OrgnlGrpInf><OrgnlMsgId>I</OrgnlMsgId><OrgnlMsgNmId>{message}</OrgnlMsgNmId></OrgnlGrpInf>"
        f"<OrgnlEndToEndId>{e2e}</OrgnlEndToEndId><OrgnlTxId>TX-1</OrgnlTxId>{own}"
        f'<RtrdIntrBkSttlmAmt Ccy="EUR">{amount}</RtrdIntrBkSttlmAmt><IntrBkSttlmDt>2026-02-06</IntrBkSttlmDt>{more}'
        f"<RtrRsnInf>{orgtr}<Rsn><Cd>{code}</Cd></Rsn></RtrRsnInf>"
        f"<OrgnlTxRef>{day}<PmtTpInf><LclInstrm><Cd>{scheme}</Cd></LclInstrm></PmtTpInf></OrgnlTxRef>"
        "</TxInf></PmtRtr></Document>"
    )


BANK = "<Orgtr><Id><OrgId><BICOrBEI>MARKDEFFXXX</BICOrBEI></OrgId></Id></Orgtr>"
CUSTOMER = "<Orgtr><Nm>Debtor Example</Nm></Orgtr>"
