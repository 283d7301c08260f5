"""The pages of logging in and out, and of sending once more what could not be taken."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from monitor.web import carried
from monitor.web.admission import Names
from monitor.web.bodies import CARRIED_BYTES, Sent, form
from monitor.web.carried import Carried
from monitor.web.credentials import Credentials, TooSoon
from monitor.web.house import House
from monitor.web.pages import HEADERS, page
from monitor.web.people import Person
from monitor.web.sessions import DAYS_LOGGED_IN, Sessions, page_after

COOKIE = "monitor_session"
LOGIN, LOGOUT = "/login", "/logout"
# What may stand in an address as it is.
_SAFE = "/?=&%+,;:@!$'()*~"
# Lets somebody in as the person that a new session is of.
Admit = Callable[[Request, str, Person], object]


class Doorstep:
    """Where one logs in. `admit` makes the visitor of a session, `session` finds that of a request."""

    def __init__(
        self,
        house: House,
        names: Names,
        sessions: Sessions,
        credentials: Credentials,
        session: Callable[[Request], str],
        admit: Admit,
    ) -> None:
        self._house = house
        self._names = names
        self._sessions = sessions
        self._credentials = credentials
        self._session = session
        self._admit = admit

    def routes(self) -> list[Route]:
        return [
            Route(LOGIN, self.ask, methods=["GET"]),
            Route(LOGIN, self.login, methods=["POST"]),
            Route(LOGOUT, self.logout, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        return self.form(request, Sent((("next", request.query_params.get("next", "")),)), "", 200)

    async def login(self, request: Request) -> Response:
        """Begins a session, under a new name whatever cookie came with it."""
        sent = await form(request, most=CARRIED_BYTES)
        try:
            person = await self._credentials.person(sent.get("name"), sent.get("password"), request)
        except TooSoon as early:
            words = f"Too many wrong passwords. Wait {early.seconds} s, and try again."
            answer = self.form(request, sent, words, 429)
            answer.headers["Retry-After"] = str(early.seconds)
            return answer
        if person is None:
            return self.form(request, sent, "That is not the name and the password.", 403)
        self._sessions.end(self._session(request))
        return self._enter(request, sent, person)

    def _enter(self, request: Request, sent: Sent, person: Person) -> Response:
        session = self._sessions.begin(person)
        entered = carried.read(sent.get("entered"))
        if entered:
            self._admit(request, session, person)
            words = "You are logged in again. What you had entered is still here, and was not sent yet."
            answer: Response = again(request, self._house, "Where you were", words, entered, 200)
        else:
            where = quote(page_after(sent.get("next")), safe=_SAFE)
            answer = RedirectResponse(f".{where}", 303, HEADERS)
        secure = self._names.secure and request.headers["host"].lower() in self._names.public
        answer.set_cookie(
            COOKIE, session, max_age=DAYS_LOGGED_IN * 86400, httponly=True, samesite="lax", secure=secure
        )
        return answer

    async def logout(self, request: Request) -> Response:
        self._sessions.end(self._session(request))
        answer = RedirectResponse("./login", 303, HEADERS)
        answer.delete_cookie(COOKIE)
        return answer

    def form(
        self, request: Request, sent: Sent, words: str, status: int, entered: Carried | None = None
    ) -> Response:
        """The form to log in, with what was `sent` with it before and what was `entered` elsewhere."""
        entered = entered or carried.read(sent.get("entered"))
        web = self._house.settings.web
        shown: dict[str, object] = {
            "next": page_after(sent.get("next")),
            "name": sent.get("name")[:200],
            "words": words,
            "entered": entered.text if entered else "",
            "named": not web.password.get_secret_value(),
        }
        return page(request, self._house, "login.html", shown, status=status)


def again(request: Request, house: House, title: str, words: str, entered: Carried, status: int) -> Response:
    """A page that sends what was entered once more, by one press."""
    where = quote(entered.to.removeprefix("/"), safe=_SAFE)
    shown = {"title": title, "words": words, "where": where, "fields": entered.fields}
    return page(request, house, "again.html", shown, status=status)
