"""The sandbox that a worker process keeps from task to task.

To start one takes a third of a second, in which LLVM is loaded: as long as a short search on ten
small functions. Nothing of a task stays in it, since every session is a fresh child of the
template. A process that runs one task after the other calls `keep_sandbox` at its start; in any
other the sandbox ends with its task.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain
from warehouse.clock import cpu_clock_s


class _Process:
    """What this process keeps."""

    keeps = False
    sandbox: Sandbox | None = None


def keep_sandbox() -> None:
    """From now on, in this process, a sandbox outlives its task. It ends with the process."""
    _Process.keeps = True


def drop_sandbox() -> None:
    """End the sandbox that is kept, and keep none from now on."""
    _Process.keeps = False
    _close()


@contextmanager
def task_sandbox(toolchain: Toolchain) -> Iterator[Sandbox]:
    """A sandbox for one task, for the thread that runs this process's tasks.

    After an error it is closed: what the next task is given is as good as new.
    """
    if not _Process.keeps:
        with Sandbox(toolchain) as sandbox:
            yield sandbox
        return
    kept = _Process.sandbox
    if kept is None or kept.toolchain != toolchain:
        _close()
        kept = _Process.sandbox = Sandbox(toolchain)
    try:
        yield kept
    except BaseException:
        _close()
        raise


def task_clock_s() -> float:
    """CPU seconds so far of this process, of those it waited for, and of the sandbox it keeps."""
    kept = _Process.sandbox
    return cpu_clock_s() + (0.0 if kept is None else kept.running_cpu_s)


def _close() -> None:
    kept, _Process.sandbox = _Process.sandbox, None
    if kept is not None:
        kept.close()
