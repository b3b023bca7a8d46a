"""Machine code that tries what it can: it ends as data, and nothing outside has noticed."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.llvm.execution import Programs, compare
from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

SOURCE = Path(__file__).with_name("hostile_code.c")
DONE, FORBIDDEN = "exit 7", "forbidden system call"
GOOD = b"define i32 @main() {\n  ret i32 5\n}\n"
AT_FDCWD = -100

ENDINGS = {
    "creates_a_file": DONE,
    "removes_a_file": FORBIDDEN,
    "reads_its_input": DONE,
    "closes_its_descriptors": DONE,
    "writes_to_other_descriptors": DONE,
    "writes_without_end": "too much output",
    "makes_a_file_in_memory": FORBIDDEN,
    "opens_a_socket": FORBIDDEN,
    "forks": FORBIDDEN,
    "forks_without_end": FORBIDDEN,
    "becomes_another_program": FORBIDDEN,
    "starts_a_thread": FORBIDDEN,
    "asks_for_its_parent": FORBIDDEN,
    "kills_everybody": FORBIDDEN,
    "kills_its_group": FORBIDDEN,
    "kills_the_first_process": FORBIDDEN,
    "traces_a_process": FORBIDDEN,
    "outlives_its_parent": FORBIDDEN,
    "stops_itself": "timed out",
    "kills_itself": "SIGTERM",
    "kills_itself_as_its_parent_would": FORBIDDEN,
    "sets_up_io_uring": FORBIDDEN,
    "loads_a_program_into_the_kernel": FORBIDDEN,
    "turns_randomisation_on": FORBIDDEN,
    "makes_a_namespace": FORBIDDEN,
    "restarts_the_machine": FORBIDDEN,
    "raises_its_limits": DONE,
    "marks_memory_as_broken": FORBIDDEN,
    "writes_code": FORBIDDEN,
    "turns_data_into_code": FORBIDDEN,
    "maps_its_output": FORBIDDEN,
    "takes_all_memory": DONE,
    "takes_all_memory_in_pieces": DONE,
    "writes_everywhere": "SIGSEGV",
    "writes_over_what_it_uses": "SIGSEGV",
    "unmaps_everything": "SIGSEGV",
    "recurses_without_end": "SIGSEGV",
    "has_a_huge_frame": "SIGSEGV",
    "loops_without_end": "timed out",
    "catches_every_signal_and_loops": "timed out",
    "waits_for_nobody": "timed out",
    "sleeps": DONE,
    "is_woken_by_a_timer": "SIGALRM",
    "jumps_over_frames": DONE,
    "jumps_nowhere": "SIGSEGV",
    "counts_atomically": DONE,
    "adds_huge_vectors": DONE,
    "aborts": "SIGABRT",
    "divides_by_nothing": "SIGFPE",
    "calls_data": "SIGSEGV",
    "handles_its_own_fault": DONE,
    "has_an_undefined_instruction": "SIGILL",
    "has_a_breakpoint": "SIGTRAP",
    "halts_the_processor": "SIGSEGV",
    "writes_to_a_port": "SIGSEGV",
    "uses_the_entry_of_32_bits": FORBIDDEN,
    "uses_numbers_of_x32": FORBIDDEN,
    "calls_the_kernel_itself": FORBIDDEN,
    "has_the_wrong_stack": "SIGSEGV",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the code tries to leave its mark."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "kept").write_text("kept")
    return folder


@pytest.fixture(scope="module")
def compiled(folder: Path) -> str:
    """All of the hostile functions as LLVM IR."""
    command = [
        *(find_toolchain().tool("clang"), "-S", "-emit-llvm", "-O0", "-w", "-o", "-"),
        *("-Xclang", "-disable-O0-optnone"),
        *(f'-DMARK="{folder}/mark"', f'-DKEPT="{folder}/kept"', f"-DAT={AT_FDCWD}"),
        SOURCE,
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def hostile(compiled: str) -> str:
    """The same, each dropped unless `main` calls it."""
    return compiled.replace("define dso_local", "define internal")


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    with Sandbox(find_toolchain()) as sandbox, Programs(sandbox, wall_s=0.1) as programs:
        yield programs


def processes() -> set[int]:
    """Every process of this machine that descends from this one."""
    parents = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208 - numbers, not paths
        try:
            fields = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()
            parents[int(entry)] = int(fields[1])
        except (OSError, ValueError, IndexError):
            continue
    found = {os.getpid()}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def test_every_hostile_function_has_its_ending(hostile: str) -> None:
    assert set(re.findall(r"^int (\w+)\(void\) \{", SOURCE.read_text(), re.MULTILINE)) == set(
        ENDINGS
    )
    assert all(f"@{name}(" in hostile for name in ENDINGS)


@pytest.mark.parametrize("name", ENDINGS)
def test_hostile_code_ends_as_data_and_leaves_no_trace(
    name: str, hostile: str, folder: Path, programs: Programs
) -> None:
    programs.run(GOOD, "")  # whatever starts at first use has started
    before = processes()
    main = f"\ndefine i32 @main() {{\n  %1 = call i32 @{name}()\n  ret i32 %1\n}}\n"
    ran = programs.run((hostile + main).encode(), "globaldce")
    assert (ran.outcome, ran.ending) == (Outcome.OK, ENDINGS[name])
    assert processes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["kept"]
    assert programs.run(GOOD, "").ending == "exit 5"


@pytest.fixture(scope="module")
def comparing() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


@pytest.mark.parametrize(
    "name",
    [
        "creates_a_file",
        "forks_without_end",
        "kills_its_group",
        "writes_everywhere",
        "unmaps_everything",
        "has_a_huge_frame",
        "loops_without_end",
        "catches_every_signal_and_loops",
        "jumps_nowhere",
        "counts_atomically",
        "adds_huge_vectors",
        "calls_data",
        "calls_the_kernel_itself",
    ],
)
def test_hostile_functions_compared_with_themselves_are_never_refuted_and_leave_no_trace(
    name: str, compiled: str, folder: Path, comparing: Sandbox
) -> None:
    command = [find_toolchain().tool("llvm-extract"), "-S", "--func", name, "-o", "-"]
    alone = subprocess.run(
        command, input=compiled, check=True, capture_output=True, text=True
    ).stdout
    before = processes()
    (compared,) = compare(comparing, alone, [alone], seed=1, inputs=4)
    assert compared.verdict in {"agreed", "inconclusive"}
    comparing.wait()
    assert processes() - before <= {template_of(comparing)}
    assert sorted(path.name for path in folder.iterdir()) == ["kept"]


def template_of(sandbox: Sandbox) -> int:
    process = sandbox._template._process
    assert process is not None
    return process.pid
