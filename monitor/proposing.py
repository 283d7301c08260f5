"""What people's marks speak for: proposed to the operator, and made where somebody accepts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from monitor import history, proposals
from monitor.deliver import enqueue
from monitor.edit import Editor
from monitor.errors import Conflict, MonitorError
from monitor.feedback import Fate, Mark, Opinion, Person, Proposal
from monitor.live import InForce
from monitor.model import Alert
from monitor.outbox import Destination, Notice
from monitor.proposals import Example
from monitor.storage import Storage
from monitor.storage.edits import Edit
from monitor.wording import at

# So far back a useful alert counts against a change; noise counts for one as `proposals.SINCE` says.
REMEMBERED = timedelta(days=365)
# Of what nobody marked the newest alerts are tried, so many of a watchlist.
UNMARKED = 100


def propose(
    storage: Storage, in_force: InForce, to: Destination, now: datetime, since: datetime | None = None
) -> int:
    """File what the marks speak for, and tell `to`; answers how many. One proposal of a watchlist is open
    at a time. With `since`, only watchlists are looked at whose alerts were marked from then on: a look
    takes some seconds. It takes them before anything is locked."""
    known = storage.feedback.proposals()
    waiting = {proposal.watchlist for proposal in known if proposal.fate is Fate.OPEN}
    marked: dict[str, list[tuple[Alert, Mark]]] = defaultdict(list)
    for alert, mark in storage.feedback.marked(now - REMEMBERED):
        for name in (alert.watchlist, *(other for other, _ in alert.also)):
            marked[name].append((alert, mark))
    filed = 0
    for name, theirs in sorted(marked.items()):
        counted = [(a, m) for a, m in theirs if m.opinion is Opinion.USEFUL or m.at >= now - proposals.SINCE]
        noise = sum(mark.opinion is Opinion.NOISE for _, mark in counted)
        new = since is None or any(mark.at >= since for _, mark in theirs)
        if noise < proposals.ENOUGH or name in waiting or not new or not _written(in_force, name):
            continue
        ever = {alert.id for alert, _ in theirs}
        unmarked = [(a, None) for a in storage.alerts.latest(UNMARKED, name) if a.id not in ever]
        said = [*unmarked, *((alert, mark.opinion) for alert, mark in counted)]
        examples = list(_examples(storage, in_force, said))
        made = proposals.propose(in_force.rulebook.texts, name, examples, known, now)
        if made:
            filed += _file(storage, made, _title(in_force, name), to, now)
    return filed


def _examples(
    storage: Storage, in_force: InForce, said: Collection[tuple[Alert, Opinion | None]]
) -> Iterator[Example]:
    """Each alert with its item as the rules read it; one that has an item no longer is left out."""
    items = storage.items.get_many(sorted({alert.item for alert, _ in said}))
    past = {one.id: one for one in history.stored(items, in_force.sources, storage.looks.body)}
    for alert, opinion in said:
        if alert.item in past:
            yield Example(alert.id, past[alert.item], opinion)


def _written(in_force: InForce, name: str) -> bool:
    return f"{name}.yaml" in in_force.rulebook.texts


def _title(in_force: InForce, name: str) -> str:
    found = in_force.rulebook.watchlist(name)
    return found.title if found else name


def _file(storage: Storage, proposal: Proposal, title: str, to: Destination, now: datetime) -> bool:
    with storage.write():
        if not storage.feedback.propose(proposal):
            return False
        enqueue(storage, notice(proposal, title), [to], now)
    return True


def notice(proposal: Proposal, title: str) -> Notice:
    """What the operator is told of a proposal."""
    titles = (f"for example: {example}" for example in proposal.examples)
    how = f"to accept: monitor precision proposals accept {proposal.id}"
    lines = (proposal.says, *titles, how)
    return Notice(
        _notice_id(proposal), f"{title}: fewer alerts that are noise?", lines, proposal.created,
        proposal.id,
    )  # fmt: skip


def _notice_id(proposal: Proposal) -> str:
    return f"proposal-{proposal.id}"


def accept(
    storage: Storage, editor: Editor, number: str, who: Person, via: str, now: datetime
) -> Edit | None:
    """Make the change that was proposed. Answers the edit; None where the file says so already.

    It is made before it is noted as accepted: a process that ends in between leaves it to be accepted
    again, which then finds nothing left to change. Raises Conflict where the file is changed at the same
    moment, Invalid where the change would be a mistake by now, MonitorError where there is no such
    proposal, or it was answered; the file is then as it was.
    """
    proposal = _open(storage, number)
    copy = editor.copy(proposal.watchlist)
    before = (copy.body or b"").decode("utf-8")
    body = proposals.applied(before, proposal)
    edit = None
    if body != before:
        change = copy.change(body.encode("utf-8"), f"{who.name} {via}".strip(), proposal.says)
        try:
            edit = editor.save(change, now)
        except Conflict:
            _open(storage, number)  # somebody accepted it at the same moment: that is what is to be said
            raise
    _close(storage, proposal, Fate.ACCEPTED, who, now)
    return edit


def dismiss(storage: Storage, number: str, who: Person, now: datetime) -> Proposal:
    """Answer a proposal with no; it is never made again. Raises MonitorError where it was answered."""
    proposal = _open(storage, number)
    _close(storage, proposal, Fate.DISMISSED, who, now)
    return proposal


def _open(storage: Storage, number: str) -> Proposal:
    proposal = storage.feedback.proposal(number)
    if proposal is None:
        raise MonitorError(f"no proposal is '{number}': see monitor precision proposals")
    if proposal.fate is not Fate.OPEN:
        raise MonitorError(answered(proposal))
    return proposal


def _close(storage: Storage, proposal: Proposal, fate: Fate, who: Person, now: datetime) -> None:
    """Note the answer, and have the message that asks brought up to date. Raises MonitorError."""
    with storage.write():
        closed = storage.feedback.close(proposal.id, fate, who, now)
        if closed:
            storage.feedback.touch(now, notice=_notice_id(proposal))
    if not closed:
        _open(storage, proposal.id)


def answered(proposal: Proposal, zone: str = "UTC") -> str:
    """What became of a proposal: "that was accepted by alice, 9 Mar 2026 12:00 UTC"."""
    when = f", {at(proposal.at, zone)}" if proposal.at else ""
    return f"that was {proposal.fate.value} by {proposal.who}{when}"
