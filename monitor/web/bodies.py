"""What is sent to us -> a form, within bounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from python_multipart import FormParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

# Of whoever comes by; and of those who are let in, whose forms hold whole watchlists.
MOST_BYTES, MOST_FIELDS, SECONDS = 16_384, 20, 10.0
ROOMY_BYTES, ROOMY_FIELDS = 2_000_000, 2_000
# What somebody had entered when their session ended; and with it once more, as one field, their password.
ENTERED_BYTES, CARRIED_BYTES = 400_000, 1_200_000


@dataclass(frozen=True, slots=True)
class Sent:
    """The fields of a form in their order; one may come more than once. `files` came along with them."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)

    def file(self, name: str) -> bytes:
        """The file that was sent under a name; empty where there is none."""
        return next((body for key, body in reversed(self.files) if key == name), b"")

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
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        if kind == b"multipart/form-data":
            return _parts(body, options.get(b"boundary", b""), fields)
        return Sent(tuple(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=fields)))
    except (ValueError, FormParserError):
        raise HTTPException(400) from None


def _parts(body: bytes, boundary: bytes, most: int) -> Sent:
    """A form with files in it (RFC 7578), its texts in UTF-8, all in memory. Raises ValueError where there
    are more than so many parts, or it is cut off, and FormParserError where it is none."""
    fields: list[tuple[str, str]] = []
    files: list[tuple[str, bytes]] = []

    def counted() -> None:
        if len(fields) + len(files) >= most:
            raise ValueError("too many parts")

    def on_field(part: Field) -> None:
        counted()
        fields.append((_utf8(part.field_name), _utf8(part.value)))

    def on_file(part: File) -> None:
        counted()
        part.file_object.seek(0)
        files.append((_utf8(part.field_name), part.file_object.read()))

    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary, config=config)
    parser.write(body)
    parser.finalize()
    if not body.rstrip().endswith(b"--" + boundary + b"--"):
        raise ValueError("it is cut off")
    return Sent(tuple(fields), tuple(files))


def _utf8(text: bytes | None) -> str:
    return (text or b"").decode("utf-8")
