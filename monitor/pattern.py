"""Patterns for addresses, as files have them: RE2's syntax, so that none can hang."""

from __future__ import annotations

from collections.abc import Callable

import re2


def pattern(text: str) -> str:
    """A pattern, checked. Raises ValueError."""
    try:
        re2.compile(text, _options())
    except re2.error as error:
        said = error.args[0] if error.args else "it cannot be read"
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        raise ValueError(f"'{text}' is not a pattern: {said}") from None
    return text


def matcher(text: str) -> Callable[[str], bool]:
    """Whether an address matches anywhere; every one where there is no pattern."""
    if not text:
        return lambda _: True
    compiled = re2.compile(text, _options())
    return lambda link: compiled.search(link) is not None


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options
