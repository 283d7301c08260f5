"""`monitor watchlists`: edit, new, history, diff, revert, schema."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from monitor import schemas, yamledit
from monitor.app import utc_now
from monitor.commands import door, output
from monitor.commands.session import Session, echo, pass_session
from monitor.commands.watchlists import watchlists
from monitor.edit import Change, Copy, Editor, diff, file_of
from monitor.errors import Conflict, Invalid, MonitorError
from monitor.folder import SHARED, SOURCES
from monitor.machine import local_zone
from monitor.scalars import Scalar
from monitor.starter import renamed, starter
from monitor.yamlfile import decode

_SETTING = re.compile(r"((?:\[[^\]]*\]|[^\[=])+)=(.*)", re.DOTALL)


# ------------------------------------------------------------------ edit


@click.command()
@click.argument("name")
@click.option("--set", "sets", multiple=True, metavar="PLACE=VALUE", help="Set a value: alert=70.")
@click.option("--add", "adds", multiple=True, metavar="LIST=TERM", help="Add a term: 'must[0].any=gallium'.")
@click.option("--remove", "removes", multiple=True, metavar="LIST=TERM", help="Take a term out of a list.")
@click.option(
    "--from-file", "source", type=click.File("rb"), help="Take the whole text; - reads standard input."
)
@click.option("--base", help="SHA-256 of the text you started from: refuse if it was changed since.")
@click.option("--yes", is_flag=True, help="Save without asking.")
@door.who_option
@door.why_option
@output.json_option
@pass_session
def edit(
    session: Session, name: str, sets: Sequence[str], adds: Sequence[str], removes: Sequence[str],
    source: BinaryIO | None, base: str | None, who: str, why: str, *, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Change a watchlist, or concepts, entities, kinds or sources: in your editor, or as the options say.

    A change with a mistake in it is not saved. If somebody else has changed the file meanwhile,
    you are told, and nothing is overwritten.

    A PLACE is written as the keys that lead to it: alert, weights.body, must[0].any, or with a
    group's name: 'must[lender named].any'. A list that is not there yet is made.

    \b
    Example:
      monitor watchlists edit exim-dfc
      monitor watchlists edit exim-dfc --set alert=65 --add 'must[0].any=loan guarantee' --why "missed one"
      monitor watchlists edit exim-dfc --from-file new.yaml --yes
    """
    asked = [*sets, *adds, *removes]
    if source and asked:
        raise click.UsageError("give either --from-file or --set, --add and --remove")
    with door.editor(session) as editor:
        copy = editor.copy(name)
        if not source and not asked:
            _in_own_editor(editor, copy, who, why, yes=yes, as_json=as_json)
            return
        body = source.read() if source else _applied(copy, sets, adds, removes)
        change = Change(copy.file, base or copy.base, body, who, why)
        if body == copy.body and change.base == copy.base:
            click.echo("Nothing to change: the file says so already.", err=True)
            return
        _save(editor, copy, change, yes=yes, as_json=as_json)


def _applied(copy: Copy, sets: Sequence[str], adds: Sequence[str], removes: Sequence[str]) -> bytes:
    """The file with these changes made, one after the other."""
    body = copy.body or b""
    decode(copy.file, body)
    text = body.decode("utf-8")
    for asked in sets:
        place, value = _setting(asked)
        text = yamledit.set_value(text, place, _value(value))
    steps: tuple[tuple[Callable[..., str], Sequence[str]], ...] = (
        (yamledit.add_term, adds),
        (yamledit.remove_term, removes),
    )
    for step, listed in steps:
        for asked in listed:
            text = step(text, *_setting(asked))
    return text.encode("utf-8")


def _setting(text: str) -> tuple[tuple[int | str, ...], str]:
    found = _SETTING.fullmatch(text)
    if not found:
        raise MonitorError(f"'{text}' is not a change: write a place and a value, such as alert=70")
    return yamledit.path(found[1].strip()), found[2].strip()


def _value(text: str) -> Scalar:
    """70 is a number, true a truth value, all else text; in quotes it is text in any case."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in {'"', "'"}:
        return text[1:-1]
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text == "true" if text in {"true", "false"} else text


# ------------------------------------------------------------------ in an editor


def _in_own_editor(editor: Editor, copy: Copy, who: str, why: str, *, yes: bool, as_json: bool) -> None:
    with _draft_file(copy) as path:
        while True:
            click.edit(filename=str(path))
            body = path.read_bytes()
            if body == copy.body:
                click.echo("Nothing changed.", err=True)
                return
            found = editor.problems(copy.change(body, who))
            if not found:
                break
            output.problems(found)
            if not click.confirm("Edit again? (No discards the change)", default=True, err=True):
                click.echo("Discarded.", err=True)
                sys.exit(output.FAILURE)
        if not why and not yes:
            why = click.prompt("Why", default="", show_default=False, err=True)
        _save(editor, copy, copy.change(body, who, why), yes=yes, as_json=as_json)


@contextmanager
def _draft_file(copy: Copy) -> Iterator[Path]:
    """A copy to work on, with the schemas beside it; kept, and told where, if it cannot be saved."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-edit-"))
    path = folder / copy.file
    path.write_bytes(copy.body or b"")
    schemas.write(folder)
    try:
        yield path
    except (MonitorError, click.Abort, click.ClickException, KeyboardInterrupt):
        if path.read_bytes() != copy.body:
            click.echo(f"Your text is kept in {path}", err=True)
        raise
    except SystemExit:
        shutil.rmtree(folder)
        raise
    shutil.rmtree(folder)


