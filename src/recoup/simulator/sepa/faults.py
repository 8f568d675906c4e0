"""Faults of direct debits: what a bank's status reports and statements say wrongly, and what the house forgets."""

import re
from collections.abc import Callable

from recoup.domain.instants import DAY, HOUR, local_day
from recoup.simulator.channel import Channel, Sent
from recoup.simulator.days import at_local, banking_day_after
from recoup.simulator.fault import Fault, Later, Money, Scene, Told, choose_case, choose_sent, due_by_contract
from recoup.simulator.sepa.profile import CALENDAR, CURRENCY, PARTNER, RETURN_FEE_MINOR, ZONE
from recoup.simulator.truth import Case
from recoup.simulator.truth_faults import about, after_another, step_in_time, unknown_to_house, whole
from recoup.simulator.world import dispute_movement

_SEEN = 5 * DAY
_BOMB = (
    b'<!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 16) for n in range(9))
    + b"]>\n"
)
"""Entities that hold one another sixteen times, nine deep."""


def _returned(scene: Scene, fault: str, margin: int = _SEEN) -> Case:
    return choose_case(scene, fault, step_in_time(scene, PARTNER, "return", margin))


def _statement(channel: Channel, case: Case) -> list[Sent]:
    return about(channel, case, "statements")


def _statements(channel: Channel) -> list[Sent]:
    found = list(channel.on(PARTNER, "statements"))[1:-2]
    return [sent for sent in found if b"<RtrInf>" in channel.read(sent)]


def _changed(fault: str, edit: Callable[[str], str]) -> Callable[[Scene, Channel], Told]:
    """A statement of a day, written otherwise."""

    def disturb(scene: Scene, channel: Channel) -> Told:
        sent = choose_sent(scene, fault, _statements(channel))
        body = channel.read(sent)
        cases = sorted(c.id for c in scene.world.cases_at(PARTNER) if c.id.encode() in body)
        channel.change(sent, edit(body.decode()).encode())
        return Told([sent], cases)

    return disturb


def _with_commas(text: str) -> str:
    return re.sub(r">(\d+)\.(\d\d)<", r">\1,\2<", text)


def _with_bomb(text: str) -> str:
    head, _, rest = text.partition("\n")
    return f"{head}\n{_BOMB.decode()}{rest.replace('PAYER', '&i;', 1)}"


def _as_credit(text: str) -> str:
    """The entry of returns stands among the credits; sums and balances stay as they were."""
    before, mark, after = text.partition("<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd>")
    return before + mark.replace("DBIT", "CRDT") + after


def _restated(scene: Scene, channel: Channel) -> Told:
    sent = choose_sent(scene, "F7-sepa", _statements(channel))
    path = f"{sent.path[:-4]}_corrected.xml"
    again = Sent(path, sent.partner, sent.feed, sent.received_at + 26 * HOUR, sent.account, sent.keys)
    channel.send(again, _a_euro_more(channel.read(sent).decode()).encode())
    first = re.search(rb"<TxDtls><Refs><EndToEndId>([^<]+)<", channel.read(sent))
    assert first is not None, "statements with returns are chosen"
    money = [Money(CURRENCY, 100)]
    return Told([sent, again], [first[1].decode()], money, first_visible_at=again.received_at)


def _a_euro_more(text: str) -> str:
    """The first return took a euro more, and so say its entry, the sums and the closing balance."""

    def plus(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) + 1}{found[3]}"

    def minus(found: re.Match[str]) -> str:
        return f"{found[1]}{int(found[2]) - 1}{found[3]}"

    debited = r"(\d+)(\.\d\d</Amt><CdtDbtInd>DBIT</CdtDbtInd>)"
    text = re.sub(rf'(<Ntry><Amt Ccy="EUR">){debited}(?=<RvslInd>)', plus, text, count=1)
    text = re.sub(rf'(<TxDtls><Refs>.*?<Amt Ccy="EUR">){debited}(?=<AmtDtls>)', plus, text, count=1)
    text = re.sub(r'(<InstdAmt><Amt Ccy="EUR">)(\d+)(\.)', plus, text, count=1)
    for name in ("TtlNtries", "TtlDbtNtries"):
        text = re.sub(rf"(<{name}><NbOfNtries>\d+</NbOfNtries><Sum>)(\d+)(\.)", plus, text)
    return re.sub(r'(CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">)(\d+)(\.)', minus, text)


