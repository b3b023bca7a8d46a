"""What a user can do wrong, or meet: one clear line, status 2, and nothing half-written."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

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
    kinds = ".c .cc .cpp .cxx .ll .bc .parquet"
    assert line == f"{folder}: no source file in it; files of {kinds} are read"
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
        (("--engine", "nowhere"), "--engine nowhere: there are local, dask, ray"),
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
        (("sql",), "give one of: a statement in quotes, --query NAME, --queries, --schema"),
        (("sql", "--memory", "much", "SELECT 1"), "--memory much: give a size such as 4GB"),
        (("sql", "--query", "nope"), "no query is called nope; there is: best_passes"),
        (("sql", "--snapshot", "nope", "SELECT 1"), "no snapshot nope in"),
        (("sql", "--format", "nope", "SELECT 1"), "nope: there is table, csv, json"),
        (("leaderboard", "--snapshot", "nope"), "no snapshot nope in"),
        (("snapshot", "create", "a/b"), "snapshot 'a/b' cannot be used"),
        (("snapshot", "show", "nope"), "no snapshot nope in"),
        (("snapshot", "diff", "nope"), "no snapshot nope in"),
        (("snapshot", "pull", "/nowhere", "nope"), "/nowhere has no snapshots/nope.json"),
        (("snapshot", "export", "nope", "out"), "no snapshot nope in"),
        (("snapshot", "export", "nope", "out", "--layout", "zip"), "zip: there is parquet"),
        (("tune", "--strategy", "random"), "give one of --evaluations and --cpu-seconds"),
        (("tune", "--evaluations", "1", "--cpu-seconds", "1"), "give one of --evaluations and"),
        (("tune", "--evaluations", "-1"), "--evaluations -1: from 0 to"),
        (("tune", "--cpu-seconds", "nan"), "--cpu-seconds nan: a number of seconds"),
        (("tune", "--evaluations", "1", "--seed", "9" * 30), "--seed 9999"),
        (("tune", "--evaluations", "1", "--strategy", "nope"), "--strategy nope: there is random"),
        (("tune", "--coreset", "0f"), "coreset 0f: "),
        (("tune", "--stop-at", "0"), "--stop-at 0 never ends"),
        (("tune", "--evaluations", "1", "--objective", "nope"), "there is instructions, object_"),
        (
            ("tune", "--evaluations", "1", "--engine", "nope"),
            "--engine nope: there are local, dask, ray",
        ),
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
    line = refused("--lake", "abfs://bucket/lake", "corpus", "add", golden_source)
    assert line.startswith("abfs://bucket/lake: give a folder, or s3://BUCKET/PREFIX")


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
