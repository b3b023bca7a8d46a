"""The real apt-get and dpkg-source on a repository in a folder."""

import os
import subprocess
from pathlib import Path

import pytest

from corpus.sources.apt import Apt
from corpus.sources.base import SourceError
from corpus.sources.debian import DebianSource
from corpus.sources.spec import resolve

PACKAGE = {
    "a.c": '#include "a.h"\nint a = A;\n',
    "include/a.h": "#define A 1\n",
    "lib/b.c": "int b;\n",
    "tests/data.ll": "define void @f() {\n  ret void\n}\n",
    "debian/helper.c": "int helper;\n",
    "debian/changelog": (
        "pebble (1:1.2) unstable; urgency=low\n\n  * First.\n\n"
        " -- A B <a@example.org>  Thu, 01 Jan 1970 00:00:00 +0000\n"
    ),
    "debian/control": (
        "Source: pebble\nMaintainer: A B <a@example.org>\n\n"
        "Package: libpebble-dev\nArchitecture: any\nDescription: none\n"
    ),
    "debian/source/format": "3.0 (native)\n",
    "debian/copyright": (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
        "Files: *\nCopyright: A\nLicense: Expat\n\nFiles: lib/*\nCopyright: A\nLicense: Zlib\n"
    ),
}


def run(folder: Path, *command: str) -> bytes:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one source package, which the machine's apt-config is made to name."""
    folder = tmp_path / "repository"
    for name, text in PACKAGE.items():
        path = folder / "pebble" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    run(folder, "dpkg-source", "--build", "pebble")
    (folder / "Packages").touch()
    (folder / "Sources").write_bytes(run(folder, "dpkg-scansources", "."))
    (tmp_path / "machine.list").write_text(f"deb [trusted=yes] file:{folder} ./\n")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "apt-config").write_text(f"#!/bin/sh\necho \"list='{tmp_path}/machine.list'\"\n")
    (tools / "apt-config").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_a_source_package_becomes_units(repository: Path) -> None:
    [source] = resolve("debian:pebble")
    source.fetch()
    first, second = source.units()
    assert (first.program, first.version, first.origin) == ("pebble", "1:1.2", "debian")
    assert (first.path, first.license) == ("a.c", "MIT")
    assert (second.path, second.license) == ("lib/b.c", "Zlib")
    assert Path(first.root, "include/a.h").is_file()
    assert not Path(first.root).is_relative_to(repository)


def test_a_second_fetch_needs_no_repository(repository: Path) -> None:
    DebianSource("pebble").fetch()
    (repository / "Sources").unlink()
    again = DebianSource("pebble")
    again.fetch()
    assert len(list(again.units())) == 2


def test_a_binary_packages_name_finds_its_source(repository: Path) -> None:
    assert repository.is_dir()
    source = DebianSource("libpebble-dev")
    source.fetch()
    assert next(source.units()).program == "pebble"


def test_an_unknown_package_is_refused(repository: Path) -> None:
    assert repository.is_dir()
    with pytest.raises(SourceError, match="Unable to find a source package for boulder"):
        DebianSource("boulder").fetch()


def test_a_repository_without_sources_is_named(repository: Path) -> None:
    (repository / "Sources").unlink()
    with pytest.raises(SourceError, match="do the repositories offer deb-src"):
        DebianSource("pebble").fetch()


def test_a_cache_that_cannot_be_written_is_named(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(repository / "file"))
    with pytest.raises(SourceError, match="set XDG_CACHE_HOME"):
        DebianSource("pebble").fetch()


def test_nothing_outside_the_cache_is_written(repository: Path, tmp_path: Path) -> None:
    assert repository.is_dir()
    before = sorted(path.name for path in Path("/etc/apt").rglob("*"))
    cache = tmp_path / "own"
    cache.mkdir()
    folder = Apt(cache).unpacked("pebble")
    assert folder == cache / "pebble_1%1.2"
    assert sorted(path.name for path in Path("/etc/apt").rglob("*")) == before
