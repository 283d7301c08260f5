"""What can go wrong, as one small tree.

    MonitorError
    |-- Invalid          a file or a setting is wrong; carries every problem with file, line and remedy
    |-- Busy             another process holds what this one needs
    |-- Conflict         somebody else changed what this one was about to change
    |-- Unreachable      no answer at all: name, route, connection or deadline
    |-- Refused          an answer that is not what was asked for: status, size, encoding, guard
    |   `-- HostWaits    the whole host is to be left alone for a while: no fault of the source
    |-- Unreadable       the document came, and is not what its source promises
    |-- DeliveryFailed   the channel said no, for now or for good
    `-- DeliveryUnknown  no answer from the channel: the message may or may not have arrived

Every error knows its subject (a source id, a file, a destination), whether trying again can
help, and how long to wait first. No error text holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a file: where it is (line counted from 1) and what to do about it."""

    file: str
    line: int
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


class Trouble(StrEnum):
    """What is wrong with a source, in one word."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BLOCKED = "blocked"
    GONE = "gone"
    CERTIFICATE = "certificate"
    UNREADABLE = "unreadable"
    SILENT = "silent"
    EMPTY = "empty"
    DROP = "drop"
    FLOOD = "flood"
    RENUMBERED = "renumbered"
    HELD = "held back"
    PARKED = "parked"
    OFFLINE = "no network"


class MonitorError(Exception):
    """Base of all errors that a user may see. `trouble` is what it means for a source."""

    trouble = Trouble.REFUSED

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        retryable: bool = False,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.subject = subject
        self.retryable = retryable
        self.retry_after = retry_after


class Invalid(MonitorError):
    """A file or setting that cannot be used; `problems` lists everything found at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


class Busy(MonitorError):
    """Another process holds the lock."""


class Conflict(MonitorError):
    """What was to be changed is no longer as it was read; nothing was overwritten.

    `diff` shows what the other changed, as a unified diff.
    """

    def __init__(self, message: str, *, subject: str = "", diff: str = "") -> None:
        super().__init__(message, subject=subject)
        self.diff = diff


class Unreachable(MonitorError):
    """Nothing answered: worth trying again, and a sign of being offline when all sources say it.

    `no_network` is true where the name could not be looked up or no connection came about.
    """

    trouble = Trouble.UNREACHABLE

    def __init__(self, message: str, *, subject: str = "", no_network: bool = False) -> None:
        super().__init__(message, subject=subject, retryable=True)
        self.no_network = no_network


# Statuses that say more than that something went wrong; 412 and 521 are those of robot walls.
_STATUSES = {
    **dict.fromkeys((401, 403, 412, 429, 451, 521), Trouble.BLOCKED),
    **dict.fromkeys((404, 410), Trouble.GONE),
}


class Refused(MonitorError):
    """An answer that we do not take, or a request that we do not make.

    `status` is the HTTP status, or 0 where our own rules refused.
    """

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        status: int = 0,
        retry_after: timedelta | None = None,
        trouble: Trouble | None = None,
    ) -> None:
        super().__init__(message, subject=subject, retryable=True, retry_after=retry_after)
        self.status = status
        self.trouble = trouble or _STATUSES.get(status, Trouble.REFUSED)


class HostWaits(Refused):
    """The host is to be left alone for `wait`, with all its sources.

    `asked` is true for the request whose answer was the reason, and false where none was made.
    """

    def __init__(
        self,
        message: str,
        *,
        wait: timedelta,
        status: int = 0,
        retry_after: timedelta | None = None,
        asked: bool = False,
    ) -> None:
        super().__init__(message, status=status, retry_after=retry_after)
        self.wait = wait
        self.asked = asked


class Unreadable(MonitorError):
    """The body is not a document of the kind its source promises."""

    trouble = Trouble.UNREADABLE


class DeliveryFailed(MonitorError):
    """The channel refused. `retryable` tells a pause from a final no; where it `parks`, a person has to
    mend something before anything can go there. `code` is the channel's own word for it.
    """

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        retryable: bool = False,
        retry_after: timedelta | None = None,
        parks: bool = False,
        code: str = "",
    ) -> None:
        super().__init__(message, subject=subject, retryable=retryable or parks, retry_after=retry_after)
        self.parks = parks
        self.code = code


class DeliveryUnknown(MonitorError):
    """The channel may have accepted: look before sending again."""

    def __init__(self, message: str, *, subject: str = "") -> None:
        super().__init__(message, subject=subject, retryable=True)
