"""What tests share: the folder of captured data where there is one, and a moment to call now."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.desk import Desk, opened
from tests.mailserver import make_certificate

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The captured data beside the checkout. Skipped where it is missing, but never in CI's own run."""
    if not SHARED.is_dir():
        if os.environ.get("REQUIRE_SHARED"):
            pytest.fail("the captured data is required here and missing")
        pytest.skip("needs the captured data in ../shared, which is not published")
    return SHARED


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Commands and tests keep what they parsed in a folder of the run, not in the user's."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that a mail server on this machine may show; its key is beside it."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The certificate, as one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Demo:
    """A finished demo: its folder and what it printed."""

    folder: Path
    printed: str
    seconds: float


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """`monitor demo`, run once for all tests that look at what it leaves."""
    folder = tmp_path_factory.mktemp("demo") / "monitor-demo"
    command = [sys.executable, "-m", "monitor", "demo", "--out", str(folder)]
    started = datetime.now(UTC)
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, check=False)
    assert done.returncode == 0, done.stderr
    return Demo(folder, done.stdout, (datetime.now(UTC) - started).total_seconds())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A folder to run commands in, with its feeds served; logging is put back afterwards."""
    with opened(tmp_path) as made:
        yield made
