"""`passlake optimize`: what goes in, what comes out, and what is refused."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.advice import known
from autotune.lake_advice import advice_of
from corpus.identify import function_ids
from corpus.llvm.frontend import Job
from corpus.llvm.passes import PassSpace
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
from warehouse import sql
from warehouse.lake import Lake

TOOLCHAIN = find_toolchain()
BIN = TOOLCHAIN.prefix / "bin"
SECONDS = ("--cpu-seconds", "0.2")
TWICE = """
int sum(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i] % N; return s; }
int total(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i] % N; return s; }
"""

Optimize = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def optimize(passlake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Optimize:
    monkeypatch.chdir(tmp_path)
    Path("twice.c").write_text(TWICE)

    def run(*arguments: str, lake: str = "") -> subprocess.CompletedProcess[str]:
        own = {name: text for name, text in os.environ.items() if not name.startswith("PASSLAKE")}
        before = ["--lake", lake] if lake else []
        command = [str(passlake), *before, "optimize", *arguments]
        return subprocess.run(command, env=own, capture_output=True, text=True, check=False)

    return run


def definitions(file: str) -> set[str]:
    """Symbols that a linker sees defined in an object or in bitcode."""
    said = subprocess.run(
        [BIN / "llvm-nm", "--defined-only", "--extern-only", "--format=just-symbols", file],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(said.split())


def test_a_source_becomes_a_smaller_object_with_clangs_own_options(optimize: Optimize) -> None:
    ran = optimize("twice.c", "-DN=7", "-fPIC", "-o", "twice.o", *SECONDS, "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    made = Path("twice.o").read_bytes()
    assert said["object_bytes"] == allocated_bytes(made) < said["oz_object_bytes"]
    assert said["saved_bytes"] == said["oz_object_bytes"] - said["object_bytes"]
    assert said["gate"] == "agreed"
    assert definitions("twice.o") == {"sum", "total"}


def test_a_person_gets_one_line_on_standard_error(optimize: Optimize) -> None:
    ran = optimize("twice.c", "-DN=7", "-o", "twice.o", *SECONDS)
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.startswith("passlake: twice.c: ")


@pytest.mark.parametrize("suffix", [".ll", ".bc"])
def test_ir_goes_in_and_comes_out_in_either_form(optimize: Optimize, suffix: str) -> None:
    clang = [BIN / "clang", "-O0", "-DN=7", "-S", "-emit-llvm", "twice.c", "-o", "given.ll"]
    subprocess.run(clang, check=True)
    ran = optimize("given.ll", "-o", f"found{suffix}", *SECONDS)
    assert ran.returncode == 0, ran.stderr
    subprocess.run([BIN / "clang", "-c", f"found{suffix}", "-o", "found.o"], check=True)
    assert definitions("found.o") == {"sum", "total"}
    text = subprocess.run(
        [BIN / "opt", "-S", f"found{suffix}", "-o", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "minsize" in text
    assert "optnone" not in text


def test_ir_for_another_machine_stays_for_that_machine(optimize: Optimize) -> None:
    Path("arm.ll").write_text(
        'target triple = "aarch64-unknown-linux-gnu"\n'
        "define i32 @f(i32 %x) {\n  %y = mul i32 %x, 12\n  ret i32 %y\n}\n"
    )
    assert optimize("arm.ll", "-o", "arm.o", "--cpu-seconds", "0").returncode == 0
    header = Path("arm.o").read_bytes()[:20]
    assert int.from_bytes(header[18:20], "little") == 183  # EM_AARCH64


def test_a_lake_knows_the_functions_of_a_source_and_what_won_on_them(
    passlake: Path, golden_source: Path, golden_lake: Lake
) -> None:
    with Sandbox(TOOLCHAIN) as sandbox, sandbox.session() as session:
        job = Job("golden.c", golden_source, golden_source)
        inside = function_ids(session, TOOLCHAIN, job)
        broken = Job("gone.c", golden_source, golden_source)
        assert function_ids(session, TOOLCHAIN, broken) == ()
        assert function_ids(session, TOOLCHAIN, b"no module") == ()
    assert set(inside) >= set(golden_lake.read("functions").column("function_id").to_pylist())

    tune = ["tune", "--strategy", "random", "--evaluations", "40", "--max-instructions", "25"]
    subprocess.run([passlake, "--lake", golden_lake.location, *tune], check=True)
    won = sql.run(
        golden_lake, "SELECT DISTINCT pass_list FROM best WHERE pass_list <> 'default<Oz>'"
    )
    advice = advice_of(golden_lake.location, inside, "object_bytes")
    assert set(advice) == set(won.column("pass_list").to_pylist())
    assert advice
    assert known(PassSpace.load(), advice)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["twice.c"], "say where the result goes: -o OUTPUT"),
        (["gone.c", "-o", "x.o"], "clang: error: no such file or directory: 'gone.c'"),
        (["broken.c", "-o", "x.o"], "broken.c: broken.c:1:8: error: expected parameter declarator"),
        (["broken.ll", "-o", "x.o"], "expected top-level entity"),
        (["twice.c", "-o", "x.exe"], "give an output that ends in .o, .bc, .ll"),
        (["twice.c", "-o", "no/such/x.o"], "there is no folder"),
        (["twice.c", "twice.c", "-o", "x.o"], "clang: error: cannot specify -o when"),
        (["twice.c", "-fsanitize=address", "-o", "x.o"], "instrumentation"),
        (["twice.c", "-DN=7", "-o", "x.o", "--objective", "beauty"], "instructions, object_bytes"),
        (["-o", "x.o", "--version"], "give one file of C, C++ or LLVM IR; clang sees none"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    optimize: Optimize, arguments: list[str], said: str
) -> None:
    Path("broken.c").write_text("int f( {")
    Path("broken.ll").write_text("hello")
    ran = optimize(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert not list(Path().glob("x.*"))


def test_a_lake_that_is_named_has_to_be_there(optimize: Optimize) -> None:
    ran = optimize("twice.c", "-DN=7", "-o", "x.o", lake="no-lake")
    assert ran.returncode == 2
    assert "no-lake" in ran.stderr
