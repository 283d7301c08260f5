"""Who asks for a page, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from monitor.feedback import Person
from monitor.web.bodies import Sent
from monitor.web.people import Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """`name` signs what they change. `token` is to be sent along with every form: a strange page does not
    know it. `nonce` marks the style and the script of this one answer as ours; `inside` is false before
    somebody has logged in."""

    nonce: str
    name: str = ""
    role: Role = Role.READER
    token: str = ""
    inside: bool = False

    @property
    def may_edit(self) -> bool:
        return self.inside and self.role is Role.EDITOR

    @property
    def signed(self) -> str:
        """Who it was, for the history of edits."""
        return f"{self.called} on the web page"

    @property
    def called(self) -> str:
        return self.name or "somebody"

    @property
    def person(self) -> Person:
        """Who it was, for what is marked and muted."""
        return Person(f"web:{self.called}", self.called)


def visitor(request: Request) -> Visitor:
    """Who asks, as the entrance found."""
    found: Visitor = request.scope["visitor"]
    return found


def sent(request: Request) -> Sent:
    """The form that was sent, which the entrance has read and let in."""
    found: Sent = request.scope["sent"]
    return found
