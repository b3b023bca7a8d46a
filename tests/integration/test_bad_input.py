"""What a user can do wrong, or meet: one clear line, status 2, and nothing half-written."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from warehouse import schema
from warehouse.lake import Lake

LIMITED = Path(__file__).with_name("limited.py")
PLENTY = 1 << 40

Refused = Callable[..., str]

LAKE_COMMANDS = [
    ("corpus", "stats"),
    ("tune", "--evaluations", "1"),
    ("verify",),
    ("leaderboard",),
    ("sql", "SELECT 1"),
    ("snapshot", "create", "one"),
    ("snapshot", "list"),
]


@pytest.fixture
def refused(passlake: Path) -> Refused:
    """Runs a command that has to be refused; its one line."""

    def run(*arguments: str | Path, file_bytes: int = PLENTY, **variables: str) -> str:
        ended = subprocess.run(
            [sys.executable, LIMITED, str(file_bytes), passlake, *arguments],
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert re.fullmatch(r"passlake: [^\n]+\n", ended.stderr), ended.stderr
        assert (ended.returncode, ended.stdout) == (2, "")
        return ended.stderr.removeprefix("passlake: ").rstrip("\n")

    return run


@pytest.fixture(scope="module")
def shared_lake(golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake for commands that are refused, and so leave it as it is."""
    folder = tmp_path_factory.mktemp("shared") / "lake"
    shutil.copytree(golden_corpus, folder)
    return Lake.open(folder)


@pytest.fixture
def broken_tools(tmp_path: Path) -> Callable[[str], Path]:
    """Makes an LLVM whose opt says what it is told to."""

    def make(said: str) -> Path:
        folder = tmp_path / "llvm" / "bin"
        folder.mkdir(parents=True)
        (folder / "opt").write_text(f"#!/bin/sh\necho '{said}'\n")
        (folder / "opt").chmod(0o755)
        return folder.parent

    return make


def contents(folder: Path) -> dict[str, float]:
    """The files of a lake and when each was written last, but for its locks."""
    return {
        str(path.relative_to(folder)): path.stat().st_mtime
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "locks"
    }


def test_a_source_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    line = refused("--lake", tmp_path / "lake", "corpus", "add", tmp_path / "nowhere")
    assert line.startswith(f"{tmp_path / 'nowhere'}: no such file or folder; name a folder")
    assert not (tmp_path / "lake").exists()


def test_a_folder_without_a_source(refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.txt").touch()
    line = refused("--lake", tmp_path / "lake", "corpus", "add", folder)
    assert line == f"{folder}: no source file in it; files of .c .cc .cpp .cxx .ll .bc are read"
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.bc", b"BC\xc0\xde and then nothing of sense", "Invalid bitcode signature"),
        ("cut.bc", b"BC\xc0\xde5\x14\x00\x00", "LLVM 22"),
        ("text.bc", b"this is no bitcode\n", "expected top-level entity"),
        ("future.ll", b"define void @f() frobnicated {\n  ret void\n}\n", "error: expected"),
        ("future.ll", b"define quux @f() {\n  ret quux 0\n}\n", "error: expected type"),
        ("empty.ll", b"", "is empty"),
    ],
)
def test_a_file_of_ir_that_this_llvm_does_not_read(
    name: str, content: bytes, said: str, refused: Refused, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    line = refused("--lake", tmp_path / "lake", "corpus", "add", tmp_path / name)
    assert line.startswith(f"{tmp_path / name}: ")
    assert said in line
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("gopher:zlib", "unknown scheme gopher:"),
        ("csmith:none", "write csmith:COUNT"),
        ("debian:../x", "write debian:NAME"),
        ("debian:", "write debian:NAME"),
    ],
)
def test_a_source_that_is_spelled_wrong(
    source: str, said: str, refused: Refused, tmp_path: Path
) -> None:
    assert said in refused("--lake", tmp_path / "lake", "corpus", "add", source)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "nowhere"), "--engine nowhere: there is local"),
        (("--workers", "0"), "--workers 0: at least 1 is needed"),
    ],
)
def test_an_engine_that_there_is_not(
    arguments: tuple[str, str], said: str, refused: Refused, tmp_path: Path, golden_source: Path
) -> None:
    assert refused("--lake", tmp_path / "lake", "corpus", "add", *arguments, golden_source) == said
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sql", "SELEC 1"), 'Parser Error: syntax error at or near "SELEC"'),
        (("sql", "SELECT nothing FROM functions"), '"nothing" not found'),
        (("sql", "SELECT 1; SELECT 2"), "2 statements were given: give one at a time"),
        (("sql", "DROP TABLE functions"), "DROP is not allowed, a lake is only read here"),
        (("sql", "DELETE FROM winners"), "DELETE is not allowed"),
        (("sql", "CREATE TABLE x AS SELECT 1"), "CREATE is not allowed"),
        (("sql", "COPY functions TO 'out.csv'"), "COPY is not allowed"),
        (("sql", "SET memory_limit = '1GB'"), "SET is not allowed"),
        (("sql", "SELECT * FROM read_csv('/etc/passwd')"), "Permission Error"),
        (("sql", ""), "there is no statement"),
        (("sql",), "give one of: a statement in quotes, --query NAME, --schema"),
        (("sql", "--query", "nope"), "no query is called nope; there is: best_passes"),
        (("sql", "--snapshot", "nope", "SELECT 1"), "no snapshot nope in"),
        (("sql", "--format", "nope", "SELECT 1"), "nope: there is table, csv, json"),
        (("leaderboard", "--snapshot", "nope"), "no snapshot nope in"),
        (("snapshot", "create", "a/b"), "snapshot 'a/b' cannot be used"),
        (("tune",), "give one of --evaluations and --cpu-seconds"),
        (("tune", "--evaluations", "1", "--cpu-seconds", "1"), "give one of --evaluations and"),
        (("tune", "--evaluations", "-1"), "--evaluations -1: from 0 to"),
        (("tune", "--cpu-seconds", "nan"), "--cpu-seconds nan: a number of seconds"),
        (("tune", "--evaluations", "1", "--seed", "9" * 30), "--seed 9999"),
        (("tune", "--evaluations", "1", "--strategy", "nope"), "--strategy nope: there is random"),
        (("tune", "--evaluations", "1", "--objective", "nope"), "there is instructions, object_"),
        (("tune", "--evaluations", "1", "--engine", "nope"), "--engine nope: there is local"),
        (("tune", "--evaluations", "1", "--workers", "0"), "--workers 0: at least 1"),
        (("tune", "--evaluations", "1", "--program", "nope"), "no function matches --program nope"),
        (("tune", "--evaluations", "1", "--split", "nope"), "--split nope: there are train"),
        (("tune", "--evaluations", "1", "--sample", "0"), "--sample 0: at least 1"),
        (("tune", "--evaluations", "1", "--min-instructions", "9" * 30), "at most"),
        (("verify", "--min-instructions", "9999"), "no function matches --min-instructions 9999"),
        (("tune", "--evaluations", "many"), "Invalid value for '--evaluations'"),
        (("tune", "--frobnicate"), "No such option: --frobnicate"),
        (("frobnicate",), "No such command 'frobnicate'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_command_cannot_do_on_a_good_lake(
    arguments: tuple[str, ...], said: str, refused: Refused, shared_lake: Lake
) -> None:
    before = contents(shared_lake.folder)
    assert said in refused("--lake", shared_lake.location, *arguments)
    assert contents(shared_lake.folder) == before


