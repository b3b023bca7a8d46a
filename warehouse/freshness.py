"""Whether a lake has new winners, told without opening it: for commands that run once per file."""

import os
from pathlib import Path


def winners_mark(location: str) -> str:
    """A text that changes when winners are committed; the same as long as there are none."""
    log = Path(location, "winners", "_delta_log")
    try:
        return max(
            (entry.name for entry in os.scandir(log) if entry.name[:1].isdigit()), default=""
        )
    except OSError:
        return ""
