import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.errors import BadModule
from corpus.golden import golden_functions
from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import Limits, MachineFault, ModuleLost, Sandbox, Session
from corpus.llvm.toolchain import find_toolchain

GOLDEN = {one.name: one.ir.encode() for one in golden_functions()}
NO_MEMSSA = "function(loop(licm))"  # LLVM itself aborts: LICM requires MemorySSA
SLOW = "default<O3>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[Session]:
    with sandbox.session() as session:
        session.load(GOLDEN["sum"])
        yield session


def child_of(session: Session) -> int:
    assert session._child is not None
    return session._child._pid


def template_of(sandbox: Sandbox) -> int:
    process = sandbox._template._process
    assert process is not None
    return process.pid


def many_instructions(count: int) -> bytes:
    """A function that takes the heavy pipelines seconds: loads and stores that may all alias."""
    body = "".join(
        f"  %p{i} = getelementptr i32, ptr %a, i64 %x{i}\n  %v{i} = load i32, ptr %p{i}\n"
        f"  %x{i + 1} = sext i32 %v{i} to i64\n  store i32 {i}, ptr %p{i}\n"
        for i in range(count)
    )
    return f"define i64 @f(ptr %a, i64 %x0) {{\n{body}  ret i64 %x{count}\n}}\n".encode()


def doubling_calls(depth: int) -> bytes:
    """Functions that each call the one before twice: inlined, two to the power of `depth` calls."""
    first = "define i32 @f0(i32 %x) alwaysinline {\n  %a = call i32 @g(i32 %x)\n  ret i32 %a\n}\n"
    others = "".join(
        f"define i32 @f{i}(i32 %x) alwaysinline {{\n  %a = call i32 @f{i - 1}(i32 %x)\n"
        f"  %b = call i32 @f{i - 1}(i32 %a)\n  ret i32 %b\n}}\n"
        for i in range(1, depth)
    )
    return f"declare i32 @g(i32)\n{first}{others}".encode()


def deep_type(depth: int) -> bytes:
    """A constant whose type nests deeper than the parser's stack reaches."""
    return ("@x = global " + "[1 x " * depth + "i8" + "]" * depth + " zeroinitializer\n").encode()


def test_a_list_that_works_is_ok_and_measured(session: Session) -> None:
    (measured,) = session.evaluate(["default<Oz>"], with_object=True)
    assert measured.outcome is Outcome.OK
    assert measured.instructions is not None
    assert measured.instructions < session.load(GOLDEN["sum"]).instructions
    assert measured.object_bytes
    assert measured.cpu_us > 0


def test_a_text_that_does_not_parse_is_rejected_with_llvms_words(session: Session) -> None:
    (measured,) = session.evaluate(["function(no-such-pass)"])
    assert measured.outcome is Outcome.REJECTED
    assert "no-such-pass" in measured.reason


def test_an_abort_of_llvm_is_a_crash_with_its_message(session: Session) -> None:
    (measured,) = session.evaluate([NO_MEMSSA])
    assert measured.outcome is Outcome.CRASHED
    assert "LICM requires MemorySSA" in measured.reason


def test_a_module_that_loses_its_symbol_is_invalid(session: Session) -> None:
    (measured,) = session.evaluate(["internalize,globaldce"])
    assert measured.outcome is Outcome.INVALID
    assert measured.reason == "external symbols changed: sum"


def test_what_comes_after_a_death_is_measured_all_the_same(session: Session) -> None:
    undisturbed = session.evaluate(["function(sroa)", "default<Oz>"])
    measured = session.evaluate(["function(sroa)", NO_MEMSSA, NO_MEMSSA, "default<Oz>"])
    assert [one.outcome for one in measured] == [
        Outcome.OK,
        Outcome.CRASHED,
        Outcome.CRASHED,
        Outcome.OK,
    ]
    assert [one.state_hash for one in (measured[0], measured[3])] == [
        one.state_hash for one in undisturbed
    ]
    assert session.deaths == 2  # seen again, alone, before it has a name; then it is known


def test_a_compilation_that_outlasts_its_limit_times_out() -> None:
    limits = Limits(evaluation_wall_s=0.3)
    with Sandbox(find_toolchain(), limits) as sandbox, sandbox.session() as session:
        session.load(many_instructions(5_000))
        slow, fast = session.evaluate([SLOW, "function(dce)"])
    assert slow.outcome is Outcome.TIMED_OUT
    assert slow.reason == "no answer in 0.3 s"
    assert fast.outcome is Outcome.OK


def test_a_time_out_that_a_second_try_does_not_confirm_is_the_machines_fault() -> None:
    limits = Limits(evaluation_wall_s=1.0)
    with Sandbox(find_toolchain(), limits) as sandbox, sandbox.session() as session:
        session.load(GOLDEN["sum"])
        os.kill(child_of(session), signal.SIGSTOP)
        with pytest.raises(MachineFault, match="not confirmed"):
            session.evaluate(["function(sroa)"])


def test_exhausted_memory_is_told_from_a_crash() -> None:
    limits = Limits(memory_bytes=420 << 20, evaluation_wall_s=60)
    with Sandbox(find_toolchain(), limits) as sandbox, sandbox.session() as session:
        session.load(doubling_calls(40))
        (measured,) = session.evaluate(["always-inline"])
    assert measured.outcome is Outcome.OUT_OF_MEMORY
    assert measured.reason == "over 420 MiB"


