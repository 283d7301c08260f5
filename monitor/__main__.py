"""`monitor`, and `python -m monitor`: how the process is set up before anything is loaded."""

import gc
import sys

# Most of what is made at the start and in a poll stays until its end: looking through all of it
# again and again for cycles takes a tenth of a poll.
gc.set_threshold(50_000, 20, 100)
# httpx loads rich for a command line of its own, where rich is there; it does without.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]

from monitor.cli import main  # noqa: E402

if __name__ == "__main__":
    main(prog_name="monitor")
