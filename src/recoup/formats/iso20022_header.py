"""The head of a message: `GrpHdr`, or `Assgnmt` with its case in recalls and their answers."""

import re
from typing import Any

from recoup.domain.findings import Finding
from recoup.formats.iso20022_elements import Fields, Shape, flag, gather, in_namespace, money, namespace, whole_number
from recoup.formats.iso20022_pieces import Header

_VERSION = re.compile(r"(?P<message>[a-z]{4}\.[0-9]{3})\.(?P<version>[0-9]{3}\.[0-9]{2})")
HEAD: Shape = {
    "GrpHdr": {
        "MsgId": "id",
        "CreDtTm": "created",
        "MsgPgntn": {"PgNb": "page", "LastPgInd": "is_last_page"},
        "NbOfTxs": "count",
        "CtrlSum": "sum",
        "TtlRtrdIntrBkSttlmAmt": ("total", money),
        "TtlRvsdIntrBkSttlmAmt": ("total", money),
        "IntrBkSttlmDt": "settled",
        "OrgnlMsgId": "original_id",
        "OrgnlMsgNmId": "original_message",
    },
    "Assgnmt": {"Id": "id", "CreDtTm": "created"},
    "Case": {"Id": "case"},
    "RslvdCase": {"Id": "case"},
    "Sts": {"Conf": "confirmation"},
    "CtrlData": {"NbOfTxs": "count", "CtrlSum": "sum"},
    "OrgnlGrpInf": {"OrgnlMsgId": "original_id", "OrgnlMsgNmId": "original_message"},
    "OrgnlGrpInfAndSts": {"OrgnlMsgId": "original_id", "OrgnlMsgNmId": "original_message", "GrpSts": "status"},
}


def header_of(
    where: str, message: str, holder: Any, number: int, *, is_possible_duplicate: bool
) -> tuple[Header, list[Finding]]:
    """Give the head of a message, with findings about its name and its being a duplicate."""
    told = head_fields(holder)
    line, uri = holder.sourceline or 0, namespace(holder.tag)
    named = _VERSION.search(uri)
    findings = []
    if named is None or named["message"] != message:
        found = f"the namespace of {named['message']}" if named else "no namespace that names the message"
        findings.append(Finding("iso20022.namespace", f"{where}, line {line}", found, f"that of {message}", "note"))
    if is_possible_duplicate:
        findings.append(
            Finding("iso20022.duplicate", f"{where}, line {line}", "a possible duplicate", "an original", "note")
        )
    header = Header(
        message=message,
        version=named["version"] if named and named["message"] == message else None,
        line=line,
        number=number,
        id=told.get("id"),
        created_at=told.get("created"),
        page=whole_number(told.get("page")),
        is_last_page=flag(told.get("is_last_page")),
        case=told.get("case"),
        confirmation=told.get("confirmation"),
        is_possible_duplicate=is_possible_duplicate,
    )
    return header, findings


def head_fields(holder: Any) -> Fields:
    """Give the fields of a message's head, as far as they have been read."""
    return gather(holder, in_namespace(HEAD, namespace(holder.tag)), {})
