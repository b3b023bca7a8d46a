"""What a machine lacks or another process holds: one clear line, status 2, nothing half-written."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from warehouse.lake import Lake

LIMITED = Path(__file__).with_name("limited.py")
PLENTY = 1 << 40

Refused = Callable[..., str]


def contents(folder: Path) -> dict[str, float]:
    """The files of a lake and when each was written last, but for its locks."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "locks"
    }


def test_no_llvm_where_one_was_named(refused: Refused, tmp_path: Path) -> None:
    line = refused("--llvm", tmp_path, "--lake", tmp_path / "lake", "corpus", "add", ".")
    assert line.startswith(f"{tmp_path}: no opt in it; install llvm-22 and clang-22")
    assert not (tmp_path / "lake").exists()


def test_no_llvm_where_the_environment_names_one(refused: Refused, shared_lake: Lake) -> None:
    command = ("--lake", shared_lake.location, "tune", "--evaluations", "1")
    assert refused(*command, PASSLAKE_LLVM="/nowhere").startswith("/nowhere: no opt in it; install")


@pytest.mark.parametrize("command", [("tune", "--evaluations", "1"), ("verify",)], ids=" ".join)
def test_an_llvm_of_the_wrong_version(
    command: tuple[str, ...],
    refused: Refused,
    shared_lake: Lake,
    broken_tools: Callable[[str], Path],
) -> None:
    prefix = broken_tools("Debian LLVM version 14.0.6\n  Default target: x86_64-pc-linux-gnu")
    line = refused("--llvm", prefix, "--lake", shared_lake.location, *command)
    assert line.startswith(f"{prefix}/bin/opt: LLVM 14.0.6, but 22 is needed; install llvm-22")


def test_an_llvm_that_says_nothing(
    refused: Refused, tmp_path: Path, broken_tools: Callable[[str], Path], golden_source: Path
) -> None:
    prefix = broken_tools("")
    line = refused("--llvm", prefix, "--lake", tmp_path / "lake", "corpus", "add", golden_source)
    assert "does not say its version" in line


@pytest.mark.parametrize("file_bytes", [10, 1_000, 16_000])
def test_a_disk_that_is_full_while_a_corpus_grows(
    file_bytes: int, refused: Refused, tmp_path: Path, golden_source: Path, passlake: Path
) -> None:
    command = ("--lake", tmp_path / "lake", "corpus", "add", golden_source)
    line = refused(*command, file_bytes=file_bytes)
    assert line.startswith(f"no room left to write {tmp_path / 'lake'}")
    assert line.endswith("then run the same command again")
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".tmp"] == []
    subprocess.run([passlake, *command], check=True)
    assert Lake.open(tmp_path / "lake").read("functions").num_rows == 43


def test_a_disk_that_is_full_while_a_worker_writes(
    refused: Refused, golden_lake: Lake, passlake: Path
) -> None:
    lake = ("--lake", golden_lake.location, "tune")
    subprocess.run([passlake, *lake, "--evaluations", "1", "--sample", "1"], check=True)
    before = golden_lake.read("tasks")
    command = (*lake, "--evaluations", "100", "--max-instructions", "40")
    line = refused(*command, file_bytes=16_000)
    assert line.startswith(f"no room left to write {golden_lake.location}/")
    assert "/staging/" in line
    assert line.endswith("then run the same command again")
    assert golden_lake.read("tasks") == before
    assert list(golden_lake.folder.rglob("*.tmp")) == []
    subprocess.run([passlake, *command], check=True)
    frozen, searched = (
        sorted(
            (row["campaign_id"], function_id)
            for row in golden_lake.read(table).to_pylist()
            for function_id in row.get("function_ids", [row.get("function_id")])
        )
        for table in ("campaigns", "winners")
    )
    assert len(frozen) > 20
    assert searched == frozen


def test_an_output_that_takes_no_more(passlake: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [passlake, "sql", "--schema"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ended.returncode == 2
    assert re.fullmatch(r"passlake: .*No space left on device; make room[^\n]+\n", ended.stderr)


def test_a_reader_who_leaves_is_no_error(passlake: Path) -> None:
    command = f"{passlake} sql --schema --json | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["/bin/bash", "-c", command], capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.fixture
def running(passlake: Path, golden_lake: Lake) -> Iterator[Callable[..., None]]:
    """Starts a command on the lake and returns once it holds what its name says."""
    processes: list[subprocess.Popen[Any]] = []

    def start(name: str, *arguments: str | Path) -> None:
        command = [passlake, "--lake", golden_lake.location, *arguments]
        processes.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        pattern, deadline = f"{name}*.lock", time.monotonic() + 60
        while not list((golden_lake.folder / "locks").glob(pattern)):
            assert time.monotonic() < deadline, f"{pattern} did not come"
            time.sleep(0.01)

    yield start
    for process in processes:
        process.kill()
        process.wait()


def test_two_drivers_of_one_campaign(
    refused: Refused, running: Callable[..., None], golden_lake: Lake
) -> None:
    command = ("tune", "--evaluations", "5000")
    running("campaign", *command)
    line = refused("--lake", golden_lake.location, *command)
    assert re.fullmatch(
        r"campaign-[0-9a-f]{16} is in use by process \d+ on \S+: wait for it to end, or stop it",
        line,
    )


def test_another_campaign_may_run_beside_it(
    passlake: Path, running: Callable[..., None], golden_lake: Lake
) -> None:
    running("campaign", "tune", "--evaluations", "5000")
    command = ("tune", "--evaluations", "1", "--sample", "2", "--workers", "1")
    subprocess.run([passlake, "--lake", golden_lake.location, *command], check=True)


def test_two_growers_of_one_corpus(
    refused: Refused, golden_lake: Lake, golden_source: Path
) -> None:
    with golden_lake.hold("corpus"):
        line = refused("--lake", golden_lake.location, "corpus", "add", golden_source)
    assert line.startswith("corpus is in use by process ")