def test_a_segfault_inside_llvm_is_told_by_its_signal(sandbox: Sandbox) -> None:
    with sandbox.session() as session, pytest.raises(ModuleLost, match="SIGSEGV") as lost:
        session.load(deep_type(400_000))
    assert lost.value.outcome is Outcome.CRASHED


def test_a_kill_from_outside_is_the_machines_fault(sandbox: Sandbox) -> None:
    with sandbox.session() as session:
        session.load(GOLDEN["sum"])
        os.kill(child_of(session), signal.SIGKILL)
        with pytest.raises(MachineFault, match="signal 9"):
            session.evaluate(["function(sroa)"])
    with sandbox.session() as session:
        session.load(GOLDEN["sum"])
        assert session.evaluate(["function(sroa)"])[0].outcome is Outcome.OK


def test_a_template_that_is_killed_is_replaced(sandbox: Sandbox) -> None:
    with sandbox.session() as session:
        session.load(many_instructions(5_000))
        os.kill(template_of(sandbox), signal.SIGKILL)
        with pytest.raises(MachineFault):
            session.evaluate([SLOW])
    with sandbox.session() as session:
        assert session.load(GOLDEN["sum"]).instructions > 0


def test_the_same_lists_give_the_same_states_whatever_ran_before(sandbox: Sandbox) -> None:
    lists = ["function(sroa),function(gvn)", "default<O3>", "default<Oz>", "function(newgvn)"] * 5

    def states() -> list[int | None]:
        with sandbox.session() as session:
            session.load(GOLDEN["tokenize"])
            return [one.state_hash for one in session.evaluate(lists)]

    first = states()
    with sandbox.session() as session:
        session.load(GOLDEN["life_step"])
        session.evaluate(["default<O3>"] * 20)
    assert states() == first
    with Sandbox(find_toolchain()) as another, another.session() as session:
        session.load(GOLDEN["tokenize"])
        assert [one.state_hash for one in session.evaluate(lists)] == first


def test_randomised_addresses_are_off_where_the_system_allows_it(sandbox: Sandbox) -> None:
    with sandbox.session() as session:
        session.load(GOLDEN["sum"])
    assert sandbox.aslr_off == find_toolchain().aslr_off


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (b"define i32 @f() {\n  ret i64 0\n}\n", "module:2:7: error: value doesn't match"),
        (b"BC\xc0\xde and then nothing of sense", "Invalid bitcode signature"),
        (b"define void @f() frobnicated {\n  ret void\n}\n", "error: expected"),
        (b"define i32 @f(i32 %x) {\n  %y = add i32 %x, 1\n}\n", "error"),
        (
            b"define i32 @f() {\n  %y = add i32 %z, 1\n  %z = add i32 %y, 1\n  ret i32 %y\n}\n",
            "the verifier says: Instruction does not dominate",
        ),
    ],
)
def test_a_module_that_cannot_be_read_says_why(
    module: bytes, message: str, sandbox: Sandbox
) -> None:
    with sandbox.session() as session, pytest.raises(BadModule, match=message):
        session.load(module)


def test_prepared_text_asks_for_size_and_holds_no_debug_information(sandbox: Sandbox) -> None:
    module = (
        b"define i32 @f() noinline optnone !dbg !3 {\n  ret i32 1\n}\n"
        b"declare void @g() noinline\n"
        b"!llvm.dbg.cu = !{!1}\n!llvm.module.flags = !{!0}\n"
        b'!0 = !{i32 2, !"Debug Info Version", i32 3}\n'
        b"!1 = distinct !DICompileUnit(language: DW_LANG_C99, file: !2)\n"
        b'!2 = !DIFile(filename: "a.c", directory: "/")\n'
        b'!3 = distinct !DISubprogram(name: "f", file: !2, unit: !1)\n'
    )
    with sandbox.session() as session:
        text = session.prepare(module)
    assert "attributes #0 = { minsize optsize }" in text
    assert "attributes #1 = { noinline }" in text
    assert "DICompileUnit" not in text


def test_the_sandbox_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    report = tmp_path / "pids"
    program = (
        "import sys\n"
        "from corpus.llvm.sandbox.supervisor import Sandbox, Limits\n"
        "from corpus.llvm.toolchain import find_toolchain\n"
        "sandbox = Sandbox(find_toolchain(), Limits(evaluation_wall_s=600))\n"
        "session = sandbox.session()\n"
        "session.load(open(sys.argv[1], 'rb').read())\n"
        "template, child = sandbox._template._process.pid, session._child._pid\n"
        "open(sys.argv[2], 'w').write(f'{template} {child}\\n')\n"
        "session.evaluate(['default<O3>'])\n"
    )
    module = tmp_path / "slow.ll"
    module.write_bytes(many_instructions(20_000))
    with subprocess.Popen([sys.executable, "-c", program, str(module), str(report)]) as process:
        wait_until(lambda: report.exists() and report.read_text().endswith("\n"))
        process.kill()
    pids = [int(pid) for pid in report.read_text().split()]
    wait_until(lambda: not any(map(alive, pids)))


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.05)
