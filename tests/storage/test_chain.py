from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from recoup.storage.chain import GENESIS, Head, Link, linked, read_head, walk

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
told = st.tuples(st.integers(0, 2**53), texts, texts, texts, texts)


def chain(said: Sequence[tuple[int, str, str, str, str]]) -> list[Link]:
    links: list[Link] = []
    for at, actor, verb, subject, body in said:
        links.append(linked(links[-1] if links else None, at, actor, verb, subject, body))
    return links


def test_an_empty_chain_is_whole() -> None:
    """Nothing was done, and nothing is wrong."""
    report = walk([])
    assert (report.entries, report.head, report.is_whole) == (0, GENESIS, True)


@given(st.lists(told, max_size=10))
def test_a_chain_as_it_was_written_is_whole(said: list[tuple[int, str, str, str, str]]) -> None:
    """Whatever was said, its links hold, and the head is the last hash."""
    links = chain(said)
    report = walk(links)
    assert (report.entries, report.is_whole, report.why) == (len(links), True, "")
    assert report.head == (links[-1].hash if links else GENESIS)


@given(st.lists(told, min_size=1, max_size=10), st.data())
def test_any_edit_is_found_where_it_is(said: list[tuple[int, str, str, str, str]], data: st.DataObject) -> None:
    """One changed field of one link breaks the chain at that link."""
    links = chain(said)
    place = data.draw(st.integers(0, len(links) - 1))
    field = data.draw(st.integers(1, len(Link._fields) - 1))
    values: list[Any] = list(links[place])
    values[field] = data.draw(st.integers(0, 2**53) if field == 1 else texts)
    edited = Link(*values)
    is_same = edited == links[place]
    links[place] = edited
    assert walk(links).first_broken == (None if is_same else place + 1)


@given(st.lists(told, min_size=2, max_size=10), st.data())
def test_an_edit_with_a_new_hash_is_found_at_the_next_link(
    said: list[tuple[int, str, str, str, str]], data: st.DataObject
) -> None:
    """Who hashes the changed link again moves the break to the link after it."""
    links = chain(said)
    place = data.draw(st.integers(0, len(links) - 2))
    before = links[place - 1] if place else None
    at, actor, verb, subject, body = said[place]
    links[place] = linked(before, at + 1, actor, verb, subject, body)
    assert walk(links).first_broken == place + 2


@given(st.lists(told, min_size=2, max_size=10), st.data())
def test_a_deletion_is_found_where_it_was(said: list[tuple[int, str, str, str, str]], data: st.DataObject) -> None:
    """A link that is gone, but for the last one, is named."""
    links = chain(said)
    place = data.draw(st.integers(0, len(links) - 2))
    del links[place]
    report = walk(links)
    assert (report.first_broken, report.why) == (place + 1, f"sequence {place + 2} stands where {place + 1} belongs")


@given(st.lists(told, min_size=2, max_size=10, unique=True), st.data())
def test_another_order_is_found(said: list[tuple[int, str, str, str, str]], data: st.DataObject) -> None:
    """Two links that changed places under each other's sequence break the chain at the first of them."""
    links = chain(said)
    one, two = sorted(data.draw(st.sets(st.integers(0, len(links) - 1), min_size=2, max_size=2)))
    first, second = links[one], links[two]
    links[one] = second._replace(sequence=first.sequence)
    links[two] = first._replace(sequence=second.sequence)
    assert walk(links).first_broken == one + 1


@given(st.lists(told, min_size=1, max_size=10), st.data())
def test_a_kept_head_is_in_its_chain_and_in_no_shorter_one(
    said: list[tuple[int, str, str, str, str]], data: st.DataObject
) -> None:
    """Each link was the head once; cut off before it, the chain is whole and does not hold it."""
    links = chain(said)
    place = data.draw(st.integers(0, len(links) - 1))
    head = Head(links[place].sequence, links[place].hash)
    assert walk(links, [head]).missing == ()
    cut = walk(links[:place], [head])
    assert (cut.is_whole, cut.missing) == (True, (head,))
    assert read_head(f" {head}\n") == head