@pytest.mark.parametrize("command", LAKE_COMMANDS, ids=" ".join)
def test_a_lake_that_is_not_there(
    command: tuple[str, ...], refused: Refused, tmp_path: Path
) -> None:
    line = refused("--lake", tmp_path / "lake", *command)
    assert line.startswith(f"no lake at {tmp_path / 'lake'}: run `passlake corpus add` first")
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("command", [*LAKE_COMMANDS, ("corpus", "add")], ids=" ".join)
def test_a_lake_of_a_newer_schema(
    command: tuple[str, ...], refused: Refused, golden_lake: Lake, golden_source: Path
) -> None:
    marker = golden_lake.folder / "lake.json"
    facts = json.loads(marker.read_text()) | {"schema_version": schema.SCHEMA_VERSION + 1}
    marker.write_text(json.dumps(facts))
    before = contents(golden_lake.folder)
    sources = [golden_source] * (command == ("corpus", "add"))
    line = refused("--lake", golden_lake.location, *command, *sources)
    assert f"has schema version {schema.SCHEMA_VERSION + 1}" in line
    assert "upgrade Passlake" in line
    assert contents(golden_lake.folder) == before


def test_a_lake_with_a_broken_marker(refused: Refused, golden_lake: Lake) -> None:
    (golden_lake.folder / "lake.json").write_text("{")
    assert "lake.json is broken" in refused("--lake", golden_lake.location, "sql", "SELECT 1")


def test_a_folder_of_other_things_is_no_lake(
    refused: Refused, tmp_path: Path, golden_source: Path
) -> None:
    (tmp_path / "letter.txt").touch()
    line = refused("--lake", tmp_path, "corpus", "add", golden_source)
    assert line.startswith(f"{tmp_path} holds other things and no lake.json")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("place", ["/dev/null/lake", "/sys/lake"])
def test_a_place_where_no_lake_can_be_made(
    place: str, refused: Refused, golden_source: Path
) -> None:
    line = refused("--lake", place, "corpus", "add", golden_source)
    assert line.startswith(f"cannot write {place}: get the right to write there, or give another")


def test_an_address_of_an_object_store(refused: Refused, golden_source: Path) -> None:
    line = refused("--lake", "s3://bucket/lake", "corpus", "add", golden_source)
    assert line.startswith("s3://bucket/lake: lakes in object stores are not yet supported")


@pytest.fixture
def closed_lake(golden_lake: Lake) -> Iterator[Lake]:
    """A lake that may be read, and not written."""
    folders = [path for path in golden_lake.folder.rglob("*") if path.is_dir()]
    files = [path for path in golden_lake.folder.rglob("*") if path.is_file()]
    for path in files:
        path.chmod(0o444)
    for path in [*folders, golden_lake.folder]:
        path.chmod(0o555)
    yield golden_lake
    for path in [*folders, golden_lake.folder]:
        path.chmod(0o755)


@pytest.mark.parametrize(
    "command",
    [("tune", "--evaluations", "1"), ("snapshot", "create", "one"), ("corpus", "add")],
    ids=" ".join,
)
def test_a_lake_that_may_not_be_written(
    command: tuple[str, ...], refused: Refused, closed_lake: Lake, golden_source: Path
) -> None:
    before = contents(closed_lake.folder)
    sources = [golden_source] * (command == ("corpus", "add"))
    line = refused("--lake", closed_lake.location, *command, *sources)
    assert line.startswith(f"cannot write {closed_lake.location}")
    assert "get the right to write there" in line
    assert contents(closed_lake.folder) == before


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
    assert line.startswith(f"no room left to write {golden_lake.location}/evaluations/staging/")
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
