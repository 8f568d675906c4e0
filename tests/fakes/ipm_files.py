"""IPM files as members and Mastercard write them, from a few words: messages, headers, trailers, frames, blocks.

Card numbers are published test numbers. Written from the layout alone; what cardutil writes is read beside it.
"""

from collections.abc import Iterable, Mapping, Sequence

FILE_ID = "0012601310000002108000001"
OTHER_FILE_ID = "0012601310000002108000002"
ARN = "25413336031000000000016"
CARD = "5555555555554444"
SETTLED = "00000021080" + " " * 28 + "1" + "US00000001" + "A" + "260131" + "01" + "260201" + "01"
"""PDS 0159: settled on 2026-02-01 in the first cycle."""

_WIDTHS = {
    **dict.fromkeys((2, 31, 32, 33, 43, 93, 94, 95, 100), 2),
    **dict.fromkeys((48, 54, 55, 62, 63, 72, 105, 111, 123, 124, 125, 127), 3),
}

Elements = Mapping[int, str | bytes]


def pds(*values: tuple[str, str]) -> str:
    """A run of PDSs as an element holds it."""
    return "".join(f"{tag}{len(value):03}{value}" for tag, value in values)


def message(mti: str, elements: Elements, encoding: str = "latin-1") -> bytes:
    """One message with its bitmaps."""
    bits = 1 << 127
    body = b""
    for number in sorted(elements):
        bits |= 1 << (128 - number)
        value = elements[number]
        raw = value if isinstance(value, bytes) else value.encode(encoding)
        width = _WIDTHS.get(number, 0)
        body += (f"{len(raw):0{width}}".encode(encoding) if width else b"") + raw
    return mti.encode(encoding) + bits.to_bytes(16, "big") + body


def chargeback(function: str = "450", **changes: str) -> dict[int, str | bytes]:
    """The elements of a first chargeback of 12.34 EUR, settled; `de_95="x"` changes one, `p_0025="R"` adds a PDS."""
    told = {
        "0148": "9782",
        "0158": "MCC1010001A 260131"[:12] + "260131",
        "0159": SETTLED,
        "0165": "M",
        "0262": "1",
    } | {name[2:]: value for name, value in changes.items() if name.startswith("p_")}
    elements: dict[int, str | bytes] = {
        2: CARD,
        3: "000000",
        4: "000000001234",
        5: "000000001234",
        12: "260105101112",
        24: function,
        25: "4853",
        26: "5999",
        30: "000000001234000000001234",
        31: ARN,
        33: "002108",
        49: "978",
        50: "978",
        93: "009999",
        94: "002108",
        95: "0000000042",
    }
    for name, value in changes.items():
        if name.startswith("de_"):
            elements[int(name[3:])] = value
    elements[48] = pds(*((tag, value) for tag, value in sorted(told.items()) if value))
    return {number: value for number, value in elements.items() if value}


def sale(number: int = 1) -> dict[int, str | bytes]:
    """The elements of a first presentment."""
    return {
        2: CARD,
        3: "000000",
        4: f"{1000 + number:012}",
        12: "260105101112",
        24: "200",
        31: ARN,
        43: "CAFÉ\\1 MAIN STREET\\DUBLIN\\D01       IE IRL",
        48: pds(("0023", "CT6"), ("0148", "9782")),
        49: "978",
    }


Told = tuple[str, Elements]
"""Message type and elements."""


def logical(
    messages: Iterable[Told],
    *,
    file_id: str = FILE_ID,
    encoding: str = "latin-1",
    count_off: int = 0,
    sum_off: int = 0,
    trailer_id: str | None = None,
    mode: str = "P",
) -> list[bytes]:
    """The records of one logical file, with header, numbers and trailer; `*_off` makes what it states wrong."""
    inner = list(messages)
    total = sum(int(str(elements[4])) for _, elements in inner if 4 in elements)
    header: Told = ("1644", {24: "697", 48: pds(("0105", file_id), ("0122", mode))})
    stated = pds(
        ("0105", trailer_id or file_id),
        ("0301", f"{total + sum_off:016}"),
        ("0306", f"{len(inner) + 2 + count_off:08}"),
    )
    told = [header, *inner, ("1644", {24: "695", 48: stated})]
    return [
        message(mti, {71: f"{number:08}", **elements}, encoding)  # a message may say its own number
        for number, (mti, elements) in enumerate(told, start=1)
    ]


def vbs(records: Sequence[bytes], end: bytes = b"\0\0\0\0") -> bytes:
    """Records with their length words, and the end."""
    return b"".join(len(record).to_bytes(4, "big") + record for record in records) + end


def blocked(data: bytes, pair: bytes = b"\x40\x40") -> bytes:
    """The same in blocks of 1014 bytes."""
    pieces = [data[at : at + 1012] for at in range(0, len(data), 1012)]
    return b"".join(piece.ljust(1012, b"\x40") + pair for piece in pieces)
