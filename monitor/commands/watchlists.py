"""`monitor watchlists`: list, check, show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from monitor.commands import output
from monitor.commands.check import check
from monitor.commands.session import Session, echo, pass_session
from monitor.errors import MonitorError
from monitor.outline import outline
from monitor.rule import Condition, Lookup, Watchlist, Words, walk


@click.group()
def watchlists() -> None:
    """The watchlists: list and change them, check the files, show what a rule comes to.

    \b
    Example:
      monitor watchlists check
    """


@watchlists.command("list")
@output.json_option
@pass_session
def list_(session: Session, *, as_json: bool) -> None:
    """Every watchlist in force, with its thresholds and what it has filed.

    \b
    Example:
      monitor watchlists list
    """
    with session.app() as app:
        counts = app.storage.signals.counts()
        rows = [
            (
                w.id,
                w.title,
                w.alert,
                w.digest,
                len({one for g in w.groups for one in _lookups(g.condition)}),
                counts.get(w.id, 0),
            )
            for w in app.in_force.watchlists
        ]
        names = ("watchlist", "title", "alert", "digest", "terms", "signals")
        if as_json:
            for row in rows:
                output.print_json(dict(zip(names, row, strict=True)))
        else:
            output.table(names, rows)


watchlists.add_command(check)


@watchlists.command()
@click.argument("watchlist")
@output.json_option
@pass_session
def show(session: Session, watchlist: str, *, as_json: bool) -> None:
    """What a watchlist comes to, with every concept and entity spelt out.

    \b
    Example:
      monitor watchlists show exim-dfc
    """
    with session.app() as app:
        found = app.in_force.rulebook.watchlist(watchlist)
        if found is None:
            known = ", ".join(w.id for w in app.in_force.watchlists)
            raise MonitorError(f"no watchlist is called '{watchlist}': there are {known}")
        if as_json:
            output.print_json(_as_json(found))
            return
        echo(f"{found.title}\n{found.about}".strip())
        echo(
            f"alert from {found.alert}, digest from {found.digest}, "
            f"words in the summary only count {found.weights['summary']:g}"
        )
        told: set[Condition] = set()
        for head, condition in _owners(found):
            echo("\n".join([f"\n{head}", *(f"  {line}" for line in outline(condition, told))]))


def _owners(watchlist: Watchlist) -> Iterator[tuple[str, Condition]]:
    """Every group, stage and mute in words, with what it asks."""
    for kind, points, group in watchlist.ruled:
        yield f"{kind}: {group.name}" + (f" ({points:+d})" if kind != "not" else ""), group.condition
    for stage in watchlist.stages:
        yield f"stage {stage.number + 1}: {stage.id}", stage.condition
    for mute in watchlist.mutes:
        why = f" ({mute.why})" if mute.why else ""
        yield f"muted until {mute.until:%Y-%m-%d %H:%M} UTC{why}", mute.condition


def _as_json(watchlist: Watchlist) -> dict[str, Any]:
    """The watchlist for machines: what each condition asks is told in lines."""
    plain = (
        "id",
        "title",
        "about",
        "owner",
        "expires",
        "snooze",
        "alert",
        "digest",
        "tiers",
        "weights",
        "send",
    )
    shown = {name: getattr(watchlist, name) for name in plain}
    for kind in ("must", "any", "less", "not"):
        shown[kind] = [
            {"name": group.name, "weight": group.weight, "asks": outline(group.condition)}
            for ruling, _, group in watchlist.ruled
            if ruling == kind
        ]
    shown["stages"] = [{"id": s.id, "asks": outline(s.condition)} for s in watchlist.stages]
    shown["mutes"] = [{"until": m.until, "why": m.why, "asks": outline(m.condition)} for m in watchlist.mutes]
    return shown


def _lookups(condition: Condition) -> set[Lookup]:
    return {one for part in walk(condition) if isinstance(part, Words) for one in part.lookups}
