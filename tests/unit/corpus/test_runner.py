"""Runners, forked from this process: how they end, and what holds them."""

import ctypes
import mmap
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.llvm.sandbox.lockdown import Rights, RunningRefused
from corpus.llvm.sandbox.runner import Ended, Runner, RunnerFault, RunnerKilled

LIBC = ctypes.CDLL(None)


@pytest.fixture(scope="module")
def runner() -> Runner:
    return Runner()


def ended(runner: Runner, enter: Callable[[], int], wall_s: float = 5) -> str:
    return runner.run(enter, wall_s=wall_s).how


def test_the_result_is_the_exit_status(runner: Runner) -> None:
    assert [ended(runner, lambda status=status: status) for status in (0, 3, 258)] == [
        "exit 0",
        "exit 3",
        "exit 2",
    ]


def test_what_it_writes_is_kept_until_the_next_one(runner: Runner) -> None:
    first, second = b"a" * 1000, b"short"
    assert runner.run(lambda: os.write(1, first) & 1, wall_s=5).how == "exit 0"
    assert runner.output() == first
    runner.run(lambda: os.write(1, second), wall_s=5)
    assert runner.output() == second


def test_more_output_than_allowed_ends_it(runner: Runner) -> None:
    def enter() -> int:
        while True:
            os.write(1, b"x" * 999)

    limited = runner.run_prepared(lambda: enter, prepare_s=5, wall_s=5, output_bytes=1000)
    assert limited.how == "too much output"
    assert len(runner.output()) == 1000


def test_a_signal_of_its_own_is_named(runner: Runner) -> None:
    assert ended(runner, LIBC.abort) == "SIGABRT"
    assert ended(runner, lambda: ctypes.string_at(16)[0]) == "SIGSEGV"
    assert ended(runner, lambda: LIBC.kill(os.getpid(), signal.SIGTERM)) == "SIGTERM"


def test_a_loop_is_ended_at_its_limit_and_not_before(runner: Runner) -> None:
    def enter() -> int:
        while True:
            pass

    began = time.monotonic()
    assert ended(runner, enter, wall_s=0.2) == "timed out"
    assert time.monotonic() - began >= 0.2


def test_preparing_has_its_own_limit(runner: Runner) -> None:
    def prepare() -> Callable[[], int]:
        began = time.process_time()
        while time.process_time() - began < 0.2:
            pass
        return lambda: 1

    slow = runner.run_prepared(prepare, prepare_s=5, wall_s=0.1)
    too_slow = runner.run_prepared(prepare, prepare_s=0.05, wall_s=5)
    assert (slow.how, slow.ran) == ("exit 1", True)
    assert (too_slow.how, too_slow.ran) == ("timed out", False)


def test_who_prepares_in_steps_has_the_time_for_each(runner: Runner) -> None:
    def prepare() -> None:
        for _ in range(4):
            runner.begin_step()
            began = time.process_time()
            while time.process_time() - began < 0.1:
                pass

    assert runner.run_prepared(prepare, prepare_s=0.2, wall_s=5).how == "exit 0"


def test_a_busy_machine_is_no_reason_and_waiting_for_nobody_is_one(runner: Runner) -> None:
    def waits() -> int:
        return int(signal.sigwait([signal.SIGUSR1]))

    def stops() -> int:
        LIBC.kill(os.getpid(), signal.SIGSTOP)
        return 0

    began = time.monotonic()
    assert ended(runner, stops, wall_s=0.1) == "timed out"
    assert time.monotonic() - began > 0.4
    assert ended(runner, waits, wall_s=0.1) == "forbidden system call"


def test_preparing_opens_no_file_either(runner: Runner, tmp_path: Path) -> None:
    def prepare() -> None:
        try:
            (tmp_path / "mark").touch()
        except PermissionError:
            runner.notes[:6] = b"denied"

    runner.run_prepared(prepare, prepare_s=5, wall_s=5)
    assert runner.notes[:6] == b"denied"
    assert list(tmp_path.iterdir()) == []


def test_preparing_may_find_that_there_is_nothing_to_run(runner: Runner) -> None:
    def prepare() -> None:
        runner.notes[:5] = b"known"

    assert runner.run_prepared(prepare, prepare_s=5, wall_s=5).ran is False
    assert runner.notes[:5] == b"known"


