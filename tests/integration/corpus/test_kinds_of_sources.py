"""Each kind of source becomes rows, once; and a folder made to do harm does none."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpus.admit import Admission
from corpus.build import JOB, open_sources, plan
from corpus.llvm.toolchain import Toolchain
from warehouse.lake import Lake
from warehouse.task import LedgerEntry, finished_tasks, ledger_rows, run_entry

C = "int %s(int x) { return x * %d + 1; }\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def add(lake: Lake, toolchain: Toolchain, spec: str | Path) -> int:
    """Run what the ledger does not call done; how many tasks that were."""
    tasks = list(plan(open_sources([str(spec)], toolchain), toolchain))
    left = [task for task in tasks if task.task_id not in finished_tasks(lake, JOB)]
    receipts = [run_entry(task, lake, 1) for task in left]
    entries = [LedgerEntry.done(*pair) for pair in zip(left, receipts, strict=True)]
    ledger = lake.stage("tasks", ledger_rows(JOB, entries), name="ledger")
    lake.commit(JOB, lake.recover(JOB), [*Admission(lake).files(receipts), ledger])
    return len(left)


def rows(lake: Lake, table: str, *columns: str) -> list[tuple[Any, ...]]:
    listed = lake.read(table).to_pylist()
    return sorted(tuple(row[column] for column in columns) for row in listed)


def bitcode(toolchain: Toolchain, folder: Path, name: str, factor: int) -> Path:
    source = folder / f"{name}.c"
    source.write_text(C % (name, factor))
    made = folder / f"{name}.bc"
    flags = ("-O0", "-Xclang", "-disable-O0-optnone", "-emit-llvm", "-c")
    subprocess.run([toolchain.tool("clang"), *flags, source, "-o", made], check=True)
    source.unlink()
    return made


def test_an_archive_of_bitcode_and_sources_is_added_once(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    folder = tmp_path / "twofold-1.2"
    folder.mkdir()
    bitcode(toolchain, folder, "packed", 3)
    (folder / "plain.c").write_text(C % ("plain", 5))
    archive = tmp_path / "twofold-1.2.tar.xz"
    with tarfile.open(archive, "w:xz") as packed:
        packed.add(folder, arcname="twofold-1.2")
        packed.addfile(tarfile.TarInfo("../climbs.c"))
    assert add(lake, toolchain, archive) == 1
    assert rows(lake, "functions", "name", "program", "version", "origin", "language") == [
        ("packed", "twofold", "1.2", "archive", "c"),
        ("plain", "twofold", "1.2", "archive", "c"),
    ]
    assert rows(lake, "losses", "source_file", "stage", "reason") == [
        ("../climbs.c", "unpack", "refused while unpacking: a path that climbs")
    ]
    shutil.rmtree(tmp_path / "cache")
    assert add(lake, toolchain, archive) == 0


def test_parquet_in_compiles_layout_is_added_once_and_broken_rows_are_lost_alone(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    made = bitcode(toolchain, tmp_path, "rowed", 7).read_bytes()
    other = bitcode(toolchain, tmp_path, "rusty", 9).read_bytes()
    table = pa.table(
        {
            "content": [made, b"BC\xc0\xde broken", other],
            "license_expression": ["MIT", "MIT", "Apache-2.0 OR MIT"],
            "license_source": ["spack"] * 3,
            "license_files": [["LICENSE"]] * 3,
            "package_source": ["spack:row@1.0", "spack:row@1.0", "https://example.org/rusty-2.tgz"],
            "language": ["c", "c", "rust"],
        }
    )
    pq.write_table(table, tmp_path / "train.parquet", row_group_size=2)
    assert add(lake, toolchain, tmp_path / "train.parquet") > 0
    assert rows(lake, "functions", "name", "program", "version", "language", "license") == [
        ("rowed", "row", "1.0", "c", "MIT"),
        ("rusty", "rusty", "2", "rust", "Apache-2.0 OR MIT"),
    ]
    [(stage, file, _)] = rows(lake, "losses", "stage", "source_file", "reason")
    assert (stage, file) == ("prepare", "train.parquet/1.bc")
    assert add(lake, toolchain, tmp_path / "train.parquet") == 0


def test_a_folder_made_to_do_harm_blocks_nothing_and_keeps_its_good_file(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.c").write_text(C % ("good", 11))
    (folder / "empty.c").touch()
    (folder / "empty.bc").touch()
    (folder / "empty.ll").touch()
    os.mkfifo(folder / "pipe.c")
    os.mkfifo(folder / "pipe.h")
    (folder / "zero.c").symlink_to("/dev/zero")
    (folder / "messages.c").symlink_to("/proc/kmsg")
    (folder / "loop.c").symlink_to("loop.c")
    (folder / "sub" / "up").symlink_to(folder)
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.c")).write_text(C % ("latin", 13))
    add(lake, toolchain, folder)
    assert rows(lake, "functions", "name", "source_file") == [
        ("good", "good.c"),
        ("latin", "caf\\xe9.c"),
    ]
    assert rows(lake, "losses", "source_file", "stage", "reason") == [
        ("empty.bc", "read", "is empty; LLVM IR was expected"),
        ("empty.ll", "read", "is empty; LLVM IR was expected"),
    ]


def test_a_file_that_goes_or_cannot_be_read_after_planning_is_lost_alone(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    folder = tmp_path / "vanishing"
    folder.mkdir()
    (folder / "good.c").write_text(C % ("good", 17))
    (folder / "gone.c").write_text(C % ("gone", 19))
    gone = bitcode(toolchain, folder, "packed", 21)
    [task] = plan(open_sources([str(folder)], toolchain), toolchain)
    (folder / "gone.c").unlink()
    gone.unlink()
    receipt = run_entry(task, lake, 1)
    staged = {file.table: lake.read_staged(file).to_pylist() for file in receipt.files}
    assert [row["name"] for row in staged["functions"]] == ["good"]
    assert sorted((row["source_file"], row["stage"]) for row in staged["losses"]) == [
        ("gone.c", "compile"),
        ("packed.bc", "read"),
    ]


def test_bitcode_of_an_older_llvm_is_read_and_of_a_newer_one_told(
    lake: Lake, toolchain: Toolchain, tmp_path: Path
) -> None:
    """One file is LLVM 14's, with typed pointers; the other says that a format to come wrote it."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for name in ("llvm14.bc", "next_epoch.bc"):
        shutil.copy(Path(__file__).parent / name, folder)
    add(lake, toolchain, folder)
    assert rows(lake, "functions", "name") == [("llvm14",)]
    [(file, reason)] = rows(lake, "losses", "source_file", "reason")
    assert file == "next_epoch.bc"
    assert "Incompatible epoch: Bitcode '1' vs current: '0'" in reason
