"""A number of processes that the kernel lets nobody pass, where it can be told one.

A bomb of processes doubles faster than a watcher can look when the machine is busy. For an ordinary
user RLIMIT_NPROC, counted in the isolation's own namespace of users, is such a number. It does not
hold for root, who may make a control group instead; where neither is to be had, the watcher alone
is left.
"""

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

GROUPS = (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup"))
"""Where control groups with a `pids` controller are made: version 1, and version 2."""

_PATIENCE = 300
"""Hundredths of a second; a group that outlasts them stays behind, empty, and harms nobody."""

_count = itertools.count()


@dataclass(frozen=True)
class Cap:
    """A control group that bounds processes; without a `group` nothing is bounded."""

    group: Path | None

    @property
    def prefix(self) -> Sequence[str]:
        """Words that, put before a command, bring it and its descendants into the group."""
        if self.group is None:
            return ()
        enter = 'echo $$ > "$0" && exec "$@"'
        return ("/bin/sh", "-c", enter, str(self.group / "cgroup.procs"))

    @property
    def was_reached(self) -> bool:
        """Whether the kernel refused to start a process for it."""
        if self.group is None:
            return False
        with suppress(OSError):
            return "max 0" not in (self.group / "pids.events").read_text().splitlines()
        return False


@contextmanager
def capped(most: int) -> Iterator[Cap]:
    """Bound a command and its descendants to `most` processes, where this process may.

    All of them must have ended when the context does.
    """
    group = _group(most)
    try:
        yield Cap(group)
    finally:
        if group is not None:
            _remove(group)


def _remove(group: Path) -> None:
    """Once its last process is gone, which takes the kernel a moment after killing it."""
    for _ in range(_PATIENCE):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.01)
        else:
            return


def _group(most: int) -> Path | None:
    for home in GROUPS:
        group = home / f"passlake-{os.getpid()}-{next(_count)}"
        try:
            group.mkdir()
        except OSError:
            continue
        with suppress(OSError):
            # Opening makes no file here: the kernel's are there, or this is no such group.
            with (group / "pids.max").open("r+") as limit:
                limit.write(str(most))
            return group
        with suppress(OSError):
            group.rmdir()
    return None
