"""What this machine says of itself: who is logged in, and its zone."""

from __future__ import annotations

import getpass

from tzlocal import get_localzone_name


def login_name() -> str:
    """Of whoever runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for its user
        return "unknown"


def local_zone() -> str:
    """The IANA name of this machine's zone; UTC where it has none."""
    try:
        return get_localzone_name() or "UTC"
    except Exception:  # noqa: BLE001 - a machine with an odd TZ is no reason not to run
        return "UTC"
