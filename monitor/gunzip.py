"""Inflates what comes over the network: piece by piece, and never beyond a limit."""

from __future__ import annotations

import zlib

from monitor.errors import Refused


class Gunzip:
    """Inflates gzip of one or several members (RFC 1952 section 2.2), up to `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._limit = self._room = limit
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def whole(self) -> bool:
        return self._member.eof

    def feed(self, chunk: bytes, body: bytearray) -> None:
        """Put what is in the chunk at the end of the body."""
        while chunk:
            if self._member.eof:
                if chunk[0] != 0x1F:
                    break  # padding after the last member
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                piece = self._member.decompress(chunk, self._room + 1)
            except zlib.error:
                raise Refused("the body is not the gzip it says it is") from None
            self._room -= len(piece)
            if self._room < 0:
                raise Refused(f"the body inflates to more than {self._limit:,} bytes")
            body += piece
            chunk = self._member.unused_data
