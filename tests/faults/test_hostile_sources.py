"""Sources that do harm to the compiler, to LLVM, to memory: each is a loss, its neighbours stay."""

import random
import shutil
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autotune.executors.local import LocalExecutor
from autotune.grow import grow
from corpus import measure
from corpus.build import open_sources
from corpus.harvest import Harvest
from corpus.llvm import frontend
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain
from corpus.normalise import normalise
from corpus.sources.base import TranslationUnit
from corpus.sources.contents import Contents
from tests.faults import broken_ir
from warehouse.lake import Lake

GOOD = "int good(int x) { return 3 * x; }\n"


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return find_toolchain()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one good file on either side of whatever a test puts between them."""
    made = tmp_path / "project"
    made.mkdir()
    (made / "a.c").write_text(GOOD)
    (made / "z.c").write_text(GOOD.replace("good", "last").replace("3", "5"))
    return made


@pytest.fixture
def stand_in(toolchain: Toolchain, tmp_path: Path) -> Callable[[str], Toolchain]:
    """A toolchain whose clang does something else with files whose name begins with `bad`."""

    def make(script: str) -> Toolchain:
        prefix = tmp_path / "llvm"
        shutil.copytree(toolchain.prefix / "bin", prefix / "bin", symlinks=True)
        clang = prefix / "bin" / "clang"
        clang.unlink()
        clang.write_text(
            '#!/bin/sh\ncase "$*" in *bad*) ;; *) exec '
            f'{toolchain.tool("clang")} "$@" ;; esac\n{textwrap.dedent(script)}\n'
        )
        clang.chmod(0o755)
        return replace(toolchain, prefix=prefix)

    return make


def harvested(toolchain: Toolchain, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Names of the functions that one task takes from a folder, and reasons of losses by file."""
    with Sandbox(toolchain) as sandbox, sandbox.session() as session, Contents() as contents:
        harvest = Harvest(toolchain, session, contents, "task")
        for path in sorted(folder.iterdir()):
            harvest.add(unit(path))
        tables = {name: table.to_pylist() for name, table in harvest.take().items()}
    losses = {row["source_file"]: row["reason"] for row in tables.get("losses", [])}
    return [row["name"] for row in tables["functions"]], losses


