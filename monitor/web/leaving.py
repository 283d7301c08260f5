"""The page on which a reader unsubscribes, as RFC 8058 wants it.

To look at it changes nothing: scanners and previews follow every link of a mail. To post to it unsubscribes,
without a login, cookie or redirect: who has the token is the reader, or their mail program. A token that is
none is answered as any page that there is not.
"""

from __future__ import annotations

import logging
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.deliver import enqueue
from monitor.outbox import Notice
from monitor.storage.subscriptions import Subscription
from monitor.web.bodies import bounded
from monitor.web.house import House
from monitor.web.pages import page, resuming

log = logging.getLogger(__name__)


class Leaving:
    """The pages below /unsubscribe/."""

    def __init__(self, house: House) -> None:
        self._house = house

    def routes(self) -> list[Route]:
        return [Route("/unsubscribe/{token}", self.answer, methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """Shows whom it is about; a POST unsubscribes them, again and again with the same answer.

        What the body says does not matter: a POST here can mean nothing else.
        """
        token = request.path_params["token"]
        if request.method == "POST":
            await bounded(request)
            found = await run_in_threadpool(self._leave, token)
        else:
            found = await run_in_threadpool(self._look, token)
        if found is None:
            raise HTTPException(404)
        template = "leave.html" if found.gone is None else "left.html"
        shown = {"who": found, "back": resuming(found.subscriber)}
        return page(request, self._house, template, shown)

    def _look(self, token: str) -> Subscription | None:
        with self._house.reading() as storage:
            return storage.subscriptions.by_token(token)

    def _leave(self, token: str) -> Subscription | None:
        if self._look(token) is None:
            return None  # without a write, which would have to wait its turn
        now = self._house.clock()
        with self._house.writing() as storage, storage.write():
            first = storage.subscriptions.leave(token, now)
            found = storage.subscriptions.by_token(token)
            if first and found:
                lines = (f"Nothing has to be done. To send it again: {resuming(found.subscriber)}",)
                title = f"{found.subscriber} <{found.email}> unsubscribed from the digest"
                notice = Notice(f"left-{uuid4().hex}", title, lines, now)
                enqueue(storage, notice, [self._house.engine.operator], now)
        if first and found:
            log.info("%s <%s> unsubscribed from the digest", found.subscriber, found.email)
        return found
