"""What a command and all that it starts use up, watched from outside.

Ten times a second, and at once when the machine's processes multiply. The kernel's limits are no
way to do this: none of them sums over processes.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GLANCE_S = 0.02
_WATCH_S = 0.1
_DISK_WATCH_S = 1.0


@dataclass(frozen=True)
class Limits:
    """For a command and all that it starts, together.

    `wall_s`: seconds; `memory_bytes`: resident memory, and the address space of each process;
    `processes`; `disk_bytes`: growth of the writable folder, and the size of each file.
    """

    wall_s: float = 900.0
    memory_bytes: int = 4 << 30
    processes: int = 512
    disk_bytes: int = 4 << 30


def more_processes(limits: Limits) -> str:
    """What is said of a command that was ended for the number of its processes."""
    return f"more than {limits.processes} processes"


def watch(process: subprocess.Popen[bytes], init: int | None, folder: Path, limits: Limits) -> str:
    """Wait for the end, and bring it about when a limit is passed: which one; else nothing.

    `init` is the first process of the namespace, as seen from here: its end is that of all others.
    """
    deadline_s = time.monotonic() + limits.wall_s
    disk_before = _disk_bytes(folder)
    next_disk_s = next_look_s = 0.0
    before = _all_tasks()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GLANCE_S)
            return ""
        now_s = time.monotonic()
        if now_s < next_look_s and _all_tasks() - before <= limits.processes:
            continue
        next_look_s = now_s + _WATCH_S
        processes, memory_bytes = _usage(process.pid)
        stopped = ""
        if processes > limits.processes:  # first: a bomb may leave this process no time to look
            stopped = more_processes(limits)
        elif now_s > deadline_s:
            stopped = f"no end within {limits.wall_s:g} s"
        elif memory_bytes > limits.memory_bytes:
            stopped = f"more than {limits.memory_bytes >> 20} MiB of memory"
        elif now_s > next_disk_s:
            next_disk_s = now_s + _DISK_WATCH_S
            if _disk_bytes(folder) - disk_before > limits.disk_bytes:
                stopped = f"more than {limits.disk_bytes >> 20} MiB written"
        if stopped:
            with suppress(ProcessLookupError):
                os.kill(init or process.pid, signal.SIGKILL)
            return stopped


def _all_tasks() -> int:
    """How many tasks the machine has: costs little, and grows when a bomb goes off."""
    return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[2])


def _usage(ancestor: int) -> tuple[int, int]:
    """How many processes descend from `ancestor`, and their resident bytes."""
    children: dict[int, list[int]] = {}
    resident: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything, spaces and parentheses too.
            stat = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
            pid = int(entry.name)
            children.setdefault(int(stat[1]), []).append(pid)
            resident[pid] = int(stat[21])
    count, pages, pending = 0, 0, [ancestor]
    while pending:
        below = children.get(pending.pop(), [])
        count += len(below)
        pages += sum(resident[pid] for pid in below)
        pending.extend(below)
    return count, pages * os.sysconf("SC_PAGE_SIZE")


def _disk_bytes(folder: Path) -> int:
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118 - speed
    return total
