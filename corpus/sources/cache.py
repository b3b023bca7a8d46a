"""Where what was downloaded or unpacked is kept between runs."""

import os
from pathlib import Path


def cache_folder(kind: str) -> Path:
    """The folder for things of this kind: under XDG_CACHE_HOME, or the user's ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "passlake" / kind
