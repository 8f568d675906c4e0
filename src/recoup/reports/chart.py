"""Charts as SVG: columns, bars and waterfalls, drawn with whole numbers from amounts in minor units or counts.

One picture shows one currency. Every bar carries its value in words, so that a chart can be read without a ruler, and
the picture has a sentence for those who cannot see it. Lengths are tenths of a point.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

import msgspec

from recoup.domain.money import exponent
from recoup.reports.definition import Shape

INK, SOFT, GRID = "#1d2b3a", "#6b7a8a", "#e3e8ee"
COLOURS = ("#23588f", "#7fb2dd", "#77609f", "#8d99a6", "#3f7d8c", "#c58fb0", "#a3a03c", "#4a4f8f")
TONES = {"good": "#2a9384", "warn": "#e39d34", "bad": "#b8503a"}
RISE, FALL, LEVEL = "#7fb2dd", "#e39d34", "#23588f"
"""Neither is good by itself: a rise of disputes is none, a rise of what came back is."""
_FONT = "Inter"
_SIZE = 75
_MINUS = "\N{MINUS SIGN}"
_TICKS = 4
_LABEL_WIDTH = 440
_BAR_ROWS_MAX = 14
_PITCH_NAMED = 250
"""Columns that stand nearer to each other have no room for their values."""
_SHADES = {"level": LEVEL, "rise": RISE, "fall": FALL}


class Part(msgspec.Struct, frozen=True):
    """One measured part of a bar."""

    label: str
    series: str
    value: int
    """A count, or minor units."""
    tone: str = ""
    """good, warn or bad, where its series is."""


class Picture(msgspec.Struct, frozen=True):
    """One drawn chart."""

    svg: str
    width: int
    height: int
    says: str


def draw(shape: Shape, parts: Sequence[Part], currency: str | None, width: int, colours: Mapping[str, str]) -> Picture:
    """Draw one chart.

    Args:
      shape: What kind.
      parts: In the order in which they stand; of a waterfall, `series` is `level` for a balance, else a change.
      currency: Of the values, None for counts.
      width: Of the picture, in tenths of a point.
      colours: Of the series, shared by all pictures that stand beside each other.
    """
    if shape == "bars":
        return _bars(parts, currency, width, colours)
    return _waterfall(parts, currency, width) if shape == "waterfall" else _columns(parts, currency, width, colours)


def colours_of(parts: Iterable[Part]) -> dict[str, str]:
    """Give each series its colour: that of its tone where it has one, else the next of the palette."""
    found: dict[str, str] = {}
    for part in parts:
        if part.series not in found:
            plain = sum(colour in COLOURS for colour in found.values())
            found[part.series] = TONES.get(part.tone) or COLOURS[plain % len(COLOURS)]
    return found


def compact(value: int, currency: str | None) -> str:
    """Write a number shortly and exactly: `1.5k`, `20k`, `2.25m`; amounts in major units."""
    number = Decimal(value).scaleb(-exponent(currency) if currency else 0)
    for size, sign in ((6, "m"), (3, "k")):
        if abs(number) >= 10 ** (size + (1 if size == 3 else 0)):
            return f"{_trimmed(number.scaleb(-size))}{sign}"
    return _trimmed(number)


def steps(low: int, high: int) -> list[int]:
    """Give round numbers from at most `low` to at least `high`, zero among them; few enough for an axis."""
    low, high = min(low, 0), max(high, 0)
    step = 1
    while (high - low) > step * _TICKS:
        step = _next_round(step)
    first = low // step
    last = -(-high // step)
    return [step * number for number in range(first, max(last, first + 1) + 1)]


def _next_round(step: int) -> int:
    """1, 2, 5, 10, 20, 50 and so on."""
    return step * 5 // 2 if str(step)[0] == "2" else step * 2


def _trimmed(number: Decimal) -> str:
    text = f"{number:,f}".replace("-", _MINUS)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: int, currency: str | None) -> str:
    """Write a value on a bar: to three digits or so, with ~ nowhere, since the exact one stands in the table."""
    number = Decimal(value).scaleb(-exponent(currency) if currency else 0)
    if currency is None or abs(number) < 1_000:
        return f"{number:,f}".replace("-", _MINUS)
    size, sign = (6, "m") if abs(number) >= 1_000_000 else (3, "k") if abs(number) >= 10_000 else (0, "")
    places = Decimal(1) if size == 0 or abs(number).scaleb(-size) >= 100 else Decimal("0.1")
    return f"{number.scaleb(-size).quantize(places):,f}{sign}".replace("-", _MINUS)


# --- columns ---------------------------------------------------------------------------------


def _columns(parts: Sequence[Part], currency: str | None, width: int, colours: Mapping[str, str]) -> Picture:
    labels = list(dict.fromkeys(part.label for part in parts))
    stacks = {label: [part for part in parts if part.label == label] for label in labels}
    ups = [sum(p.value for p in stack if p.value > 0) for stack in stacks.values()]
    downs = [sum(p.value for p in stack if p.value < 0) for stack in stacks.values()]
    ticks = steps(min(downs, default=0), max(ups, default=0))
    frame = _Frame(width, 1_500, ticks, currency)
    drawn = frame.grid()
    pitch = max(frame.inner_width // max(len(labels), 1), 1)
    thickness = min(pitch * 7 // 10, 420)
    for number, label in enumerate(labels):
        middle = frame.left + pitch * number + pitch // 2
        up = down = 0
        for part in (part for part in stacks[label] if part.value):
            since, up, down = (up, up + part.value, down) if part.value > 0 else (down, up, down + part.value)
            until = up if part.value > 0 else down
            drawn += frame.bar(middle - thickness // 2, thickness, since, until, colours[part.series])
        if number % _thinned(len(labels), width) == 0:
            drawn += _label(middle, frame.bottom + 130, label, "middle")
        if up + down and pitch >= _PITCH_NAMED:
            drawn += _label(middle, frame.y(max(up, 0)) - 35, _rounded(up + down, currency), "middle", INK, _SIZE - 5)
    totals = [sum(part.value for part in stack) for stack in stacks.values()]
    return frame.picture(drawn, _sentence(labels, totals, currency))


def _thinned(count: int, width: int) -> int:
    """Give how many columns share one label, so that no two labels touch."""
    return max(1, -(-count // max(width // _LABEL_WIDTH, 1)))


def _waterfall(parts: Sequence[Part], currency: str | None, width: int) -> Picture:
    levels = []
    running = 0
    for part in parts:
        since, running = (0, part.value) if part.series == "level" else (running, running + part.value)
        levels.append((since, running))
    ends = [end for pair in levels for end in pair]
    frame = _Frame(width, 1_700, steps(min(ends, default=0), max(ends, default=0)), currency)
    drawn = frame.grid()
    pitch = frame.inner_width // max(len(parts), 1)
    thickness = min(pitch * 7 // 10, 560)
    first = frame.left + pitch // 2
    for number, (_, until) in enumerate(levels[:-1]):
        drawn += _line(
            first + pitch * number, frame.y(until), first + pitch * (number + 1), frame.y(until), SOFT, dashed=True
        )
    for number, (part, (since, until)) in enumerate(zip(parts, levels, strict=True)):
        middle = first + pitch * number
        shade = _SHADES["level" if part.series == "level" else "rise" if part.value >= 0 else "fall"]
        if part.value:
            drawn += frame.bar(middle - thickness // 2, thickness, since, until, shade)
        top = min(frame.y(since), frame.y(until))
        drawn += _label(middle, top - 40, _rounded(part.value, currency), "middle", INK, _SIZE - 5)
        drawn += "".join(
            _label(middle, frame.bottom + 120 + 85 * line, text, "middle", SOFT, _SIZE - 5)
            for line, text in enumerate(_folded(part.label, max(pitch // 42, 6)))
        )
    return frame.picture(drawn, _sentence([p.label for p in parts], [p.value for p in parts], currency), below=260)


class _Frame:
    """The field of a chart with an upright axis."""

    def __init__(self, width: int, height: int, ticks: Sequence[int], currency: str | None) -> None:
        self.width, self.height, self.ticks, self.currency = width, height, ticks, currency
        self.left = 120 + 42 * max(len(compact(tick, currency)) for tick in ticks)
        self.top, self.bottom = 130, height - 60

    @property
    def inner_width(self) -> int:
        return self.width - self.left - 40

    def y(self, value: int) -> int:
        low, high = self.ticks[0], self.ticks[-1]
        return self.bottom - (value - low) * (self.bottom - self.top) // (high - low)

    def grid(self) -> str:
        drawn = ""
        for tick in self.ticks:
            y = self.y(tick)
            drawn += _line(self.left, y, self.width - 20, y, SOFT if tick == 0 else GRID)
            drawn += _label(self.left - 50, y + 26, compact(tick, self.currency), "end")
        return drawn

    def bar(self, x: int, thickness: int, since: int, until: int, colour: str) -> str:
        top, low = sorted((self.y(since), self.y(until)))
        return _rectangle(x, top, thickness, max(low - top, 6), colour)

    def picture(self, drawn: str, says: str, below: int = 140) -> Picture:
        return _picture(drawn, self.width, self.bottom + below + 40, says)


# --- bars ------------------------------------------------------------------------------------


def _bars(parts: Sequence[Part], currency: str | None, width: int, colours: Mapping[str, str]) -> Picture:
    labels = list(dict.fromkeys(part.label for part in parts))[:_BAR_ROWS_MAX]
    stacks = [[part for part in parts if part.label == label] for label in labels]
    totals = [sum(part.value for part in stack) for stack in stacks]
    most = max([sum(abs(part.value) for part in stack) for stack in stacks], default=0) or 1
    left = min(max((len(label) for label in labels), default=1) * 42 + 80, width * 2 // 5)
    room = width - left - max([len(_rounded(total, currency)) for total in totals], default=0) * 45 - 100
    pitch, drawn = 190, ""
    for row, (label, stack, total) in enumerate(zip(labels, stacks, totals, strict=True)):
        y, x = 30 + pitch * row, left
        drawn += _label(left - 50, y + 88, _cut(label, (left - 50) // 40), "end", INK)
        for part in stack:
            length = max(abs(part.value) * room // most, 8 if part.value else 0)
            drawn += _rectangle(x, y, length, 120, colours[part.series])
            x += length
        drawn += _label(x + 45, y + 88, _rounded(total, currency), "start", INK)
    return _picture(drawn, width, 60 + pitch * len(labels), _sentence(labels, totals, currency))


# --- pieces of SVG ---------------------------------------------------------------------------


def _picture(drawn: str, width: int, height: int, says: str) -> Picture:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return Picture(f"{head}<title>{escape(says)}</title>{drawn}</svg>", width, height, says)


def _rectangle(x: int, y: int, width: int, height: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>'


def _line(x1: int, y1: int, x2: int, y2: int, colour: str, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="25 25"' if dashed else ""
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="6"{dashes}/>'


def _label(x: int, y: int, text: str, anchor: str, colour: str = SOFT, size: int = _SIZE) -> str:
    font = f'font-family="{_FONT}" font-size="{size}" fill="{colour}"'
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {font}>{escape(text)}</text>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _folded(text: str, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + len(word) < most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [_cut(line, most + 2) for line in lines[:2]]


def _sentence(labels: Sequence[str], values: Sequence[int], currency: str | None) -> str:
    if not labels:
        return "No values."
    most = max(range(len(labels)), key=lambda index: abs(values[index]))
    unit = f" {currency}" if currency else ""
    told = f"{len(labels)} values{f' in {currency}' if currency else ''}, from {labels[0]} to {labels[-1]}"
    return f"{told}; the largest is {labels[most]} with {_rounded(values[most], currency)}{unit}."
