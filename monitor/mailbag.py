"""Several messages as one body: a JSON object with each in base64, between the door and the reader."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence

from monitor.errors import Unreadable


def pack(messages: Iterable[bytes]) -> bytes:
    """The messages, as they came over the wire, as one body."""
    encoded = [base64.b64encode(message).decode("ascii") for message in messages]
    return json.dumps({"messages": encoded}).encode("ascii")


def unpack(body: bytes, subject: str) -> Sequence[bytes]:
    """What was packed. Raises Unreadable for any other body."""
    try:
        return [base64.b64decode(one, validate=True) for one in json.loads(body)["messages"]]
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        raise Unreadable("not messages from a mailbox", subject=subject) from None
