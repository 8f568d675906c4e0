from pathlib import Path, PurePosixPath

from tools.rules.refusal import Source
from tools.tidy import check_repository, check_source

ROOT = Path(__file__).resolve().parent.parent


def test_the_house_is_tidy() -> None:
    """Every rule of the house holds in every file; the message names the file, the line and the replacement."""
    refusals = check_repository(ROOT)
    assert not refusals, "\n" + "\n".join(str(refusal) for refusal in refusals)


def test_a_refusal_names_its_replacement() -> None:
    """Whoever is stopped is told at once what to write instead."""
    source = Source(PurePosixPath("src/recoup/domain/deadlines.py"), "\n\nnow = datetime.now(UTC)\n")
    assert [str(refusal) for refusal in check_source(source)] == [
        "src/recoup/domain/deadlines.py:3: datetime.now is refused here; "
        "take the instant as a parameter, so that replay gives the same answer"
    ]
