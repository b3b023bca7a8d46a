"""Whole programs under pass lists, run in the sandbox."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import BadModule
from corpus.llvm.execution import Program, Programs, Ran, lock, run_programs
from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import Limits, MachineFault, Sandbox
from corpus.llvm.toolchain import find_toolchain

CPP = Path(__file__).with_name("whole_program.cpp")
EXPECTED = b"""\
constructor 150
constructor 200
global begins
frame begins
frame begins
frame ends
frame ends
caught from below
two 4 program
local begins
local ends
at exit
global ends
destructor
"""
NO_MEMSSA = "function(loop(licm))"  # LLVM itself aborts: LICM requires MemorySSA
HANGS = b"define i32 @main() {\n  br label %again\nagain:\n  br label %again\n}\n"
LOOPS = HANGS.replace(b"again:\n", b"again:\n  %1 = load i32, ptr @g\n") + b"@g = global i32 0\n"
ABORTS = b"declare void @abort()\ndefine i32 @main() {\n  call void @abort()\n  unreachable\n}\n"
RUNS_WILD = b"define i32 @main() {\n  store i32 1, ptr inttoptr (i64 16 to ptr)\n  ret i32 0\n}\n"


def saying(word: str, status: int = 0) -> bytes:
    """A program that prints a word through memory that a pass may promote."""
    return f"""\
@word = private constant [{len(word) + 1} x i8] c"{word}\\00"
declare i32 @puts(ptr)
define i32 @main() {{
  %status = alloca i32
  store i32 {status}, ptr %status
  %1 = call i32 @puts(ptr @word)
  %2 = load i32, ptr %status
  ret i32 %2
}}
""".encode()


def leaving(word: str, status: int) -> bytes:
    """The same with `exit`, below another function."""
    return saying(word).replace(
        b"  ret i32 %2",
        f"  call void @leave()\n  ret i32 1\n}}\ndeclare void @exit(i32)\ndefine void @leave() {{\n"
        f"  call void @exit(i32 {status})\n  unreachable".encode(),
    )


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    """A session that stays open, so its sandbox is nobody else's."""
    with Sandbox(find_toolchain()) as own, Programs(own) as programs:
        yield programs


@pytest.fixture(scope="module")
def cpp() -> bytes:
    command = [find_toolchain().tool("clang++"), "-O0", "-Xclang", "-disable-O0-optnone"]
    command += ["-emit-llvm", "-c", "-o", "-", CPP]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.mark.parametrize("pass_list", ["", "function(sroa,gvn)", "default<Oz>", "default<O3>"])
def test_a_program_has_constructors_exceptions_and_its_end(
    pass_list: str, cpp: bytes, programs: Programs
) -> None:
    ran = programs.run(cpp, pass_list)
    assert (ran.outcome, ran.ending, ran.output) == (Outcome.OK, "exit 3", EXPECTED)
    assert ran.cpu_us > 0


def test_the_state_is_hashed_as_the_ruler_hashes_it(sandbox: Sandbox) -> None:
    module = saying("hash")
    with sandbox.session() as session:
        loaded = session.load(module)
        (measured,) = session.evaluate(["function(sroa)"])
    plain, promoted = run_programs(sandbox, module, ["", "function(sroa)"])
    assert (plain.state_hash, promoted.state_hash) == (loaded.state_hash, measured.state_hash)
    assert plain.state_hash != promoted.state_hash


def test_a_list_is_applied_whole(programs: Programs) -> None:
    # A pipeline of one level, which a walk through states would take apart.
    ran = programs.run(saying("whole"), "module(function(sroa),globaldce)")
    assert (ran.outcome, ran.output) == (Outcome.OK, b"whole\n")


def test_bitcode_and_text_are_the_same_program(programs: Programs, tmp_path: Path) -> None:
    text = b'source_filename = "one.c"\n' + saying("text")
    (tmp_path / "one.ll").write_bytes(text)
    subprocess.run([find_toolchain().tool("llvm-as"), tmp_path / "one.ll"], check=True)
    bitcode = (tmp_path / "one.bc").read_bytes()
    first, second = (programs.run(one, "").state_hash for one in (text, bitcode))
    assert first == second


def test_a_known_state_is_not_run(programs: Programs) -> None:
    first = programs.run(saying("known"), "")
    assert first.state_hash is not None
    again = programs.run(saying("known"), "", known={5, first.state_hash})
    assert (again.known, again.ending, again.output) == (True, "", b"")
    assert (again.outcome, again.state_hash) == (Outcome.OK, first.state_hash)


def test_what_a_program_does_is_data(programs: Programs) -> None:
    endings = [programs.run(one, "").ending for one in (saying("x", 7), ABORTS, RUNS_WILD)]
    assert endings == ["exit 7", "SIGABRT", "SIGSEGV"]