def test_the_notes_are_gone_when_foreign_code_runs(runner: Runner) -> None:
    def enter() -> int:
        runner.notes[0] = 1
        return 0

    runner.notes[:1] = b"k"
    assert ended(runner, enter) != "exit 0"
    assert runner.notes[:1] == b"k"


def test_no_memory_while_it_is_prepared_is_an_ending(runner: Runner) -> None:
    def prepare() -> None:
        raise MemoryError

    assert runner.run_prepared(prepare, prepare_s=5, wall_s=5).how == "out of memory"


def test_a_fault_of_our_own_is_raised(runner: Runner) -> None:
    def prepare() -> None:
        raise KeyError("what was forgotten")

    with pytest.raises(RunnerFault, match="what was forgotten"):
        runner.run_prepared(prepare, prepare_s=5, wall_s=5)


def test_what_is_shared_is_seen_by_the_parent(runner: Runner) -> None:
    shared = mmap.mmap(-1, 100)

    def enter() -> int:
        shared[:4] = b"here"
        return 0

    assert ended(runner, enter) == "exit 0"
    assert shared[:4] == b"here"


def test_memory_beyond_the_limit_is_refused() -> None:
    small = Runner(Rights(memory_bytes=64 << 20))

    def enter(size: int) -> int:
        try:
            mmap.mmap(-1, size)
        except OSError:
            return 1
        return 0

    assert ended(small, lambda: enter(32 << 20)) == "exit 0"
    assert ended(small, lambda: enter(100 << 20)) == "exit 1"


def test_processor_time_is_limited_by_the_kernel_too() -> None:
    with pytest.raises(RunnerKilled):
        Runner(Rights(cpu_s=0)).run(_forever, wall_s=60)


def test_a_locked_runner_opens_nothing(runner: Runner, tmp_path: Path) -> None:
    def opens() -> int:
        try:
            os.open(tmp_path / "mark", os.O_CREAT | os.O_WRONLY)
        except PermissionError:
            return 1
        return 0

    assert ended(runner, opens) == "exit 1"
    assert ended(runner, lambda: socket.socket().fileno()) == "forbidden system call"
    assert list(tmp_path.iterdir()) == []


def test_it_has_no_descriptor_but_its_output(runner: Runner) -> None:
    with open(os.devnull, "wb") as file:  # noqa: PTH123 - a descriptor is wanted

        def enter() -> int:
            try:
                os.write(file.fileno(), b"x")
            except OSError:
                return 1
            return 0

        assert ended(runner, enter) == "exit 1"


def test_without_the_filter_the_other_means_still_hold(tmp_path: Path) -> None:
    runner = Runner()
    runner._lock.filtering = False

    def enter() -> int:
        assert os.getppid()  # what the filter would have forbidden
        try:
            (tmp_path / "mark").touch()
        except PermissionError:
            return 1
        return 0

    assert ended(runner, enter) == "exit 1"
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_holds_it_is_refused_unless_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("corpus.llvm.sandbox.lockdown.platform.machine", lambda: "vax")
    with pytest.raises(RunningRefused, match="PASSLAKE_RUN_UNLOCKED=1"):
        Runner()
    unlocked = Runner(unlocked=True)
    assert (unlocked.holds, unlocked.lock) == (False, "")
    assert ended(unlocked, lambda: 4) == "exit 4"


def test_what_holds_has_a_name(runner: Runner) -> None:
    assert runner.lock.startswith("seccomp")


def test_it_dies_with_its_parent() -> None:
    """The parent of the runner is killed; the runner, which loops, goes with it."""
    pipe_out, pipe_in = os.pipe()
    middle = os.fork()
    if middle == 0:
        runner = Runner()

        def prepare() -> Callable[[], int]:
            os.write(pipe_in, b"%d\n" % os.getpid())
            return _forever

        runner.run_prepared(prepare, prepare_s=60, wall_s=60)
        os._exit(0)
    os.close(pipe_in)
    pid = int(os.read(pipe_out, 20))
    handle = os.pidfd_open(pid)
    time.sleep(0.1)
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.close(handle)
    os.close(pipe_out)
    assert not Path(f"/proc/{pid}").exists()


def _forever() -> int:
    while True:
        pass


def test_an_ending_is_a_plain_value(runner: Runner) -> None:
    first = runner.run(lambda: 9, wall_s=5)
    assert first == Ended("exit 9", ran=True, cpu_us=first.cpu_us)
    assert first.cpu_us > 0
