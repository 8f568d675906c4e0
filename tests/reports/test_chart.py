from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from recoup.reports.chart import Part, colours_of, compact, draw, steps
from recoup.reports.definition import Shape

AMOUNTS = st.integers(-(10**15), 10**15)
SHAPES: list[Shape] = ["columns", "bars", "waterfall"]


@given(AMOUNTS, AMOUNTS)
def test_an_axis_holds_what_it_measures(one: int, other: int) -> None:
    """Its round numbers reach from below the least to above the most, and zero is among them; there are few."""
    low, high = min(one, other), max(one, other)
    found = steps(low, high)
    assert found[0] <= min(low, 0) <= max(high, 0) <= found[-1]
    assert 0 in found
    assert 2 <= len(found) <= 7


@given(st.sampled_from(SHAPES), st.lists(st.tuples(st.text(max_size=8), st.text(max_size=4), AMOUNTS), max_size=20))
def test_every_chart_is_well_formed_and_stays_in_its_frame(shape: Shape, rows: list[tuple[str, str, int]]) -> None:
    """Whatever its labels say."""
    parts = [Part(label.translate(CONTROLS), series, value) for label, series, value in rows]
    picture = draw(shape, parts, "KWD", 2_400, colours_of(parts))
    root = etree.fromstring(picture.svg)
    for rectangle in root.iter("{http://www.w3.org/2000/svg}rect"):
        left, top = int(rectangle.get("x")), int(rectangle.get("y"))
        assert left >= 0
        assert top >= 0
        assert left + int(rectangle.get("width")) <= picture.width
        assert top + int(rectangle.get("height")) <= picture.height


CONTROLS = dict.fromkeys((*range(32), *range(55296, 57344), 65534, 65535))


def test_numbers_are_short_and_exact() -> None:
    """On an axis."""
    assert [compact(value, "EUR") for value in (0, 50_000, 2_000_000, 150_000_000)] == ["0", "500", "20k", "1.5m"]
    assert compact(-2_500, None) == "\N{MINUS SIGN}2,500"


def test_good_and_bad_have_their_own_colours() -> None:
    """And no series without a tone gets one of them."""
    found = colours_of([Part("a", "in time", 1, "good"), Part("a", "missed", 1, "bad"), Part("a", "other", 1)])
    assert len(set(found.values())) == 3
    assert found["in time"] != found["missed"]
