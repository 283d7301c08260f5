"""What every request passes first: by which name, from where, by whom, and whether they may do it."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web import admission
from monitor.web.admission import Asked, Names
from monitor.web.bodies import ENTERED_BYTES, MOST_BYTES, MOST_FIELDS, ROOMY_BYTES, ROOMY_FIELDS, Sent, form
from monitor.web.carried import carried, place
from monitor.web.credentials import Credentials, TooSoon
from monitor.web.doorstep import COOKIE, LOGIN, LOGOUT, Doorstep, again
from monitor.web.house import House
from monitor.web.pages import HEADERS, root, told
from monitor.web.people import Monotonic, Person, Role
from monitor.web.sessions import Sessions
from monitor.web.statics import BELOW
from monitor.web.visitor import Visitor

_OURS = re.compile(rf"(?:^|;) ?{COOKIE}=([\w-]+)(?=;|$)", re.ASCII)
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Signal Monitor", charset="UTF-8"'}
_TOO_OLD = "It was opened before the monitor was started again, or before you logged in anew."
_FAULTS = {
    400: "That is no form that could be read. Nothing was changed.",
    408: "That took too long to arrive. Nothing was changed: go back, and send it once more.",
    413: "That is too long. Nothing was changed: go back, and send less of it.",
}


@dataclass(frozen=True, slots=True)
class Behind:
    """The application `app` behind its entrance."""

    entrance: Entrance
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = None if scope["type"] == "lifespan" else await self.entrance.refused(scope, receive)
        await (answer or self.app)(scope, receive, send)


class Entrance:
    """Who is let in. `clock` counts seconds."""

    def __init__(self, house: House, names: Names, clock: Monotonic = time.monotonic) -> None:
        self._house = house
        self._names = names
        self._sessions = Sessions(clock)
        self._credentials = Credentials(house.settings.web, clock)
        self._secret = secrets.token_bytes(32)
        self._step = Doorstep(house, names, self._sessions, self._credentials, _session, self._admit)

    def routes(self) -> list[Route]:
        return self._step.routes() if self._names.locked else []

    def before(self, app: ASGIApp) -> Behind:
        """The application behind this entrance. What it lets in has a `visitor`, and where it changes
        something, what was `sent`."""
        return Behind(self, app)

    async def refused(self, scope: Scope, receive: Receive) -> Response | None:
        """What is answered instead of a page; None where the page may be had."""
        request = Request(scope, receive)
        scope["visitor"] = Visitor(secrets.token_urlsafe(16))
        asked = Asked(request.method, scope["path"], _headers(request), scope["http_version"])
        if refusal := admission.refused(asked, self._names):
            return told(request, self._house, "Not to be had here", refusal.why, refusal.status)
        if asked.leaving or asked.path == LOGIN or asked.path.startswith(BELOW):
            return None
        try:
            return await self._unknown(request, asked) or await self._unwanted(request, asked)
        except HTTPException as error:
            return self._fault(request, error)

    # ---------------------------------------------------------------- who it is

    async def _unknown(self, request: Request, asked: Asked) -> Response | None:
        """Why nobody is let in; None where somebody is."""
        session = _session(request)
        person = self._sessions.of(session) if self._names.locked else self._host()
        if person is None and asked.by_machine and not asked.by_browser:
            return await self._machine(request)
        if person is None:
            return await self._to_login(request, asked)
        self._admit(request, session, person)
        return None

    def _host(self) -> Person:
        """Who is at this machine, where nobody logs in."""
        return Person(self._house.person, Role.EDITOR)

    def _admit(self, request: Request, session: str, person: Person) -> None:
        nonce, token = request.scope["visitor"].nonce, self._token(session)
        request.scope["visitor"] = Visitor(nonce, person.name, person.role, token, inside=True)

    async def _machine(self, request: Request) -> Response | None:
        try:
            person = await self._credentials.of_machine(request)
        except TooSoon as early:
            words = f"Too many wrong passwords. Wait {early.seconds} s."
            answer = told(request, self._house, "Not so fast", words, 429)
            answer.headers["Retry-After"] = str(early.seconds)
            return answer
        if person is None:
            words = "Send a name and a password of [web] in the settings, by HTTP Basic."
            answer = told(request, self._house, "Log in first", words, 401)
            answer.headers.update(_CHALLENGE)
            return answer
        self._admit(request, "", person)
        return None

    async def _to_login(self, request: Request, asked: Asked) -> Response:
        if request.method in admission.SAFE:
            wanted = quote(place(request), safe="/")
            return RedirectResponse(f"{root(asked.path)}login?next={wanted}", 303, HEADERS)
        words = "Your session has ended. Nothing was changed yet."
        if not asked.ours:
            return told(request, self._house, "Log in first", words, 401)
        sent = await form(request, most=ENTERED_BYTES, fields=ROOMY_FIELDS)
        return self._step.form(request, Sent(), words, 401, carried(request, sent))

    # ---------------------------------------------------------------- what they want

    async def _unwanted(self, request: Request, asked: Asked) -> Response | None:
        """Why what would be changed is not; else what was sent is there to be read."""
        if request.method in admission.SAFE:
            return None
        me: Visitor = request.scope["visitor"]
        if not me.may_edit and asked.path != LOGOUT:
            words = "Changing something is for editors. Nothing was changed."
            return told(request, self._house, "You may only read here", words, 403)
        most, fields = (ROOMY_BYTES, ROOMY_FIELDS) if me.may_edit else (MOST_BYTES, MOST_FIELDS)
        sent = request.scope["sent"] = await form(request, most=most, fields=fields)
        if secrets.compare_digest(sent.get("token").encode(), me.token.encode()):
            return None
        entered = carried(request, sent) if asked.ours else None
        if entered is None:
            words = "Open the page anew, and do it there. Nothing was changed."
            return told(request, self._house, "That page is too old", words, 403)
        words = f"{_TOO_OLD} Nothing was changed yet: what you entered is still here."
        return again(request, self._house, "That page is too old", words, entered, 403)

    def _fault(self, request: Request, error: HTTPException) -> Response:
        words = _FAULTS.get(error.status_code, "Try again in a minute.")
        answer = told(request, self._house, "That could not be taken", words, error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    def _token(self, session: str) -> str:
        """What a form of ours carries, and no other site knows."""
        return hmac.new(self._secret, session.encode(), "sha256").hexdigest()


def _headers(request: Request) -> dict[str, str]:
    """By name; of one that came twice both, which fits nothing."""
    headers: Headers = request.headers
    found: dict[str, list[str]] = {}
    for name, value in headers.items():
        found.setdefault(name, []).append(value)
    return {name: ", ".join(values) for name, values in found.items()}


def _session(request: Request) -> str:
    """What our cookie holds. Only that is read: to undo the quotes of others takes the square of their length
    (CVE-2024-7592), and whoever asks can send as many as they like."""
    found = _OURS.findall("; ".join(request.headers.getlist("cookie")))
    return str(found[-1]) if found else ""
