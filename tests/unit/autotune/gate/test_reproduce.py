"""Reproducers: folders that show wrong code with LLVM's tools alone."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autotune.gate.pair_driver import NoDriver, driver_ir
from autotune.gate.reproduce import NotReproduced, reproduce_on_program
from autotune.gate.reproduce_pair import reproduce_on_function
from corpus.llvm.reduce import reduced
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain

BIN = find_toolchain().prefix / "bin"
HEAD = """\
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
declare void @told(i32 noundef)
@shared = external global i32
"""
STORED_BETWEEN = f"""{HEAD}
define i32 @f(ptr noundef %p, ptr noundef %q, i64 noundef %i) {{
  %s = getelementptr inbounds i32, ptr %p, i64 %i
  %a = load i32, ptr %s, align 4
  call void @told(i32 noundef %a)
  %t = getelementptr inbounds i32, ptr %q, i64 %i
  store i32 5, ptr %t, align 4
  %b = load i32, ptr %s, align 4
  %c = add i32 %a, %b
  ret i32 %c
}}
"""
"""The second load sees the store where p and q are one; attributor tells gvn that it does not."""

GUILTY = "function(lower-invoke)"
FALSE_PROMISE = "attributor,function(gvn)"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(find_toolchain()) as sandbox:
        yield sandbox


def shown(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script says, with no Passlake anywhere near."""
    return subprocess.run(
        ["sh", folder / "run.sh", BIN], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_program_is_shown_by_llvms_tools_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    made = reproduce_on_program(
        sandbox,
        f"globaldce,{GUILTY},function(adce)",
        tmp_path / "bug",
        among=["exception_state"],
        reducing_s=3,
    )
    assert made.pass_list == GUILTY
    run = shown(tmp_path / "bug")
    assert run.returncode == 1, run.stderr
    assert "WRONG CODE: the outputs differ" in run.stdout
    files = sorted(path.name for path in (tmp_path / "bug").iterdir())
    assert files == [
        "README.txt", "before.ll", "exception_state.cpp", "pass_list.txt", "program.h", "run.sh",
    ]  # fmt: skip
    assert (
        "opt -passes='function(lower-invoke)' before.ll"
        in (tmp_path / "bug" / "README.txt").read_text()
    )
    assert "/" not in (tmp_path / "bug" / "before.ll").read_text().split("source_filename")[0]


def test_a_list_that_breaks_nothing_is_not_reproduced(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(NotReproduced, match=r"print what they should after function\(sroa\)"):
        reproduce_on_program(
            sandbox, "function(sroa)", tmp_path / "none", among=["recursion_tail"], reducing_s=1
        )
    assert not (tmp_path / "none").exists()


def test_a_function_is_shown_with_a_driver_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    made = reproduce_on_function(
        sandbox, STORED_BETWEEN, f"globaldce,{FALSE_PROMISE}", "0abc", tmp_path, reducing_s=0
    )
    assert (made.pass_list, made.not_shown) == (FALSE_PROMISE, "")
    run = shown(tmp_path)
    assert run.returncode == 1, run.stderr
    assert "after the list: " in run.stdout
    assert "inputs differ" in run.stdout


def test_a_function_that_no_driver_shows_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    made = reproduce_on_function(
        sandbox, STORED_BETWEEN, "function(sroa)", "0abc", tmp_path, reducing_s=0
    )
    assert made.not_shown == "the inputs that a driver makes do not show the difference"
    assert made.not_shown in (tmp_path / "README.txt").read_text()
    assert not (tmp_path / "run.sh").exists()


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("define <4 x i32> @f(i32 %a) {\n  ret <4 x i32> zeroinitializer\n}", "the result is"),
        ("define void @f(i32 %a, ...) {\n  ret void\n}", "argument 2 is ..."),
        ("define void @f(ptr byval({ i32 }) %a) {\n  ret void\n}", "argument 1 is ptr byval"),
        ("define void @f(i128 %a) {\n  ret void\n}", "argument 1 is i128"),
        ("declare void @f()", "0 functions are defined"),
    ],
)
def test_a_function_that_the_driver_cannot_call_is_refused(function: str, why: str) -> None:
    with pytest.raises(NoDriver, match=why):
        driver_ir(f"{HEAD}{function}\n")


def test_reduction_keeps_what_is_interesting_and_drops_the_rest() -> None:
    module = b"define void @other() {\n  ret void\n}\ndefine i32 @kept() {\n  ret i32 7\n}\n"
    asked: list[bytes] = []

    def interesting(text: bytes) -> bool:
        asked.append(text)
        return b"@kept" in text

    left = reduced(find_toolchain(), module, interesting, wall_s=20)
    assert asked
    assert b"@kept" in left
    assert b"@other" not in left


def test_reduction_ends_in_time_with_the_best_so_far() -> None:
    module = b"define i32 @kept() {\n  ret i32 7\n}\n"
    left = reduced(find_toolchain(), module, lambda _: True, wall_s=0)
    assert b"@kept" in left