# ------------------------------------------------------------------ saving


def _save(editor: Editor, copy: Copy, change: Change, *, yes: bool, as_json: bool) -> None:
    """Show what would change, ask, save, and say so."""
    if not as_json and change.base == copy.base:
        draft = editor.draft(change)
        if draft.problems:
            raise Invalid(draft.problems)
        door.show(draft.diff)
        if draft.summary:
            echo(draft.summary)
    asked = not yes and change.base == copy.base
    if asked and not click.confirm("Save this?", default=True, err=True):
        raise click.Abort
    try:
        door.tell(editor.save(change, utc_now()), as_json=as_json)
    except Conflict as error:
        door.show(error.diff or diff(copy.file, copy.body, editor.copy(copy.file).body), err=True)
        raise


@click.command()
@click.argument("name")
@click.option("--title", help="What it is called in alerts; else the name.")
@click.option("--from", "other", help="Start from a copy of this watchlist.")
@door.who_option
@door.why_option
@output.json_option
@pass_session
def new(
    session: Session, name: str, title: str | None, other: str | None, who: str, why: str, *, as_json: bool
) -> None:
    """Write a watchlist to start from: sound, with comments, and looking for the words of its name.

    \b
    Example:
      monitor watchlists new gallium --title "Gallium and germanium"
      monitor watchlists new tungsten --title Tungsten --from china-countermoves
    """
    with door.editor(session) as editor:
        file = file_of(name)
        if file in {*SHARED, SOURCES}:
            raise MonitorError(f"{file} is not a watchlist: choose another name")
        name = file.removesuffix(".yaml")
        title = title or name.replace("-", " ").capitalize()
        if other:
            text = decode(file_of(other), editor.copy(other).body or b"")
            text = renamed(text, name, title)
        else:
            text = starter(name, title)
        made = editor.save(Copy(file, None).change(text.encode("utf-8"), who, why), utc_now())
        if not (editor.directory / schemas.FOLDER).exists():
            schemas.write(editor.directory)
        if not as_json:
            echo(f"{editor.directory / file} is written. Now: monitor watchlists edit {name}")
        door.tell(made, as_json=as_json)


# ------------------------------------------------------------------ history


@click.command()
@click.argument("name", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@output.json_option
@pass_session
def history(session: Session, name: str | None, limit: int, *, as_json: bool) -> None:
    """Who changed what, when and why, newest first; of one watchlist or of all.

    What was changed by hand since the last edit is found and listed as well.

    \b
    Example:
      monitor watchlists history exim-dfc
    """
    with door.editor(session, change=False) as editor:
        made = [door.row(one) for one in editor.history(utc_now(), limit, name or "")]
        if as_json:
            for row in made:
                output.print_json(row)
            return
        if not made:
            echo("No edit yet.")
            return
        zone = local_zone()
        output.table(
            ("edit", "when", "file", "who", "lines", "why"),
            [
                (
                    r["id"],
                    output.when(r["at"], zone),
                    r["file"],
                    r["who"],
                    f"+{r['added']} -{r['removed']}",
                    r["why"],
                )
                for r in made
            ],
        )


@click.command("diff")
@click.argument("edit", type=int)
@pass_session
def diff_(session: Session, edit: int) -> None:
    """What an edit changed. EDIT is a number that 'monitor watchlists history' shows.

    \b
    Example:
      monitor watchlists diff 12
    """
    with door.editor(session, change=False) as editor:
        found = editor.edit(edit)
        door.show(diff(found.file, found.before, found.after))


@click.command()
@click.argument("edit", type=int)
@click.option("--force", is_flag=True, help="Take back the later edits of the file as well.")
@door.who_option
@door.why_option
@output.json_option
@pass_session
def revert(session: Session, edit: int, who: str, why: str, *, force: bool, as_json: bool) -> None:
    """Bring back what a file said before an edit, byte for byte; that is a new edit.

    If the file was changed since, by an edit or by hand, nothing is done without --force.

    \b
    Example:
      monitor watchlists revert 12 --why "too many alerts"
    """
    with door.editor(session) as editor:
        try:
            made = editor.revert(edit, who, why, utc_now(), force=force)
        except Conflict as error:
            door.show(error.diff, err=True)
            raise
        if not as_json:
            door.show(diff(made.file, made.before, made.after))
        door.tell(made, as_json=as_json)


# ------------------------------------------------------------------ schema


@click.command()
@click.argument("kind", type=click.Choice(schemas.NAMES), default="watchlist")
@click.option("--write", is_flag=True, help="Put all of them into the folder that the files name.")
@pass_session
def schema(session: Session, kind: str, *, write: bool) -> None:
    """The JSON Schema of a kind of file, with which editors complete and check.

    \b
    Example:
      monitor watchlists schema watchlist
      monitor watchlists schema --write
    """
    if not write:
        click.echo(schemas.schema(kind), nl=False)
        return
    with door.editor(session) as editor:
        try:
            echo(f"Written to {schemas.write(editor.directory)}/")
        except OSError as error:
            raise MonitorError(f"{editor.directory}: cannot be written: {error.strerror}") from None


for command in (edit, new, history, diff_, revert, schema):
    watchlists.add_command(command)
