"""A password -> what is kept of it, and back: is this the one?

By scrypt (RFC 7914) with N = 2^15, r = 8, p = 3, which OWASP holds to be as good as N = 2^17 and p = 1, and
which takes 32 MiB a time, not 128 (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html).
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Callable

SHORTEST, MARK = 8, "scrypt:"
_N, _R, _P, _SALT, _LENGTH = 2**15, 8, 3, 16, 32
_ROOM = 64 * 2**20
_KEPT = re.compile(rf"{MARK}{_N}:{_R}:{_P}:([\w-]{{22}}):([\w-]{{43}})", re.ASCII)
_NOBODY = bytes(_SALT)


def hashed(password: str, salt: bytes = b"") -> str:
    """What may stand in the settings instead of the password."""
    salt = salt or secrets.token_bytes(_SALT)
    return f"{MARK}{_N}:{_R}:{_P}:{_text(salt)}:{_text(_scrypt(password, salt))}"


def is_hash(text: str) -> bool:
    """Is it what `hashed` makes?"""
    return bool(_KEPT.fullmatch(text))


def fits(given: str, kept: str, work: Callable[[str, bytes], bytes] | None = None) -> bool:
    """Is `given` the password of which this is kept: a hash, or the password itself? Of nobody, of whom
    nothing is kept, it never is. It takes as long in each of these cases, which is that of `work`: a password
    and a salt -> a hash."""
    found = _KEPT.fullmatch(kept)
    salt = _bytes(found[1]) if found else _NOBODY
    made = (work or _scrypt)(given, salt)
    if found:
        return secrets.compare_digest(made, _bytes(found[2]))
    return secrets.compare_digest(_digest(given), _digest(kept)) and bool(kept)


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(_plain(password), salt=salt, n=_N, r=_R, p=_P, maxmem=_ROOM, dklen=_LENGTH)


def _digest(password: str) -> bytes:
    return hashlib.sha256(_plain(password)).digest()


def _plain(password: str) -> bytes:
    """The same bytes however a keyboard puts an accent (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "replace")


def _text(made: bytes) -> str:
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
