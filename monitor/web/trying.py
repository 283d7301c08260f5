"""A draft of a watchlist, tried beside its editor on the items of the last 30 days: nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import BoundedSemaphore

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor import drawing, watchlists, wording
from monitor.drawing import Drawing, Mark
from monitor.edit import file_of
from monitor.errors import Invalid, Problem
from monitor.inquiry import Inquiry
from monitor.live import InForce
from monitor.recall import Lately, Recall, resting
from monitor.rehearsal import STEP, STEPS, Comparison, Rehearsed, compared, rehearsed
from monitor.rule import Watchlist
from monitor.storage import Storage
from monitor.web import reasons
from monitor.web.drafting import Drafted, drafted, has_form
from monitor.web.house import House
from monitor.web.pages import page
from monitor.web.reasons import Told
from monitor.web.visitor import sent
from monitor.wording import many
from monitor.written import WatchlistFile
from monitor.yamlfile import read

LISTED, LONGEST_QUESTION = 20, 20_000
# So many tries at once, and seconds that others wait for their turn before they are told to come again.
AT_ONCE, PATIENCE = 1, 10.0
# What a watchlist has that changes no score: to try another threshold takes no new look at the items.
_BESIDE = {"watchlist", "title", "about", "owner", "expires", "snooze", "alert", "digest", "send"}
_RECALL = Recall()


@dataclass(frozen=True, slots=True)
class Turn:
    """How many may try at once, and how many seconds others wait."""

    free: BoundedSemaphore
    patience: float


_TURN = Turn(BoundedSemaphore(AT_ONCE), PATIENCE)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a draft comes to. `mistakes` stand against it, in words: it was not tried then, and `comparison`
    is that of the watchlist as it is, with itself. `busy` where others try just now, and nothing was.

    `said` is the outcome in a sentence, `on` what it was tried on, `notes` why it may be told otherwise.
    `days` and `scores` are drawings, `told` is what the draft makes of what it was asked about, if anything.
    """

    name: str
    mistakes: tuple[str, ...] = ()
    busy: bool = False
    comparison: Comparison | None = None
    said: str = ""
    on: str = ""
    notes: tuple[str, ...] = ()
    days: Drawing | None = None
    scores: Drawing | None = None
    told: Told | None = None


def tried(
    storage: Storage,
    in_force: InForce,
    name: str,
    text: str | None,
    now: datetime,
    zone: str,
    *,
    about: str = "",
    mistakes: Sequence[str] = (),
    recall: Recall = _RECALL,
    turn: Turn = _TURN,
) -> Tried:
    """What the watchlist called `name` would have told with this text, against what it tells as it is.

    `text` None, or any `mistakes`: what was entered comes to no text that could be tried. `about` is a
    number, a link or a text that it is asked about. Waits its turn; raises what storage raises.
    """
    if not has_form(f"{name}.yaml"):
        return Tried(name, on="What a name stands for is not tried here: try a watchlist that uses it.")
    after, problems = (None, ()) if text is None else _draft(in_force, name, text)
    found = (*mistakes, *map(_in_words, problems))
    before = in_force.rulebook.watchlist(name)
    if not turn.free.acquire(timeout=turn.patience):
        return Tried(name, found, busy=True)
    try:
        lately = recall.lately(storage, in_force.sources, now)
        trial = _Trial(in_force, recall, lately, zone)
        made = trial.of(name, before, None if found else after, text or "")
    finally:
        turn.free.release()
    asks = about.strip()[:LONGEST_QUESTION]
    if asks and after and not found:
        inquiry = Inquiry(storage, in_force, now, zone, (after,))
        made = replace(made, told=reasons.told(inquiry.about(asks)))
    return replace(made, mistakes=found, notes=tuple(_notes(after, now)) if after else ())


def _draft(in_force: InForce, name: str, text: str) -> tuple[Watchlist | None, tuple[Problem, ...]]:
    """The draft as rules; one with a new name is tried under its own."""
    try:
        value = read(f"{name}.yaml", text, WatchlistFile).value
    except Invalid as error:
        return None, error.problems
    known = {one.id for one in in_force.watchlists}
    file = f"{name if name in known else value.watchlist}.yaml"
    return watchlists.alone(file, text, in_force.rulebook.vocabulary)


def _in_words(problem: Problem) -> str:
    line = f"Line {problem.line}: " if problem.line else ""
    return f"{line}{problem.message}" + (f" ({problem.remedy})" if problem.remedy else "")


def _notes(after: Watchlist, now: datetime) -> list[str]:
    """Why it may tell less than this."""
    notes = []
    if after.expires is not None and after.expired(now):
        notes.append(f"It expired on {wording.calendar(after.expires.date())}: it is tried all the same.")
    if after.snooze is not None and after.snooze > now:
        notes.append(
            f"It is snoozed until {wording.calendar(after.snooze.date())}: it is tried all the same."
        )
    return notes


