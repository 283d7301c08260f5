"""The terminal: where alerts go when neither Slack nor e-mail is set up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from monitor import wording
from monitor.model import Alert
from monitor.outbox import Delivery, Notice


class Console:
    """Writes each alert as a few lines through `write`, colours where `colour` is true."""

    name = "console"
    pace = timedelta(0)
    settle = timedelta(seconds=5)

    def __init__(self, write: Callable[[str], None], *, zone: str = "UTC", colour: bool = False) -> None:
        self._write = write
        self._zone = zone
        self._colour = colour

    def send(self, delivery: Delivery) -> str:
        message = delivery.message
        told = self._notice(message) if isinstance(message, Notice) else self._alert(message)
        self._write("\n".join(told) + "\n")
        return "printed"

    def _notice(self, notice: Notice) -> list[str]:
        return [self._bold(f"● {notice.title}", "36"), *(f"  {line}" for line in notice.lines)]

    def _alert(self, alert: Alert) -> list[str]:
        lines = [
            self._bold(f"▲ {wording.titles(alert)} · {wording.reason(alert)}", "33"),
            f"  {self._bold(alert.title)}",
            f"  {wording.origin(alert, self._zone)}",
            *([f"  Facts: {wording.facts(alert)}"] if wording.facts(alert) else []),
            *([f"  New: {wording.news(alert)}"] if alert.news else []),
            f"  Why: {wording.why(alert)}",
            f"  Words: {', '.join(alert.hits)}",
        ]
        if alert.link:
            lines.append(f"  {alert.link}")
        return lines

    def find(self, delivery: Delivery) -> str:
        return ""

    def _bold(self, text: str, code: str = "1") -> str:
        return f"\x1b[1;{code}m{text}\x1b[0m" if self._colour else text