def unit(path: Path) -> TranslationUnit:
    is_ir = path.suffix in {".ll", ".bc"}
    return TranslationUnit(
        program="project",
        version="",
        origin="directory",
        license="NOASSERTION",
        language="llvm-ir" if is_ir else "c",
        root=str(path.parent),
        path=path.name,
        folder=str(path.parent),
        ir=is_ir,
    )


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("sleep 300", "no end within the time limit"),
        ("sleep 300 & sleep 300 & wait", "no end within the time limit"),
        ("while :; do :; done", "no end within the time limit"),
        ("yes", "MiB of module text"),
        ("(setsid sleep 20 &); exit 1", "exit status 1"),
        ("echo 'LLVM ERROR: out of memory' >&2; kill -ABRT $$", "ran out of memory"),
        ("kill -SEGV $$", "exit status -11"),
        ("echo nonsense", "not as LLVM prints it"),
        ("exit 0", None),
    ],
    ids=["hang", "forks", "spins", "endless", "leaves", "memory", "crash", "nonsense", "nothing"],
)
def test_a_compiler_that_misbehaves_loses_its_file_alone(
    script: str,
    reason: str | None,
    stand_in: Callable[[str], Toolchain],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = partial(frontend.Limits, wall_s=1.5, module_bytes=4 << 20)
    monkeypatch.setattr(frontend, "Limits", limits)
    (folder / "bad.c").write_text(GOOD)
    toolchain = stand_in(script)
    started = time.monotonic()
    names, losses = harvested(toolchain, folder)
    assert names == ["good", "last"]
    assert [reason is not None] == [one == "bad.c" for one in losses] or not losses
    assert reason is None or reason in losses["bad.c"]
    assert time.monotonic() - started < 60


def test_a_compiler_that_eats_memory_is_held_to_its_limit(
    stand_in: Callable[[str], Toolchain], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontend, "Limits", partial(frontend.Limits, memory_bytes=1 << 30))
    (folder / "bad.c").write_text(GOOD)
    eats = "exec python3 -c 'import sys; x = bytearray(6 << 30); sys.stdout.write(str(len(x)))'"
    names, losses = harvested(stand_in(eats), folder)
    assert names == ["good", "last"]
    assert "MemoryError" in losses["bad.c"]


def test_a_source_that_includes_itself_or_a_device_ends(toolchain: Toolchain, folder: Path) -> None:
    (folder / "device.c").write_text('#include "/dev/zero"\nint device(void) { return 1; }\n')
    (folder / "itself.c").write_text('#include "itself.c"\n')
    names, losses = harvested(toolchain, folder)
    assert names == ["good", "device", "last"]
    assert losses == {"itself.c": "itself.c:1:10: error: #include nested too deeply"}


def test_a_function_of_ten_megabytes_is_lost_and_its_neighbours_stay(
    toolchain: Toolchain, folder: Path
) -> None:
    line = "  store volatile i32 1, ptr %p, align 4\n"
    body = line * (10_500_000 // len(line))
    (folder / "huge.ll").write_text(
        f"define void @huge(ptr %p) {{\n{body}  ret void\n}}\n"
        "define i32 @beside() {\n  ret i32 7\n}\n"
    )
    names, losses = harvested(toolchain, folder)
    assert names == ["good", "huge:beside", "last"]
    assert losses == {"huge.ll": "over 1 MiB of text"}


def test_empty_files_and_files_of_nothing_are_no_functions_and_no_harm(
    toolchain: Toolchain, folder: Path
) -> None:
    (folder / "empty.c").write_text("")
    for name in ("empty.ll", "empty.bc"):
        (folder / name).write_bytes(b"")
    (folder / "zeros.bc").write_bytes(bytes(4096))
    (folder / "zeros.ll").write_bytes(bytes(4096))
    names, losses = harvested(toolchain, folder)
    assert names == ["good", "last"]
    assert set(losses) <= {"empty.ll", "empty.bc", "zeros.bc", "zeros.ll"}


def test_ir_that_no_table_can_hold_is_lost_alone(toolchain: Toolchain, folder: Path) -> None:
    (folder / "odd.ll").write_bytes(
        b'define void @odd() #0 {\n  ret void\n}\nattributes #0 = { "a\x9bb"="c" }\n'
    )
    names, losses = harvested(toolchain, folder)
    assert names == ["good", "last"]
    assert losses == {"odd.ll": "its text is not UTF-8"}


def test_an_error_that_nobody_thought_of_is_the_loss_of_one_function(
    toolchain: Toolchain, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fragile(ir: str) -> str:
        if "@last" in ir:
            raise RecursionError("too deep")
        return normalise(ir)

    monkeypatch.setattr(measure, "normalise", fragile)
    names, losses = harvested(toolchain, folder)
    assert names == ["good"]
    assert losses["z.c"].startswith("RecursionError at test_hostile_sources.py:")


@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_broken_in_a_file_of_ir_its_neighbours_stay(
    seed: int, toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    modules = broken_ir.golden_modules(toolchain)
    names = [chance.choice(sorted(modules)) for _ in range(6)]
    files = [(Path(name).suffix, broken_ir.mutated(modules[name], chance)) for name in names]
    assert len(broken_ir.take_in(toolchain, tmp_path_factory.mktemp("ir"), files)) == 6


def test_a_second_version_of_a_program_adds_what_is_new_and_measures_nothing_else(
    toolchain: Toolchain, folder: Path, tmp_path: Path
) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)

    def add() -> dict[str, object]:
        executor = LocalExecutor(lake, workers=1)
        try:
            return grow(
                lake, open_sources([str(folder)], toolchain), toolchain, executor
            ).document()
        finally:
            executor.close()

    assert (add()["added"], add()["added"]) == (2, 0)
    (folder / "z.c").write_text("int fresh(int x) { return x / 9; }\n" + GOOD)
    second = add()
    # `good` was known by its content, wherever it lies now: the worker made no row of it.
    assert (second["added"], second["functions"], second["measured"]) == (1, 3, 1)
    places = {(row["name"], row["source_file"]) for row in lake.read("occurrences").to_pylist()}
    assert places == {("good", "a.c"), ("last", "z.c"), ("fresh", "z.c"), ("good", "z.c")}
    assert lake.count("fingerprints") == 3


def test_a_task_that_lost_something_is_tried_again_when_that_is_asked_for(
    toolchain: Toolchain, folder: Path, tmp_path: Path
) -> None:
    lake = Lake.open(tmp_path / "lake", create=True)
    header = tmp_path / "outside.h"
    (folder / "b.c").write_text(f'#include "{header}"\nint b(void) {{ return B; }}\n')

    def add(*, retry_losses: bool) -> object:
        executor = LocalExecutor(lake, workers=1)
        try:
            sources = open_sources([str(folder)], toolchain)
            report = grow(lake, sources, toolchain, executor, retry_losses=retry_losses)
            return report.added
        finally:
            executor.close()

    assert add(retry_losses=False) == 2
    header.write_text("#define B 4\n")
    assert add(retry_losses=False) == 0
    assert add(retry_losses=True) == 1
