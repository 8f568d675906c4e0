"""Reports of Bacs as its service writes them, for tests."""

ITEM = (
    '<ReturnedDebitItem ref="{ref}" transCode="17" returnCode="{code}" returnDescription="{words}"'
    ' originalProcessingDate="2026-01-12" valueOf="{value}" currency="GBP">'
    '<PayerAccount number="12345678" ref="{ref}" name="A PAYER" sortCode="01-02-03" bankName="A BANK"/>'
    "</ReturnedDebitItem>\n"
)


def item(ref: str = "X01234", value: str = "65.00", code: str = "1012", words: str = "INSTRUCTION CANCELLED") -> str:
    """One returned debit."""
    return ITEM.format(ref=ref, value=value, code=code, words=words)


def arudd(*items: str, number: str | None = None, value: str = "65.00", user: str = "123456") -> bytes:
    """A day's report of one account."""
    count = str(len(items)) if number is None else number
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<BACSDocument>\n<Data>\n<ARUDD>\n'
        '<Header reportType="REFT1234" adviceNumber="000" currentProcessingDate="2026-01-16"></Header>\n'
        '<AddresseeInformation name="SOME COMPANY LTD"></AddresseeInformation>\n'
        f'<ServiceLicenseInformation userName="SOME COMPANY LTD" userNumber="{user}"></ServiceLicenseInformation>\n'
        "<Advice>\n<OriginatingAccountRecords>\n<OriginatingAccountRecord>\n"
        '<OriginatingAccount name="SOME COMPANY LTD" number="12345678" sortCode="01-02-03" type="0"/>\n'
        f"{''.join(items)}"
        f'<Totals numberOf="{count}" valueOf="{value}" currency="GBP"></Totals>\n'
        "</OriginatingAccountRecord>\n</OriginatingAccountRecords>\n</Advice>\n</ARUDD>\n</Data>\n"
        "<SignatureMethod>Vanilla</SignatureMethod>\n<Signature></Signature>\n</BACSDocument>\n"
    ).encode("iso-8859-1")


CLAIM = (
    "<{kind}>\n<SeqNo>1</SeqNo>\n<PayingBankReference>{bank}</PayingBankReference>\n<SUReference>{ours}</SUReference>\n"
    "<ReasonCode>{reason}</ReasonCode>\n<ReasonCodeMeaning>{words}</ReasonCodeMeaning>\n"
    "<PayerSortCode>010203</PayerSortCode>\n<PayerName>A PAYER</PayerName>\n<PayerAccount>12345678</PayerAccount>\n"
    "<TotalAmount>{total}</TotalAmount>\n<DDCollections>\n{collections}</DDCollections>\n</{kind}>\n"
)
COLLECTION = (
    "<DDCollection>\n<DateOfDirectDebit>{day}</DateOfDirectDebit>\n<Amount>{amount}</Amount>\n</DDCollection>\n"
)


def claim(
    *collections: tuple[str, str],
    kind: str = "DDICAdvice",
    bank: str = "BANK-REF-1",
    ours: str = "X01234",
    reason: str = "5",
    total: str = "65.00",
) -> str:
    """One claim, or one cancellation."""
    told = "".join(COLLECTION.format(day=day, amount=amount) for day, amount in collections)
    return CLAIM.format(
        kind=kind, bank=bank, ours=ours, reason=reason, total=total, words="No instruction held", collections=told
    )


def ddica(
    *claims: str, total: str = "65.00", cancelled: tuple[str, ...] = (), cancelled_total: str = "0.00", more: str = ""
) -> bytes:
    """A report of claims."""
    cancellations = (
        f"<Cancellations>\n<TotalValueOfCancellations>{cancelled_total}</TotalValueOfCancellations>\n"
        f"{''.join(cancelled)}</Cancellations>\n"
        if cancelled
        else ""
    )
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<VocaDocument>\n<Data>\n<Document>\n'
        "<ServiceUserNumber>123456</ServiceUserNumber>\n"
        f"<NewAdvices>\n<TotalValueOfDebits>{total}</TotalValueOfDebits>\n<DateOfDebit>2026-02-05</DateOfDebit>\n"
        f"{''.join(claims)}</NewAdvices>\n{cancellations}{more}</Document>\n</Data>\n</VocaDocument>\n"
    ).encode("iso-8859-1")


def messages(*advices: str) -> bytes:
    """A report of messages: each advice is the attributes of one."""
    told = "".join(f'<MessagingAdvice user-number="123456" {advice}/>\n' for advice in advices)
    return (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<BACSDocument>\n<Data>\n<MessagingAdvices>\n'
        f'<MessagingHeader user-number="123456"/>\n{told}</MessagingAdvices>\n</Data>\n</BACSDocument>\n'
    ).encode("iso-8859-1")
