"""What the text of `:86:` says: end-to-end reference, mandate, remittance, counterparty, and why a debit came back.

Three ways of writing are known. German banks number subfields (`166?00GUTSCHRIFT?20EREF+…?32NAME?34914`), with words
such as EREF+ and SVWZ+ inside 20 to 29 and 60 to 63; Dutch and international banks use code words between slashes
(`/EREF/…/REMI/…/RTRN/MS03`); all others write for people. What is not said is empty. A subfield or code word that is
not known here is not lost: the text stands in the movement.

Source:
  Anlage 3 of the DFÜ agreement as published by banks (WGZ, Sparkassen, Commerzbank) for the numbered subfields; MT940
  manuals of Rabobank and Deutsche Bank Nederland for the words between slashes.
"""

import re

import msgspec

LINE_CHARACTERS = 65
"""A line of this length goes on in the next one, even in the middle of a word."""
_NUMBERED = re.compile(r"\s*([0-9]{3})([?>~^@])(?=[0-9]{2})")
_REMITTANCE = frozenset(("20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "60", "61", "62", "63"))
_WORDS = frozenset(
    ("EREF", "KREF", "MREF", "CRED", "DEBT", "SVWZ", "ABWA", "ABWE", "COAM", "OAMT", "PURP", "IBAN", "BIC", "MTLG")
)
_FURTHER = re.compile(r" (?=(?:EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE)\+)")
"""A word in the middle of a subfield, as some banks write."""
_SLASHED = re.compile(
    r"/(EREF|PREF|MARF|CSID|RTRN|REMI|NAME|ISDT|ORDP|BENM|CNTP|TRCD|ULTD|ULTB|PURP|IBAN|BIC|CREF|KREF|CHGS|OCMT)/"
)
_SPLIT = {mark: re.compile(re.escape(mark) + "([0-9]{2})") for mark in "?>~^@"}


class Details(msgspec.Struct, frozen=True, gc=False):
    """What one `:86:` says; empty where it says nothing."""

    code: str = ""
    """Business transaction code (GVC), three digits: 109 is a returned SEPA debit."""
    booking_text: str = ""
    end_to_end: str = ""
    mandate: str = ""
    creditor: str = ""
    remittance: str = ""
    """The text for people."""
    name: str = ""
    account: str = ""
    bank: str = ""
    reason: str = ""
    """Why it came back: three digits of subfield 34 or a code of ISO 20022."""


_NOTHING = Details()


def parse(text: str) -> Details:
    """Give what a `:86:` text says."""
    if not text:
        return _NOTHING
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        return _numbered(numbered[1], _SPLIT[numbered[2]].split(text.replace("\n", ""))[1:])
    if text[:1] == "/" and _SLASHED.match(text):
        return _slashed(text.replace("\n", ""))
    return Details(remittance=_unwrapped(text))


def _numbered(code: str, parts: list[str]) -> Details:
    told: dict[str, str] = {}
    remittance: list[str] = []
    for number, value in zip(parts[::2], parts[1::2], strict=True):
        if number in _REMITTANCE:
            remittance.append(value)
        else:
            told[number] = told.get(number, "") + value
    words = _words(remittance)
    return Details(
        code,
        told.get("00", "").strip(),
        words.get("EREF", ""),
        words.get("MREF", ""),
        words.get("CRED", ""),
        words.get("SVWZ", "") or words.get("MTLG", "") or words[""],
        (told.get("32", "") + told.get("33", "")).strip(),
        told.get("31", "").strip(),
        told.get("30", "").strip(),
        told.get("34", "").strip(),
    )


def _words(remittance: list[str]) -> dict[str, str]:
    """The remittance by its words; what stands before the first is under the empty word."""
    told: dict[str, str] = {"": ""}
    word = ""
    for value in remittance:
        for part in _FURTHER.split(value) if "+" in value[5:] else (value,):
            mark = part.find(":" if part.startswith("MTLG") else "+", 3, 5)
            if mark > 0 and part[:mark] in _WORDS:
                word, rest = part[:mark], part[mark + 1 :]
                told[word] = f"{told[word]} {rest}" if word in told else rest
            else:
                told[word] += part
    return {name: text.strip() for name, text in told.items()}


def _slashed(text: str) -> Details:
    parts = _SLASHED.split(text)[1:]
    told: dict[str, str] = {}
    for word, value in zip(parts[::2], parts[1::2], strict=True):
        told.setdefault(word, value.strip("/ "))
    return Details(
        end_to_end=told.get("EREF", ""),
        mandate=told.get("MARF", ""),
        creditor=told.get("CSID", ""),
        remittance=told.get("REMI", "") or told.get("PREF", ""),
        name=told.get("NAME", ""),
        account=told.get("IBAN", ""),
        bank=told.get("BIC", ""),
        reason=told.get("RTRN", ""),
    )


def _unwrapped(text: str) -> str:
    """Lines that were cut at their full length belong together; others are lines of their own."""
    if "\n" not in text:
        return text.strip()
    whole = "".join(line if len(line) >= LINE_CHARACTERS else line + " " for line in text.split("\n"))
    return " ".join(whole.split())
