"""Patterns as files have them, in RE2's syntax, so that none can hang."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def options() -> Any:
    """How RE2 reads a pattern: case does not matter unless it says (?-i)."""
    import re2  # loaded here alone: most polls meet no pattern

    chosen = re2.Options()
    chosen.case_sensitive = False
    chosen.log_errors = False
    return chosen


def expression(text: str) -> Any:
    """A compiled pattern. Raises ValueError, in words, where RE2 does not take it."""
    import re2

    try:
        return re2.compile(text, options())
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from None


def pattern(text: str) -> str:
    """A pattern, checked. Raises ValueError."""
    try:
        expression(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a pattern: {error}") from None
    return text


def matcher(text: str) -> Callable[[str], bool]:
    """Whether an address matches anywhere; every one where there is no pattern."""
    if not text:
        return lambda _: True
    compiled = expression(text)
    return lambda link: compiled.search(link) is not None
