"""A driver's poll in a process of its own, and what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ADAPTER = Path(__file__).with_name("adapter.py")


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system) and peak memory of a process, and the seconds that passed."""

    cpu: float
    wall: float
    megabytes: float


def adapter(verb: str, folder: Path) -> str:
    """What the program's own driver prints."""
    command = [sys.executable, str(ADAPTER), verb, str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def poll(folder: Path) -> Cost:
    """One poll of all that is set up in a folder, from its start to its end."""
    started = time.perf_counter()
    command = [sys.executable, str(ADAPTER), "poll", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the poll ended with {process.returncode}")
    wall = time.perf_counter() - started
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


def told(what: str, figure: float, most: float, unit: str = "") -> bool:
    """Print a figure beside its bar. True where it is reached."""
    reached = figure <= most
    print(f"  {'PASS' if reached else 'FAIL'}  {what:54}{figure:8.2f}{unit}   at most {most:g}{unit}")
    return reached
