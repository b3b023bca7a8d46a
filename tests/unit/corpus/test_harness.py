"""The harness as it is compiled, and what Python believes of its structures and records."""

import ctypes
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.llvm.harness.build import harness, harness_version
from corpus.llvm.sandbox import harness_memory
from corpus.llvm.sandbox.harness_memory import Record
from corpus.llvm.sandbox.observation import Seen, difference, undefined_bytes
from corpus.llvm.shared_object import NotCompiled
from corpus.llvm.toolchain import find_toolchain

TOOLCHAIN = find_toolchain()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    harness.cache_clear()
    return tmp_path / "passlake" / "harness"


def test_the_harness_is_compiled_once_and_found_again(cache: Path) -> None:
    made = harness(TOOLCHAIN)
    assert made.parent == cache
    assert made.name.startswith(harness_version())
    written = made.stat().st_mtime_ns
    harness.cache_clear()
    assert harness(TOOLCHAIN).stat().st_mtime_ns == written
    assert list(cache.iterdir()) == [made]


def test_a_compiler_that_fails_is_told_and_leaves_nothing(cache: Path, tmp_path: Path) -> None:
    clang = tmp_path / "bin" / "clang"
    clang.parent.mkdir()
    clang.write_text("#!/bin/sh\necho 'error: no such thing' >&2\nexit 1\n")
    clang.chmod(0o755)
    with pytest.raises(NotCompiled, match="no such thing"):
        harness(replace(TOOLCHAIN, prefix=tmp_path))
    assert list(cache.iterdir()) == []


def test_the_structures_have_the_sizes_that_the_harness_says() -> None:
    said = ctypes.CDLL(str(harness(TOOLCHAIN))).pl_size
    said.restype = ctypes.c_uint64
    mirrored = ("Description", "Shared", "Plan", "Record", "Piece", "Callee")
    sizes = [ctypes.sizeof(getattr(harness_memory, name)) for name in mirrored]
    assert sizes == [said(which) for which in range(len(mirrored))]


def seen(*, result: int = 7, word: int = 0x0101, at: int = 64, calls: int = 0) -> Seen:
    record = Record(ending=harness_memory.RETURNED, calls=calls, changed=1, changed_hash=word + at)
    record.result[0] = result
    record.words[0].at, record.words[0].value = harness_memory.BASE + at, word
    return Seen.of(record, 8)


def test_bytes_that_two_fills_show_to_differ_have_no_value() -> None:
    unset = undefined_bytes(seen(result=1, word=0x01AA), seen(result=1, word=0x0155))
    assert unset is not None
    expected = seen(result=1, word=0x01AA)
    assert difference(expected, seen(result=1, word=0x0107), unset) == ""
    assert "leaves 0x207" in difference(expected, seen(result=1, word=0x0207), unset)
    assert difference(expected, seen(result=2, word=0x01AA), unset).startswith("returns 0x2")


def test_a_word_that_one_run_left_alone_is_compared_with_what_was_there() -> None:
    unset = undefined_bytes(seen(), seen())
    assert unset is not None
    told = difference(seen(at=64), seen(at=72), unset)
    assert told == "leaves 0x0 at arena 0-1984, before it left 0x101"


def test_runs_that_call_differently_are_not_compared_byte_by_byte() -> None:
    assert undefined_bytes(seen(calls=1), seen(calls=2)) is None
    assert "makes 2 calls" in difference(
        seen(calls=1), seen(calls=2), undefined_bytes(seen(), seen()) or pytest.fail("comparable")
    )


def test_what_ended_its_process_says_how() -> None:
    gone = Seen.dead("forbidden system call")
    unset = undefined_bytes(seen(), seen())
    assert unset is not None
    assert difference(seen(), gone, unset) == (
        "ends its process (forbidden system call), before it returns"
    )
