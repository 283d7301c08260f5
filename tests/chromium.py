"""Debian's Chromium, to see pages as people do. Skipped where it is missing, but never in CI's own run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without a window and without the network of the machine it runs on."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail("Chromium is required here and missing: apt-get install chromium")
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
