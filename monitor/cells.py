"""Values -> the cells of a sheet as RFC 4180 has it, of which no program takes one for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import Enum

# A cell that begins so is run by spreadsheets (https://owasp.org/www-community/attacks/CSV_Injection); and
# one can begin wherever a program takes another character than the comma for what parts them.
_FORMULA = re.compile('(^|[;|\t\r\n])(?="*[=+@\t\r＝＋－＠-])')


def cell(value: object) -> object:
    """One value: moments in UTC and days as ISO 8601 has them, truths as JSON has them, several values with
    a semicolon between them. A text that would be run has a ' before what would run it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, (tuple, list, set, frozenset)):
        value = "; ".join(str(cell(one)) for one in value)
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value


def lines(rows: Iterable[Iterable[object]]) -> str:
    """The rows as they stand in the file."""
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
