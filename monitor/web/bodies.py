"""What is sent to us -> a form, within bounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

# Of whoever comes by; and of those who are let in, whose forms hold whole watchlists.
MOST_BYTES, MOST_FIELDS, SECONDS = 16_384, 20, 10.0
ROOMY_BYTES, ROOMY_FIELDS = 2_000_000, 2_000
# What somebody had entered when their session ended; and with it once more, as one field, their password.
ENTERED_BYTES, CARRIED_BYTES = 400_000, 1_200_000


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form in their order; one may come more than once."""

    fields: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        """What was sent under a name; of several the last."""
        return next((value for key, value in reversed(self.fields) if key == name), default)

    def all(self, name: str) -> tuple[str, ...]:
        """All that was sent under a name."""
        return tuple(value for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)


async def bounded(request: Request, most: int = MOST_BYTES) -> bytes:
    """The body. Raises 413 where it is too long, 408 where it does not end in time, and 400 where its sender
    hung up."""
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise HTTPException(413, headers={"Connection": "close"})
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:  # no fault of ours, of which a log would tell at length
        raise HTTPException(400) from None
    return bytes(body)


async def form(request: Request, *, most: int = MOST_BYTES, fields: int = MOST_FIELDS) -> Sent:
    """A form sent as browsers do, of so many bytes and fields. Raises 400 where it is none, and as `bounded`
    does."""
    body = await bounded(request, most)
    try:
        return Sent(tuple(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=fields)))
    except ValueError:
        raise HTTPException(400) from None
