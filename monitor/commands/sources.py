"""`monitor sources`: what is watched, and how each source is doing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import click

from monitor import documents, gathering, hushed
from monitor.app import App
from monitor.cadence import ago, dated
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.digest import Coverage
from monitor.documents import declared
from monitor.doors import Doors
from monitor.errors import MonitorError
from monitor.fetch import Door
from monitor.hushed import Hush
from monitor.model import Health, Source
from monitor.request import Asking
from monitor.sources import KINDS


@click.group()
def sources() -> None:
    """The sources: list them, try them live, add others, pause and resume them.

    \b
    Example:
      monitor sources list
      monitor sources check ustr
    """


@sources.command("list")
@click.option("--all", "show_all", is_flag=True, help="Show the disabled ones too, with the reason.")
@output.json_option
@pass_session
def list_(session: Session, *, show_all: bool, as_json: bool) -> None:
    """Every source with its health: ok, new, quiet, failing, waiting, stopped, paused.

    \b
    Example:
      monitor sources list --all
    """
    with session.app() as app:
        now = app.clock()
        found = gathering.healths(app.storage, app.in_force, now, counted=True)
        mutes = hushed.hushes(app.storage.feedback.quiets(now), app.in_force.watchlists, now)
        shown = [h for h in found if show_all or h.status != "disabled"]
        shown.sort(key=lambda h: (h.status in ("ok", "new", "disabled"), h.source.tier, h.source.id))
        if as_json:
            for health in shown:
                output.print_json(health)
            return
        rows = [
            (
                h.source.id,
                h.status,
                h.source.tier,
                h.source.lang,
                h.state.items,
                _since(h.state.newest, now),
                _since(h.state.last_ok, now),
                _detail(h, mutes.get(h.source.id, ()), app.zone),
            )
            for h in shown
        ]
        output.table(("source", "status", "tier", "lang", "items", "newest", "last ok", "detail"), rows)
        echo(f"\n{Coverage.of(found).line}.")


def _detail(health: Health, mutes: Iterable[Hush], zone: str) -> str:
    """What is to be said of its health, and where it is muted."""
    return "; ".join(filter(None, (health.detail, *(f"muted {hushed.said(one, zone)}" for one in mutes))))


def _since(moment: datetime | None, now: datetime) -> str:
    return f"{ago(now - moment)} ago" if moment else ""


@dataclass(frozen=True, slots=True)
class Check:
    """What a source answered to a live try: `ok`, `stale` (it answers, with nothing new), `fails` or
    `disabled`. `code` is the HTTP status, 0 where there was no answer; `encoding` is as declared.
    """

    source: str
    status: str
    code: int = 0
    items: int = 0
    newest: datetime | None = None
    bytes: int = 0
    encoding: str = ""
    seconds: float = 0.0
    said: str = ""

    @property
    def ok(self) -> bool:
        return self.status in ("ok", "stale")


@sources.command()
@click.argument("source", nargs=-1)
@output.json_option
@pass_session
def check(session: Session, source: tuple[str, ...], *, as_json: bool) -> None:
    """Try sources live, filing nothing: what they answer, how much, how new, in which encoding.

    A source that answers with nothing newer than its quiet_after allows is stale.

    \b
    Example:
      monitor sources check
      monitor sources check ustr mining-com --json
    """
    with session.app() as app:
        unknown = [name for name in source if name not in app.in_force.sources]
        if unknown:
            raise MonitorError(f"no source is called '{unknown[0]}': see monitor sources list")
        chosen = [app.in_force.sources[n] for n in source] or app.in_force.enabled()
        with output.progress("Checking", len(chosen)) as bar:
            http = app.doors(app.storage)
            found = asyncio.run(_check_all(app, http, chosen, lambda: bar.advance(bar.task_ids[0])))
        for result in found if as_json else ():
            output.print_json({"ok": result.ok, **output.jsonable(result)})
        if not as_json:
            rows = [
                (r.source, r.status if r.ok else r.status.upper(), r.code or "", r.items,
                 output.when(r.newest, app.zone), f"{r.bytes:,}", r.encoding, f"{r.seconds:.1f} s", r.said)
                for r in found
            ]  # fmt: skip
            columns = ("source", "", "code", "items", "newest", "bytes", "encoding", "took", "said")
            output.table(columns, rows)
        sys.exit(0 if all(r.ok for r in found) else output.FAILURE)


async def _check_all(app: App, doors: Doors, chosen: list[Source], done: Callable[[], None]) -> list[Check]:
    async with doors as http:
        return list(await asyncio.gather(*(_check(app, http, source, done) for source in chosen)))


async def _check(app: App, http: Door, source: Source, done: Callable[[], None]) -> Check:
    clock = asyncio.get_running_loop().time
    start = clock()
    try:
        found = await _tried(app, http, source)
    except MonitorError as error:
        found = Check(source.id, "fails", code=getattr(error, "status", 0), said=str(error))
    done()
    return replace(found, seconds=round(clock() - start, 2))


async def _tried(app: App, http: Door, source: Source) -> Check:
    if source.kind not in KINDS:
        return Check(source.id, "disabled", said=source.disabled)
    now = app.clock()
    asking = Asking(now, secret=app.routes.secret(source.key))
    request = KINDS[source.kind].ask(source, asking)
    document = await documents.ask(http, source, request)
    reading = await documents.read(http, source, request, document, now)
    newest = max(dated(reading), default=None)
    stale = newest is not None and now - newest > source.quiet_after
    aside = f"{len(reading.set_aside)} set aside: {reading.set_aside[0]}" if reading.set_aside else ""
    old = f"answers, but nothing newer than {ago(now - newest)}" if newest and stale else ""
    return Check(
        source.id,
        "stale" if stale else "ok",
        code=200,
        items=len(reading.entries) + len(reading.points),
        newest=newest,
        bytes=len(document.body),
        encoding=declared(document),
        said="; ".join(filter(None, (old, aside))),
    )


@sources.command()
@click.argument("source")
@pass_session
def pause(session: Session, source: str) -> None:
    """Stop polling a source until it is resumed.

    \b
    Example:
      monitor sources pause global-times
    """
    _pause(session, source, paused=True)


@sources.command()
@click.argument("source")
@pass_session
def resume(session: Session, source: str) -> None:
    """Poll a paused source again.

    \b
    Example:
      monitor sources resume global-times
    """
    _pause(session, source, paused=False)


def _pause(session: Session, source: str, *, paused: bool) -> None:
    with session.app() as app:
        with app.storage.write():
            known = app.storage.sources.pause(source, paused=paused)
        if not known:
            raise MonitorError(f"no source is called '{source}': see monitor sources list")
        echo(f"{source} is {'paused' if paused else 'polled again'}.")
