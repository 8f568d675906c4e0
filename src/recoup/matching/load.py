"""Rules read from TOML and checked before anything runs: what could match everything, or nothing, is refused here."""

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from recoup.domain.calendar import calendar
from recoup.domain.rates import Rate
from recoup.errors import NoDeadlineRule, RulesInvalid
from recoup.matching.rule import KEY_COLUMNS, SIDE_COLUMNS, WITHIN_COLUMNS, Pair, Rule, RuleSet, Window
from recoup.matching.sides import side_names

PACKS = Path(__file__).parent / "packs"
BPS = 10_000
LUMP_SIZE_MAX = 4
"""With more parts chance sums become likely, and the search a matter of luck."""
LUMP_CANDIDATES_MAX = 60
FEW_SIZES = (2, 3)
FEW_LINES_MAX = 16
WINDOW_DAYS_MAX = 120
NAMELESS_WINDOW_DAYS_MAX = 31
"""Without a key: an amount that is confirmed over more than a month on either side is anybody's."""
TOLERANCE_MINOR_MAX = 10_000
"""More than this is no tolerance unless a share of the amount bounds it too: under one key it would take any amount."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pair: Pair
    rule: tuple[Rule, ...]


def read_folders(folders: Sequence[Path], rates: Iterable[Rate] = ()) -> Mapping[str, RuleSet]:
    """Read every rule file of some folders; a pair of a later folder stands in for one of the same name before.

    Raises:
      RulesInvalid: Naming the file, the rule and the word that cannot be meant.
    """
    sources = {rate.source for rate in rates}
    found: dict[str, RuleSet] = {}
    for folder in folders:
        here: dict[str, str] = {}
        for path in sorted(folder.glob("*.toml")):
            rules = read_rules(path.name, path.read_bytes(), sources)
            if other := here.get(rules.pair.name):
                raise RulesInvalid(path.name, f"the pair {rules.pair.name}, as {other} has", "each pair once")
            here[rules.pair.name] = path.name
            found[rules.pair.name] = rules
    return found


def read_rules(place: str, text: bytes, rate_sources: Collection[str] = ()) -> RuleSet:
    """Read the rules of one pair.

    Raises:
      RulesInvalid: They are no TOML, use a word that nobody knows, or a rule that could not be meant.
    """
    try:
        told = msgspec.convert(tomllib.loads(text.decode()), _File, strict=True)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as problem:
        raise RulesInvalid(place, str(problem), "a [pair] and its [[rule]]s, as the guide shows") from None
    _check_pair(place, told.pair)
    names: set[str] = set()
    for rule in told.rule:
        at = f"{place} rule {rule.name}"
        if rule.name in names:
            raise RulesInvalid(at, "a second rule of that name", "each name once")
        names.add(rule.name)
        _check_rule(at, told.pair, rule, rate_sources)
    return RuleSet(told.pair, told.rule, hashlib.sha256(text).hexdigest())


def _check_pair(place: str, pair: Pair) -> None:
    _check_name(place, pair.name)
    _check_name(f"{place} pair owner", pair.owner)
    for side in (pair.left, pair.right):
        if side not in side_names() and side != "file":
            raise RulesInvalid(f"{place} pair", f"the side {side!r}", f"file, or one of {', '.join(side_names())}")
    if pair.left_is == pair.right_is:
        raise RulesInvalid(f"{place} pair", f"two sides that are both {pair.left_is}", "one partner, one books")
    _check_columns(f"{place} pair within", pair.within, WITHIN_COLUMNS)
    if pair.identity is not None:
        _check_columns(f"{place} pair identity", (pair.identity.left, pair.identity.right), KEY_COLUMNS)
    _check_calendar(f"{place} pair waits", pair.waits.calendar)


def _check_rule(at: str, pair: Pair, rule: Rule, rate_sources: Collection[str]) -> None:
    _check_name(at, rule.name)
    _check_columns(at, rule.within, WITHIN_COLUMNS)
    for key in rule.keys:
        _check_columns(at, (key.left, key.right), KEY_COLUMNS)
    _check_columns(at, (*rule.left_lacks, *rule.right_lacks), tuple(SIDE_COLUMNS))
    _check_amount(at, rule)
    if rule.window is not None:
        _check_window(at, rule.window)
    if rule.valid_from and rule.valid_to and rule.valid_from >= rule.valid_to:
        raise RulesInvalid(at, f"from {rule.valid_from} to {rule.valid_to}", "a first day before the last")
    {"pair": _check_pairing, "group": _check_group, "lump": _check_lump, "few": _check_few}[rule.kind](at, rule)
    if rule.fx is not None:
        _check_fx(at, pair, rule, rate_sources)


def _check_amount(at: str, rule: Rule) -> None:
    amount = rule.amount
    if amount.tolerance_minor < 0 or not 0 <= (amount.tolerance_bps or 0) < BPS:
        raise RulesInvalid(at, "a tolerance below zero, or of everything", "0 or more minor units, 0 to 9999 bps")
    if amount.tolerance_minor > TOLERANCE_MINOR_MAX and amount.tolerance_bps is None:
        wanted = f"up to {TOLERANCE_MINOR_MAX}, or tolerance_bps beside it"
        raise RulesInvalid(at, f"a tolerance of {amount.tolerance_minor} minor units", wanted)


def _check_window(at: str, window: Window) -> None:
    if not (0 <= window.days_before <= WINDOW_DAYS_MAX and 0 <= window.days_after <= WINDOW_DAYS_MAX):
        found = f"a window of {window.days_before} days before and {window.days_after} after"
        raise RulesInvalid(at, found, f"0 to {WINDOW_DAYS_MAX} of each")
    _check_calendar(at, window.calendar)


def _check_pairing(at: str, rule: Rule) -> None:
    if rule.lump is not None or rule.left_max is not None or rule.right_max is not None:
        raise RulesInvalid(at, "lump, left_max or right_max", "those in rules of kind lump or group alone")
    if rule.keys:
        if rule.rare:
            raise RulesInvalid(at, "rare beside keys", "rare only where the amount is all there is")
        return
    has_tolerance = rule.amount.tolerance_minor > 0 or rule.amount.tolerance_bps
    if rule.window is None or has_tolerance:
        raise RulesInvalid(at, "a rule that could match everything", "keys; or an exact amount within a window of days")
    longest = max(rule.window.days_before, rule.window.days_after)
    if longest > NAMELESS_WINDOW_DAYS_MAX and not rule.suggests:
        found = f"an amount without a key, {longest} days apart"
        raise RulesInvalid(at, found, f"keys, suggests = true, or a window of up to {NAMELESS_WINDOW_DAYS_MAX} days")
    if rule.accept == "best":
        raise RulesInvalid(at, "the best of lines that only have an amount in common", 'accept = "only", or keys')


def _check_group(at: str, rule: Rule) -> None:
    if not rule.keys or rule.lump is not None or rule.fx is not None or rule.rare or rule.accept == "best":
        raise RulesInvalid(at, "a group without keys, or with lump, fx, rare or accept", "keys that name the group")


def _check_lump(at: str, rule: Rule) -> None:
    if rule.lump is None or rule.keys or rule.window is None or rule.fx is not None:
        raise RulesInvalid(at, "a lump without its size or window, or with keys or fx", "lump and window")
    lump = rule.lump
    if not (1 <= lump.size_max <= LUMP_SIZE_MAX and 2 <= lump.candidates_max <= LUMP_CANDIDATES_MAX):
        raise RulesInvalid(
            at,
            f"{lump.size_max} of {lump.candidates_max} candidates",
            f"up to {LUMP_SIZE_MAX} of up to {LUMP_CANDIDATES_MAX}",
        )


def _check_few(at: str, rule: Rule) -> None:
    if rule.few is None or rule.window is None or rule.keys or not rule.suggests or rule.fx is not None:
        raise RulesInvalid(
            at, "a few with a few, without size or window, or to be confirmed", "few, window and suggests = true"
        )
    if rule.few.size_max not in FEW_SIZES or not 2 <= rule.few.lines_max <= FEW_LINES_MAX:
        found = f"{rule.few.size_max} of {rule.few.lines_max} lines"
        raise RulesInvalid(at, found, f"2 or 3 of up to {FEW_LINES_MAX}")


def _check_fx(at: str, pair: Pair, rule: Rule, rate_sources: Collection[str]) -> None:
    assert rule.fx is not None, "checked before"
    if rule.fx.source not in rate_sources:
        known = ", ".join(sorted(rate_sources)) or "none is known: write rates.csv"
        raise RulesInvalid(at, f"the rate source {rule.fx.source!r}", f"one of {known}")
    if not 0 < rule.fx.band_bps < BPS:
        raise RulesInvalid(at, f"a band of {rule.fx.band_bps} bps", "1 to 9999")
    if not rule.keys or rule.accept == "best" or rule.amount.tolerance_minor or rule.amount.tolerance_bps:
        raise RulesInvalid(at, "fx without keys, or with best or a tolerance", 'keys, accept = "only" and the band')
    if "currency" in pair.within:
        raise RulesInvalid(at, "fx in a pair whose lines meet within one currency", "a pair without that")


def _check_columns(place: str, columns: Iterable[str], known: Sequence[str]) -> None:
    for column in columns:
        if column not in known:
            raise RulesInvalid(place, f"the column {column!r}", f"one of {', '.join(known)}")


def _check_calendar(place: str, name: str | None) -> None:
    if name is None:
        return
    try:
        calendar(name)
    except NoDeadlineRule as problem:
        raise RulesInvalid(place, problem.found, problem.wanted) from None


def _check_name(place: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RulesInvalid(place, f"the name {name!r}", "lower case letters, digits and underscores")
