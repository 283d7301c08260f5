"""What the commands that change watchlists share: the door to the files, and how an edit is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

from monitor import backtest, catalogue, edited
from monitor.app import utc_now
from monitor.commands import output, past
from monitor.commands.session import Session, echo
from monitor.edit import Editor, diff
from monitor.errors import Invalid
from monitor.installation import files, own, unpack
from monitor.machine import login_name
from monitor.model import Source
from monitor.storage import Storage
from monitor.storage.edits import Edit, digest
from monitor.watchlists import Rulebook
from monitor.yamlfile import decode

who_option = click.option("--who", default=login_name, help="Who makes the change; else your login name.")
why_option = click.option("--why", default="", help="Why, for the history.")


@contextmanager
def editor(session: Session, *, change: bool = True) -> Iterator[Editor]:
    """The door, for a folder of the user's own: what came with the package is never edited in place."""
    with output.errors():
        settings = session.settings()
        made = unpack(settings) if change else None
        if made:
            click.echo(f"The watchlists are in {made}/ now: edit them as you like.", err=True)
        directory = own(settings) if change else files(settings)[0]
        with Storage(Path(settings.storage.path)) as storage:
            yield Editor(directory, storage, partial(preview, storage, files(settings)[1]))


# ------------------------------------------------------------------ what a change would do


def preview(storage: Storage, catalogued: Path, before: Rulebook, after: Rulebook) -> str | None:
    """What changes, in words, and what each watchlist would have made of the stored items with it."""
    said = edited.summary(before, after)
    old, new = ({w.id: w for w in rules.watchlists} for rules in (before, after))
    sources, lines = _sources(catalogued), [said] if said else []
    for name in edited.reached(before, after):
        lot = past.stored(storage, sources, None, utc_now())
        if lot.total:
            tried = backtest.summary(old.get(name), new.get(name), lot.through(), past.DAYS)
            lines.append(f"{name}: {tried}")
    return "\n".join(lines) or None


def _sources(path: Path) -> dict[str, Source]:
    """The sources of the catalogue; none where it cannot be read."""
    try:
        listed, _ = catalogue.parse(path.name, decode(path.name, path.read_bytes()))
    except (OSError, Invalid):
        return {}
    return {source.id: source for source in listed}


# ------------------------------------------------------------------ showing


def show(text: str, *, err: bool = False) -> None:
    """A diff, in colour on a terminal."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.removesuffix("\n").split("\n") if text else ():
        click.secho(line, fg=colours.get(line[:1]), err=err)


def tell(made: Edit, *, as_json: bool) -> None:
    if as_json:
        output.print_json(row(made))
    else:
        echo(f"Saved as edit {made.id}. To take it back: monitor watchlists revert {made.id}")


def row(one: Edit) -> dict[str, Any]:
    """An edit as JSON has it: hashes for the texts, and how many lines came and went."""
    lines = diff(one.file, one.before, one.after).split("\n")[2:]
    return {
        "id": one.id,
        "file": one.file,
        "at": one.at,
        "who": one.who,
        "why": one.why,
        "before": digest(one.before),
        "after": digest(one.after),
        "added": sum(line.startswith("+") for line in lines),
        "removed": sum(line.startswith("-") for line in lines),
    }
