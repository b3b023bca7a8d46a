"""A package's own recipe, run in isolation on this machine's tools: what is kept of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from corpus.sources import package_build
from corpus.sources.apt import Apt
from corpus.sources.base import TranslationUnit
from corpus.sources.binaries import CannotBeBuilt
from corpus.sources.debian import DebianSource
from corpus.sources.package_build import build_package
from corpus.sources.watch import Limits

CHANGELOG = """pebble (1.2) unstable; urgency=low

  * First.

 -- A B <a@example.org>  Sat, 01 Jan 2000 00:00:00 +0000
"""
FILES = {
    "debian/changelog": CHANGELOG,
    "debian/copyright": "Format: 1.0\n\nFiles: *\nCopyright: A\nLicense: Expat\n",
    "configure": (
        "#!/bin/sh\n"
        'echo "#define WHERE \\"$PWD\\"" > config.h\n'
        'echo "#define WHEN $SOURCE_DATE_EPOCH" >> config.h\n'
        'echo "int made(void) { return WHEN; }" > made.c\n'
    ),
    "Makefile": (
        "all: made.o sub/a.o\n\tcc -o prog sub/main.c made.o sub/a.o\n"
        "made.o: made.c\n\tcc -O2 -include config.h -c made.c\n"
        "sub/a.o:\n\tcd sub && cc -DA=1 -I.. -Iinc -fstack-protector-strong -c a.c\n"
    ),
    "sub/a.c": '#include "config.h"\n#include "b.h"\n#include "part.c"\nint a = A;\n',
    "sub/part.c": "static int part(void) { return A + B; }\n",
    "sub/inc/b.h": "#define B 2\n",
    "sub/main.c": "int main(void) { return 0; }\n",
    "tests/t.c": '#include "config.h"\n#include <b.h>\nconst char *where(void) { return WHERE; }\n',
}
RULES = "#!/usr/bin/make -f\nbuild:\n\tsh ./configure\n\tmake\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Apt, Path]]:
    """Makes an unpacked package with this recipe; this machine serves as its root file system."""
    monkeypatch.setattr(package_build, "build_dependencies", lambda *_: [])
    monkeypatch.setattr(package_build, "unpack_binaries", lambda *_: [])
    monkeypatch.setattr(package_build, "build_root", lambda *_: Path("/"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def make(rules: str) -> tuple[Apt, Path]:
        cache = tmp_path / "passlake" / "debian"
        tree = cache / "pebble_1.2"
        for name, text in {**FILES, "debian/rules": rules}.items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        return Apt(cache), tree

    return make


def units_of(tree: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, TranslationUnit]:
    monkeypatch.setattr(Apt, "unpacked", lambda *_: tree)
    source = DebianSource("pebble")
    source.fetch()
    return {unit.path: unit for unit in source.units()}


def test_a_build_leaves_generated_files_and_how_each_was_compiled(
    package: Callable[[str], tuple[Apt, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tree = package(RULES)
    units = units_of(tree, monkeypatch)
    assert list(units) == ["made.c", "sub/a.c", "sub/main.c", "tests/t.c"]
    a, made, test = units["sub/a.c"], units["made.c"], units["tests/t.c"]
    assert a.flags == ("--sysroot=../../root", "-DA=1", "-I..", "-Iinc")
    assert a.folder == f"{a.root}/sub"
    assert made.flags == ("--sysroot=../root", "-includeconfig.h")
    assert (made.guess_includes, test.guess_includes) == (False, True)
    assert {unit.license for unit in units.values()} == {"MIT"}
    assert not Path(a.root, "made.o").exists()
    assert not Path(a.root, "prog").exists()


def test_what_is_found_is_the_same_wherever_and_whenever_it_is_built(
    package: Callable[[str], tuple[Apt, Path]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    apt, tree = package(RULES)
    first = units_of(tree, monkeypatch)
    header = (Path(first["made.c"].root) / "config.h").read_text()
    assert header == '#define WHERE "/build/source"\n#define WHEN 946684800\n'
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    apt.cache.rename(moved / "debian")
    again = build_package(Apt(moved / "debian"), moved / "debian" / tree.name, "pebble", "1.2")
    assert again.digest == first["made.c"].context
    assert (again.source / "config.h").read_text() == header
    assert str(tmp_path) not in repr([unit.flags for unit in first.values()])


def test_a_build_is_made_once(package: Callable[[str], tuple[Apt, Path]]) -> None:
    apt, tree = package(RULES)
    first = build_package(apt, tree, "pebble", "1.2")
    (tree / "debian" / "rules").write_text("#!/bin/sh\nexit 1\n")
    assert build_package(apt, tree, "pebble", "1.2") == first


def test_what_a_failing_build_did_before_counts_and_losses_say_why(
    package: Callable[[str], tuple[Apt, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = RULES + "\t@echo 'fatal error: no tests' && false\n"
    _, tree = package(failing)
    units = units_of(tree, monkeypatch)
    assert units["sub/a.c"].flags[1] == "-DA=1"
    assert units["tests/t.c"].remark == "building the package failed: fatal error: no tests"


def test_a_build_without_end_leaves_nothing_and_the_package_is_taken_as_it_is(
    package: Callable[[str], tuple[Apt, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_build, "LIMITS", Limits(wall_s=1.0))
    _, tree = package("#!/bin/sh\ntouch half; sleep 60\n")
    units = units_of(tree, monkeypatch)
    assert sorted(units) == ["sub/a.c", "sub/main.c", "sub/part.c", "tests/t.c"]
    assert units["sub/a.c"].remark == "not built: building it was ended: no end within 1 s"
    assert not (tree / "half").exists()
    assert [entry for entry in (tree.parent / "built").iterdir() if entry.is_dir()] == []


def test_dependencies_that_are_not_to_be_had_are_no_error(
    package: Callable[[str], tuple[Apt, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CannotBeBuilt("apt-get build-dep: unmet")

    _, tree = package(RULES)
    monkeypatch.setattr(package_build, "build_dependencies", refuse)
    units = units_of(tree, monkeypatch)
    assert units["tests/t.c"].remark == "not built: apt-get build-dep: unmet"


def test_without_isolation_no_recipe_runs(
    package: Callable[[str], tuple[Apt, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package_build, "isolation_problem", lambda: "bubblewrap is needed")
    _, tree = package("#!/bin/sh\ntouch ran\n")
    units = units_of(tree, monkeypatch)
    assert units["sub/a.c"].remark == "not built: bubblewrap is needed"
    assert not (tree / "ran").exists()


def test_the_recipe_sees_a_copy_and_its_folders_are_made_readable_again(
    package: Callable[[str], tuple[Apt, Path]],
) -> None:
    apt, tree = package("#!/bin/sh\nrm -rf sub; mkdir closed; touch closed/x; chmod 0 closed\n")
    built = build_package(apt, tree, "pebble", "1.2")
    assert (tree / "sub/a.c").is_file()
    assert [entry.name for entry in (built.source / "closed").iterdir()] == ["x"]
