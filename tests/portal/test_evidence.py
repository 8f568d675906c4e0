from recoup.domain.instants import DAY, MINUTE
from recoup.portal.evidence import DAY_COUNT, MINUTE_BYTES, MINUTE_COUNT, Evidence

START = 1_770_000_000_000_000 // DAY * DAY


def test_a_minute_has_room_for_so_many_and_the_next_one_again() -> None:
    """The bound is on the rate, not on what was ever kept."""
    evidence = Evidence()
    assert [evidence.admits(10, START) for _ in range(MINUTE_COUNT + 1)] == [True] * MINUTE_COUNT + [False]
    assert evidence.admits(10, START + MINUTE)


def test_a_minute_has_room_for_so_many_bytes() -> None:
    """A few large messages count like many small ones; a small one may still fit."""
    evidence = Evidence()
    assert evidence.admits(MINUTE_BYTES - 10, START)
    assert not evidence.admits(11, START)
    assert evidence.admits(10, START)


def test_a_day_is_bounded_however_patient_the_sender() -> None:
    """Trickling below the minute's bound fills no disk either."""
    evidence = Evidence()
    kept = sum(evidence.admits(1, START + minute * MINUTE) for minute in range(1_440) for _ in range(10))
    assert kept == DAY_COUNT
    assert evidence.admits(1, START + DAY)
