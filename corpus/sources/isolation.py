"""Other people's build scripts, run where they can harm nothing and learn nothing.

bubblewrap (https://github.com/containers/bubblewrap) does it: small, without a daemon, in every
distribution, and well kept, since all of Flatpak rests on it. A command in it has no network, an
environment of its own, a read-only file system in which nothing of the user's is to be seen, one
writable folder, and process ids, host name, /proc and /tmp of its own. It dies with whoever started
it.

Time, memory, processes and disk are watched from outside (`watch.py`), and the whole is killed at
once when one of them is used up.
"""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from corpus.sources.base import SourceError
from corpus.sources.process_cap import capped
from corpus.sources.watch import Limits, more_processes, watch

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

_OF_BUBBLEWRAP = 8
"""Processes that are not the command's: those of bubblewrap and what starts it."""

_LOG_TAIL_BYTES = 16 << 10


class NotIsolated(SourceError):
    """This machine cannot run a command in isolation; nothing was run."""


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
    # The watcher says which limit was passed; twice as far the kernel stops whatever happens.
    most = 2 * limits.processes + _OF_BUBBLEWRAP
    with (
        capped(most) as cap,
        tempfile.TemporaryFile() as log,
        _file_with(_USERS) as passwd,
        _file_with(_GROUPS) as group,
        os.fdopen(reader) as born,
    ):
        arguments = [
            *cap.prefix,
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
            *("--", "prlimit", f"--nproc={most}", "--", *command),
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
            stopped = watch(process, _first_process(born), isolation.folder, limits)
        finally:
            process.kill()
            process.wait()
        if not stopped and cap.was_reached:
            stopped = more_processes(limits)
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


def _first_process(born: IO[str]) -> int | None:
    """The id, as seen from here, of the namespace's first process; None if it never came to be."""
    try:
        return int(json.loads(born.read())["child-pid"])
    except (ValueError, KeyError):
        return None
