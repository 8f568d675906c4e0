"""One thing a partner told us is one observation, however often it is told."""

import msgspec

from recoup.domain.observation import Observation, Said, content_hash, observe

SAID = Said("dp_1", "event", 1000, "won", record_id="evt_1", amount_minor=5000, currency="USD")


def placed(said: Said, *, account: str = "acct_1", partner: str = "stripe", landed_at: int = 5) -> Observation:
    """An observation at some place."""
    return observe(
        said,
        partner=partner,
        account=account,
        feed="webhook",
        delivery=f"del_{landed_at}",
        position=1,
        landed_at=landed_at,
        trust="signed",
    )


def test_telling_it_again_gives_the_same_observation() -> None:
    """A retry of a webhook lands another delivery, and the same fact."""
    assert placed(SAID).id == placed(SAID, landed_at=9).id


def test_same_dispute_id_elsewhere_is_another_dispute() -> None:
    """At another partner or account the same string names something else."""
    ids = {placed(SAID).dispute, placed(SAID, account="acct_2").dispute, placed(SAID, partner="adyen").dispute}
    assert len(ids) == 3


def test_record_id_with_other_content_is_the_same_observation_with_another_content() -> None:
    """So that the difference can be seen, and becomes a finding."""
    other = placed(msgspec.structs.replace(SAID, move="lost"))
    assert other.id == placed(SAID).id
    assert other.content != placed(SAID).content


def test_snapshot_is_keyed_by_time_and_content() -> None:
    """A, B, A are three snapshots; the same one fetched once and landed twice is one."""
    first = msgspec.structs.replace(SAID, form="snapshot", record_id=None)
    again = msgspec.structs.replace(first, occurred_at=2000)
    changed = msgspec.structs.replace(first, move="lost")
    assert len({placed(said).id for said in (first, again, changed)}) == 3
    assert placed(first).id == placed(first, landed_at=77).id


def test_content_is_equal_for_equal_words() -> None:
    """However the partner laid it out."""
    assert content_hash(SAID) == content_hash(Said(**{f: getattr(SAID, f) for f in SAID.__struct_fields__}))
