"""When: ticks by APScheduler. What is due is a date in the database, so that a late, doubled or
missed tick changes nothing; the ticks only decide when to look.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

Job = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Tick:
    """A job, the seconds between its starts, and how many of it may run at once."""

    seconds: float
    job: Job
    at_once: int = 1


class Schedule:
    """Calls each job at its interval, no more of it at once than it allows, until stopped."""

    def __init__(self, ticks: Mapping[str, Tick]) -> None:
        self._stop = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(sum(tick.at_once for tick in ticks.values()) or 1)},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        for name, tick in ticks.items():
            job = _guarded(name, tick.job)
            self._scheduler.add_job(
                job, "interval", seconds=tick.seconds, id=name, max_instances=tick.at_once
            )

    def run(self) -> None:
        """Work until `stop` is called; then let what is running finish."""
        # A tick that comes while its job still runs is skipped by design, not worth a warning.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        self._stop.wait()
        self._scheduler.shutdown(wait=True)

    def stop(self) -> None:
        self._stop.set()


def _guarded(name: str, job: Job) -> Callable[[], None]:
    """The job, unable to end the daemon. What goes on being wrong (a full disk) is said once."""
    said = ""

    def tick() -> None:
        nonlocal said
        try:
            job()
            said = ""
        except Exception as error:
            message = f"{name}: {type(error).__name__}: {error}"
            if message != said:
                log.exception("%s; trying again", message)
            said = message

    return tick
