"""The linker, in a process of its own: LLVM is loaded nowhere else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.llvm.toolchain import find_toolchain

CHILD = Path(__file__).with_name("jit_child.py")


@pytest.fixture(scope="module")
def said() -> dict[str, object]:
    """What one process with a linker came to; see `jit_child.py`."""
    command = [sys.executable, CHILD, str(find_toolchain().libllvm)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stderr == ""  # LLVM's own complaints are in the errors
    answers: dict[str, object] = json.loads(ran.stdout)
    return answers


def test_code_of_a_module_can_be_called(said: dict[str, object]) -> None:
    assert said["called"] == 42


def test_modules_of_a_space_see_each_other(said: dict[str, object]) -> None:
    assert said["across"] == 43


def test_spaces_do_not_see_each_other(said: dict[str, object]) -> None:
    assert said["same name in two spaces"] == [1, 2]
    assert "Symbols not found: [ inner ]" in str(said["of another space"])


def test_addresses_can_be_given_a_name(said: dict[str, object]) -> None:
    assert said["defined"] == 12


def test_the_process_is_seen_only_where_asked(said: dict[str, object]) -> None:
    assert said["process"] == 5
    assert "Symbols not found: [ abs ]" in str(said["no process"])


def test_what_is_missing_is_named(said: dict[str, object]) -> None:
    assert "Symbols not found: [ nonesuch ]" in str(said["missing"])


def test_a_symbol_is_defined_once(said: dict[str, object]) -> None:
    assert "duplicate definition of symbol 'inner'" in str(said["twice"])
    again = "In <Absolute Symbols>, duplicate definition of symbol 'fixed'"
    assert again in str(said["named twice"])


def test_an_object_that_is_none_is_refused(said: dict[str, object]) -> None:
    assert said["no object"] != ""


def test_exceptions_pass_through_linked_code(said: dict[str, object]) -> None:
    assert said["thrown"] == 6


def test_it_starts_no_thread(said: dict[str, object]) -> None:
    assert said["threads"] == 1


def test_levels_of_code_generation_give_other_code_for_the_same_result(
    said: dict[str, object],
) -> None:
    fast, good = said["levels"]  # type: ignore[misc]  # a pair of pairs
    assert fast[0] == good[0] == 120
    assert fast[1] != good[1]


def test_a_space_that_was_cleared_can_be_filled_again(said: dict[str, object]) -> None:
    assert said["cleared"] == 8
