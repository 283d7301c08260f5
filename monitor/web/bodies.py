"""What is sent to us -> a form, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MOST_BYTES, MOST_FIELDS, SECONDS = 16_384, 20, 10.0


async def bounded(request: Request) -> bytes:
    """The body. Raises 413 where it is too long, 408 where it does not end in time, and 400 where its sender
    hung up."""
    body = b""
    try:
        async with asyncio.timeout(SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BYTES:
                    raise HTTPException(413, headers={"Connection": "close"})
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:  # no fault of ours, of which a log would tell at length
        raise HTTPException(400) from None
    return body


async def form(request: Request) -> Mapping[str, str]:
    """The fields of a form sent as browsers do. Raises 400 where it is none."""
    body = await bounded(request)
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise HTTPException(400) from None
