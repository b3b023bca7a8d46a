"""On a system that offers no seccomp, foreign code is refused unless its user asks for it."""

import os
import subprocess
import sys
from pathlib import Path

WITHOUT = [sys.executable, Path(__file__).with_name("without_seccomp.py")]
RUN = """
from corpus.llvm.execution import run_programs
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain
module = b"declare ptr @fopen(ptr, ptr)\\n"
module += b'@name = private constant [{size} x i8] c"{mark}\\\\00"\\n'
module += b'@mode = private constant [2 x i8] c"w\\\\00"\\n'
module += b"define i32 @main() {{\\n  %1 = call ptr @fopen(ptr @name, ptr @mode)\\n"
module += b"  %2 = icmp eq ptr %1, null\\n  %3 = zext i1 %2 to i32\\n  ret i32 %3\\n}}\\n"
with Sandbox(find_toolchain()) as sandbox:
    print(run_programs(sandbox, module, [""])[0].ending)
"""


def run(mark: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that opens `mark` for writing, and returns 1 where it could not."""
    text = RUN.format(mark=mark, size=len(str(mark)) + 1)
    return subprocess.run(
        [*WITHOUT, sys.executable, "-c", text],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_run_and_the_error_says_the_way_out(tmp_path: Path) -> None:
    refused = run(tmp_path / "mark")
    assert refused.returncode != 0
    assert "RunningRefused: foreign code is not run" in refused.stderr
    assert "PASSLAKE_RUN_UNLOCKED=1" in refused.stderr


def test_it_is_run_when_asked_for_and_other_means_still_hold(tmp_path: Path) -> None:
    ran = run(tmp_path / "mark", PASSLAKE_RUN_UNLOCKED="1")
    assert (ran.stdout, ran.stderr) == ("exit 1\n", "")
    assert not (tmp_path / "mark").exists()


def test_it_is_asked_for_in_one_way_only(tmp_path: Path) -> None:
    assert run(tmp_path / "mark", PASSLAKE_RUN_UNLOCKED="yes").returncode != 0


def test_doctor_says_so_and_how_to_change_it() -> None:
    text = (
        "from autotune import doctor\n"
        "from corpus.llvm.toolchain import find_toolchain\n"
        "check = doctor._locking(find_toolchain())\n"
        "print(check.found, check.required, check.fix)\n"
    )
    command = [*WITHOUT, sys.executable, "-c", text]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith("False False allow seccomp")
