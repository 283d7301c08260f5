"""The style sheet, the script and the icon: the same for every reader, kept by browsers until they change."""

from __future__ import annotations

import gzip
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.web.pages import HEADERS, static

BELOW = "/static/"
_TYPES = {"desk.css": "text/css", "desk.js": "text/javascript", "icon.svg": "image/svg+xml"}
_KEPT = HEADERS | {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}


class Statics:
    """The files below /static/, which are no secret: whoever may log in sees them before.

    They alone are compressed: of a page that holds a secret beside what was asked for, the length would tell
    (https://www.breachattack.com).
    """

    def routes(self) -> list[Route]:
        return [Route(BELOW + "{name}", self.file)]

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _TYPES:
            raise HTTPException(404)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                _packed(name), media_type=_TYPES[name], headers=_KEPT | {"Content-Encoding": "gzip"}
            )
        return Response(static(name), media_type=_TYPES[name], headers=_KEPT)


@lru_cache
def _packed(name: str) -> bytes:
    return gzip.compress(static(name), mtime=0)
