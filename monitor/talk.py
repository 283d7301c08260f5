"""What people do in Slack, and what they are answered, as values; nothing here knows Slack's wire format.

Press, Command, Submission, Visit -> answers through a Screen
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from monitor.feedback import Person

# Block Kit as it goes over the wire: https://docs.slack.dev/reference/block-kit/blocks
Block = Mapping[str, Any]
View = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed or an entry of a menu chosen. Nothing in it is to be believed: `value` and
    `chosen` only say what to look up in our own records.

    `channel` and `message` (its ts) are where it stands; `view` is the id of a view, if it stands in one.
    """

    who: Person
    action: str
    value: str = ""
    chosen: str = ""
    channel: str = ""
    message: str = ""
    view: str = ""
    private: str = ""
    trigger: str = ""
    answer_to: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """`/signals ...` as typed: `text` is what stands behind the command."""

    who: Person
    text: str
    channel: str
    trigger: str = ""
    answer_to: str = ""


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal sent off: what was entered, by block id; a menu of many gives several."""

    who: Person
    view: str
    callback: str
    private: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody opened the Home tab."""

    who: Person


Event = Press | Command | Submission | Visit


@dataclass(frozen=True, slots=True)
class Check:
    """What a modal is answered at once, before anything is asked of the database: errors by block id,
    or else the view to show while the work goes on; with neither, it closes."""

    errors: Mapping[str, str] = field(default_factory=dict)
    view: View | None = None


class Screen(Protocol):
    """What can be shown to people. Each raises DeliveryFailed or DeliveryUnknown where it cannot."""

    def reply(self, answer_to: str, text: str, blocks: Sequence[Block] = (), *, public: bool = False) -> None:
        """Answer a press or a command where it was made, for them alone unless it is public."""
        ...

    def open(self, trigger: str, view: View) -> str:
        """Open a modal; answers its id. A trigger is good for three seconds."""
        ...

    def show(self, view_id: str, view: View) -> None:
        """Put another view in the place of an open one."""
        ...

    def home(self, who: str, view: View) -> None:
        """Draw somebody's Home tab."""
        ...


class Desk(Protocol):
    """Who answers. `check` is called before the acknowledgement, which is due within three seconds, and
    must wait for nothing; `answer` may take its time and is called in a thread of its own."""

    def check(self, submission: Submission) -> Check: ...

    def answer(self, event: Event, screen: Screen) -> None: ...
