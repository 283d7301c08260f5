"""What is in deploy/ can be used as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from monitor.config import Settings
from tests.conftest import ROOT


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        if os.environ.get("REQUIRE_SHARED"):
            pytest.fail("systemd-analyze is required here")
        pytest.skip("needs systemd-analyze")
    unit = (ROOT / "deploy/signal-monitor.service").read_text("utf-8")
    command = "/opt/signal-monitor/bin/monitor"
    assert unit.count(f"ExecStart={command}") == 1
    copy = tmp_path / "signal-monitor.service"
    copy.write_text(unit.replace(f"ExecStart={command}", f"ExecStart={sys.executable}"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert copy.name not in done.stderr, done.stderr


def test_the_example_settings_show_the_default_hours_and_limits() -> None:
    shown = tomllib.loads((ROOT / "deploy/monitor.toml").read_text("utf-8"))
    settings = Settings()
    assert shown["hours"] == settings.hours.model_dump()
    assert shown["limits"] == settings.limits.model_dump()


def test_the_wheel_carries_watchlists_templates_and_the_demo(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"monitor/shipped/{path.name}" for path in (ROOT / "watchlists").glob("*.yaml")}
    assert shipped <= names
    assert {"monitor/templates/digest.html", "monitor/demo_news.yaml"} <= names
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    probe = "from monitor.installation import shipped; print(shipped())"
    out = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(out.stdout.strip()) == unpacked / "monitor" / "shipped"


def test_the_image_installs_what_the_lock_file_pins() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text("utf-8")
    assert "requirements.lock" in lines
    assert "USER monitor" in lines


def test_the_lock_file_covers_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    for written in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        needed = Requirement(written)
        assert f"\n{canonicalize_name(needed.name)}==" in f"\n{locked}", f"{needed.name}: run make lock"
