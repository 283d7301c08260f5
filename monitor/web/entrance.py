"""What every request passes first: by which name, from where, by whom; and the pages of logging in."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.web import admission, login
from monitor.web.admission import Asked, Names
from monitor.web.bodies import form
from monitor.web.house import House
from monitor.web.login import Monotonic, Sessions, Slowing
from monitor.web.pages import HEADERS, page, root

COOKIE = "monitor_session"
_OURS = re.compile(rf"(?:^|;) ?{COOKIE}=([\w-]+)(?=;|$)", re.ASCII)
LOGIN = "/login"


class Entrance:
    """Who is let in. `clock` counts seconds."""

    def __init__(self, house: House, names: Names, clock: Monotonic = time.monotonic) -> None:
        self._house = house
        self._names = names
        self._sessions = Sessions(clock)
        self._slowing = Slowing(clock)

    def routes(self) -> list[Route]:
        if not self._names.locked:
            return []
        return [
            Route(LOGIN, self.ask, methods=["GET"]),
            Route(LOGIN, self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
        ]

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application behind this entrance."""

        async def entered(scope: Scope, receive: Receive, send: Send) -> None:
            answer = None if scope["type"] == "lifespan" else self._refused(scope)
            await (answer or app)(scope, receive, send)

        return entered

    def _refused(self, scope: Scope) -> Response | None:
        request = Request(scope)
        asked = Asked(request.method, request.scope["path"], _headers(request), scope["http_version"])
        if refusal := admission.refused(asked, self._names):
            return page(
                request,
                self._house,
                "told.html",
                {"title": "Not to be had here", "words": refusal.why},
                status=refusal.status,
            )
        if not self._names.locked or asked.leaving or asked.path == LOGIN or self._known(request):
            return None
        if asked.method in admission.SAFE:
            wanted = quote(asked.path, safe="/")
            return RedirectResponse(f"{root(asked.path)}login?next={wanted}", 303, HEADERS)
        return page(request, self._house, "told.html", {"title": "Log in first", "words": ""}, status=401)

    def _known(self, request: Request) -> bool:
        return self._sessions.knows(_session(request))

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
        if not login.is_right(sent.get("password", ""), self._house.password.get_secret_value()):
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
        return page(request, self._house, "login.html", shown, status=status, form=True)


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
