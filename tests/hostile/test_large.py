"""A file larger than memory on a feed that is read whole is held with a message; one that fits is read."""

from pathlib import Path

from recoup.intake.reading import WHOLE_BYTES_MAX
from tests.fakes.homes import home
from tests.fakes.stripe_messages import dispute, page


def test_a_page_larger_than_memory_is_held(tmp_path: Path) -> None:
    """With its size and what is allowed, and kept all the same."""
    path = tmp_path / "disputes.json"
    with path.open("wb") as file:
        file.truncate(WHOLE_BYTES_MAX + 1)
    with home(tmp_path / "home") as app:
        report = app.ingest([path], partner="stripe", feed="disputes")
        assert (report.held, report.records) == (1, 0)
        (problem,) = report.problems
        assert problem.code == "intake.size"
        assert problem.found == f"{WHOLE_BYTES_MAX + 1} bytes"


def test_a_large_page_is_read_from_its_file(tmp_path: Path) -> None:
    """As a file and as a message, and again by a replay."""
    many = page(*(dispute(number, evidence={"text": "x" * 100_000}) for number in range(60)))
    path = tmp_path / "disputes.json"
    path.write_bytes(many)
    message = tmp_path / "disputes.http"
    message.write_bytes(b"HTTP/1.1 200 OK\r\ndate: Mon, 02 Feb 2026 12:00:00 GMT\r\n\r\n" + many)
    with home(tmp_path / "home") as app:
        report = app.ingest([path], partner="stripe", feed="disputes", received_at=1_770_100_000_000_000)
        assert (report.records, report.accepted) == (60, 60)
        report = app.ingest([message], partner="stripe", feed="disputes", received_at=1_770_200_000_000_000)
        assert (report.records, report.accepted) == (60, 60)
        assert app.replay().same