@dataclass(frozen=True, slots=True)
class _Trial:
    """The items to try on, and the rules that were tried on them before."""

    in_force: InForce
    recall: Recall
    lately: Lately
    zone: str

    def of(self, name: str, before: Watchlist | None, after: Watchlist | None, text: str) -> Tried:
        file = f"{name}.yaml"
        was = self._rehearsed(file, self.in_force.rulebook.texts.get(file, ""), before) if before else None
        is_ = self._rehearsed(file, text, after) if after else was
        made = Tried(name, on=on(self.lately, self.zone))
        if is_ is None or not self.lately.pasts:
            return made
        found = compared(self.lately.pasts, was, is_, LISTED, self.zone)
        return replace(
            made,
            comparison=found,
            said=said(found, self.lately.days),
            days=_days(found),
            scores=_scores(found, is_.watchlist, self.lately.days),
        )

    def _rehearsed(self, file: str, text: str, watchlist: Watchlist) -> Rehearsed:
        """What it scores, with the thresholds that it has now."""
        pasts = self.lately.pasts.values()
        found = self.recall.rehearsed(
            self.lately,
            _rules(file, text),
            self.in_force.rulebook.vocabulary,
            lambda: rehearsed(watchlist, resting(pasts)),
        )
        return replace(found, watchlist=replace(watchlist, snooze=None))


def _rules(file: str, text: str) -> str:
    """The same for texts that score alike."""
    return read(file, text, WatchlistFile).value.model_dump_json(exclude=_BESIDE)


# ------------------------------------------------------------------ in words


def said(found: Comparison, days: int) -> str:
    """The outcome in a sentence: "2.1 alerts a week now, 3.4 after: 6 more, 1 fewer in 30 days."."""
    was, is_ = (f"{pace:.1f}" for pace in found.pace)
    span = many(days, "day")
    if found.new:
        return f"{_alerts(is_)} a week: {found.after} in {span}."
    if not found.gains and not found.losses:
        same = "the same ones" if found.after else "none"
        return f"{_alerts(is_)} a week, now and after: {same}, {found.after} in {span}."
    return f"{_alerts(was)} a week now, {is_} after: {found.gains} more, {found.losses} fewer in {span}."


def on(lately: Lately, zone: str) -> str:
    """What it was tried on."""
    count = len(lately.pasts)
    if not count:
        return "No items are stored to try it on yet: it can be saved all the same, and tried when some are."
    until = f", up to {wording.at(lately.newest, zone)}" if lately.newest else ""
    if lately.all:
        return f"Tried on {many(count, 'item')} of {many(lately.days, 'day')}{until}."
    return (
        f"Tried on the newest {count:,} of {lately.of:,} items of the last 30 days: "
        f"those of {many(lately.days, 'day')}{until}."
    )


def _alerts(pace: str) -> str:
    return f"{pace} alert{'' if pace == '1.0' else 's'}"


def _days(found: Comparison) -> Drawing:
    """Alerts by day; before and after side by side."""
    labels = [f"{one.day.day} {one.day:%b}" for one in found.days]
    after, before = [one.after for one in found.days], [one.before for one in found.days]
    compares = not found.new and before != after
    return drawing.bars(
        after,
        title="Alerts by day",
        said="Alerts by day, as they would be and as they are." if compares else "Alerts by day.",
        labels=labels,
        second=before if compares else (),
        names=("after", "now") if compares else (),
        head="day",
    )


def _scores(found: Comparison, watchlist: Watchlist, days: int) -> Drawing:
    """How many items score how much, with the two thresholds."""
    at = dict(found.thresholds)
    near = [step for step in STEPS if abs(step - watchlist.alert) <= 2 * STEP]
    told = "; ".join(f"at {step}: {many(at[step], 'alert')}" for step in near)
    marks = [Mark(watchlist.digest / STEP, "digest"), Mark(watchlist.alert / STEP, "alert")]
    return drawing.bars(
        found.scores,
        title="Items by score",
        said=f"Items by score. Alerts in {many(days, 'day')}, {told}.",
        labels=[f"{step}-{step + STEP - 1}" if step < STEPS[-1] else str(step) for step in STEPS],
        marks=marks,
        head="score",
    )


# ------------------------------------------------------------------ the part of the page


class Trying:
    """POST /watchlists/{name}/try: the parts of the panel, for the script."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/watchlists/{name:file}/try", self.answer, methods=["POST"])]

    def answer(self, request: Request) -> Response:
        """What was entered, tried. With mistakes only those are shown, and the last result stays."""
        name = request.path_params["name"]
        form, in_force = sent(request), self._house.in_force
        with self._house.reading() as storage:
            copy = self._house.viewer(storage).there(file_of(name))
            made = drafted(copy, name, form, in_force.rulebook.vocabulary)
            found = tried(
                storage,
                in_force,
                name,
                made.text,
                self._house.clock(),
                self._house.zone,
                about=form.get("about"),
                mistakes=mistaken(made),
            )
        return page(request, self._house, "tried.html", {"trial": found})


def mistaken(made: Drafted) -> tuple[str, ...]:
    """What stands against what was entered, in words."""
    wrong: Mapping[str, str] = made.mistakes
    return (*wrong.values(), *(map(_in_words, made.problems) if made.text is None else ()))
