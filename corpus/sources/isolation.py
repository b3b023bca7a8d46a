"""Other people's build scripts, run where they can harm nothing and learn nothing.

bubblewrap (https://github.com/containers/bubblewrap) does it: small, without a daemon, in every
distribution, and well kept, since all of Flatpak rests on it. A command in it has no network, an
environment of its own, a read-only file system in which nothing of the user's is to be seen, one
writable folder, and process ids, host name, /proc and /tmp of its own. It dies with whoever started
it.

Time, memory, processes and disk are watched from outside, ten times a second, and the whole is
killed at once when one of them is used up. Kernel limits are no way to do this: that on processes
does not hold for root, and none of them sums over processes.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from corpus.sources.base import SourceError

HOW_TO_GET = "bubblewrap is needed to run build scripts (Debian: apt-get install bubblewrap)"

ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the isolation's own
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "TZ": "UTC",
}
"""All that a command sees, beside what its caller names."""

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d"),
)
"""What is seen of this machine when no other root file system is given: programs and libraries."""

_USERS = "build:x:1000:1000::/tmp:/bin/sh\n"
_GROUPS = "build:x:1000:\n"

_WATCH_S = 0.1
_DISK_WATCH_S = 1.0
_LOG_TAIL_BYTES = 16 << 10


class NotIsolated(SourceError):
    """This machine cannot run a command in isolation; nothing was run."""


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


@dataclass(frozen=True)
class IsolatedRun:
    """How a command ended: its exit status, the end of what it said, and, where a limit ended it,
    which one (`stopped`, else empty).
    """

    status: int
    output: str
    stopped: str


@dataclass(frozen=True)
class Isolation:
    """What a command finds around it.

    `folder`, seen as `at`, is the one place that it can write to. It starts in `start_in`, a path
    there (`at` by default). `root` is the root file system that it sees, read-only; without one it
    sees this machine's programs and libraries. `readable` are further paths of this machine, each
    with where it is seen. `environment` adds to `ENVIRONMENT`.
    """

    folder: Path
    at: str = "/build"
    start_in: str = ""
    root: Path | None = None
    readable: Mapping[Path, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


def run_isolated(command: Sequence[str], isolation: Isolation) -> IsolatedRun:
    """Run `command` to its end, or to that of its limits.

    Raises NotIsolated where that cannot be done here; a command that fails is a value.
    """
    problem = isolation_problem()
    if problem:
        raise NotIsolated(problem)
    limits = isolation.limits
    variables = {**ENVIRONMENT, **isolation.environment}
    reader, writer = os.pipe()
    with (
        tempfile.TemporaryFile() as log,
        _file_with(_USERS) as passwd,
        _file_with(_GROUPS) as group,
        os.fdopen(reader) as born,
    ):
        arguments = [
            *_limited(limits),
            *_bwrap(),
            *_mounts(isolation.root),
            *_scratch(limits),
            *(part for path, place in isolation.readable.items() for part in _placed(path, place)),
            *("--file", str(passwd.fileno()), "/etc/passwd"),
            *("--file", str(group.fileno()), "/etc/group"),
            *("--bind", str(isolation.folder), isolation.at),
            *("--chdir", isolation.start_in or isolation.at),
            # What holds the mounts is a file system in memory, and can be written to until now.
            *("--remount-ro", "/", "--remount-ro", "/dev"),
            *("--info-fd", str(writer)),
            *(part for name, value in variables.items() for part in ("--setenv", name, value)),
            *("--", *command),
        ]
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={},
                cwd="/",
                pass_fds=(writer, passwd.fileno(), group.fileno()),
                start_new_session=True,
            )
        finally:
            os.close(writer)
        try:
            stopped = _watch(process, born, isolation.folder, limits)
        finally:
            process.kill()
            process.wait()
        return IsolatedRun(process.returncode, _tail(log), stopped)


@cache
def isolation_problem() -> str:
    """Why no command can be isolated on this machine; empty where it can be."""
    if any(shutil.which(tool) is None for tool in ("bwrap", "prlimit", "nice")):
        return HOW_TO_GET
    probe = subprocess.run(
        [*_bwrap(), *_mounts(None), "--", "/bin/sh", "-c", ":"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if probe.returncode == 0:
        return ""
    return (
        f"bubblewrap cannot isolate a command here ({probe.stderr.strip() or 'no reason given'});"
        " let unprivileged users make namespaces, or let a container do so"
    )


def _tool(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, "isolation_problem() comes first"
    return found


def _bwrap() -> list[str]:
    return [
        _tool("bwrap"),
        # Every kind of namespace, also that of users: root gains nothing by being root.
        *("--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"),
        *("--hostname", "localhost", "--die-with-parent", "--new-session", "--clearenv"),
        *("--cap-drop", "ALL"),
    ]


def _mounts(root: Path | None) -> list[str]:
    """The file system without the writable folder."""
    if root is not None:
        shown = [
            part
            for entry in sorted(root.iterdir())
            if entry.name not in {"dev", "proc", "tmp", "etc", "sys"}
            for part in _placed(entry, f"/{entry.name}")
        ]
        etc = root / "etc"
        if etc.is_dir():
            shown += [
                part
                for entry in sorted(etc.iterdir())
                if entry.name not in {"passwd", "group"}
                for part in _placed(entry, f"/etc/{entry.name}")
            ]
    else:
        shown = [
            part for name in _SYSTEM if os.path.lexists(name) for part in _placed(Path(name), name)
        ]
    return [*shown, "--proc", "/proc", "--dev", "/dev"]


def _placed(path: Path, at: str) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), at]
    return ["--ro-bind", str(path), at]


def _scratch(limits: Limits) -> list[str]:
    """Memory to write to: what is written there is bounded as memory is."""
    size = ("--size", str(limits.memory_bytes // 2))
    return [*size, "--tmpfs", "/tmp", *size, "--tmpfs", "/dev/shm"]  # noqa: S108


def _limited(limits: Limits) -> list[str]:
    """What the kernel does bound well, process by process."""
    return [
        # Below the watcher: a bomb of processes must not keep it from looking.
        *(_tool("nice"), "-n", "5"),
        _tool("prlimit"),
        f"--as={limits.memory_bytes}",
        f"--fsize={limits.disk_bytes}",
        f"--cpu={int(limits.wall_s) + 1}",
        "--core=0",
        "--",
    ]


def _file_with(text: str) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    file.write(text.encode())
    file.seek(0)
    return file


def _tail(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LOG_TAIL_BYTES))
    return log.read().decode(errors="replace")


def _watch(process: subprocess.Popen[bytes], born: IO[str], folder: Path, limits: Limits) -> str:
    """Wait for the end, and bring it about when a limit is passed: which one."""
    deadline_s = time.monotonic() + limits.wall_s
    init = _first_process(born)
    disk_before = _disk_bytes(folder)
    next_disk_s = 0.0
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_WATCH_S)
            return ""
        now_s = time.monotonic()
        processes, memory_bytes = _usage(process.pid)
        stopped = ""
        if now_s > deadline_s:
            stopped = f"no end within {limits.wall_s:g} s"
        elif processes > limits.processes:
            stopped = f"more than {limits.processes} processes"
        elif memory_bytes > limits.memory_bytes:
            stopped = f"more than {limits.memory_bytes >> 20} MiB of memory"
        elif now_s > next_disk_s:
            next_disk_s = now_s + _DISK_WATCH_S
            if _disk_bytes(folder) - disk_before > limits.disk_bytes:
                stopped = f"more than {limits.disk_bytes >> 20} MiB written"
        if stopped:
            # The end of the first process of a namespace is the end of all of them.
            with suppress(ProcessLookupError):
                os.kill(init or process.pid, signal.SIGKILL)
            return stopped


def _first_process(born: IO[str]) -> int | None:
    """The id, as seen from here, of the namespace's first process; None if it never came to be."""
    try:
        return int(json.loads(born.read())["child-pid"])
    except (ValueError, KeyError):
        return None


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
