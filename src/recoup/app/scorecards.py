"""Scorecards as use cases: what one partner did in one month, and the files that prove it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from recoup import __version__
from recoup.app import App, wall_clock
from recoup.app.marts import desk, own_models
from recoup.domain.instants import local_day
from recoup.enquiry.sql import Home
from recoup.errors import UnknownPartner, UsageProblem
from recoup.marts.loading import build
from recoup.marts.scorecard_figures import Figure, figures
from recoup.reports import making, runs
from recoup.reports.definition import Format
from recoup.reports.outputs import write
from recoup.reports.scorecard import evidence_report, make_evidence
from recoup.reports.stamp import Stamp
from recoup.storage.engine import Engine

VERB = "report"
FONTS = "fonts"
_MODELS = ("partner_scorecards", "scorecard_money")
_COLUMNS = ("figure", "state", "failed", "things", "failed_bps", "p95_microseconds", "longest_microseconds")


class Amount(msgspec.Struct, frozen=True):
    """Money in question, in minor units."""

    currency: str
    minor: int


class Scored(msgspec.Struct, frozen=True):
    """One figure of one card; what is None could not be counted, and `state` says why."""

    figure: str
    area: str
    title: str
    counted_of: str
    """What `things` counts."""
    state: str
    """measured, nothing, no_contract or not_measured."""
    failed: int | None
    things: int | None
    failed_bps: int | None
    p95_microseconds: int | None
    longest_microseconds: int | None
    amounts: tuple[Amount, ...]
    note: str


class Card(msgspec.Struct, frozen=True):
    """The scorecard of one account at a partner in one month."""

    partner: str
    account: str
    month: str
    is_to_date: bool
    """The month is not over."""
    figures: tuple[Scored, ...]


class Exported(msgspec.Struct, frozen=True):
    """A scorecard with its evidence that was written and kept."""

    stamp: Stamp
    folder: str


def cards(app: App, partner: str, month: str | None = None, account: str | None = None) -> list[Card]:
    """Give the cards of a partner, one for each account.

    Args:
      app: The home.
      partner: Its name.
      month: YYYY-MM; the last month in which something came and that is over by default, else this one.
      account: Only this account of ours.
    Raises:
      UnknownPartner: There is no partner of this name.
      UsageProblem: Nothing came from the partner in that month, or for that account.
    """
    if partner not in app.partners:
        raise UnknownPartner("PARTNER", repr(partner), f"one of {', '.join(sorted(app.partners))}")
    with desk(app, only=_MODELS) as opened:
        needs = opened.catalogue.needs(_MODELS)
        build(opened.engine, opened.catalogue, needs, opened.stores, opened.asked, frozenset(_MODELS))
        ours = [row for row in _keys(opened.engine) if row[0] == partner]
        keys = [row for row in ours if account in (None, row[1])]
        if ours and not keys:
            names = ", ".join(sorted({row[1] for row in ours if row[1]}))
            raise UsageProblem("--account", repr(account), f"one of ours at {partner}: {names}")
        this = f"{local_day(app.now(), 'UTC'):%Y-%m}"
        wanted = month or _latest([key[2] for key in keys], this)
        chosen = [key for key in keys if key[2] == wanted]
        if not chosen:
            had = ", ".join(sorted({key[2] for key in keys})) or "no month at all"
            raise UsageProblem(
                f"scorecard {partner}", f"nothing in {wanted}", f"a month in which something came: {had}"
            )
        return [_card(opened.engine, key, this) for key in chosen]


def export(
    app: App, partner: str, month: str, account: str | None, folder: Path, formats: Sequence[Format] = ("csv",)
) -> Exported:
    """Write a scorecard and what counts in each of its figures, and keep the run as that of a report.

    Raises:
      UnknownPartner: There is no partner of this name.
      UsageProblem: Nothing came from the partner in that month, or for that account.
      FormatMissing: The library that writes a format is not installed.
    """
    counting = {one.figure for card in cards(app, partner, month, account) for one in card.figures if one.failed}
    home = app.settings.home
    report = evidence_report(home, counting)
    given = {"partner": partner, "month": month, **({"account": account} if account else {})}
    asking = making.Asking(app.now(), wall_clock(), app.actor, __version__, given)
    with app.register.reading() as view:
        known = making.known(view, frozenset(app.partners))
        run = make_evidence(view, report, asking, Home(home / "tmp", home / "lake", own_models(home)), known)
    place = write(run, tuple(formats), folder.absolute(), home / FONTS)
    with app.register.transaction(app.actor, VERB, run.stamp.run, run.stamp.asked.made_at) as batch:
        runs.record(batch, run.stamp)
    return Exported(run.stamp, str(place))


def _latest(months: Sequence[str], this: str) -> str:
    """The latest month that is over, else the one that runs."""
    return max((month for month in months if month < this), default=this)


def _keys(engine: Engine) -> list[tuple[str, str, str]]:
    rows = engine.rows("select distinct partner, account, month from partner_scorecards order by 1, 2, 3")
    return [(str(partner), str(account), str(month)) for partner, account, month in rows]


def _card(engine: Engine, key: tuple[str, str, str], this: str) -> Card:
    partner, account, month = key
    chosen = ", ".join(("partner", "account", "month", *_COLUMNS))
    rows = engine.rows(f"select {chosen} from partner_scorecards")
    money: dict[str, list[Amount]] = {}
    found = "select partner, account, month, figure, currency, amount_minor from scorecard_money order by 4, 5"
    for *whose, figure, currency, minor in engine.rows(found):
        if tuple(whose) == key:
            money.setdefault(figure, []).append(Amount(currency, minor))
    of = {row[3]: dict(zip(_COLUMNS, row[3:], strict=True)) for row in rows if tuple(row[:3]) == key}
    return Card(
        partner,
        account,
        month,
        month >= this,
        tuple(_scored(f, of[f.figure], money.get(f.figure, ())) for f in figures()),
    )


def _scored(figure: Figure, counted: Mapping[str, Any], amounts: Sequence[Amount]) -> Scored:
    return Scored(
        area=figure.area,
        title=figure.title,
        counted_of=figure.counted_of,
        note=figure.note,
        amounts=tuple(amounts),
        **counted,
    )
