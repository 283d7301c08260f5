"""`monitor sources`: what is watched, and how each source is doing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click

from monitor import mailing
from monitor.app import App
from monitor.cadence import ago, coverage, dated
from monitor.commands import output
from monitor.commands.session import Session, echo, pass_session
from monitor.doors import Doors
from monitor.errors import MonitorError
from monitor.fetch import Door, Fetched
from monitor.model import Source, Validators
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
        found = mailing.healths(app.storage, app.in_force, now)
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
                h.detail,
            )
            for h in shown
        ]
        output.table(("source", "status", "tier", "lang", "items", "newest", "last ok", "detail"), rows)
        echo(f"\n{coverage(found)}.")


def _since(moment: datetime | None, now: datetime) -> str:
    return f"{ago(now - moment)} ago" if moment else ""


@dataclass(frozen=True, slots=True)
class Check:
    """What a source answered to a live try."""

    source: str
    ok: bool
    items: int
    newest: datetime | None
    bytes: int
    seconds: float
    said: str


@sources.command()
@click.argument("source", nargs=-1)
@output.json_option
@pass_session
def check(session: Session, source: tuple[str, ...], *, as_json: bool) -> None:
    """Try sources live, filing nothing: what they answer, how much, how new.

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
            output.print_json(result)
        if not as_json:
            rows = [
                (r.source, "ok" if r.ok else "FAILS", r.items, output.when(r.newest, app.zone),
                 f"{r.bytes:,}", f"{r.seconds:.1f} s", r.said)
                for r in found
            ]  # fmt: skip
            output.table(("source", "", "items", "newest", "bytes", "took", "said"), rows)
        sys.exit(0 if all(r.ok for r in found) else output.FAILURE)


async def _check_all(app: App, doors: Doors, chosen: list[Source], done: Callable[[], None]) -> list[Check]:
    async with doors as http:
        return list(await asyncio.gather(*(_check(app, http, source, done) for source in chosen)))


async def _check(app: App, http: Door, source: Source, done: Callable[[], None]) -> Check:
    start = asyncio.get_running_loop().time()

    def result(
        *, ok: bool, said: str, items: int = 0, newest: datetime | None = None, size: int = 0
    ) -> Check:
        done()
        took = asyncio.get_running_loop().time() - start
        return Check(source.id, ok, items, newest, size, round(took, 2), said)

    if source.kind not in KINDS:
        return result(ok=False, said=f"disabled: {source.disabled}")
    try:
        kind = KINDS[source.kind]
        asking = Asking(app.clock(), secret=app.routes.secret(source.key))
        answer = await http.fetch(kind.ask(source, asking), Validators(), subject=source.id)
        assert isinstance(answer, Fetched)
        reading = kind.read(answer.document, source, app.clock())
    except MonitorError as error:
        return result(ok=False, said=str(error))
    newest = max(dated(reading), default=None)
    said = f"{len(reading.set_aside)} set aside: {reading.set_aside[0]}" if reading.set_aside else ""
    return result(
        ok=True,
        said=said,
        items=len(reading.entries) + len(reading.points),
        newest=newest,
        size=len(answer.document.body),
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
