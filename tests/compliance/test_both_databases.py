import pytest

from recoup.storage.migrate import migrate
from recoup.storage.register import open_register
from tests.compliance.days import hashes, proofs, sealing
from tests.compliance.test_corrections import late_line
from tests.controls.home import Home


def lived(home: Home) -> Home:
    """A story, sealed, and something that came later."""
    home.clean_story(without=("banked",))
    home.opened("dp_2", day=2, minor=700)
    home.check(20)
    sealing(home, 20).seal_due()
    late_line(home)
    sealing(home, 22).correct()
    home.check(22)
    return home


@pytest.mark.postgres
def test_postgresql_proves_and_seals_as_sqlite_does(home: Home, postgres_url: str) -> None:
    """The same proofs, facts, seals and corrections, to the last hash."""
    register = open_register(postgres_url)
    migrate(register)
    here, there = lived(home), lived(Home(register))
    assert proofs(there) == proofs(here)
    assert hashes(there) == hashes(here)
    assert [s.hash for s in sealing(there).seals()] == [s.hash for s in sealing(here).seals()]
    assert sealing(there).corrections() == sealing(here).corrections() != []
    assert sealing(there).month("2026-03") == sealing(here).month("2026-03")
    register.close()
