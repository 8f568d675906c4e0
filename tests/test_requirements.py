import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def pins(name: str) -> dict[str, str]:
    """Give what `requirements/<name>.txt` pins, by package."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text, re.MULTILINE))


def test_every_pin_is_within_the_range_of_the_package() -> None:
    """What we run and test is something that our own package accepts."""
    ranges = [
        Requirement(line) for line in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    ]
    pinned = pins("core")
    assert [str(want) for want in ranges if not want.specifier.contains(pinned[want.name], prereleases=True)] == []


def test_range_and_pin_name_the_same_packages() -> None:
    """A package that is needed stands in both places, and one that is not in neither."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = (ROOT / "requirements" / "core.in").read_text().splitlines()
    wanted = {Requirement(line).name for line in asked if line and not line.startswith("#")}
    assert {Requirement(line).name for line in project["dependencies"]} == wanted


@pytest.mark.parametrize(("one", "other"), [("core", "dev"), ("core", "spark"), ("dev", "spark")])
def test_what_stands_in_one_environment_agrees(one: str, other: str) -> None:
    """A package in both has one version."""
    left, right = pins(one), pins(other)
    assert {name: (left[name], right[name]) for name in left.keys() & right.keys() if left[name] != right[name]} == {}


def test_the_spark_extra_accepts_what_is_pinned() -> None:
    """Whoever installs the extra gets what the tests ran with; a server is everybody's own choice."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = [Requirement(line) for line in project["optional-dependencies"]["spark"]]
    pinned = pins("spark")
    assert {want.name for want in ranges} == {"pandas", "pyspark-client"}
    assert [str(want) for want in ranges if not want.specifier.contains(pinned[want.name])] == []


def test_every_pin_has_hashes_and_no_address() -> None:
    """Set-up refuses a package that changed, wherever it is fetched from."""
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert packages
        assert [package.splitlines()[0] for package in packages if "--hash=sha256:" not in package] == []
        assert "://" not in text


def test_the_reports_extra_accepts_what_is_pinned() -> None:
    """Whoever installs the extra gets what the pages and spreadsheets were looked at with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ranges = [Requirement(line) for line in project["optional-dependencies"]["reports"]]
    pinned = pins("reports")
    assert [str(want) for want in ranges if not want.specifier.contains(pinned[want.name], prereleases=True)] == []
    assert {want.name for want in ranges} == set(pinned)
