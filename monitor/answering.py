"""Who answers in Slack: each press, command, form and visit goes to the part that knows the answer.

The only module that sees all of them. Whatever goes wrong here, somebody is told.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from threading import BoundedSemaphore
from typing import TypeVar

from monitor import home, modal, modalview, pieces, pressing, slash
from monitor.errors import DeliveryFailed, DeliveryUnknown, MonitorError
from monitor.live import InForce
from monitor.room import Room
from monitor.talk import Check, Command, Event, Press, Screen, Submission, View, Visit

log = logging.getLogger(__name__)

Made = TypeVar("Made")
# Answers a press on a message in a sentence.
Pressing = Callable[[Room, Press], str]
BUSY = "The database is busy just now, and nothing was changed: try again in a minute."
FAULT = "That went wrong on our side, and nothing was changed. It is in the log of Signal Monitor."
# So many may go over all that is stored at once, which takes long: those who press something else are
# answered meanwhile.
TRIALS = 2
TRYING = "Others are trying watchlists on the stored items just now: try again in a minute."
LATE = "Slack lets a form open within three seconds only, and that is over: type /signals watch again."


class Answering:
    """A talk.Desk. `room` opens what an answer takes, in the thread that calls; `in_force` is what is in
    force now, without asking the database."""

    def __init__(
        self,
        room: Callable[[], AbstractContextManager[Room]],
        in_force: Callable[[], InForce],
        press: Pressing = pressing.press,
    ) -> None:
        self._room = room
        self._in_force = in_force
        self._pressing = press
        self._trials = BoundedSemaphore(TRIALS)

    def check(self, submission: Submission) -> Check:
        """The mistakes of a form at their fields. Asks no database."""
        return modal.check(self._in_force(), submission)

    def answer(self, event: Event, screen: Screen) -> None:
        """Answer, or say that it could not be done. Raises as the screen does, where that shows nothing."""
        match event:
            case Visit():
                self._home(event, screen)
            case Submission():
                made = self._tried(lambda room: modal.submitted(room, event))
                self._show(event.view, screen, event, made)
            case Command():
                word, _, name = slash.typed(event.text).partition(" ")
                if word.lower() == "watch":
                    self._open(event, name, screen)
                else:
                    self._reply(event, screen)
            case Press() if event.view and event.action.partition(".")[0] in modalview.ACTIONS:
                self._in_modal(event, screen)
            case Press() if event.view and event.action in home.ACTIONS:
                self._home(event, screen)
            case Press():
                said = self._tried(lambda room: self._pressing(room, event))
                if said.strip() and event.answer_to:
                    lines = [pieces.line(one) for one in said.splitlines()]
                    screen.reply(event.answer_to, lines[0], list(pieces.sections(lines)))

    # -------------------------------------------------------------- each kind

    def _reply(self, command: Command, screen: Screen) -> None:
        tried = self._tried_in_turn if slash.tries(command) else self._tried
        said = tried(lambda room: slash.answer(room, command))
        if isinstance(said, str):
            said = slash.Answer(pieces.line(said, 500))
        screen.reply(command.answer_to, said.text, said.blocks)

    def _open(self, command: Command, name: str, screen: Screen) -> None:
        """The form opens before anything is asked of the database, which may have us wait."""
        try:
            view = screen.open(command.trigger, modalview.waiting("Loading…"))
        except DeliveryFailed as error:
            if not error.retryable:
                raise
            log.warning("a form could not open: %s", error)
            screen.reply(command.answer_to, LATE)
            return
        self._show(view, screen, command, self._tried(lambda room: modal.first(room, command.who, name)))

    def _in_modal(self, press: Press, screen: Screen) -> None:
        waiting = modal.waits(press)
        if waiting is not None:
            with suppress(DeliveryFailed, DeliveryUnknown):
                screen.show(press.view, waiting)
        tried = self._tried if waiting is None else self._tried_in_turn
        self._show(press.view, screen, press, tried(lambda room: modal.pressed(room, press)))

    def _show(self, view: str, screen: Screen, event: Event, shown: View | str) -> None:
        """Put what was made in the place of a view; where that failed, what was entered and why. A window
        that was closed says nothing, and something may have been saved: that is said on the Home tab."""
        if isinstance(shown, str) and isinstance(event, Press | Submission):
            shown = modal.again(self._in_force(), event, shown)
        elif isinstance(shown, str):
            shown = modalview.told(shown)
        try:
            screen.show(view, shown)
        except (DeliveryFailed, DeliveryUnknown) as error:
            if isinstance(event, Command):
                raise
            log.warning("what came of a form is said on the Home tab: %s", error)
            screen.home(event.who.id, home.instead(shown))

    def _home(self, event: Visit | Press, screen: Screen) -> None:
        def made(room: Room) -> View:
            told = home.pressed(room, event) if isinstance(event, Press) else ""
            return home.view(room, event.who, told)

        shown = self._tried(made)
        screen.home(event.who.id, home.failed(shown) if isinstance(shown, str) else shown)

    def _tried_in_turn(self, made: Callable[[Room], Made]) -> Made | str:
        """The same for what goes over all that is stored."""
        if not self._trials.acquire(blocking=False):
            return TRYING
        try:
            return self._tried(made)
        finally:
            self._trials.release()

    def _tried(self, made: Callable[[Room], Made]) -> Made | str:
        """What was made, or what to say where it could not be."""
        try:
            with self._room() as room:
                return made(room)
        except MonitorError as error:
            return str(error)
        except sqlite3.OperationalError as error:
            log.warning("no answer for now: %s", error)
            return BUSY
        except Exception:  # a fault of ours must not leave somebody without an answer
            log.exception("no answer")
            return FAULT