def test_a_program_without_end_is_ended_after_a_second_try(sandbox: Sandbox) -> None:
    with Programs(sandbox, wall_s=0.1) as programs:
        ran = programs.run(HANGS, "")
        assert (ran.outcome, ran.ending) == (Outcome.OK, "timed out")
        assert ran.cpu_us > 100_000  # a part of 0.1 seconds, and of three times as much
        assert programs.run(saying("on"), "").output == b"on\n"


@pytest.fixture(scope="module")
def tight() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain(), Limits(evaluation_wall_s=0.1)) as sandbox:
        yield sandbox


def test_what_a_list_does_to_llvm_is_data(programs: Programs) -> None:
    rejected = programs.run(saying("x"), "function(nonesuch)")
    crashed = programs.run(LOOPS, NO_MEMSSA)
    assert (rejected.outcome, rejected.reason) == (
        Outcome.REJECTED,
        "unknown function pass 'nonesuch'",
    )
    assert crashed.outcome is Outcome.CRASHED
    assert "requires MemorySSA" in crashed.reason
    assert (crashed.state_hash, crashed.ending, crashed.output) == (None, "", b"")
    assert programs.run(saying("on"), "").output == b"on\n"


def test_a_list_that_takes_too_long_is_data(tight: Sandbox) -> None:
    forever = ",".join(["default<O3>"] * 30_000)
    (ran,) = run_programs(tight, saying("x"), [forever])
    assert ran.outcome is Outcome.TIMED_OUT


def test_a_program_that_lacks_a_symbol_is_not_run(programs: Programs) -> None:
    lacking = b"declare i32 @nonesuch()\ndefine i32 @main() {\n  %1 = call i32 @nonesuch()\n"
    ran = programs.run(lacking + b"  ret i32 %1\n}\n", "")
    assert (ran.outcome, ran.ending) == (Outcome.INVALID, "")
    assert "nonesuch" in ran.reason


def test_no_program_sees_symbols_of_llvm(programs: Programs) -> None:
    reaching = b"declare ptr @LLVMContextCreate()\ndefine i32 @main() {\n"
    ran = programs.run(reaching + b"  %1 = call ptr @LLVMContextCreate()\n  ret i32 0\n}\n", "")
    assert ran.outcome is Outcome.INVALID


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (b"define i32 @main(", "expected"),
        (b"BC\xc0\xde nonsense", "bitcode|Invalid|Malformed|module"),
        (b'target triple = "riscv64-linux-gnu"\ndefine i32 @main() {\n  ret i32 0\n}\n', "riscv64"),
    ],
)
def test_what_is_no_program_of_this_machine_is_an_error(
    module: bytes, said: str, programs: Programs
) -> None:
    with pytest.raises(BadModule, match=said):
        programs.run(module, "")
    assert programs.run(saying("on"), "").output == b"on\n"


def test_a_program_without_main_is_not_linked(programs: Programs) -> None:
    ran = programs.run(b"define i32 @other() {\n  ret i32 0\n}\n", "")
    assert ran.outcome is Outcome.INVALID
    assert "main" in ran.reason


