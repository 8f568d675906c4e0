"""Rules are read whole or refused with a message: nothing that could match everything, or nothing, is run."""

from pathlib import Path

import pytest

from recoup.domain.rates import scaled
from recoup.errors import RulesInvalid
from recoup.matching.load import PACKS, read_folders, read_rules
from recoup.matching.rates import read_rates
from recoup.matching.reading import as_query
from recoup.storage.dialect import parsed
from tests.matching.world import BY_REFERENCE, PAIR, rules

_FX = 'fx = { source = "ecb", band_bps = 50 }'
_KEYS = 'keys = [{ left = "reference", right = "reference" }]'
REFUSED = {
    "no key and no window": ('kind = "pair"', "could match everything"),
    "a tolerance without a key": (
        "amount = { tolerance_minor = 5 }\nwindow = { days_before = 1, days_after = 1 }",
        "could match everything",
    ),
    "the best of lines without a name": (
        'window = { days_before = 1, days_after = 1 }\naccept = "best"',
        "only have an amount in common",
    ),
    "an amount without a name over a season": (
        "window = { days_before = 0, days_after = 120 }",
        "an amount without a key, 120 days apart",
    ),
    "a tolerance that takes any amount": (
        f"{_KEYS}\namount = {{ tolerance_minor = 1000000 }}",
        "a tolerance of 1000000 minor units",
    ),
    "a column that no side has": ('keys = [{ left = "arn", right = "reference" }]', "the column 'arn'"),
    "a key that names nothing": ('keys = [{ left = "currency", right = "currency" }]', "the column 'currency'"),
    "a calendar that nobody keeps": (
        f'{_KEYS}\nwindow = {{ days_after = 3, calendar = "lunar" }}',
        "calendar 'lunar'",
    ),
    "a window of years": (f"{_KEYS}\nwindow = {{ days_after = 900 }}", "a window of 0 days before and 900 after"),
    "a window into the past by a negative number": (f"{_KEYS}\nwindow = {{ days_before = -2 }}", "a window of -2"),
    "a rate source without rates": (f"{_KEYS}\n{_FX}", "the rate source 'ecb'"),
    "a tolerance of everything": (f"{_KEYS}\namount = {{ tolerance_bps = 10000 }}", "of everything"),
    "a negative tolerance": (f"{_KEYS}\namount = {{ tolerance_minor = -1 }}", "below zero"),
    "a word that nobody knows": (f"{_KEYS}\nfuzzy = true", "fuzzy"),
    "money as a fraction": (f"{_KEYS}\namount = {{ tolerance_minor = 0.5 }}", "Expected `int`"),
    "an end before the beginning": (f"{_KEYS}\nfrom = 2026-02-01\nto = 2026-01-01", "from 2026-02-01 to 2026-01-01"),
    "a group without a key": ('kind = "group"', "a group without keys"),
    "a lump of any size": (
        'kind = "lump"\nlump = { one = "left", size_max = 9 }\nwindow = { days_after = 1 }',
        "9 of 40 candidates",
    ),
    "a lump without a window": ('kind = "lump"\nlump = { one = "left" }', "without its size or window"),
    "a few that is to be confirmed": ('kind = "few"\nfew = {}\nwindow = { days_after = 1 }', "a few with a few"),
    "rare with a key": (f"{_KEYS}\nrare = true", "rare beside keys"),
}


@pytest.mark.parametrize(("told", "found"), REFUSED.values(), ids=REFUSED)
def test_a_rule_that_cannot_be_meant_is_refused(told: str, found: str) -> None:
    """With the file, the rule and what was found."""
    with pytest.raises(RulesInvalid) as problem:
        rules(f'[[rule]]\nname = "odd"\nsays = "Odd"\n{told}\n')
    assert found in str(problem.value)
    assert "test.toml" in str(problem.value)


