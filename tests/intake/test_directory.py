"""What a setup file says is looked at before anything of it is taken."""

from pathlib import Path

import pytest

from recoup.errors import SetupInvalid
from recoup.intake.directory import read_setup


@pytest.mark.parametrize(("field", "value"), [("currency", "EURO"), ("currency", "eur"), ("zone", "Europe/Nowhere")])
def test_a_setup_with_a_word_that_there_is_not_is_refused(tmp_path: Path, field: str, value: str) -> None:
    """A currency or a zone of an account, long before a control would stumble over it."""
    told = {"partner": "stripe", "account": "acct_1", "zone": "UTC", "currency": "EUR", field: value}
    path = tmp_path / "setup.toml"
    path.write_text("[[account]]\n" + "".join(f'{name} = "{said}"\n' for name, said in told.items()))
    with pytest.raises(SetupInvalid, match=value):
        read_setup(path)
