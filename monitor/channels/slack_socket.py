"""People in Slack talk back: what they do comes over a line of our own making (Socket Mode), which
needs no public address, and goes to the desk.

envelope -> acknowledged at once -> crew -> claimed, answered by the desk through the screen

Slack wants an acknowledgement within three seconds and tells a click only once. So nothing stands between
an envelope and its acknowledgement, but for a modal that is sent off: that is checked first, against
a deadline.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from monitor.channels.settings import SlackSettings
from monitor.channels.slack_envelope import Envelope
from monitor.channels.slack_line import NO_CONNECTION, Keeper, Line, NoLine, Pause, pause
from monitor.channels.slack_screen import Screen
from monitor.crew import Crew
from monitor.errors import DeliveryFailed, MonitorError
from monitor.talk import Check, Command, Desk, Event, Press, Submission, View, Visit
from monitor.talk import Screen as Shown

log = logging.getLogger(__name__)

AT_ONCE, WAITING = 4, 64
TIMEOUT_SECONDS = 10
# Of the three seconds that Slack waits, so much may go into looking at what was entered.
CHECK_SECONDS = 2.0
# What is being answered when we stop has so long to end; two seconds are left to all of stopping.
LAST_SECONDS = 1.0
FAILED = "Something went wrong here: it is in the log."
UNCHECKED = "Something went wrong here, and nothing was saved: it is in the log. Please try again."
BUSY = "Too much is being asked here just now: please try again in a minute."
REMEDY = "make an app-level token (xapp-...) with connections:write and set slack.app_token"
_LASTING = {
    **dict.fromkeys(("invalid_auth", "not_authed", "token_revoked", "token_expired"), REMEDY),
    **dict.fromkeys(("not_allowed_token_type", "missing_scope", "no_permission"), REMEDY),
    "account_inactive": "the app was removed: install it again",
    "forbidden_team": REMEDY,
}


class Conversation:
    """Hears people in Slack and has them answered, from `start` to `stop`; a context manager as well.

    `claim` says of a key whether it is ours to handle: true the first time that anybody asks. It may
    take its time, as the desk may, and be called by several threads at once. Commands need none.
    """

    def __init__(
        self,
        settings: SlackSettings,
        desk: Desk,
        claim: Callable[[str], bool],
        *,
        screen: Shown | None = None,
        pause: Pause = pause,
    ) -> None:
        self._desk, self._claim = desk, claim
        self._screen = screen or Screen(settings)
        self._keeper = Keeper(_Addresses(settings), self._heard, pause)
        self._answers = Crew("slack-answers", self._answer, size=AT_ONCE, waiting=WAITING)
        self._regrets = Crew("slack-regrets", self._regret, size=1, waiting=WAITING)

    def start(self) -> None:
        """Begin; returns at once, whatever the network does."""
        self._keeper.start()

    def stop(self) -> None:
        """Hear nothing more, and finish what was heard as far as that is done within a second."""
        self._keeper.stop()
        if not self._answers.close(LAST_SECONDS):
            log.warning("Slack: stopped while somebody was being answered")
        self._regrets.close(0.0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -------------------------------------------------------------- at once

    def _heard(self, line: Line, envelope: Envelope) -> None:
        if isinstance(envelope.event, Submission):
            Thread(target=self._sent_off, args=(line, envelope), name="slack-check", daemon=True).start()
        else:
            # Where the acknowledgement does not get through, Slack says so to whoever pressed; what
            # they wanted is done all the same, since Slack will not ask again.
            self._acknowledge(line, envelope)
            self._put(envelope)

    def _acknowledge(self, line: Line, envelope: Envelope, payload: object = None) -> bool:
        body = {"envelope_id": envelope.id} | ({"payload": payload} if payload else {})
        return self._keeper.send(line, json.dumps(body))

    def _sent_off(self, line: Line, envelope: Envelope) -> None:
        """A modal that is not acknowledged stays open, and its reader sends it again: nothing is done."""
        check = self._checked(envelope)
        try:
            heard = self._acknowledge(line, envelope, _response(check or _unchecked(envelope)))
        except (TypeError, ValueError):
            log.exception("Slack: a modal's answer cannot be sent")
            self._acknowledge(line, envelope, _response(_unchecked(envelope)))
            return
        if heard and check is not None and not check.errors:
            self._put(envelope)

    def _checked(self, envelope: Envelope) -> Check | None:
        """What the desk says, within the deadline; None where it says nothing."""
        said: SimpleQueue[Check | None] = SimpleQueue()
        Thread(target=lambda: said.put(self._check(envelope)), name="slack-check", daemon=True).start()
        try:
            return said.get(timeout=CHECK_SECONDS)
        except Empty:
            log.warning("Slack: what was entered in a modal was not checked within %s s", CHECK_SECONDS)
            return None

    def _check(self, envelope: Envelope) -> Check | None:
        try:
            return self._desk.check(envelope.event) if isinstance(envelope.event, Submission) else None
        except Exception:
            log.exception("Slack: what was entered in a modal cannot be checked")
            return None

    def _put(self, envelope: Envelope) -> None:
        event = envelope.event
        if event is None or self._answers.put(envelope, _line_of(envelope, event)):
            return
        if not self._regrets.put((event, BUSY)):
            log.warning("Slack: a %s was not answered at all: too many wait, or we stop", _name(event))

    # -------------------------------------------------------------- in the crew

    def _answer(self, envelope: Envelope) -> None:
        event = envelope.event
        assert event is not None  # such are not put
        try:
            # A command is told once, and the form that it opens has to open within three seconds, in which
            # a database that is locked says nothing.
            if isinstance(event, Command) or self._claim(envelope.key):
                self._desk.answer(event, self._screen)
        except MonitorError as error:
            log.warning("Slack: a %s was not answered: %s", _name(event), error)
            by_trying_again = isinstance(error, DeliveryFailed) and error.retryable
            self._regret((event, f"Sorry: {error}." if by_trying_again else FAILED))
        except Exception:
            log.exception("Slack: a %s was not answered", _name(event))
            self._regret((event, FAILED))

    def _regret(self, task: tuple[Event, str]) -> None:
        """Tell somebody that it came to nothing: where they asked, else where they look."""
        event, text = task
        try:
            if isinstance(event, Press | Command) and event.answer_to:
                self._screen.reply(event.answer_to, text)
            elif isinstance(event, Submission | Press) and event.view:
                self._in_view(event, text)
            elif isinstance(event, Visit):
                self._screen.home(event.who.id, _note("home", text))
        except MonitorError as error:
            log.warning("Slack: nor could that be said: %s", error)

    def _in_view(self, event: Submission | Press, text: str) -> None:
        """In the modal; where it is closed, or was none but the Home tab, there."""
        try:
            self._screen.show(event.view, _note("modal", text))
        except MonitorError:
            self._screen.home(event.who.id, _note("home", text))


class _Addresses:
    """Asks Slack for the address of a line: https://docs.slack.dev/reference/methods/apps.connections.open"""

    def __init__(self, settings: SlackSettings) -> None:
        self._token = settings.app_token.get_secret_value()
        self._client = WebClient(
            base_url=settings.api_url.rstrip("/") + "/", timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        self._schemes = ("wss://",) if settings.api_url.startswith("https:") else ("wss://", "ws://")

    def __call__(self) -> str:
        try:
            address = str(self._client.apps_connections_open(app_token=self._token)["url"])
        except SlackApiError as error:
            raise _no_line(error) from None
        except (SlackClientError, HTTPException, OSError, ValueError, LookupError) as error:
            raise NoLine(NO_CONNECTION, type(error).__name__) from None
        if not address.startswith(self._schemes):
            raise NoLine("Slack names no address that can be used")
        return address


def _no_line(error: SlackApiError) -> NoLine:
    data = error.response.data if isinstance(error.response.data, dict) else {}
    code, status = str(data.get("error", "")), error.response.status_code
    if remedy := _LASTING.get(code):
        return NoLine(f"Slack says {code}: {remedy}", lasting=True)
    seconds = str(error.response.headers.get("Retry-After", ""))
    wait = min(float(seconds), 600.0) if status == 429 and seconds.isdigit() else 0.0
    said = code if re.fullmatch(r"[a-z_]{1,80}", code) else ""
    return NoLine("Slack refuses for now", f"{status} {said}".strip(), wait=wait)


def _response(check: Check) -> dict[str, object] | None:
    """https://docs.slack.dev/surfaces/modals#response_actions"""
    if check.errors:
        return {"response_action": "errors", "errors": dict(check.errors)}
    if check.view is not None:
        return {"response_action": "update", "view": dict(check.view)}
    return None


def _unchecked(envelope: Envelope) -> Check:
    """Said at the first field, so that what was entered stays; a modal without fields is replaced."""
    if envelope.inputs:
        return Check(errors={envelope.inputs[0]: UNCHECKED})
    return Check(view=_note("modal", UNCHECKED))


def _note(kind: str, text: str) -> View:
    view: dict[str, object] = {
        "type": kind,
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}],
    }
    return view | ({"title": {"type": "plain_text", "text": "Signal Monitor"}} if kind == "modal" else {})


def _line_of(envelope: Envelope, event: Event) -> str:
    """Whose presses are answered one after the other: who marks and takes back at once means it in that
    order. A command waits for nothing, since the form that it opens has to open within three seconds."""
    return event.who.id if isinstance(event, Press | Submission) else envelope.id


def _name(event: Event) -> str:
    return type(event).__name__.lower()
