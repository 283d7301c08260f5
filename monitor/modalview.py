"""How the modal looks in which a watchlist is changed: forms and results as Block Kit views.

Limits: https://docs.slack.dev/reference/views (100 blocks, 250 kB) and
https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element (3,000 characters)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import pieces
from monitor.backtest import Backtest, Changed
from monitor.form import NEW, Entered, Field, Form
from monitor.pieces import Piece, button, note, plain, said, section
from monitor.storage.edits import Edit

EDIT, CREATE = "watch", "watch-new"
CHOOSE, PAGE, START, PREVIEW, UNDO = "watch_choose", "watch_page", "watch_new", "watch_preview", "watch_undo"
ACTIONS = frozenset({CHOOSE, PAGE, START, PREVIEW, UNDO})
ROW = "watch"
# Of the 100 blocks some are for what is said around the fields; of the 250 kB some are for all but texts.
MAX_FIELDS, MAX_BYTES = 60, 150_000
MAX_SHOWN = 900
MAX_LINES, MAX_LINE = 20, 120


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form is of: the watchlist, empty for a new one, and the digest of the text that it was made
    from. It travels through Slack and back, and is only believed as far as our files say the same."""

    name: str = ""
    base: str = ""

    def __str__(self) -> str:
        return json.dumps({"name": self.name, "base": self.base})

    @classmethod
    def parse(cls, private: str) -> Draft | None:
        """Read what `str()` wrote; None for anything else."""
        try:
            values = json.loads(private)
            name, base = values["name"], values["base"]
        except (ValueError, KeyError, TypeError):
            return None
        return cls(name, base) if isinstance(name, str) and isinstance(base, str) else None

    def block(self, key: str) -> str:
        """The block of a field. Slack keeps what was typed into a block of the same id: that of another
        text is another."""
        return f"{self.base[:12] or 'new'}:{key}"

    def entered(self, values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
        """What was typed, by the key of the field."""
        start = self.block("")
        return {
            block.removeprefix(start): next(iter(typed), "")
            for block, typed in values.items()
            if block.startswith(start)
        }


def _view(title: str, blocks: Sequence[Piece], *, submit: str = "", **more: str) -> dict[str, Any]:
    view = {
        "type": "modal",
        "title": plain(title, pieces.TITLE),
        "close": plain("Close", pieces.TITLE),
        "blocks": pieces.fitted(blocks, pieces.VIEW_BLOCKS),
    }
    return view | ({"submit": plain(submit, pieces.TITLE)} if submit else {}) | more


def waiting(words: str) -> dict[str, Any]:
    return _view("Watchlists", [section(said(words))])


def told(*lines: str) -> dict[str, Any]:
    """A view that only says something."""
    return _view("Watchlists", [section(said(line, 1000)) for line in lines])


# ------------------------------------------------------------------ choosing


def choose(watchlists: Sequence[tuple[str, str]], page: int, *, may_edit: bool) -> dict[str, Any]:
    """Which of (id, title)? A menu holds a hundred: with more there are pages."""
    size = pieces.OPTIONS
    pages = max(1, -(-len(watchlists) // size))
    page = min(max(page, 0), pages - 1)
    options = [_option(*one) for one in watchlists[page * size : (page + 1) * size]]
    blocks = [section("Which watchlist?" if options else "There is no watchlist yet.")]
    if options:
        menu = {"type": "static_select", "action_id": CHOOSE, "options": options}
        blocks.append(pieces.actions(f"{ROW}:{page}", menu | {"placeholder": plain("Choose one", 75)}))
    if pages > 1:
        blocks.append(note(f"{page + 1} of {pages} pages; {len(watchlists)} watchlists in all"))
    buttons = [
        *([button("Earlier", PAGE, str(page - 1))] if page else []),
        *([button("More", f"{PAGE}.next", str(page + 1))] if page + 1 < pages else []),
        *([button("New watchlist", START)] if may_edit else []),
    ]
    return _view("Watchlists", [*blocks, *([pieces.actions("more", *buttons)] if buttons else [])])


def _option(name: str, title: str) -> Piece:
    shown = f"{title} ({name})" if len(title) + len(name) + 3 <= pieces.OPTION else title
    return pieces.option(shown, name[:150])


# ------------------------------------------------------------------ the form


def edit(
    draft: Draft, form: Form, entered: Entered, notes: Iterable[Piece] = (), link: str = ""
) -> dict[str, Any]:
    """The form with what was entered in it, below what there is to say."""
    fields, left = _fitting(form.fields, entered)
    head = [section(f"*{said(form.title)}*"), *notes, pieces.actions(ROW, button("Preview", PREVIEW))]
    inputs = [_input(draft, field, entered.get(field.key, field.text)) for field in fields]
    beyond = [*form.beyond, *(field.label for field in left)]
    tail = [note(f"{_beyond(beyond)}{_full(link)}")] if beyond or link else []
    return _view(
        form.title, [*head, *inputs, *tail], submit="Save", callback_id=EDIT, private_metadata=str(draft)
    )


def create(entered: Entered, notes: Iterable[Piece] = ()) -> dict[str, Any]:
    """The form of a new watchlist."""
    inputs = [_input(Draft(), field, entered.get(field.key, ""), optional=False) for field in NEW.fields]
    tail = note("It starts with signs that something happened and usual thresholds; then change it here.")
    return _view(
        NEW.title, [*notes, *inputs, tail], submit="Save", callback_id=CREATE, private_metadata=str(Draft())
    )


def _fitting(fields: Sequence[Field], entered: Entered) -> tuple[list[Field], list[Field]]:
    """Those that fit, and those that do not."""
    fit, left, size = [], [], 0
    for field in fields:
        size += len(json.dumps(entered.get(field.key, field.text)))
        (fit if len(fit) < MAX_FIELDS and size <= MAX_BYTES else left).append(field)
    return fit, left


def _input(draft: Draft, field: Field, text: str, *, optional: bool = True) -> Piece:
    element: Piece = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": field.kind == "lines",
        "max_length": pieces.INPUT,
    }
    made = {
        "type": "input",
        "block_id": draft.block(field.key),
        "label": plain(field.label, 150),
        "optional": optional,
        "element": element | ({"initial_value": text[: pieces.INPUT]} if text else {}),
    }
    return made | ({"hint": plain(field.hint, 150)} if field.hint else {})


def _beyond(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
    return f"Only in the full editor: {'; '.join(said(one, 100) for one in labels[:6])}{more}. "


def _full(link: str) -> str:
    return pieces.link(link, "Open the full editor") if link else ""


def shown(form: Form, why: str, link: str = "") -> dict[str, Any]:
    """The same to read only, with why."""
    head = [section(f"*{said(form.title)}*"), note(said(why, 500))]
    rows = (f"*{said(field.label, 150)}*\n{said(_terms(field), MAX_SHOWN)}" for field in form.fields)
    tail = [note(f"{_beyond(form.beyond)}{_full(link)}")] if form.beyond or link else []
    return _view(form.title, [*head, *pieces.sections(rows), *tail])


def _terms(field: Field) -> str:
    return ", ".join(field.text.splitlines()) or "none"


# ------------------------------------------------------------------ what is said above a form


def warned(*lines: str) -> list[Piece]:
    return [section(f":warning: {said(line, 1000)}") for line in lines]


def mistaken(form: Form, found: Mapping[str, str]) -> list[Piece]:
    """Mistakes where Slack takes none at the fields."""
    labels = {field.key: field.label for field in form.fields}
    return warned(*(f"{labels.get(key, key)}: {wrong}" for key, wrong in found.items()))


def overtaken(file: str, last: Edit | None, diff: str, lost: Sequence[str], when: str) -> list[Piece]:
    """Who changed the file meanwhile and what, and that nothing was saved."""
    by = f"by {last.who} at {when}" + (f" ({last.why})" if last.why else "") if last else "meanwhile"
    head = (
        f"{file} was changed {by}. Nothing was saved and nothing overwritten. Below is what it says now with "
        "what you entered: look through it, and save again."
    )
    return [*warned(head), *_diff(diff), *warned(*(f"No longer there: {label}" for label in lost))]


def _diff(text: str) -> Iterator[Piece]:
    changed = [line for line in text.splitlines()[2:] if line[:1] in {"+", "-"}]
    cut = (line[:MAX_LINE].replace("`", "'").replace("://", ":\u200b//") for line in changed[:MAX_LINES])
    if changed:
        more = f"\nand {len(changed) - MAX_LINES} more lines" if len(changed) > MAX_LINES else ""
        code = "\n".join(map(pieces.escape, cut))
        # Escaping makes five of one character at most, and 20 lines of 120 could then be too long.
        yield section(f"```{code[:2800]}```{more}")


def preview(tried: Backtest, name: str) -> list[Piece]:
    """What a change would have done to the last 30 days."""
    result = tried.results.get(name)
    if result is None or not tried.items:
        return [section("*Preview*: there are no stored items to try it on.")]
    weeks = tried.weeks or 1.0
    was, is_ = result.before, result.levels["alert"]
    lines = [
        f"*Preview* on {tried.items:,} stored items: {was / weeks:.1f} alerts a week now, "
        f"*{is_ / weeks:.1f}* with the change; gains {result.gained.count}, loses {result.lost.count}.",
        *_changes("gains", list(result.gained)),
        *_changes("loses", list(result.lost)),
        "Nothing is saved yet.",
    ]
    return list(pieces.sections(lines))


def _changes(verb: str, changes: Sequence[Changed]) -> Iterator[str]:
    for change in changes:
        label = pieces.link(change.link, change.title, 200)
        yield f"• {verb}: {label} ({change.before} → {change.after}: {said(change.why, 200)})"


def saved(edit: Edit, summary: str) -> dict[str, Any]:
    """What was saved, and how to take it back."""
    blocks = [
        section(f":white_check_mark: Saved as edit {edit.id} by {said(edit.who)}."),
        *([section(said(summary, 1000))] if summary else []),
        section(f"To take it back: the button, or `monitor watchlists revert {edit.id}`."),
        pieces.actions(ROW, button("Take it back", UNDO, str(edit.id))),
    ]
    return _view("Saved", blocks)
