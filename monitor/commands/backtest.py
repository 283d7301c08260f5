"""`monitor backtest`: what the watchlists would have told, and what a change gains and loses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import click

from monitor import folder
from monitor import watchlists as rules
from monitor.app import App
from monitor.backtest import Backtest, Changed, Fired, Level, Result, alerts
from monitor.commands import output, past
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import Invalid, MonitorError
from monitor.installation import files as places
from monitor.rule import Watchlist
from monitor.wording import stage_name
from monitor.written import WatchlistFile
from monitor.yamlfile import decode, read

BAR, WIDEST = "▇", 40
# More days than this are shown by month.
MAX_DAYS = 62
MAX_PARTS = 4


@click.command()
@click.argument("watchlist", required=False)
@past.days_option
@past.file_option
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True),
    help="Compare with the watchlist in this file, or with the watchlists of this folder.",
)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(0, 100_000), help="Items to list."
)
@output.json_option
@pass_session
def backtest(
    session: Session,
    watchlist: str | None,
    days: int | None,
    file: Path | None,
    against: Path | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """What WATCHLIST, or all of them, would have told, day by day.

    Goes over the stored items of the last 30 days, or over a file of JSON lines: title, and as
    known text, date, url, source and lang. Copies of a headline count once, and what was found
    to add nothing to a story that was told is not counted. With --against it says what a change
    would gain and lose, item by item and why; nothing is put in force.

    \b
    Example:
      monitor backtest exim-dfc --days 90
      monitor backtest exim-dfc --against exim-dfc-new.yaml
      monitor backtest --file headlines.jsonl.gz --json
    """
    with session.app(aside=as_json) as app, ExitStack() as stack:
        now, sources = app.clock(), app.in_force.sources
        chosen, before = _watchlists(app, watchlist, against)
        if file:
            lot = stack.enter_context(past.in_file(file, sources, days, now))
        else:
            lot = past.stored(app.storage, sources, days, now)
        trial = Backtest(chosen, before, limit=limit, zone=app.zone)
        for one in lot.through():
            trial.add(one)
        if as_json:
            for row in _rows(trial):
                output.print_json(row)
            return
        for line in _lines(trial, chosen, lot.what, app.zone):
            echo(line)


# ------------------------------------------------------------------ which rules


def _watchlists(app: App, only: str | None, against: Path | None) -> tuple[list[Watchlist], list[Watchlist]]:
    """Those to try, and with `against` those to compare them with."""
    in_force = app.in_force.watchlists
    changed = _changed(app, only, against) if against else in_force
    known = {watchlist.id for watchlist in (*changed, *in_force)}
    if only is not None and only not in known:
        raise MonitorError(f"no watchlist is called '{only}': there are {', '.join(sorted(known))}")
    if not known:
        raise MonitorError("there is no watchlist: put one into the folder of watchlists")
    chosen = [w for w in changed if only in (None, w.id)]
    before = [w for w in in_force if only in (None, w.id)] if against else []
    return chosen, before


def _changed(app: App, only: str | None, path: Path) -> Sequence[Watchlist]:
    """The watchlists as they would be with this file in its place, or with this folder."""
    if path.is_dir():
        shown: dict[str, str] = {}
        texts: Mapping[str, str | Invalid] = folder.read_directory(path)
        where = path
    else:
        text = decode(str(path), path.read_bytes())
        name = path.name if path.name in folder.SHARED else f"{_id(path, text, only)}.yaml"
        shown = {name: str(path)}
        texts = {**app.in_force.rulebook.texts, name: text}
        where, _ = places(app.settings)
    rulebook, problems = rules.build(texts)
    if problems:
        raise Invalid(tuple(replace(p, file=shown.get(p.file, str(where / p.file))) for p in problems))
    return rulebook.watchlists


def _id(path: Path, text: str, only: str | None) -> str:
    """The watchlist that a file is; it may have any name."""
    found = read(str(path), text, WatchlistFile).value.watchlist
    if only not in (None, found):
        raise MonitorError(f"{path} is the watchlist '{found}', not '{only}'")
    return found


# ------------------------------------------------------------------ for people


def _lines(trial: Backtest, chosen: Sequence[Watchlist], what: str, zone: str) -> Iterator[str]:
    span = ""
    if trial.first and trial.last:
        span = f", {output.when(trial.first, zone)} to {output.when(trial.last, zone)}"
    yield f"{trial.items:,} {what}{span}"
    if not trial.items:
        yield "nothing to try it on: widen --days, or name a --file"
        return
    titles = {watchlist.id: watchlist.title for watchlist in chosen}
    for result in trial.results.values():
        title = titles.get(result.watchlist)
        yield f"\n{title} ({result.watchlist})" if title else f"\n{result.watchlist}"
        if trial.compares:
            yield from _comparison(result, trial.weeks, zone)
        else:
            yield from _fired(result, trial.weeks, zone)


def _fired(result: Result, weeks: float, zone: str) -> Iterator[str]:
    levels = result.levels
    pace = f", {levels['alert'] / weeks:.1f} a week" if weeks else ""
    yield f"  {alerts(levels['alert'])}{pace}, {levels['digest']} in the digest only"
    aside = [f"{levels[level]} {words}" for level, words in _ASIDE if levels[level]]
    if aside:
        yield f"  not counted: {', '.join(aside)}"
    yield from _volume(result)
    for fired in result.fired:
        stage = f" · {stage_name(fired.stage)}" if fired.stage else ""
        yield f"  {fired.score:3d}  {output.when(fired.when, zone)}{stage}"
        yield f"       {fired.title}"
        yield f"       {', '.join(f'{name} {points:+d}' for name, points in fired.parts[:MAX_PARTS])}"
    yield from _more(result.fired.count - len(list(result.fired)))


_ASIDE: tuple[tuple[Level, str], ...] = (("copy", "copies of stories told"), ("muted", "muted"))


def _comparison(result: Result, weeks: float, zone: str) -> Iterator[str]:
    after, gained, lost = result.levels["alert"], result.gained, result.lost
    pace = f", {(after - result.before) / weeks:+.1f} a week" if weeks else ""
    yield (
        f"  {alerts(result.before)} -> {after}: {result.stays} stay, lost {lost.count}, "
        f"gained {gained.count}{pace}"
    )
    for word, changes in (("lost", lost), ("gained", gained)):
        if changes.count:
            yield f"  {word}:"
        for change in changes:
            yield f"    {change.before} -> {change.after}  {output.when(change.when, zone)}"
            yield f"       {change.title}"
            yield f"       {change.why}"
        yield from _more(changes.count - len(list(changes)))


def _more(count: int) -> Iterator[str]:
    if count:
        yield f"  and {count} earlier (--limit shows more)"


def _volume(result: Result) -> Iterator[str]:
    """A bar of alerts per day; per month where the days are many."""
    if not result.days:
        return
    days = sorted(result.days)
    first, last = days[0], days[-1]
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    form = "%Y-%m-%d" if len(span) <= MAX_DAYS else "%Y-%m"
    rows: dict[str, tuple[int, int]] = {}
    for day in span:
        told, digest = rows.get(_named(day, form), (0, 0))
        counts = result.days.get(day, Counter[Level]())
        rows[_named(day, form)] = told + counts["alert"], digest + counts["digest"]
    most = max(told for told, _ in rows.values()) or 1
    for name, (told, digest) in rows.items():
        bar = " " + BAR * -(-told * min(most, WIDEST) // most) if told else ""
        yield f"  {name}  {told:4d}{bar}" + (f"  +{digest} in the digest" if digest else "")


def _named(day: date, form: str) -> str:
    return day.strftime(form)


# ------------------------------------------------------------------ for machines


def _rows(trial: Backtest) -> Iterator[dict[str, object]]:
    """A row for each watchlist, followed by a row for each item that is listed."""
    for result in trial.results.values():
        told = result.levels["alert"]
        row: dict[str, object] = {
            "kind": "watchlist",
            "watchlist": result.watchlist,
            "items": trial.items,
            "alerts": told,
            "digest": result.levels["digest"],
            "copies": result.levels["copy"],
            "muted": result.levels["muted"],
            "per_week": round(told / trial.weeks, 2) if trial.weeks else None,
            "days": {day: counts["alert"] for day, counts in sorted(result.days.items())},
        }
        if trial.compares:
            row |= {
                "before": result.before,
                "stays": result.stays,
                "gained": result.gained.count,
                "lost": result.lost.count,
            }
        yield row
        listed: list[Fired | Changed] = [*result.lost, *result.gained]
        for one in listed if trial.compares else result.fired:
            kind = one.kind if isinstance(one, Changed) else "alert"
            yield {"kind": kind, "watchlist": result.watchlist} | output.jsonable(one)
