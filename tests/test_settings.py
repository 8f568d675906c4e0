from pathlib import Path

import pytest

from recoup.errors import SetupInvalid
from recoup.settings import WatchSettings, read_settings


def test_home_is_beside_the_caller_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word from anyone the home is `recoup-home` in the working directory, the register SQLite."""
    monkeypatch.chdir(tmp_path)
    settings = read_settings({})
    assert settings.home == tmp_path / "recoup-home"
    assert settings.register_url == f"sqlite:///{tmp_path}/recoup-home/register.db"
    assert settings.is_embedded


def test_given_home_goes_before_the_environment(tmp_path: Path) -> None:
    """`--home` wins over RECOUP_HOME, which wins over the default."""
    environment = {"RECOUP_HOME": str(tmp_path / "from-environment")}
    assert read_settings(environment).home == tmp_path / "from-environment"
    assert read_settings(environment, tmp_path / "given").home == tmp_path / "given"


def test_register_may_be_a_postgresql_server(tmp_path: Path) -> None:
    """The register moves to a server by one variable, and the home stays where it is."""
    url = "postgresql+psycopg://recoup@localhost/recoup"
    settings = read_settings({"RECOUP_REGISTER_URL": url}, tmp_path)
    assert (settings.register_url, settings.is_embedded, settings.home) == (url, False, tmp_path)


def test_empty_variables_count_as_absent(tmp_path: Path) -> None:
    """A variable set to nothing, as shells and containers do, is no address."""
    settings = read_settings({"RECOUP_HOME": "", "RECOUP_REGISTER_URL": ""}, tmp_path)
    assert settings.register_url == f"sqlite:///{tmp_path}/register.db"


def test_other_drivers_are_refused_with_the_ones_we_speak(tmp_path: Path) -> None:
    """A driver that Recoup does not test on is named, not tried, and the password is not repeated."""
    with pytest.raises(SetupInvalid) as caught:
        read_settings({"RECOUP_REGISTER_URL": "mysql://user:secret@localhost/x"}, tmp_path)
    assert "'mysql'; wanted sqlite or postgresql+psycopg" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"RECOUP_NOTICE_URL": "http://pager.example/in", "RECOUP_NOTICE_SECRET": "x" * 16}, "RECOUP_NOTICE_URL"),
        ({"RECOUP_NOTICE_URL": "https://u:p@pager.example", "RECOUP_NOTICE_SECRET": "x" * 16}, "RECOUP_NOTICE_URL"),
        ({"RECOUP_NOTICE_URL": "https://pager.example/in"}, "RECOUP_NOTICE_SECRET"),
        ({"RECOUP_NOTICE_URL": "https://pager.example/in", "RECOUP_NOTICE_SECRET": "short"}, "RECOUP_NOTICE_SECRET"),
        ({"RECOUP_PING_URL": "ftp://watch.example"}, "RECOUP_PING_URL"),
        ({"RECOUP_PAGES_A_DAY": "0"}, "RECOUP_PAGES_A_DAY"),
        ({"RECOUP_PAGES_A_DAY": "many"}, "RECOUP_PAGES_A_DAY"),
    ],
)
def test_a_way_to_people_that_others_could_read_or_forge_is_refused(
    tmp_path: Path, said: dict[str, str], where: str
) -> None:
    """Without the address or the secret in the message."""
    with pytest.raises(SetupInvalid) as refused:
        read_settings(said, tmp_path)
    assert refused.value.where == where
    assert "example" not in str(refused.value)


def test_ways_to_people_are_off_unless_they_are_named(tmp_path: Path) -> None:
    """Nothing goes anywhere by default; this machine needs no https; no secret is shown."""
    assert read_settings({}, tmp_path).watch == WatchSettings()
    watch = read_settings(
        {
            "RECOUP_NOTICE_URL": "http://127.0.0.1:9/in",
            "RECOUP_NOTICE_SECRET": "a secret that is long",
            "RECOUP_NOTICE_FILE": str(tmp_path / "pages"),
            "RECOUP_PING_URL": "https://watch.example/1",
            "RECOUP_PAGES_A_DAY": "7",
        },
        tmp_path,
    ).watch
    assert (watch.notice_url, watch.notice_file, watch.pages_a_day) == ("http://127.0.0.1:9/in", tmp_path / "pages", 7)
    assert "a secret" not in repr(watch)