def _never_booked(scene: Scene) -> Later:
    case = _returned(scene, "F6-sepa")
    debit = case.movement("d1")
    assert debit is not None, "a returned case has its movement"
    debit.is_told = False
    due_at = due_by_contract(PARTNER, case.opened_at, "announce_to_settle")
    return lambda channel: Told(about(channel, case, "status"), [case.id], whole(case), due_at)


def _twice(scene: Scene) -> Later:
    case = _returned(scene, "Q7-sepa")
    day = banking_day_after(local_day(case.opened_at, ZONE), 1, CALENDAR)
    again = dispute_movement(scene.world.plan, case, "d1", at_local(day, "09:00", ZONE))
    case.movements.append(again)
    return lambda channel: Told(_statement(channel, case)[1:], [case.id], [Money(CURRENCY, -again.net_minor)])


def _no_fee(scene: Scene) -> Later:
    return _fee(scene, "Q4-sepa", 0)


def _double_fee(scene: Scene) -> Later:
    return _fee(scene, "Q5-sepa", 2)


def _fee(scene: Scene, fault: str, times: int) -> Later:
    case = choose_case(scene, fault, after_another(scene, PARTNER, "return", _SEEN))
    debit = case.movement("d1")
    assert debit is not None, "a returned case has its movement"
    debit.fee_minor = RETURN_FEE_MINOR * times
    if not times:  # the house charges what it sees booked
        scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "f1")]
    return lambda channel: Told(_statement(channel, case), [case.id], [Money(CURRENCY, RETURN_FEE_MINOR)])


def _unknown_reason(scene: Scene) -> Later:
    case = _returned(scene, "M3-sepa", 3 * DAY)
    case.code_told = "XQ17"
    return lambda channel: Told(about(channel, case, "status"), [case.id], whole(case))


def _unknown_status(scene: Scene) -> Later:
    case = _returned(scene, "M2-sepa", 3 * DAY)
    case.status_told = {"return": "HELD"}
    return lambda channel: Told(about(channel, case, "status"), [case.id], whole(case))


def _orphan(scene: Scene) -> Later:
    return unknown_to_house(scene, _returned(scene, "I5-sepa", 4 * DAY), "status")


def _house_forgets(scene: Scene) -> Later:
    case = _returned(scene, "O1-sepa", 8 * DAY)
    scene.world.house = [x for x in scene.world.house if (x.case_id, x.leg) != (case.id, "d1")]
    due_at = due_by_contract(PARTNER, case.opened_at, "announce_to_house")
    return lambda channel: Told((), [case.id], whole(case), due_at)


_BOOKS, _SAYS = (PARTNER, "statements"), (PARTNER, "status")

FAULTS = (
    Fault("F6-sepa", "a return is announced and never booked", "D", "not_debited", *_SAYS, 35, bend=_never_booked),
    Fault(
        "F7-sepa", "a statement comes again with other sums", "D", "restatement", *_BOOKS, 45,
        disturb=_restated, about="deliveries",
    ),
    Fault(
        "F10-sepa", "amounts of a statement have decimal commas", "D", "format_drift", *_BOOKS, 70,
        disturb=_changed("F10-sepa", _with_commas), about="deliveries",
    ),
    Fault(
        "F12-sepa", "a statement with entities without end", "D", "hostile_input", *_BOOKS, 40,
        disturb=_changed("F12-sepa", _with_bomb), about="deliveries",
    ),
    Fault(  # a status that nobody knows may be of a collection that went well: the file is all that can be named
        "M2-sepa", "a status of a collection that nobody knows", "D", "unknown_status", *_SAYS, 40,
        bend=_unknown_status, about="deliveries",
    ),
    Fault("M3-sepa", "a reason of a return that nobody knows", "D", "unknown_reason", *_SAYS, 45, bend=_unknown_reason),
    Fault(
        "I5-sepa", "a return of a collection that the house does not know", "D", "orphan_payment", *_SAYS, 30,
        bend=_orphan,
    ),
    Fault("Q4-sepa", "a bank takes no fee for a return", "R", "fee_missing", *_BOOKS, 35, bend=_no_fee),
    Fault("Q5-sepa", "a bank takes its fee for a return twice", "R", "fee_wrong", *_BOOKS, 50, bend=_double_fee),
    Fault("Q7-sepa", "a return is booked twice", "D", "double_debit", *_BOOKS, 40, bend=_twice),
    Fault(
        "Q12-sepa", "returns stand among the credits", "D", "control_total", *_BOOKS, 55,
        disturb=_changed("Q12-sepa", _as_credit), about="deliveries",
    ),
    Fault("O1-sepa", "the house forgets a return", "D", "house_not_booked", "house", "ledger", 40, bend=_house_forgets),
)  # fmt: skip
