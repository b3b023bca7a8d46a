"""Which code made a row: recorded in every campaign, winner and verdict."""

from __future__ import annotations

import subprocess
from functools import cache
from importlib import metadata
from pathlib import Path

_DISTRIBUTION = "passlake"
_GIT_WAIT_S = 10


@cache
def code_version() -> str:
    """The distribution's version, and the git commit when run from a checkout.

    `0.1.0`, `0.1.0+g1a2b3c4d5e6f` or, where files of the five floors differ from the commit,
    `0.1.0+g1a2b3c4d5e6f.changed`. Found once per process.
    """
    try:
        version = metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        version = "0"  # a bare source tree; the commit below tells more
    commit = _commit(Path(__file__).resolve().parent.parent)
    return f"{version}+g{commit}" if commit else version


def _commit(root: Path) -> str | None:
    # An installed Passlake may lie inside someone else's repository: ask only our own checkout.
    if not (root / ".git").exists():
        return None
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    if commit is None:
        return None
    floors = ("warehouse", "corpus", "autotune", "trainer", "cli")
    changed = _git(root, "status", "--porcelain", "--", *floors)
    return f"{commit}.changed" if changed else commit


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: PLW1510  (a failure is an answer: no commit is known)
            ["git", "-C", str(root), *arguments],  # noqa: S607  (git from PATH, as for any tool)
            capture_output=True,
            text=True,
            timeout=_GIT_WAIT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
