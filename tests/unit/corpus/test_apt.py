import os
import stat
import time
from pathlib import Path

import pytest

from corpus.sources.apt import Apt, Gone
from corpus.sources.base import SourceError


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH, for stand-ins of apt: its failures cannot be ordered."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    script(folder, "apt-config", "echo \"list='/dev/null'\"")
    return folder


def script(folder: Path, name: str, body: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def cache_with_lists(tmp_path: Path) -> Path:
    (tmp_path / "cache" / "lists").mkdir(parents=True)
    (tmp_path / "cache" / "lists" / "mirror_main_source_Sources").touch()
    return tmp_path / "cache"


def test_no_network_and_no_lists_is_one_clear_line(tools: Path, tmp_path: Path) -> None:
    script(tools, "apt-get", "echo 'E: Could not resolve host' >&2; exit 100")
    (tmp_path / "cache").mkdir()
    with pytest.raises(SourceError, match=r"no list of sources.*Could not resolve host$"):
        Apt(tmp_path / "cache").unpacked("zlib")


def test_an_unknown_package_is_one_clear_line(tools: Path, tmp_path: Path) -> None:
    script(
        tools,
        "apt-get",
        'case "$*" in *source*) echo "W: unsandboxed as root" >&2;'
        ' echo "E: Unable to find a source package for nope" >&2; exit 100;; esac',
    )
    with pytest.raises(SourceError, match=r"^debian:nope: Unable to find a source package"):
        Apt(cache_with_lists(tmp_path)).unpacked("nope")


def test_a_package_that_is_listed_but_gone_is_told_apart(tools: Path, tmp_path: Path) -> None:
    script(
        tools,
        "apt-get",
        'case "$*" in *source*) echo "E: Failed to fetch x  404  Not Found" >&2; exit 100;; esac',
    )
    with pytest.raises(Gone, match=r"^debian:old: Failed to fetch"):
        Apt(cache_with_lists(tmp_path)).unpacked("old")


def test_what_was_unpacked_before_needs_no_network(tools: Path, tmp_path: Path) -> None:
    cache = cache_with_lists(tmp_path)
    script(tools, "apt-get", f"echo called >> {tmp_path}/calls")
    with pytest.raises(SourceError, match=r"left no \.dsc"):
        Apt(cache).unpacked("zlib")
    (cache / "zlib_1%1.2").mkdir()
    (cache / "names").mkdir()
    (cache / "names" / "zlib").write_text("zlib_1%1.2")
    calls = (tmp_path / "calls").read_text()
    assert Apt(cache).unpacked("zlib") == cache / "zlib_1%1.2"
    assert (tmp_path / "calls").read_text() == calls


def test_lists_are_fetched_again_after_a_day(tools: Path, tmp_path: Path) -> None:
    cache = cache_with_lists(tmp_path)
    script(tools, "apt-get", f'echo "$@" >> {tmp_path}/calls')
    for _ in range(2):
        with pytest.raises(SourceError):
            Apt(cache).unpacked("zlib")
    assert (tmp_path / "calls").read_text().count(" update") == 1
    yesterday = time.time() - 25 * 3600
    os.utime(cache / "updated", (yesterday, yesterday))
    with pytest.raises(SourceError):
        Apt(cache).unpacked("zlib")
    assert (tmp_path / "calls").read_text().count(" update") == 2


def test_a_section_lists_its_source_packages_and_a_wrong_one_names_those_there_are(
    tools: Path, tmp_path: Path
) -> None:
    script(tools, "apt-get", "true")
    cache = cache_with_lists(tmp_path)
    (cache / "lists" / "mirror_main_source_Sources").write_text(
        "Package: b\nSection: libs\n\nPackage: a\nSection: libs\n\n"
        "Package: c\nSection: contrib/utils\nFormat: 1.0\n"
    )
    assert Apt(cache).section("libs") == ["a", "b"]
    assert Apt(cache).section("utils") == ["c"]
    with pytest.raises(SourceError, match=r"no such section; there are libs, utils$"):
        Apt(cache).section("games")


def test_a_version_that_was_unpacked_before_asks_nobody(tools: Path, tmp_path: Path) -> None:
    script(tools, "apt-get", "exit 1")
    script(tools, "apt-config", "exit 1")
    cache = cache_with_lists(tmp_path)
    (cache / "zlib_1%1.2").mkdir()
    (cache / "names").mkdir()
    (cache / "names" / "zlib=1%1.2").write_text("zlib_1%1.2")
    assert Apt(cache).unpacked("zlib", "1:1.2") == cache / "zlib_1%1.2"


def test_a_version_that_is_not_there_is_one_clear_line(tools: Path, tmp_path: Path) -> None:
    script(
        tools,
        "apt-get",
        "case \"$*\" in *source*) echo \"E: Can not find version '9' of package 'zlib'\" >&2;"
        " exit 100;; esac",
    )
    with pytest.raises(SourceError, match=r"^debian:zlib=9: Can not find version '9'"):
        Apt(cache_with_lists(tmp_path)).unpacked("zlib", "9")
