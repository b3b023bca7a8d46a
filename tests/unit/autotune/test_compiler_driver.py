import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from autotune.compiler_driver import (
    Driver,
    NotMadeSmaller,
    Settings,
    Smaller,
    expanded,
    makes_objects,
)
from autotune.errors import BadOption
from autotune.object_cache import cache_folder
from corpus.llvm.baselines import OZ
from corpus.llvm.driver import CompileStep
from corpus.llvm.remembered import remembered_toolchain
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.toolchain import find_toolchain

TOOLCHAIN = find_toolchain()
CLANG = TOOLCHAIN.tool("clang")
CODE = """
int twice(int n) { return n * 2; }
int main(int argc, char **argv) {
  int s = 0;
  for (int i = 0; i < argc; i++) {
    for (const char *at = argv[i]; *at; at++) {
      if (*at >= '0' && *at <= '9') s = s * 10 + (*at - '0');
      else if (*at == 'x') s ^= twice(i);
      else s += argv[i][0] ? twice(i) : i * i;
    }
  }
  return s > 100 ? twice(s) : s;
}
"""
SMALLER = "int twice(int n) { return n * 2; } int main(void) { return 7; }"
"""Stands for what a search finds: the same symbols, less code, and a status that tells it apart."""


class Search:
    """A search that finds what it is told to, and counts how often it was asked."""

    def __init__(self, found: Callable[[bytes], Smaller]) -> None:
        self.asked = 0
        self._found = found

    def __call__(self, step: CompileStep, module: bytes, oz: bytes, clang_s: float) -> Smaller:
        assert step.understood
        assert module[:2] == b"BC"
        assert clang_s > 0
        self.asked += 1
        return self._found(oz)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("main.c").write_text(CODE)
    Path("less.c").write_text(SMALLER)
    subprocess.run([CLANG, "-Oz", "-c", "less.c"], check=True)
    return tmp_path


@pytest.fixture
def finds_less(project: Path) -> Search:
    less = (project / "less.o").read_bytes()
    return Search(lambda _: Smaller("function(sroa)", less))


def driver_of(search: Search, settings: Settings | None = None) -> Driver:
    return Driver(CLANG, settings or Settings(), "test", search)


def test_an_object_gives_way_to_a_smaller_one(project: Path, finds_less: Search) -> None:
    assert driver_of(finds_less).run(["-O2", "-c", "main.c", "-MMD"]) == 0
    assert (project / "main.o").read_bytes() == (project / "less.o").read_bytes()
    assert (project / "main.d").read_text() == "main.o: main.c\n"
    assert {path.name for path in project.iterdir()} == {
        *("main.c", "less.c", "less.o", "main.o", "main.d"),
    }


def test_an_object_that_nothing_is_smaller_than_is_clangs(project: Path) -> None:
    finds_nothing = Search(lambda _: Smaller(OZ, None))
    assert driver_of(finds_nothing).run(["-O2", "-c", "main.c", "-o", "x.o"]) == 0
    subprocess.run([CLANG, "-Oz", "-c", "main.c", "-o", "y.o"], check=True)
    assert (project / "x.o").read_bytes() == (project / "y.o").read_bytes()


def test_an_object_that_is_no_smaller_never_replaces_clangs(project: Path) -> None:
    finds_as_large = Search(lambda oz: Smaller("function(sroa)", oz[:-1] + b"\1"))
    driver_of(finds_as_large).run(["-c", "main.c"])
    assert (project / "main.o").read_bytes()[-1] == 0


def test_a_program_compiled_and_linked_at_once_is_linked_again(
    project: Path, finds_less: Search
) -> None:
    assert driver_of(finds_less).run(["-O2", "main.c", "-o", "prog"]) == 0
    assert subprocess.run([project / "prog"], check=False).returncode == 7
    assert (project / "prog").stat().st_mode & 0o111


def test_several_sources_make_several_objects(project: Path, finds_less: Search) -> None:
    (project / "other.c").write_text(CODE.replace("main", "other"))
    assert driver_of(finds_less).run(["-c", "main.c", "other.c"]) == 0
    assert finds_less.asked == 2
    assert (project / "other.o").read_bytes() == (project / "less.o").read_bytes()


def test_what_the_cache_knows_is_not_searched_again(project: Path, finds_less: Search) -> None:
    settings = Settings(cache=project / "cache")
    for _ in range(2):
        driver_of(finds_less, settings).run(["-c", "main.c"])
        assert (project / "main.o").read_bytes() == (project / "less.o").read_bytes()
    assert finds_less.asked == 1
    driver_of(finds_less, settings).run(["-c", "-fno-omit-frame-pointer", "main.c"])
    assert finds_less.asked == 2


def test_tiny_objects_are_not_searched(project: Path, finds_less: Search) -> None:
    (project / "conftest.c").write_text("int main(void) { return 0; }")
    assert driver_of(finds_less).run(["conftest.c", "-o", "conftest"]) == 0
    assert finds_less.asked == 0


def test_a_source_that_does_not_compile_is_clangs_affair(
    project: Path, finds_less: Search, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "main.c").write_text("int f( {")
    ours = driver_of(finds_less).run(["-c", "main.c"]), capfd.readouterr()
    clangs = subprocess.run([CLANG, "-c", "main.c"], check=False).returncode, capfd.readouterr()
    assert ours == clangs
    assert finds_less.asked == 0


