"""How an attempt to send a digest failed -> what becomes of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import DeliveryFailed, DeliveryUnknown
from monitor.outbox import State

# RFC 5321 section 4.5.4.1 asks for half an hour at least before the next attempt.
FIRST, MOST = timedelta(minutes=30), timedelta(hours=4)
# How long a server that refuses us is left alone: a person has to mend something first.
HOURLY = timedelta(hours=1)
# So many copies may have arrived: then no further one goes out.
COPIES = 2
_TOO_LARGE = "552"
_OURS = " 5.7."  # RFC 3463: security and policy, such as a relay that does not know us


@dataclass(frozen=True, slots=True)
class Ending:
    """The state it ends in, and when it is tried again where it is not final.

    `address`: this address is refused for good. `us`: the server refuses us, whoever it is for.
    `unclear`: nobody knows whether it was taken.
    """

    state: State
    error: str
    due: datetime | None = None
    address: bool = False
    us: bool = False
    unclear: bool = False


def ending(error: Exception, attempts: int, unclear: int, now: datetime) -> Ending:
    """What becomes of a digest after so many `attempts` before, `unclear` of them without an answer.

    An error that is none of a channel's, such as a full disk, passes.
    """
    if isinstance(error, DeliveryUnknown):
        if unclear + 1 >= COPIES:
            return Ending(State.DEAD, maybe(str(error)), unclear=True)
        return Ending(State.FAILED, maybe(str(error)), now + FIRST, unclear=True)
    if isinstance(error, DeliveryFailed):
        if _is_about_us(error):
            return Ending(State.FAILED, str(error), now + max(HOURLY, error.retry_after or HOURLY), us=True)
        if not error.retryable:
            return Ending(State.DEAD, str(error), address=_is_about_the_address(error))
    pause = min(FIRST * 2 ** min(attempts, 10), MOST)
    asked = getattr(error, "retry_after", None) or pause
    return Ending(State.FAILED, str(error), now + max(pause, asked))


def maybe(why: str) -> str:
    """In words, that nobody knows whether it was taken."""
    return f"it may have arrived: {why}"


def _is_about_us(error: DeliveryFailed) -> bool:
    """Would it be refused whoever it is for? Who refuses the sender does so for all, but for its size."""
    step, _, answer = error.code.rpartition(" ")
    return error.parks or (step == "MAIL" and not error.retryable and answer != _TOO_LARGE)


def _is_about_the_address(error: DeliveryFailed) -> bool:
    """Is it the recipient that is refused, and not this one mail or a relay's policy?"""
    step, _, _ = error.code.rpartition(" ")
    return step in ("", "RCPT") and _OURS not in str(error)
