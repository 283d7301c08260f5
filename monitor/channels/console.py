"""The terminal: where alerts go when neither Slack nor e-mail is set up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from monitor import wording
from monitor.model import Alert
from monitor.outbox import Batch, Delivery, Message, Notice, Receipt


class Console:
    """Writes each alert as a few lines through `write`, colours where `colour` is true."""

    name = "console"
    pace = timedelta(0)
    settle = timedelta(seconds=5)
    threads = False

    def __init__(self, write: Callable[[str], None], *, zone: str = "UTC", colour: bool = False) -> None:
        self._write = write
        self._zone = zone
        self._colour = colour

    def send(self, delivery: Delivery) -> Receipt:
        self._write("\n".join(self._told(delivery.message)) + "\n")
        return Receipt("printed")

    def _told(self, message: Message) -> list[str]:
        if isinstance(message, Notice):
            return self._notice(message)
        return self._batch(message) if isinstance(message, Batch) else self._alert(message)

    def _batch(self, batch: Batch) -> list[str]:
        told = (
            f"  {wording.titles(a)} · {wording.reason(a)}: {a.title}" + (f"\n    {a.link}" if a.link else "")
            for a in batch.alerts
        )
        return [self._bold(f"▲ {batch.title} · {batch.why}", "33"), *told]

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

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def update(self, delivery: Delivery) -> None:
        pass

    def _bold(self, text: str, code: str = "1") -> str:
        return f"\x1b[1;{code}m{text}\x1b[0m" if self._colour else text