def test_a_search_that_fails_leaves_clangs_object_and_says_so(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(_: bytes) -> Smaller:
        raise RuntimeError("no\nluck")

    assert driver_of(Search(fail)).run(["-c", "main.c"]) == 0
    assert (project / "main.o").exists()
    assert capfd.readouterr().err == ("passlake cc: RuntimeError: no luck; -Oz's object stands\n")


def test_a_troubled_search_is_named_and_made_again_next_time(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    troubled = Search(lambda _: Smaller(OZ, None, "LLVM died", lasting=False))
    for _ in range(2):
        driver_of(troubled, Settings(cache=project / "cache")).run(["-c", "main.c"])
        assert capfd.readouterr().err == "passlake cc: main.c: LLVM died; -Oz's object stands\n"
    assert troubled.asked == 2


def test_who_is_strict_gets_a_failure(project: Path) -> None:
    troubled = Search(lambda _: Smaller(OZ, None, "LLVM died"))
    with pytest.raises(NotMadeSmaller, match=r"main\.c: LLVM died"):
        driver_of(troubled, Settings(strict=True)).run(["-c", "main.c"])
    assert (project / "main.o").exists()


def test_an_interrupted_search_leaves_clangs_object_alone(project: Path) -> None:
    def interrupt(_: bytes) -> Smaller:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        driver_of(Search(interrupt)).run(["-c", "main.c"])
    assert {path.name for path in project.iterdir()} == {"main.c", "less.c", "less.o", "main.o"}


def test_without_seconds_there_is_no_search(project: Path, finds_less: Search) -> None:
    assert driver_of(finds_less, Settings(cpu_seconds=0)).run(["-c", "main.c"]) == 0
    assert (project / "main.o").exists()
    assert finds_less.asked == 0


def test_each_object_leaves_a_line_in_the_log(project: Path, finds_less: Search) -> None:
    log = project / "log"
    driver_of(finds_less, Settings(log=log)).run(["-c", "main.c"])
    (line,) = log.read_text().splitlines()
    said = json.loads(line)
    assert said["object"] == str(project / "main.o")
    assert said["object_bytes"] == allocated_bytes((project / "main.o").read_bytes())
    assert said["object_bytes"] < said["oz_bytes"]
    assert "function(sroa)" in said.values()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["-E", "x.c"],
        ["-S", "x.c"],
        ["-M", "x.c"],
        ["-c", "x.S"],
        ["x.o", "-o", "x"],
        ["-shared", "x.o", "y.a", "-lm"],
        ["-O0", "-c", "x.c"],
        ["-O2", "-Og", "-c", "x.c"],
        ["-flto", "-c", "x.c"],
        ["-fsanitize=address", "-c", "x.c"],
        ["-print-search-dirs"],
        ["-###", "x.c"],
        ["-fsyntax-only", "x.c"],
        ["-emit-llvm", "-c", "x.c"],
        [],
    ],
)
def test_what_makes_no_small_object_is_clangs_alone(arguments: list[str]) -> None:
    assert not makes_objects(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "x.c"],
        ["-O3", "-c", "x.cc"],
        ["x.c", "y.o", "-o", "x"],
        ["-c", "-x", "c", "x.inc"],
        ["-O0", "-Os", "-c", "x.c"],
    ],
)
def test_what_compiles_sources_may_make_small_objects(arguments: list[str]) -> None:
    assert makes_objects(arguments)


def test_response_files_are_read_as_clang_reads_them(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text("-DNAME='a b' -c\n")
    outer.write_text(f'@{inner} "x y.c"')
    given = ["-Os", f"@{outer}", "@missing", "-o", "x.o"]
    assert expanded(given) == ["-Os", "-DNAME=a b", "-c", "x y.c", "@missing", "-o", "x.o"]


@pytest.mark.parametrize("said", ["many", "-1", "nan", "inf"])
def test_seconds_that_are_none_are_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSLAKE_CC_CPU_SECONDS", said)
    with pytest.raises(BadOption, match="PASSLAKE_CC_CPU_SECONDS"):
        Settings.of_environment(cache_folder())


def test_the_environment_says_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"CPU_SECONDS": "0.5", "STRICT": "1", "LOG": "/log", "CACHE": "off"}
    for name, value in said.items():
        monkeypatch.setenv(f"PASSLAKE_CC_{name}", value)
    monkeypatch.setenv("PASSLAKE_LAKE", "lake")
    settings = Settings.of_environment(cache_folder())
    assert settings == Settings(0.5, "lake", None, strict=True, log=Path("/log"))


def test_a_toolchain_is_remembered_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert remembered_toolchain(tmp_path) == TOOLCHAIN
    (record,) = tmp_path.iterdir()
    planted = json.loads(record.read_text()) | {"version": "remembered"}
    record.write_text(json.dumps(planted))
    assert remembered_toolchain(tmp_path).version == "remembered"
    record.write_text(json.dumps(planted | {"files": []}))
    assert remembered_toolchain(tmp_path) == TOOLCHAIN
    monkeypatch.setenv("PASSLAKE_LLVM", str(TOOLCHAIN.prefix))
    assert remembered_toolchain(tmp_path / "record" / "cannot be made") == TOOLCHAIN
