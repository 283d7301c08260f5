"""A delivery -> the message that Slack shows: what happened, who and how much first, then the rest. Pure.

Drawn from the delivery alone, at first and whenever its standing has changed. Action ids and block ids
are those that presses are known by: `useful`, `noise`, `undo`, `why`, `mute` and `unmute` of an alert,
`accept` and `dismiss` of an offer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote as quoted

from monitor import blockkit as kit
from monitor import wording
from monitor.feedback import Fate, Mark, Opinion, Proposal, Quiet, Scope
from monitor.model import Alert, Reason
from monitor.outbox import Batch, Delivery, Message, Notice, Standing
from monitor.talk import Block
from monitor.text import in_word

# Signs, not emoji: they look the same everywhere and come before the words in a notification.
SIGNS = {
    Reason.FIRST: "●",
    Reason.MOVED: "▲",
    Reason.FACT: "◆",
    Reason.CONFIRMED: "✓",
    Reason.REVERSED: "✕",
    Reason.OVERDUE: "◷",
    Reason.EDITED: "✎",
    Reason.SERIES: "Δ",
}
# What no source wrote: a rule states it, and it has no score to speak of.
_BY_RULE = {Reason.OVERDUE: "From the ledger", Reason.SERIES: "Data"}
DAYS = {1: "for a day", 7: "for a week", 30: "for 30 days"}
FALLBACK, PLAIN = 500, 3900
# Of a notification, of which a phone shows four lines or so.
LINES = (100, 140, 70, 180)
TITLE, EXCERPT, FACT, NAME = 300, 400, 90, 100
# At which rate and as of when a sum is converted, behind it: ($294.33m at 0.0319928, 2026-02).
_RATE = re.compile(r" at [\d.]+, [\d-]+(?=\))")
MAX_PARTS, MAX_ENTITIES, MAX_QUIETS, MAX_TOLD, MAX_LINES = 3, 3, 3, 46, 40


@dataclass(frozen=True, slots=True)
class Composed:
    """A message as it goes to Slack: the blocks, and the text of its notification; where there are no
    blocks, the text is all of it."""

    text: str
    blocks: tuple[Block, ...] = ()


def compose(delivery: Delivery, *, web: str = "") -> Composed:
    """The message with buttons. `web` is where readers reach the web desk; empty where they cannot."""
    told = delivery.message
    if isinstance(told, Notice):
        blocks = _notice(told, delivery.standing.offer)
    elif isinstance(told, Batch):
        blocks = _batch(told)
    else:
        standing = delivery.standing
        blocks = _reply(told, standing) if delivery.parent else _opening(told, standing, web)
    return Composed(fallback(told), tuple(blocks))


def plain(delivery: Delivery) -> Composed:
    """The same as text alone, without buttons: for where Slack refuses the blocks."""
    told = delivery.message
    if isinstance(told, Notice):
        offer = delivery.standing.offer
        answered = _answered(offer) if offer and offer.fate is not Fate.OPEN else ""
        lines = [kit.bold(told.title, 300), *(kit.label(line, 300) for line in told.lines), answered]
    elif isinstance(told, Batch):
        lines = _batch_lines(told)
    else:
        lines = list(_alert_lines(told, delivery.standing))
    return Composed(kit.joined(lines, PLAIN) or kit.NOTHING)


def fallback(told: Message) -> str:
    """The text of the notification: what happened, then the headline."""
    if isinstance(told, Notice):
        first = (kit.label(line, 140) for line in told.lines[:3])
        return kit.joined((kit.label(told.title, 150, "Notice"), *first), FALLBACK)
    if isinstance(told, Batch):
        titles = (kit.label(alert.title, 80) for alert in told.alerts)
        return kit.joined((kit.label(told.title, 150, "Alerts"), *titles), FALLBACK)
    said = " · ".join(filter(None, (_stated(told), wording.new(told))))
    gloss = ", ".join(f"{word} {meaning}" for word, meaning in told.gloss)
    lines = (_happened(told), said, gloss, told.title)
    return kit.joined((kit.label(line, limit) for line, limit in zip(lines, LINES, strict=True)), FALLBACK)


# ------------------------------------------------------------------ an alert


def _opening(alert: Alert, standing: Standing, web: str) -> Iterator[Block]:
    head = [kit.run(_happened(alert), NAME, strong=True)]
    for line in (_facts(alert), _news(alert), [_headline(alert)], _now(alert, standing)):
        head += [kit.BREAK, *line] if line else []
    yield kit.rich_text(kit.paragraph(*head))
    yield kit.context(_origin(alert))
    yield from _excerpt(alert)
    if more := kit.joined((_gloss(alert), _why(alert), _links(alert, standing, web)), kit.CONTEXT):
        yield kit.context(more)
    yield from _handles(alert, standing)


def _reply(alert: Alert, standing: Standing) -> Iterator[Block]:
    """In a thread, and maybe in the channel by itself: what is new, of whom, and no more than it takes to
    see why."""
    head = [kit.run(_happened(alert), NAME, strong=True)]
    for line in (_facts(alert), _news(alert), [_headline(alert)]):
        head += [kit.BREAK, *line] if line else []
    yield kit.rich_text(kit.paragraph(*head))
    yield kit.context(kit.joined((_origin(alert), _gloss(alert)), kit.CONTEXT))
    yield from _excerpt(alert)
    yield from _handles(alert, standing)


def _happened(alert: Alert) -> str:
    return f"{SIGNS[alert.reason]} {wording.reason(alert)}"


def _stated(alert: Alert) -> str:
    """Who, how much and where as text."""
    return "".join(run["text"] for run in _facts(alert))


def _facts(alert: Alert) -> list[Block]:
    """Who, how much and where; the sum is what the eye looks for. Less what is new, which is said apart;
    the names that made it fire where nothing is stated."""
    new = {words.partition(":")[0] for words in alert.news} & {"amount", "date"}
    facts = [
        (kind == "amount", _fact(kind, told))
        for kind, told in alert.facts
        if told.strip() and kind not in new
    ]
    runs: list[Block] = []
    for strong, told in facts or [(False, name) for name in alert.who if name.strip()]:
        runs += [kit.run(" · ", 5)] if runs else []
        runs.append(kit.run(told, FACT, strong=strong))
    return runs


def _fact(kind: str, told: str) -> str:
    """A fact at a glance: a day says by itself no more than a number, and a sum its rate too much."""
    return f"date {wording.dated(told)}" if kind == "date" else _RATE.sub("", told)


def _news(alert: Alert) -> list[Block]:
    new = wording.new(alert)
    return [kit.run(new, 400, strong=True)] if new else []


def _headline(alert: Alert) -> Block:
    return kit.anchor(alert.link, alert.title.strip() or "Without a title", TITLE)


def _now(alert: Alert, standing: Standing) -> list[Block]:
    """What became of it since."""
    runs: list[list[Block]] = []
    if standing.stage and standing.stage != alert.stage:
        runs.append([kit.run("Now ", 10), kit.run(wording.stage_name(standing.stage), NAME, strong=True)])
    if standing.primary and alert.tier > 1:
        name, address = standing.primary
        runs.append([kit.run("confirmed by ", 20), kit.anchor(address, name, NAME)])
    if len(standing.outlets) > 1:
        runs.append([kit.run(f"in {len(standing.outlets)} outlets", 30)])
    return [run for number, one in enumerate(runs) for run in ([kit.run(" · ", 5)] * bool(number) + one)]


def _origin(alert: Alert) -> str:
    """Primary or reported, by whom, when, and for which watchlists."""
    kind = _BY_RULE.get(alert.reason, "Primary source" if alert.tier == 1 else "Reported")
    tier = f", {wording.TIERS.get(alert.tier, 'press')}" if kind == "Reported" else ""
    named = alert.reason is not Reason.OVERDUE  # a ledger is no source
    source = f"{kit.label(alert.source_name, NAME, 'unnamed source')}{tier}" if named else ""
    parts = (f"*{kind}*", source, _when(alert), kit.label(wording.titles(alert), 200))
    return kit.joined(parts, kit.CONTEXT, " · ")


def _when(alert: Alert) -> str:
    if wording.timeless(alert.published):
        return kit.label(wording.day(alert.published), 30)
    return kit.moment(alert.published, wording.at(alert.published))


def _excerpt(alert: Alert) -> Iterator[Block]:
    """The line that made it fire, unless the headline says as much."""
    if alert.excerpt.strip() and alert.excerpt.strip(" .…") != alert.title.strip(" .…"):
        yield kit.rich_text(kit.quote(*marked(kit.words(alert.excerpt, EXCERPT), alert.hits)))


def marked(text: str, hits: Iterable[str]) -> list[Block]:
    """A text in runs, those that are one of the words found in bold."""
    found = [_standing(hit) for hit in sorted(map(str.strip, hits), key=len, reverse=True) if hit]
    pieces = re.split(f"({'|'.join(found)})", text, flags=re.IGNORECASE) if found else [text]
    return [kit.run(one, EXCERPT, strong=bool(number % 2)) for number, one in enumerate(pieces) if one]


def _standing(hit: str) -> str:
    """A word where it stands by itself; in a script without spaces, anywhere."""
    before, after = (r"(?<!\w)" if in_word(hit[0]) else ""), (r"(?!\w)" if in_word(hit[-1]) else "")
    return before + re.escape(hit) + after


def _gloss(alert: Alert) -> str:
    told = (f"{kit.bold(word, 60)} {kit.label(meaning, 60)}" for word, meaning in alert.gloss)
    return kit.joined(told, 600, " · ")


def _why(alert: Alert) -> str:
    """The score with its weightiest parts; of what a rule states, the rule."""
    if alert.reason is Reason.OVERDUE:
        return ""
    if alert.reason is Reason.SERIES:
        return kit.label(f"Rule: {', '.join(name for name, _ in alert.parts[:1])}", 200)
    parts = (f"{kit.label(name, NAME)}\u00a0{points:+d}" for name, points in alert.parts[:MAX_PARTS])
    return kit.joined((f"Score {alert.score} of 100", *parts), 400, " · ")


def _links(alert: Alert, standing: Standing, web: str) -> str:
    """Where to read it; an address that is too long for here is left to the headline."""
    primary = standing.primary[1] if standing.primary else ""
    found = {
        "Source": alert.link,
        "Primary document": primary if primary != alert.link else "",
        "Web desk": f"{web.rstrip('/')}/stories/{quoted(alert.story, safe='')}"
        if web and alert.story
        else "",
    }
    made = (kit.link(address, name, 450) for name, address in found.items() if address)
    return kit.joined((one for one in made if one.startswith("<")), 1360, " · ")


# ------------------------------------------------------------------ what can be done with it


def _handles(alert: Alert, standing: Standing) -> Iterator[Block]:
    quiets = [quiet for quiet in standing.quiets if quiet.ended is None]
    for quiet in quiets[:MAX_QUIETS]:
        button = kit.button("unmute", "Unmute", value=str(quiet.number))
        yield kit.section(_quiet(quiet), accessory=button, block_id=f"quiet-{quiet.number}")
    if len(quiets) > MAX_QUIETS:
        yield kit.context(f"and {len(quiets) - MAX_QUIETS} more mutes")
    if standing.mark:
        yield kit.context(_mark(standing.mark))
        opinions = [kit.button("undo", "Undo")]
    else:
        opinions = [kit.button("useful", "Useful"), kit.button("noise", "Noise")]
    menu = kit.static_select("mute", "Mute…", tuple(_menu(alert)))
    yield kit.actions("alert", *opinions, kit.button("why", "Why?"), menu)


def _menu(alert: Alert) -> Iterator[tuple[str, list[kit.Option]]]:
    for number, (_, name) in enumerate(zip(alert.entities[:MAX_ENTITIES], alert.who, strict=False)):
        yield f"Mute {name}", _spans(f"entity:{number}")
    yield f"Mute source {alert.source_name}", _spans(Scope.SOURCE)
    yield f"Mute watchlist {alert.watchlist_title}", _spans(Scope.WATCHLIST)
    yield "Snooze this story", _spans(Scope.STORY)


def _spans(what: str) -> list[kit.Option]:
    return [(words, f"{what}:{days}") for days, words in DAYS.items()]


def _mark(mark: Mark) -> str:
    said = "useful" if mark.opinion is Opinion.USEFUL else "noise"
    return f"*Marked {said}* by {_person(mark.who.name)} · {kit.moment(mark.at, wording.at(mark.at))}"


def _quiet(quiet: Quiet) -> str:
    """In words, with the name of who did it as plain text: nobody is called."""
    what = "Snoozed" if quiet.scope is Scope.STORY else "Muted"
    until = kit.moment(quiet.until, wording.at(quiet.until))
    name = "this story" if quiet.scope is Scope.STORY else kit.label(quiet.name, NAME, "this")
    return f"*{what}* {name} until {until} · by {_person(quiet.who.name)}"


def _answered(offer: Proposal) -> str:
    when = f" · {kit.moment(offer.at, wording.at(offer.at))}" if offer.at else ""
    return f"*{offer.fate.value.capitalize()}* by {_person(offer.who)}{when}"


def _person(name: str) -> str:
    return kit.label(name, 60, "somebody")


# ------------------------------------------------------------------ notices and batches


def _notice(notice: Notice, offer: Proposal | None) -> Iterator[Block]:
    lines = [kit.label(line, 300) for line in notice.lines]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES - 1], f"and {len(lines) - MAX_LINES + 1} more"]
    yield kit.section(kit.bold(notice.title, 300) or kit.NOTHING)
    # Ten lines of 300 at most are just what a section takes, less the breaks between them.
    for start in range(0, len(lines), 9):
        if told := kit.joined(lines[start : start + 9], kit.SECTION):
            yield kit.section(told)
    if offer and offer.fate is not Fate.OPEN:
        yield kit.context(_answered(offer))
    elif notice.offer:
        accept = kit.button("accept", "Accept", value=notice.offer, style="primary")
        yield kit.actions("offer", accept, kit.button("dismiss", "Dismiss", value=notice.offer))


def _batch(batch: Batch) -> Iterator[Block]:
    """Two lines of each alert, in order, as many as Slack takes in a message."""
    yield kit.section(kit.bold(batch.title, 200) or "*Alerts*")
    if why := kit.label(batch.why, 300):
        yield kit.context(why)
    for alert in batch.alerts[:MAX_TOLD]:
        yield kit.rich_text(kit.paragraph(*_told(alert)))
    if len(batch.alerts) > MAX_TOLD:
        yield kit.context(f"and {len(batch.alerts) - MAX_TOLD} more: `monitor alerts`")


def _told(alert: Alert) -> Iterator[Block]:
    yield kit.run(_happened(alert), 80, strong=True)
    if brief := _brief(alert):
        yield kit.run(" · ", 5)
        yield kit.run(brief, 70)
    if new := wording.new(alert):
        yield kit.run(" · ", 5)
        yield kit.run(new, 100, strong=True)
    yield kit.BREAK
    yield kit.anchor(alert.link, alert.title.strip() or "Without a title", NAME)
    yield kit.run(" · ", 5)
    yield kit.run(alert.source_name, 40)


def _brief(alert: Alert) -> str:
    """Who and how much, and what the words mean that not every reader knows."""
    kinds = {kind for kind, _ in alert.facts}
    who = ("company", "project") if kinds & {"company", "project"} else ("agency",)
    new = any(words.startswith("amount:") for words in alert.news)
    shown = who if new else (*who, "amount")
    facts = [_fact(kind, words) for kind, words in alert.facts if kind in shown]
    meant = ", ".join(meaning for _, meaning in alert.gloss[:3])
    return " · ".join(filter(None, (*(facts or alert.who[:2]), meant)))


# ------------------------------------------------------------------ as text alone


def _alert_lines(alert: Alert, standing: Standing) -> Iterator[str]:
    """Everything but the buttons, the weightiest first: what does not fit is left off at the end."""
    yield kit.bold(_happened(alert), NAME)
    yield kit.label(_stated(alert), 400)
    yield _line(_news(alert))
    yield kit.link(alert.link, alert.title, 1600, "Without a title")
    yield _line(_now(alert, standing))
    yield _origin(alert)
    if excerpt := kit.label(alert.excerpt, EXCERPT):
        yield f"“{excerpt}”"
    yield _gloss(alert)
    yield _why(alert)
    if standing.primary:
        yield kit.link(standing.primary[1], "Primary document", 450)
    for quiet in standing.quiets[:MAX_QUIETS]:
        yield _quiet(quiet)
    if standing.mark:
        yield _mark(standing.mark)


def _line(runs: Iterable[Block]) -> str:
    """Runs of a rich text as a line with marks, less their looks and links."""
    return kit.label("".join(run["text"] for run in runs), 400)


def _batch_lines(batch: Batch) -> list[str]:
    lines = [kit.bold(batch.title, 200), kit.label(batch.why, 200)]
    for number, alert in enumerate(batch.alerts):
        parts = (_happened(alert), _brief(alert), wording.new(alert))
        said = kit.label(" · ".join(filter(None, parts)), 220)
        line = f"{said}\n{kit.link(alert.link, alert.title, 400, 'Without a title')}"
        if sum(map(kit.size, lines)) + len(lines) + kit.size(line) > PLAIN - 60:
            return [*lines, f"and {len(batch.alerts) - number} more: `monitor alerts`"]
        lines.append(line)
    return lines
