"""What every request passes first: by which name, from where, by whom; and the pages of logging in."""

from __future__ import annotations

import hmac
import re
import secrets
import time
from http import HTTPStatus
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web import admission, login
from monitor.web.admission import Asked, Names
from monitor.web.bodies import form
from monitor.web.house import House
from monitor.web.login import Monotonic, Sessions, Slowing
from monitor.web.pages import HEADERS, page, root, told
from monitor.web.statics import BELOW
from monitor.web.visitor import Role, Visitor

COOKIE = "monitor_session"
_OURS = re.compile(rf"(?:^|;) ?{COOKIE}=([\w-]+)(?=;|$)", re.ASCII)
LOGIN, LOGOUT = "/login", "/logout"


class Entrance:
    """Who is let in. `clock` counts seconds."""

    def __init__(self, house: House, names: Names, clock: Monotonic = time.monotonic) -> None:
        self._house = house
        self._names = names
        self._sessions = Sessions(clock)
        self._slowing = Slowing(clock)
        self._secret = secrets.token_bytes(32)

    def routes(self) -> list[Route]:
        if not self._names.locked:
            return []
        return [
            Route(LOGIN, self.ask, methods=["GET"]),
            Route(LOGIN, self.login, methods=["POST"]),
            Route(LOGOUT, self.logout, methods=["POST"]),
        ]

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application behind this entrance. What it lets in has a `visitor`, and where it changes
        something, what was `sent`."""

        async def entered(scope: Scope, receive: Receive, send: Send) -> None:
            answer = None if scope["type"] == "lifespan" else await self._refused(scope, receive)
            await (answer or app)(scope, receive, send)

        return entered

    async def _refused(self, scope: Scope, receive: Receive) -> Response | None:
        request = Request(scope, receive)
        me = scope["visitor"] = Visitor(secrets.token_urlsafe(16))
        asked = Asked(request.method, request.scope["path"], _headers(request), scope["http_version"])
        if refusal := admission.refused(asked, self._names):
            return told(request, self._house, "Not to be had here", refusal.why, refusal.status)
        if asked.leaving or asked.path == LOGIN or asked.path.startswith(BELOW):
            return None
        session = _session(request)
        if self._names.locked and not self._sessions.knows(session):
            return self._to_login(request)
        token = self._token(session)
        me = scope["visitor"] = Visitor(me.nonce, self._house.person, Role.EDITOR, token, inside=True)
        return None if request.method in admission.SAFE else await self._unwanted(request, me)

    def _to_login(self, request: Request) -> Response:
        path = request.scope["path"]
        if request.method in admission.SAFE:
            wanted = quote(path, safe="/")
            return RedirectResponse(f"{root(path)}login?next={wanted}", 303, HEADERS)
        return told(request, self._house, "Log in first", "Nothing was changed.", 401)

    async def _unwanted(self, request: Request, me: Visitor) -> Response | None:
        """Why what would be changed is not; else what was sent is there to be read."""
        try:
            fields = request.scope["sent"] = await form(request, roomy=True)
        except HTTPException as error:
            words = "That is too long, or no form. Nothing was changed."
            return told(request, self._house, HTTPStatus(error.status_code).phrase, words, error.status_code)
        if not secrets.compare_digest(fields.get("token").encode(), me.token.encode()):
            words = "The page is of before the monitor was started again. Open it anew. Nothing was changed."
            return told(request, self._house, "That page is too old", words, 403)
        if not me.may_edit and request.scope["path"] != LOGOUT:
            words = "Changing something is for editors. Nothing was changed."
            return told(request, self._house, "You may only read here", words, 403)
        return None

    def _token(self, session: str) -> str:
        """What a form of ours carries, and no other site knows."""
        return hmac.new(self._secret, session.encode(), "sha256").hexdigest()

    # -------------------------------------------------------------- logging in

    async def ask(self, request: Request) -> Response:
        return self._form(request, request.query_params.get("next", ""), "", 200)

    async def login(self, request: Request) -> Response:
        """Begins a session, under a new name whatever cookie came with it."""
        sent = await form(request)
        wanted, address = sent.get("next", ""), request.client.host if request.client else ""
        if (wait := self._slowing.take(address)) > 0:
            words = f"Too many wrong passwords. Wait {wait:.0f} s, and try again."
            answer = self._form(request, wanted, words, 429)
            answer.headers["Retry-After"] = f"{wait:.0f}"
            return answer
        if not login.is_right(sent.get("password", ""), self._house.settings.web.password.get_secret_value()):
            return self._form(request, wanted, "That is not the password.", 403)
        self._slowing.passed(address)
        self._sessions.end(_session(request))
        answer = RedirectResponse(f".{quote(login.page_after(wanted), safe='/')}", 303, HEADERS)
        secure = self._names.secure and request.headers["host"].lower() in self._names.public
        answer.set_cookie(
            COOKIE, self._sessions.begin(), max_age=login.DAYS_LOGGED_IN * 86400,
            httponly=True, samesite="lax", secure=secure,
        )  # fmt: skip
        return answer

    async def logout(self, request: Request) -> Response:
        self._sessions.end(_session(request))
        answer = RedirectResponse("./login", 303, HEADERS)
        answer.delete_cookie(COOKIE)
        return answer

    def _form(self, request: Request, wanted: str, words: str, status: int) -> Response:
        shown: dict[str, object] = {"next": login.page_after(wanted), "words": words}
        return page(request, self._house, "login.html", shown, status=status)


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
