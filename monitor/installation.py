"""Where the watchlists and the catalogue are, and how those that are shipped get there."""

from __future__ import annotations

import shutil
from pathlib import Path

from monitor.config import Settings
from monitor.errors import MonitorError


def shipped() -> Path:
    """The watchlists that come with the package; in a checkout, those of the checkout."""
    inside = Path(__file__).parent / "shipped"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "watchlists"


def files(settings: Settings) -> tuple[Path, Path]:
    """Where the watchlists and the catalogue are: as set, else as shipped.

    Raises MonitorError where a place that was set by hand does not exist.
    """
    defaults = type(settings.paths)()
    directory, sources = Path(settings.paths.watchlists), Path(settings.paths.sources)
    if not directory.is_dir():
        if settings.paths.watchlists != defaults.watchlists:
            raise MonitorError(f"{directory}: there is no such folder (paths.watchlists)")
        directory = shipped()
    if not sources.is_file():
        if settings.paths.sources != defaults.sources:
            raise MonitorError(f"{sources}: there is no such file (paths.sources)")
        sources = shipped() / "sources.yaml"
    return directory, sources


def unpack(settings: Settings) -> Path | None:
    """Put the shipped files where they can be edited, if nothing is there. Answers the folder."""
    directory = Path(settings.paths.watchlists)
    if directory.exists() or settings.paths != type(settings.paths)():
        return None
    copy_shipped(directory)
    return directory


def own(settings: Settings) -> Path:
    """The folder of watchlists that is the user's own. Raises MonitorError where those in force are others,
    which nobody edits."""
    directory, _ = files(settings)
    if directory != Path(settings.paths.watchlists):
        raise MonitorError(
            f"there is no folder {settings.paths.watchlists}: make it, or set paths.watchlists"
        )
    return directory


def copy_shipped(directory: Path) -> None:
    """Put the shipped files into a folder that does not exist yet."""
    shutil.copytree(shipped(), directory, ignore=shutil.ignore_patterns(".*"))
