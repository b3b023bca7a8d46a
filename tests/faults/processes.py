"""The processes below a running command, as /proc shows them, and ways to kill them."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

PATIENCE_S = 60.0

WORKER = "autotune.executors.local_worker"
SANDBOX = "corpus.llvm.sandbox.child"


def wait_until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"it did not happen within {PATIENCE_S:g} s"
        time.sleep(0.01)


def below(pid: int) -> dict[int, str]:
    """The processes that descend from one, each with its command line."""
    parents: dict[int, int] = {}
    lines: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
            line = (folder / "cmdline").read_text(errors="replace")
            lines[int(folder.name)] = line.replace("\0", " ")
    found: dict[int, str] = {}
    above = {pid}
    while above:
        above = {one for one, parent in parents.items() if parent in above}
        found |= {one: lines.get(one, "") for one in above}
    return found


def pids_of(kind: str, pid: int) -> list[int]:
    return [one for one, line in below(pid).items() if kind in line]


def templates(pid: int) -> list[int]:
    """The sandboxes' template processes: those that are started by a worker."""
    return [one for worker in pids_of(WORKER, pid) for one in children(worker) if is_sandbox(one)]


def sandbox_children(pid: int) -> list[int]:
    """The processes in which passes run: those that a template forked."""
    return [child for template in templates(pid) for child in children(template)]


def children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    return []


def is_sandbox(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return SANDBOX in Path(f"/proc/{pid}/cmdline").read_text()
    return False


def is_alive(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def kill_one(find: Callable[[int], list[int]], above: int) -> None:
    """Kill -9 the first process that is found below one, as soon as there is one."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        for pid in find(above)[:1]:
            with suppress(ProcessLookupError):  # too late for this one
                os.kill(pid, signal.SIGKILL)
                return
    raise AssertionError("there was nothing to kill")


def workers(pid: int) -> list[int]:
    return pids_of(WORKER, pid)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def listening(*pids: int) -> set[str]:
    """The addresses on which any of the processes accepts TCP connections."""
    found = set()
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(pid).net_connections("tcp"):
                if one.status == psutil.CONN_LISTEN:
                    found.add(str(one.laddr.ip).removeprefix("::ffff:"))
    return found
