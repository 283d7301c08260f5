"""The style sheet, the script and the icon: the same for every reader, kept by browsers until they change."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.web.pages import HEADERS, static

BELOW = "/static/"
_TYPES = {"desk.css": "text/css", "desk.js": "text/javascript", "icon.svg": "image/svg+xml"}
_KEPT = HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"}


class Statics:
    """The files below /static/, which are no secret: whoever may log in sees them before."""

    def routes(self) -> list[Route]:
        return [Route(BELOW + "{name}", self.file)]

    def file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _TYPES:
            raise HTTPException(404)
        return Response(static(name), media_type=_TYPES[name], headers=_KEPT)
