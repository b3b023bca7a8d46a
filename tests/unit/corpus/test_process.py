import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.llvm.frontend import Job, compile_source
from corpus.llvm.measurement import Outcome
from corpus.llvm.process import run_tool
from corpus.llvm.reference import measure_with_opt, refer
from corpus.llvm.sandbox.supervisor import MachineFault, Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain

IR = "define i32 @f(i32 %x) {\n  ret i32 %x\n}\n"


def shell(program: str, wall_s: float = 30.0) -> list[object]:
    run = run_tool(["/bin/sh", "-c", program], wall_s=wall_s)
    return [run.status, run.timed_out, run.killed]


@pytest.fixture
def dying(tmp_path: Path) -> Toolchain:
    """A toolchain whose tools are killed while they work."""
    (tmp_path / "bin").mkdir()
    for name in ("opt", "clang"):
        tool = tmp_path / "bin" / name
        tool.write_text("#!/bin/sh\nkill -9 $$\n")
        tool.chmod(0o755)
    return replace(find_toolchain(), prefix=tmp_path)


def test_how_a_tool_ended_is_told_apart() -> None:
    assert shell("exit 3") == [3, False, False]
    assert shell("kill -SEGV $$") == [-signal.SIGSEGV, False, False]
    assert shell("kill -KILL $$") == [-signal.SIGKILL, False, True]
    assert shell("kill -TERM $$") == [-signal.SIGTERM, False, True]


def test_a_tool_that_does_not_end_is_killed_with_its_group() -> None:
    assert shell("sleep 60 & sleep 60", wall_s=0.2) == [-signal.SIGKILL, True, False]


def test_a_tool_gets_its_input_and_none_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPATH", "/nowhere")
    run = run_tool(["/bin/sh", "-c", "cat; echo $CPATH >&2"], wall_s=30, given=b"given")
    assert (run.stdout, run.stderr.strip()) == (b"given", "")


def test_a_tool_whose_caller_is_killed_ends_by_the_processor_time_it_used() -> None:
    run = run_tool(["/bin/sh", "-c", "sleep 0.3; ulimit -t; ulimit -c"], wall_s=6.5)
    assert run.stdout.split() == [b"8", b"0"]


def test_the_line_that_says_most_is_the_reason() -> None:
    run = run_tool(["/bin/sh", "-c", "echo note >&2; echo 'error: it' >&2; exit 1"], wall_s=30)
    assert run.reason == "error: it"
    assert run_tool(["/bin/sh", "-c", "exit 7"], wall_s=30).reason == "exit status 7"


def test_a_clang_that_is_killed_is_the_machines_fault_and_no_loss(
    dying: Toolchain, tmp_path: Path
) -> None:
    with pytest.raises(MachineFault, match="clang was ended from outside by signal 9"):
        compile_source(dying, Job("a.c", tmp_path, tmp_path))


def test_an_opt_that_is_killed_is_the_machines_fault_and_refuses_no_list(dying: Toolchain) -> None:
    with (
        Sandbox(find_toolchain()) as sandbox,
        sandbox.session() as session,
        pytest.raises(MachineFault, match="opt was ended from outside by signal 9"),
    ):
        measure_with_opt(session, dying, IR, "function(sroa)")


@pytest.mark.parametrize(
    ("pass_list", "outcome"),
    [
        ("function(sroa)", Outcome.OK),
        ("no-such-pass", Outcome.REJECTED),
        ("internalize,globaldce", Outcome.INVALID),
    ],
)
def test_what_opt_says_is_an_outcome_and_repeats(pass_list: str, outcome: Outcome) -> None:
    with Sandbox(find_toolchain()) as sandbox, sandbox.session() as session:
        reference = refer(session, find_toolchain(), IR, pass_list)
    assert reference.measurement.outcome is outcome
    assert reference.stable
    assert reference.runs == 2


def test_an_opt_that_aborts_is_a_crash() -> None:
    loop = (
        "define void @f(i1 %c) {\nentry:\n  br label %loop\nloop:\n"
        "  br i1 %c, label %loop, label %end\nend:\n  ret void\n}\n"
    )
    with Sandbox(find_toolchain()) as sandbox, sandbox.session() as session:
        said = measure_with_opt(session, find_toolchain(), loop, "function(loop(licm))")
    assert said.outcome is Outcome.CRASHED
    assert "LICM requires MemorySSA" in said.reason


def test_what_a_tool_leaves_running_is_not_waited_for() -> None:
    started = time.monotonic()
    run = run_tool(["/bin/sh", "-c", "echo said; (setsid sleep 20 &) ; exit 4"], wall_s=30)
    assert (run.status, run.stdout, run.timed_out) == (4, b"said\n", False)
    assert time.monotonic() - started < 10


def test_a_tool_that_says_without_end_is_ended() -> None:
    run = run_tool(["/bin/sh", "-c", "yes"], wall_s=30, most_bytes=1 << 20)
    assert (run.overflowed, run.timed_out, run.killed) == (True, False, False)
    assert run.reason == "more output than the limit"
    assert len(run.stdout) < 3 << 20


def test_a_tool_that_complains_without_end_is_cut_short_and_goes_on() -> None:
    run = run_tool(["/bin/sh", "-c", "yes | head -c 5000000 >&2; echo end"], wall_s=30)
    assert (run.stdout, len(run.stderr)) == (b"end\n", 1 << 20)


def test_a_tool_may_end_without_reading_what_it_is_given() -> None:
    run = run_tool(["/bin/sh", "-c", "exec <&-; exit 5"], wall_s=30, given=bytes(10_000_000))
    assert run.status == 5


def test_much_is_given_and_said_at_the_same_time() -> None:
    given = bytes(range(256)) * 40_000
    assert run_tool(["/bin/cat"], wall_s=30, given=given).stdout == given
