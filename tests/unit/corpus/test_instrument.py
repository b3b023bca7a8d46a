"""Each check of the instrumented copy, on an input that is undefined and on one that is not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.golden import golden_functions
from corpus.llvm.harness import build
from corpus.llvm.sandbox.undefined import Trap
from corpus.llvm.toolchain import find_toolchain
from tests.unit.corpus.instrumented.cases import CASES, REFUSED, Case

_FOLDER = Path(__file__).parent / "instrumented"
HEAD = """target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-S128"
target triple = "x86_64-pc-linux-gnu"
"""
MOST_STEPS_TAKEN = -1


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness, with a driver that calls one function."""
    made = tmp_path_factory.mktemp("driver") / "driver.so"
    sources = sorted(Path(build.__file__).parent.glob("*.c"))
    clang = find_toolchain(None).tool("clang")
    command = [clang, "-O1", "-fPIC", "-shared", "-fno-builtin", "-fno-strict-aliasing"]
    folder = f"-I{sources[0].parent}"
    subprocess.run([*command, folder, *sources, _FOLDER / "driver.c", "-o", made], check=True)
    return made


def module(body: str, outside: str = "") -> str:
    """A module whose `f` has this body."""
    return f"{HEAD}{outside}\ndefine i64 @f(ptr %p, i64 %a, i64 %b) {{\n{body}\n}}\n"


def run(driver: Path, functions: list[tuple[str, tuple[int, int]]]) -> list[object]:
    """How each ended, as the driver says it, or why it was refused."""
    requests = [
        {"ir": ir, "a": a & 0xFFFFFFFFFFFFFFFF, "b": b & 0xFFFFFFFFFFFFFFFF}
        for ir, (a, b) in functions
    ]
    ran = subprocess.run(
        [sys.executable, _FOLDER / "run_instrumented.py", find_toolchain(None).libllvm, driver],
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=True,
    )
    ended: list[object] = json.loads(ran.stdout)
    return ended


@pytest.fixture(scope="session")
def endings(driver: Path) -> dict[str, list[object]]:
    """How the undefined and the defined input of each case ended."""
    pairs = [
        (module(one.body, one.outside), arguments)
        for one in CASES
        for arguments in (one.bad, one.good)
    ]
    ended = run(driver, pairs)
    return {one.name: ended[2 * i : 2 * i + 2] for i, one in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_ends_where_it_is_undefined_and_there_alone(
    case: Case, endings: dict[str, list[object]]
) -> None:
    assert endings[case.name] == [int(case.trap), 0]


def test_every_trap_of_the_instrumentation_is_sprung_by_a_case() -> None:
    assert {one.trap for one in CASES} >= set(Trap)


def test_refuses_what_it_cannot_check_and_leaves_it_as_it_was(driver: Path) -> None:
    functions = [(module(body), (0, 0)) for body in REFUSED.values()]
    assert run(driver, functions) == list(REFUSED)


def test_refuses_intrinsics_by_name(driver: Path) -> None:
    body = "%r = call i64 @llvm.readcyclecounter()\n ret i64 %r"
    ir = module(body, "declare i64 @llvm.readcyclecounter()")
    assert run(driver, [(ir, (0, 0))]) == ["llvm.readcyclecounter is not modelled"]


def test_code_that_nothing_reaches_is_left_to_the_sanitiser(driver: Path) -> None:
    body = "ret i64 0\ngone:\n %x = add nsw i64 %a, %b\n br label %gone"
    assert run(driver, [(module(body), (0, 0))]) == [0]


def test_ends_a_run_that_takes_too_many_steps(driver: Path) -> None:
    body = "br label %again\nagain:\n br label %again"
    assert run(driver, [(module(body), (0, 0))]) == [MOST_STEPS_TAKEN]


def test_every_golden_function_is_instrumented_but_the_one_with_variable_arguments() -> None:
    library = find_toolchain(None).libllvm
    program = (
        "import json, sys\n"
        "from corpus.llvm.library import Library\n"
        "from corpus.llvm.sandbox.instrument import instrument\n"
        "library = Library(sys.argv[1])\n"
        "said = []\n"
        "for text in json.load(sys.stdin):\n"
        "    module = library.parse(library.context(keep_names=True), text.encode())\n"
        "    said.append([instrument(library, module).reason, library.fault(module)])\n"
        "json.dump(said, sys.stdout)\n"
    )
    texts = [one.ir for one in golden_functions()]
    ran = subprocess.run(
        [sys.executable, "-c", program, library],
        input=json.dumps(texts), capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = dict(zip((one.name for one in golden_functions()), json.loads(ran.stdout), strict=True))
    assert said.pop("add_all") == ["variable arguments", None]
    assert set(map(tuple, said.values())) == {("", None)}
