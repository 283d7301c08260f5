"""Zips as nobody should send them (fault 88)."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterable
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

GOOD = b"name: Good\n"


def zipped(*files: tuple[str, bytes], how: int = ZIP_DEFLATED) -> bytes:
    """A zip of these files, whatever they are called."""
    made = io.BytesIO()
    with ZipFile(made, "w", how) as bundle:
        for name, body in files:
            bundle.writestr(ZipInfo(name), body, how)
    return made.getvalue()


def linked(name: str = "link.yaml", to: bytes = b"/etc/passwd") -> bytes:
    made = io.BytesIO()
    with ZipFile(made, "w") as bundle:
        info = ZipInfo(name)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        bundle.writestr(info, to)
    return made.getvalue()


def twice() -> bytes:
    """Two files of one name: the second is given its name behind the back of what packs it."""
    return zipped(("good.yaml", GOOD), ("gooe.yaml", GOOD)).replace(b"gooe.yaml", b"good.yaml")


def encrypted() -> bytes:
    """Both heads of its file say that it is encrypted."""
    body = bytearray(zipped(("good.yaml", GOOD)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.index(mark) + place
        body[at : at + 2] = struct.pack("<H", 0x1)
    return bytes(body)


def lying(size: int = 40) -> bytes:
    """A bomb that says of itself that it is small."""
    body = bytearray(zipped(("good.yaml", b"0" * 50_000_000)))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = body.index(mark) + place
        body[at : at + 4] = struct.pack("<I", size)
    return bytes(body)


def overlapping(many: int = 60) -> bytes:
    """A bomb whose files are all the same bytes of it: each entry of its list names the first."""
    body = zipped(*((f"good-{number:02}.yaml", b"0" * 18_000) for number in range(many)))
    start = body.index(b"PK\x01\x02")
    listed, end = bytearray(body[start:-22]), body[-22:]
    at = 0
    while (at := listed.find(b"PK\x01\x02", at)) >= 0:
        listed[at + 42 : at + 46] = struct.pack("<I", 0)
        at += 46
    return body[:start] + bytes(listed) + end


def unusual() -> bytes:
    return zipped(("good.yaml", GOOD), how=ZIP_LZMA)


def numbered(many: int) -> Iterable[tuple[str, bytes]]:
    return ((f"list-{number}.yaml", b"") for number in range(many))


def renamed(name: bytes) -> bytes:
    """A zip whose file is called so, of as many bytes as `good.yaml`."""
    assert len(name) == len(b"good.yaml")
    return zipped(("good.yaml", GOOD)).replace(b"good.yaml", name)


def cut(body: bytes) -> bytes:
    return body[: len(body) // 2]


def broken() -> bytes:
    """What is packed does not fit its checksum."""
    body = zipped(("good.yaml", GOOD), how=zipfile.ZIP_STORED)
    return body.replace(GOOD, GOOD.upper())