def test_assembly_that_asks_for_a_file_gets_none(programs: Programs, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    asking = f'module asm ".data"\nmodule asm ".incbin \\22{secret}\\22"\n'.encode()
    ran = programs.run(asking + saying("x"), "")
    assert (ran.outcome, ran.output) == (Outcome.CRASHED, b"")
    assert "Could not find incbin file" in ran.reason


def test_what_takes_too_much_memory_is_data() -> None:
    huge = b'@g = global [700000000 x i8] zeroinitializer, section ".data"\n'
    with Sandbox(find_toolchain(), Limits(memory_bytes=600 << 20)) as small:
        (ran,) = run_programs(small, huge + saying("x"), [""])
    assert ran.outcome is Outcome.OUT_OF_MEMORY
    assert ran.reason.startswith("code generation: ")


def test_what_came_before_changes_nothing(sandbox: Sandbox, cpp: bytes) -> None:
    module = saying("history")
    (alone,) = run_programs(sandbox, module, ["default<Oz>"])
    with Programs(sandbox) as programs:
        programs.run(cpp, "default<O3>")
        programs.run(module, NO_MEMSSA)
        after = programs.run(module, "default<Oz>")
    assert (alone.state_hash, alone.output) == (after.state_hash, after.output)


def test_what_locks_code_in_is_said(sandbox: Sandbox) -> None:
    assert lock(sandbox).startswith("seccomp")


# Many at once.


def expecting(module: bytes, output: bytes, ending: str = "exit 0") -> Program:
    return Program(module, output, ending)


MANY = [
    expecting(saying("first"), b"first\n"),
    expecting(leaving("second", 4), b"second\n", "exit 4"),
    expecting(saying("third", 2), b"third\n", "exit 2"),
    expecting(leaving("fourth", 0), b"fourth\n"),
]


def without_cost(ran: Ran) -> tuple[object, ...]:
    return ran.outcome, ran.state_hash, ran.known, ran.ending, ran.output, ran.reason


@pytest.mark.parametrize("pass_list", ["", "function(sroa)", "default<Oz>", "function(nonesuch)"])
def test_many_programs_are_as_each_alone(pass_list: str, cpp: bytes, programs: Programs) -> None:
    many = [*MANY, expecting(cpp, EXPECTED, "exit 3"), *MANY]
    together = programs.run_all(many, pass_list)
    alone = [programs.run(one.module, pass_list) for one in many]
    assert list(map(without_cost, together)) == list(map(without_cost, alone))


@pytest.mark.parametrize(
    ("culprit", "ending"),
    [
        (RUNS_WILD, "SIGSEGV"),
        (ABORTS, "SIGABRT"),
        (saying("wrong"), "exit 0"),
        (leaving("wrong", 9), "exit 9"),
    ],
)
def test_one_that_goes_wrong_is_run_alone_and_the_others_are_right(
    culprit: bytes, ending: str, programs: Programs
) -> None:
    wrong = expecting(culprit, b"right\n")
    together = programs.run_all([*MANY[:2], wrong, *MANY[2:], wrong], "")
    endings = [one.ending for one in together]
    assert endings == ["exit 0", "exit 4", ending, "exit 2", "exit 0", ending]
    assert together[3].output == b"third\n"
    assert without_cost(together[2]) == without_cost(programs.run(culprit, ""))


def test_one_without_end_is_run_alone_and_the_others_are_right(sandbox: Sandbox) -> None:
    with Programs(sandbox, wall_s=0.1) as programs:
        together = programs.run_all([MANY[0], expecting(HANGS, b""), MANY[2]], "")
    assert [one.ending for one in together] == ["exit 0", "timed out", "exit 2"]


def test_more_culprits_than_batches_are_all_found(programs: Programs) -> None:
    many = [expecting(RUNS_WILD, b"")] * 5 + MANY
    endings = [one.ending for one in programs.run_all(many, "")]
    assert endings == ["SIGSEGV"] * 5 + ["exit 0", "exit 4", "exit 2", "exit 0"]


def test_a_list_that_kills_llvm_on_one_program_does_so_on_that_one(programs: Programs) -> None:
    together = programs.run_all([MANY[0], expecting(LOOPS, b""), MANY[2]], NO_MEMSSA)
    alone = [programs.run(one, NO_MEMSSA) for one in (MANY[0].module, LOOPS, MANY[2].module)]
    assert list(map(without_cost, together)) == list(map(without_cost, alone))
    assert together[1].outcome is Outcome.CRASHED


def test_what_is_known_of_many_is_not_run(programs: Programs) -> None:
    hashes = [one.state_hash for one in programs.run_all(MANY, "default<Oz>")]
    known = [
        Program(one.module, one.output, one.ending, [state_hash or 0])
        for one, state_hash in zip(MANY, hashes, strict=True)
    ]
    together = programs.run_all([*known[:2], MANY[2], known[3]], "default<Oz>")
    assert [one.known for one in together] == [True, True, False, True]
    assert [one.state_hash for one in together] == hashes


def test_a_program_that_cannot_be_read_is_an_error_among_many_too(programs: Programs) -> None:
    with pytest.raises(BadModule):
        programs.run_all([MANY[0], expecting(b"nonsense", b"")], "")


def test_many_that_lack_a_symbol_are_not_run(programs: Programs) -> None:
    together = programs.run_all([MANY[0], expecting(b"declare i32 @main()\n", b""), MANY[2]], "")
    assert [one.outcome for one in together] == [Outcome.OK, Outcome.INVALID, Outcome.OK]


def test_no_program_at_all_is_no_work(programs: Programs) -> None:
    assert programs.run_all([], "default<Oz>") == []


# Faults of the machine.


def descendants(pid: int) -> list[int]:
    """Processes below `pid`, nearest first."""
    below = [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return below + [one for child in below for one in descendants(child)]


@pytest.mark.parametrize("which", [0, -1], ids=["the child", "the runner"])
def test_a_kill_from_outside_is_no_ending_of_a_program(which: int) -> None:
    with Sandbox(find_toolchain()) as own, Programs(own, wall_s=30) as programs:
        programs.run(saying("first"), "")
        child = programs._session._child
        assert child is not None

        def kill() -> None:
            time.sleep(0.3)
            victims = [child._pid, *descendants(child._pid)]
            os.kill(victims[which], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(MachineFault):
            programs.run(HANGS, "")
        killer.join()
        template = own._template._process
        assert template is not None
        deadline = time.monotonic() + 10
        while descendants(template.pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert descendants(template.pid) == []
        assert programs.run(saying("again"), "").output == b"again\n"
