import io
import tarfile
from pathlib import Path

import pytest

from corpus.sources.archive import ArchiveSource
from corpus.sources.base import SourceError, TranslationUnit
from corpus.sources.contents import Contents, ContentsLost


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def pack(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def units(path: Path) -> list[TranslationUnit]:
    source = ArchiveSource(path)
    source.fetch()
    return list(source.units())


def test_units_are_seen_from_the_folder_on_top(tmp_path: Path) -> None:
    files = {"zlib-1.3/b.ll": "", "zlib-1.3/src/a.cc": "// SPDX-License-Identifier: Zlib\n"}
    ir, cxx = units(pack(tmp_path / "zlib-1.3.tar.gz", files))
    assert (ir.path, ir.ir, ir.language, ir.flags) == ("b.ll", True, "llvm-ir", ())
    assert (cxx.path, cxx.language, cxx.license) == ("src/a.cc", "c++", "Zlib")
    assert {(unit.program, unit.version, unit.origin) for unit in (ir, cxx)} == {
        ("zlib", "1.3", "archive")
    }


@pytest.mark.parametrize(
    ("name", "folder", "release"),
    [
        ("zlib-1.3.tar.gz", "madler-zlib-ab12", ("zlib", "1.3")),
        ("v1.3.tar.gz", "zlib-1.3", ("zlib", "1.3")),
        ("download.tar.gz", "zlib-1.3", ("zlib", "1.3")),
        ("zlib.tar.gz", "src", ("zlib", "")),
    ],
)
def test_the_archive_or_its_folder_names_the_release(
    name: str, folder: str, release: tuple[str, str], tmp_path: Path
) -> None:
    [unit] = units(pack(tmp_path / name, {f"{folder}/a.c": ""}))
    assert (unit.program, unit.version) == release


def test_a_debian_copyright_file_in_it_says_the_licence(tmp_path: Path) -> None:
    files = {"a.c": "", "debian/copyright": "Format: x\n\nFiles: *\nLicense: Expat\n"}
    [unit] = units(pack(tmp_path / "a.tar.gz", files))
    assert unit.license == "MIT"


def test_what_was_refused_is_a_lost_unit(tmp_path: Path) -> None:
    [_, refused] = units(pack(tmp_path / "a.tar.gz", {"good.c": "", "../up.c": ""}))
    with Contents() as contents, pytest.raises(ContentsLost, match="a path that climbs") as lost:
        contents.file_of(refused)
    assert (refused.path, lost.value.stage) == ("../up.c", "unpack")


def test_the_same_code_elsewhere_has_the_same_context(tmp_path: Path) -> None:
    files = {"p-1/a.c": "", "p-1/a.h": "int x;\n"}
    [before] = units(pack(tmp_path / "p-1.tar.gz", files))
    [renamed] = units(pack(tmp_path / "p-2.tar.gz", files))
    [changed] = units(pack(tmp_path / "p-1.tar.gz", {**files, "p-1/a.h": "int y;\n"}))
    assert before.context == renamed.context
    assert before.context != changed.context


def test_an_archive_without_sources_is_refused_with_what_was_left_out(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.tar.gz", {"README": "", "../up.c": ""})
    with pytest.raises(SourceError, match=r"no source file .*; refused: \.\./up\.c: a path"):
        ArchiveSource(archive).fetch()


def test_an_archive_that_cannot_be_unpacked_anywhere_is_an_error(
    tmp_path: Path, cache: Path
) -> None:
    cache.write_text("not a folder")
    with pytest.raises(SourceError, match="XDG_CACHE_HOME"):
        ArchiveSource(pack(tmp_path / "a.tar.gz", {"a.c": ""})).fetch()
