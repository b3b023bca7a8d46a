import os
from pathlib import Path

import pytest

from corpus.sources.base import SourceError, TranslationUnit
from corpus.sources.bitcode import BitcodeSource
from corpus.sources.csmith import CsmithSource
from corpus.sources.debian import DebianSource
from corpus.sources.directory import DirectorySource, FileSource
from corpus.sources.spec import resolve
from corpus.sources.walk import headers_digest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("b.c", "a.cpp", "sub/c.c", "sub/d.h", ".git/e.c", "CVS/f.c", "notes.txt"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("/* SPDX-License-Identifier: MIT */\n")
    return tmp_path / "project"


def paths(spec: Path) -> list[str]:
    [source] = resolve(str(spec))
    source.fetch()
    return [unit.path for unit in source.units()]


def test_a_folder_gives_its_sources_in_order_without_hidden_ones(project: Path) -> None:
    assert paths(project) == ["a.cpp", "b.c", "sub/c.c"]


def test_a_unit_says_where_it_comes_from(project: Path) -> None:
    [source] = resolve(str(project))
    unit = next(source.units())
    assert (unit.program, unit.version, unit.origin) == ("project", "", "directory")
    assert (unit.language, unit.license) == ("c++", "MIT")


def test_links_in_a_circle_end(project: Path) -> None:
    (project / "sub" / "up").symlink_to(project)
    (project / "loop.c").symlink_to(project / "loop.c")
    (project / "gone.c").symlink_to(project / "nowhere.c")
    assert paths(project) == ["a.cpp", "b.c", "sub/c.c"]


def test_a_single_file_belongs_to_its_folders_program(project: Path) -> None:
    [source] = resolve(str(project / "sub" / "c.c"))
    [unit] = source.units()
    assert (unit.program, unit.path, unit.guess_includes) == ("sub", "c.c", False)


def test_a_compilation_database_in_a_build_folder_is_used(project: Path) -> None:
    build = project / "build"
    build.mkdir()
    (build / "compile_commands.json").write_text(
        f'[{{"directory": "{build}", "file": "../b.c", "command": "cc -DX ../b.c"}}]'
    )
    [source] = resolve(str(project))
    [unit] = source.units()
    assert (unit.path, unit.flags, unit.guess_includes) == ("b.c", ("-DX",), False)


def test_a_changed_header_changes_the_context(project: Path) -> None:
    before = headers_digest(project)
    assert headers_digest(project) == before
    (project / "sub" / "d.h").write_text("int changed;\n")
    assert headers_digest(project) != before


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("{p}", DirectorySource),
        ("{p}/b.c", FileSource),
        ("{p}/x.bc", BitcodeSource),
        ("{p}/x.ll", BitcodeSource),
        ("debian:zlib", DebianSource),
        ("debian:libstdc++6", DebianSource),
        ("csmith:3", CsmithSource),
        ("csmith:3@100", CsmithSource),
    ],
)
def test_a_spec_names_a_source(spec: str, kind: type, project: Path) -> None:
    (project / "x.bc").touch()
    (project / "x.ll").touch()
    assert [type(source) for source in resolve(spec.format(p=project))] == [kind]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("/no/such/place", "no such file or folder"),
        ("{p}/notes.txt", "not a kind of file"),
        ("csmith:0", "csmith:COUNT"),
        ("csmith:many", "csmith:COUNT"),
        ("debian:../etc", "not a package name"),
        ("cargo:serde", "unknown scheme cargo:"),
    ],
)
def test_a_wrong_spec_is_refused_with_a_way_out(spec: str, message: str, project: Path) -> None:
    with pytest.raises(SourceError, match=message) as refused:
        resolve(spec.format(p=project))
    assert "\n" not in str(refused.value)


def test_a_folder_without_sources_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no source file"):
        resolve(str(tmp_path))[0].fetch()


def test_an_empty_ir_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.bc").touch()
    with pytest.raises(SourceError, match="is empty"):
        resolve(str(tmp_path / "x.bc"))[0].fetch()


def test_csmiths_seeds_are_programs() -> None:
    units = list(CsmithSource(3, first_seed=7).units())
    assert [unit.program for unit in units] == ["csmith-7", "csmith-8", "csmith-9"]
    assert [unit.seed for unit in units] == [7, 8, 9]


def test_missing_csmith_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SourceError, match="apt-get install csmith"):
        CsmithSource(1).fetch()


def test_missing_apt_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    with pytest.raises(SourceError, match="apt-get install dpkg-dev"):
        DebianSource("zlib").fetch()


def test_a_unit_travels_as_json(project: Path) -> None:
    for unit in (next(resolve(str(project))[0].units()), *CsmithSource(1).units()):
        assert TranslationUnit.from_json(unit.to_json()) == unit