def test_two_rules_of_one_name_are_refused() -> None:
    """A match keeps the name of its rule, which must be one."""
    with pytest.raises(RulesInvalid, match="a second rule of that name"):
        rules(BY_REFERENCE, BY_REFERENCE)


def test_a_pair_of_two_partners_is_refused() -> None:
    """What is missing must be missing somewhere."""
    with pytest.raises(RulesInvalid, match="two sides that are both partner"):
        rules(BY_REFERENCE, pair=PAIR.replace('"books"', '"partner"'))


def test_two_files_of_one_pair_are_refused(tmp_path: Path) -> None:
    """In one folder; a home's own file stands in for one that comes with the package."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(PAIR + BY_REFERENCE)
    with pytest.raises(RulesInvalid, match=r"as a\.toml has"):
        read_folders([tmp_path])


def test_a_home_puts_its_own_rules_in_the_place_of_a_pack(tmp_path: Path) -> None:
    """By the name of the pair."""
    (tmp_path / "mine.toml").write_text(PAIR.replace("theirs_ours", "payout_bank") + BY_REFERENCE)
    found = read_folders([PACKS, tmp_path])
    assert [rule.name for rule in found["payout_bank"].rules] == ["by_reference"]
    assert len(found) == len(read_folders([PACKS]))


def test_every_rule_reads_as_one_query_that_both_engines_take() -> None:
    """And as Spark's own SQL."""
    for found in read_folders([PACKS]).values():
        for rule in found.rules:
            parsed(as_query(found.pair, rule))
            assert as_query(found.pair, rule, "spark").startswith(f"-- {rule.name}: ")


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_head_of_a_query_names_all_that_it_reads(dialect: str) -> None:
    """So that whoever runs it elsewhere knows what to bring."""
    found = read_folders([PACKS])["payout_bank"]
    [rare] = [rule for rule in found.rules if rule.rare]
    _, reads, *_ = as_query(found.pair, rare, dialect).splitlines()
    assert reads == (
        "-- Reads apart (lines that people hold apart), left_lines (open lines of payouts),"
        " left_side (all lines of payouts), right_lines (open lines of bank_lines),"
        " right_side (all lines of bank_lines)."
    )


def test_what_is_no_toml_is_refused() -> None:
    """With the place that the parser names."""
    with pytest.raises(RulesInvalid, match="at end of document"):
        read_rules("x.toml", b"[pair")


def test_rates_are_whole_numbers_carried_over_a_weekend_and_turned_round(tmp_path: Path) -> None:
    """A rate holds until the next, for a long weekend at most; the other direction is its inverse."""
    path = tmp_path / "rates.csv"
    path.write_text("source,on_day,base,quote,rate\necb,2026-01-09,EUR,JPY,162.5\necb,2026-01-12,EUR,JPY,163\n")
    rows = {(str(day), base): (times, per) for day, base, _, times, per in scaled(read_rates(path), "ecb")}
    assert rows["2026-01-09", "EUR"] == (13, 8)
    assert rows["2026-01-11", "EUR"] == (13, 8)
    assert rows["2026-01-12", "JPY"] == (100, 163)
    assert ("2026-01-17", "EUR") not in rows


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("ecb,2026-01-09,EUR,JPY,1e3", "'1e3'"),
        ("ecb,2026-01-09,EUR,JPY,0.0", "'0.0'"),
        ("ecb,2026-01-09,EUR,yen,1", "'yen'"),
        ("ecb,2026-13-09,EUR,JPY,1", "'2026-13-09'"),
        ("ecb,2026-01-09,EUR,JPY,1\necb,2026-01-09,EUR,JPY,2", "a second rate"),
    ],
)
def test_a_rate_that_is_none_is_refused(tmp_path: Path, row: str, found: str) -> None:
    """With its line."""
    path = tmp_path / "rates.csv"
    path.write_text(f"source,on_day,base,quote,rate\n{row}\n")
    with pytest.raises(RulesInvalid, match=r"rates\.csv:[23]") as problem:
        read_rates(path)
    assert found in str(problem.value)
