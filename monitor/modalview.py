"""How the modal looks in which a watchlist is changed: forms and results as Block Kit views.

Limits: https://docs.slack.dev/reference/views (100 blocks, 250 kB) and
https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element (3,000 characters)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import blockkit, pieces
from monitor.backtest import Backtest, Changed
from monitor.blockkit import actions, button, context, plain_text, section
from monitor.form import NEW, Entered, Field, Form
from monitor.pieces import line, sections
from monitor.storage.edits import Edit
from monitor.talk import Block

EDIT, CREATE = "watch", "watch-new"
CHOOSE, PAGE, START, PREVIEW, UNDO = "watch_choose", "watch_page", "watch_new", "watch_preview", "watch_undo"
ACTIONS = frozenset({CHOOSE, PAGE, START, PREVIEW, UNDO})
ROW = "watch"
TITLE, INPUT = 24, 3000
# Of the 100 blocks some are for what is said around the fields; of the 250 kB some are for all but texts.
MAX_FIELDS, MAX_BYTES = 60, 150_000
MAX_SHOWN = 900
MAX_LINES, MAX_LINE, MAX_LINK = 20, 120, 500


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


def _view(title: str, blocks: Sequence[Block], *, submit: str = "", **more: str) -> dict[str, Any]:
    view = {
        "type": "modal",
        "title": plain_text(title, TITLE),
        "close": plain_text("Close", TITLE),
        "blocks": pieces.fitted(blocks, pieces.VIEW_BLOCKS),
    }
    return view | ({"submit": plain_text(submit, TITLE)} if submit else {}) | more


def waiting(words: str) -> dict[str, Any]:
    return _view("Watchlists", [section(line(words))])


def told(*said: str) -> dict[str, Any]:
    """A view that only says something."""
    return _view("Watchlists", [section(line(one, 1000)) for one in said])


# ------------------------------------------------------------------ choosing


def choose(watchlists: Sequence[tuple[str, str]], page: int, *, may_edit: bool) -> dict[str, Any]:
    """Which of (id, title)? A menu holds a hundred: with more there are pages."""
    size = blockkit.OPTIONS
    pages = max(1, -(-len(watchlists) // size))
    page = min(max(page, 0), pages - 1)
    options = [_option(*one) for one in watchlists[page * size : (page + 1) * size]]
    blocks = [section("Which watchlist?" if options else "There is no watchlist yet.")]
    if options:
        menu = {"type": "static_select", "action_id": CHOOSE, "options": options}
        blocks.append(actions(f"{ROW}:{page}", menu | {"placeholder": plain_text("Choose one", 75)}))
    if pages > 1:
        blocks.append(context(f"{page + 1} of {pages} pages; {len(watchlists)} watchlists in all"))
    buttons = [
        *([button(PAGE, "Earlier", value=str(page - 1))] if page else []),
        *([button(f"{PAGE}.next", "More", value=str(page + 1))] if page + 1 < pages else []),
        *([button(START, "New watchlist")] if may_edit else []),
    ]
    return _view("Watchlists", [*blocks, *([actions("more", *buttons)] if buttons else [])])


def _option(name: str, title: str) -> Block:
    shown = f"{title} ({name})" if len(title) + len(name) + 3 <= blockkit.OPTION else title
    return blockkit.option(shown, name[:150])


# ------------------------------------------------------------------ the form


def edit(
    draft: Draft, form: Form, entered: Entered, notes: Iterable[Block] = (), link: str = ""
) -> dict[str, Any]:
    """The form with what was entered in it, below what there is to say."""
    fields, left = _fitting(form.fields, entered)
    head = [section(blockkit.bold(form.title, pieces.LINE)), *notes, actions(ROW, button(PREVIEW, "Preview"))]
    inputs = [_input(draft, field, entered.get(field.key, field.text)) for field in fields]
    beyond = [*form.beyond, *(field.label for field in left)]
    tail = [context(f"{_beyond(beyond)}{_full(link)}")] if beyond or link else []
    return _view(
        form.title, [*head, *inputs, *tail], submit="Save", callback_id=EDIT, private_metadata=str(draft)
    )


def create(entered: Entered, notes: Iterable[Block] = ()) -> dict[str, Any]:
    """The form of a new watchlist."""
    inputs = [_input(Draft(), field, entered.get(field.key, ""), optional=False) for field in NEW.fields]
    tail = context("It starts with signs that something happened and usual thresholds; then change it here.")
    return _view(
        NEW.title, [*notes, *inputs, tail], submit="Save", callback_id=CREATE, private_metadata=str(Draft())
    )


def _fitting(fields: Sequence[Field], entered: Entered) -> tuple[list[Field], list[Field]]:
    """Those that fit, and those that do not: what is cut short here would be cut short in the file."""
    fit: list[Field] = []
    left: list[Field] = []
    total = 0
    for field in fields:
        text = entered.get(field.key, field.text)
        total += len(json.dumps(text))
        fits = len(fit) < MAX_FIELDS and total <= MAX_BYTES and blockkit.size(text) <= INPUT
        (fit if fits else left).append(field)
    return fit, left


def _input(draft: Draft, field: Field, text: str, *, optional: bool = True) -> Block:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": field.kind == "lines",
        "max_length": INPUT,
    }
    made = {
        "type": "input",
        "block_id": draft.block(field.key),
        "label": plain_text(field.label, 150),
        "optional": optional,
        "element": element | ({"initial_value": text} if text else {}),
    }
    return made | ({"hint": plain_text(field.hint, 150)} if field.hint else {})


def _beyond(labels: Sequence[str]) -> str:
    if not labels:
        return ""
    more = f" and {len(labels) - 6} more" if len(labels) > 6 else ""
    return f"Only in the full editor: {'; '.join(line(one, 100) for one in labels[:6])}{more}. "


def _full(link: str) -> str:
    return blockkit.link(link, "Open the full editor", 1500) if link else ""


def shown(form: Form, why: str, link: str = "") -> dict[str, Any]:
    """The same to read only, with why."""
    head = [section(blockkit.bold(form.title, pieces.LINE)), context(line(why, 500))]
    rows = (f"{blockkit.bold(field.label, 150)}\n{line(_terms(field), MAX_SHOWN)}" for field in form.fields)
    tail = [context(f"{_beyond(form.beyond)}{_full(link)}")] if form.beyond or link else []
    return _view(form.title, [*head, *sections(rows), *tail])


def _terms(field: Field) -> str:
    return ", ".join(field.text.splitlines()) or "none"


# ------------------------------------------------------------------ what is said above a form


def warned(*said: str) -> list[Block]:
    return [section(f":warning: {line(one, 1000)}") for one in said]


def mistaken(form: Form, found: Mapping[str, str]) -> list[Block]:
    """Mistakes where Slack takes none at the fields."""
    labels = {field.key: field.label for field in form.fields}
    return warned(*(f"{labels.get(key, key)}: {wrong}" for key, wrong in found.items()))


def overtaken(file: str, last: Edit | None, diff: str, lost: Sequence[str], when: str) -> list[Block]:
    """Who changed the file meanwhile and what, and that nothing was saved."""
    by = f"by {last.who} at {when}" + (f" ({last.why})" if last.why else "") if last else "meanwhile"
    head = (
        f"{file} was changed {by}. Nothing was saved and nothing overwritten. Below is what it says now with "
        "what you entered: look through it, and save again."
    )
    return [*warned(head), *_diff(diff), *warned(*(f"No longer there: {label}" for label in lost))]


def _diff(text: str) -> Iterator[Block]:
    """The lines that came and went; nothing in them has to be escaped here."""
    changed = [one for one in text.splitlines()[2:] if one[:1] in {"+", "-"}]
    shown = [one for row in changed[:MAX_LINES] for one in (blockkit.run(row, MAX_LINE), blockkit.BREAK)]
    if changed:
        yield blockkit.rich_text({"type": "rich_text_preformatted", "elements": shown[:-1]})
    if len(changed) > MAX_LINES:
        yield context(f"and {len(changed) - MAX_LINES} more lines")


def preview(tried: Backtest, name: str) -> list[Block]:
    """What a change would have done to the last 30 days."""
    result = tried.results.get(name)
    if result is None or not tried.items:
        return [section("*Preview*: there are no stored items to try it on.")]
    weeks = tried.weeks or 1.0
    was, is_ = result.before, result.levels["alert"]
    said = (
        f"*Preview* on {tried.items:,} stored items: {was / weeks:.1f} alerts a week now, "
        f"*{is_ / weeks:.1f}* with the change; gains {result.gained.count}, loses {result.lost.count}."
    )
    lines = [
        said,
        *_changes("gains", list(result.gained)),
        *_changes("loses", list(result.lost)),
        "Nothing is saved yet.",
    ]
    return list(sections(lines))


def _changes(verb: str, changes: Sequence[Changed]) -> Iterator[str]:
    for change in changes:
        label = blockkit.link(change.link, change.title, MAX_LINK)
        yield f"• {verb}: {label} ({change.before} → {change.after}: {line(change.why, 200)})"


def saved(edit: Edit, summary: str) -> dict[str, Any]:
    """What was saved, and how to take it back."""
    blocks = [
        section(f":white_check_mark: Saved as edit {edit.id} by {line(edit.who)}."),
        *([section(line(summary, 1000))] if summary else []),
        section(f"To take it back: the button, or `monitor watchlists revert {edit.id}`."),
        actions(ROW, button(UNDO, "Take it back", value=str(edit.id))),
    ]
    return _view("Saved", blocks)
