"""What tests share: the folder of captured data where there is one, and a moment to call now."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
