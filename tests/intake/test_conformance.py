"""The contract finds what breaks it: a partner that is changed in one way fails the check that is about it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from recoup.domain.card_numbers import find
from recoup.errors import SamplesInvalid
from recoup.intake.conformance import cards, codes, cuts, honesty, mutilation, signing, telling, words
from recoup.intake.conformance.bench import Bench
from recoup.intake.conformance.contract import opened
from recoup.intake.conformance.looked import Looked
from recoup.intake.conformance.samples import read_samples
from recoup.partners.contract import Arrived, Control, Partner, Quarantined, Reading, RecordFeed, Verdict
from recoup.partners.registry import partners

SAMPLES = Path(__file__).parents[1] / "contract" / "samples" / "stripe"
STRIPE = partners()["stripe"]
WEBHOOK = STRIPE.feeds["webhook"]
assert isinstance(WEBHOOK, RecordFeed)
READ = WEBHOOK.read


def with_webhook(**changes: Any) -> Partner:
    """Stripe with another webhook."""
    feeds = dict(STRIPE.feeds) | {"webhook": msgspec.structs.replace(WEBHOOK, **changes)}
    return msgspec.structs.replace(STRIPE, feeds=feeds)


def wrong(partner: Partner, look: Any, room: Path) -> list[str]:
    """What a check finds wrong with a partner."""
    looked = Looked()
    with opened(partner, SAMPLES, room, places=12) as bench:
        look(bench, looked)
    assert looked.times > 0
    return looked.wrong


def dropping(arrived: Arrived, body: bytes) -> Reading:
    """Counts a record and forgets it."""
    reading = READ(arrived, body)
    reading.records += 1
    return reading


def defaulting(arrived: Arrived, body: bytes) -> Reading:
    """Takes an unknown status for a lost dispute, and says nothing."""
    reading = READ(arrived, body)
    for at, placed in enumerate(reading.observations):
        if placed.said.move == "unknown":
            said = msgspec.structs.replace(placed.said, move="chargeback_lost")
            reading.observations[at] = msgspec.structs.replace(placed, said=said)
    reading.findings = []
    return reading


def tolerating(arrived: Arrived, body: bytes) -> Reading:
    """Reads what it can of a broken message, and calls it whole."""
    reading = READ(arrived, body)
    return reading if not reading.quarantined else Reading(records=1, accepted=1)


def counting(arrived: Arrived, body: bytes) -> Reading:
    """Says something else each time."""
    reading = READ(arrived, body)
    told.append(len(told))
    reading.sequence = len(told)
    return reading


told: list[int] = []


def test_a_sound_partner_breaks_nothing(tmp_path: Path) -> None:
    """The same checks, and nothing found."""
    for look in (telling.look_at_mapping, telling.look_at_determinism, signing.look_at_forgeries):
        assert wrong(STRIPE, look, tmp_path) == []


def test_a_lost_record_is_found(tmp_path: Path) -> None:
    """In every reading, and so at the end."""
    assert wrong(with_webhook(read=dropping), telling.look_at_mapping, tmp_path) != []


def test_a_default_is_found(tmp_path: Path) -> None:
    """With the word that was changed, and what it became."""
    found = wrong(with_webhook(read=defaulting), codes.look_at_codes, tmp_path)
    assert any("needs_respozzz in place of needs_response" in line for line in found)


def test_a_cut_that_nobody_notices_is_found(tmp_path: Path) -> None:
    """At the byte where it was cut."""
    found = wrong(with_webhook(read=tolerating), mutilation.look_at_truncation, tmp_path)
    assert all("and nobody notices" in line for line in found)
    assert found


def test_a_reading_that_changes_is_found(tmp_path: Path) -> None:
    """From one time to the next."""
    assert wrong(with_webhook(read=counting), telling.look_at_determinism, tmp_path) != []


def test_a_signature_that_anything_passes_is_found(tmp_path: Path) -> None:
    """Another key, no key, another byte."""
    partner = with_webhook(verify=lambda *_: Verdict(is_accepted=True, trust="signed"))
    assert any("with another key" in line for line in wrong(partner, signing.look_at_forgeries, tmp_path))
    assert wrong(partner, signing.look_at_vectors, tmp_path) != []


def test_a_claim_that_is_not_kept_is_found(tmp_path: Path) -> None:
    """A list without a sweep, totals that nothing states."""
    assert wrong(msgspec.structs.replace(STRIPE, sweep=None), honesty.look_at_capabilities, tmp_path) != []
    report = msgspec.structs.replace(STRIPE.feeds["payout_report"], closed_by="totals")
    partner = msgspec.structs.replace(STRIPE, feeds=dict(STRIPE.feeds) | {"payout_report": report})
    assert wrong(partner, honesty.look_at_closing, tmp_path) != []
    assert wrong(partner, mutilation.look_at_truncation, tmp_path) != []


def test_words_are_looked_for_where_a_mapping_puts_them() -> None:
    """As the result of a case, through the columns of a part; a condition puts nothing anywhere."""
    sql = """
    with told as (
      select meaning('a', x) as inner_word, case when meaning('b', x) = 'y' then 'z' end as other from source
    )
    select coalesce(inner_word, 'unknown') as move, case when meaning('c', x) is null then meaning('d', x) end as leg,
      other as kind from told
    """
    found = {(column, word) for column, word in words.vocabularies_of(sql) if column in ("move", "leg", "kind")}
    assert found == {("move", "a"), ("leg", "d")}


def test_a_card_number_that_survives_is_found(tmp_path: Path) -> None:
    """Where the cleaning does not look: the account that a reading names."""
    with opened(STRIPE, SAMPLES, tmp_path, places=4) as bench:
        looked = Looked()
        bench.read = leaking(bench)  # type: ignore[method-assign]
        cards.look_at_card_numbers(bench, looked)
    assert any("survives in findings" in line for line in looked.wrong)


def leaking(bench: Bench) -> Any:
    """Reads with a finding that quotes the whole record."""
    read = bench.read

    def leak(*given: Any, **more: Any) -> Any:
        heard = read(*given, **more)
        body = given[1] if len(given) > 1 else b""
        numbers = [found.digits for found in find((body or b"").decode("utf-8", "replace"))]
        added = tuple(Quarantined(1, f).finding for f in heard.findings)
        leaked = tuple(msgspec.structs.replace(f, found=" ".join(numbers)) for f in added) or tuple(
            msgspec.convert({"check": "x", "where": "x", "found": n, "wanted": "x"}, type=_finding()) for n in numbers
        )
        return msgspec.structs.replace(heard, findings=leaked)

    return leak


def _finding() -> Any:
    from recoup.domain.findings import Finding

    return Finding


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"a,b\n1,2\n3,4\n", [4, 8]), (b'{"a":{"b":1}}', [12]), (b"<a><b/></a>", [3, 7]), (b"one line", [])],
)
def test_records_begin_where_the_format_says(body: bytes, found: list[int]) -> None:
    """Lines, or brackets that close."""
    assert cuts.boundaries(body, None) == found


def test_a_stated_total_is_changed_where_it_stands() -> None:
    """In the last record, in minor units or with a point."""
    body = b"line,12.50\nline,7.25\ntotal,19.75\n"
    control = Control("sum", 1_975, 1_975)
    assert list(cuts.off_by_one(body, control, [11, 21], has_head=False)) == [b"line,12.50\nline,7.25\ntotal,19.76\n"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("account = 1", "Expected `str`"),
        ('account = "a"\nacount = "b"', "acount"),
        (
            'account = "a"\n[[sample]]\nfeed = "x"\nfile = "gone"\nreceived_at = "2026-01-01T00:00:00Z"\nrecords = 1',
            "gone",
        ),
    ],
)
def test_samples_that_do_not_hold_together_are_refused(tmp_path: Path, text: str, found: str) -> None:
    """A typing error in a sample would be a truth that nobody checks."""
    (tmp_path / "samples.toml").write_text(text)
    with pytest.raises(SamplesInvalid) as refused:
        read_samples(tmp_path)
    assert found in refused.value.found
