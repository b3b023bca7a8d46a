import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from corpus.sources import binaries
from corpus.sources.apt import Apt
from corpus.sources.base import SourceError
from corpus.sources.binaries import Binary, CannotBeBuilt, build_dependencies, unpack_binaries

Answer = subprocess.CompletedProcess[str]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Answer]], list[str]]:
    """Makes apt-get answer by its first word that is no option; returns what it was asked."""

    def prepare(by_command: dict[str, Answer]) -> list[str]:
        asked: list[str] = []

        def get(_: Apt, arguments: Sequence[str], __: Path) -> Answer:
            asked.append(" ".join(arguments))
            return next(answer for name, answer in by_command.items() if name in arguments)

        monkeypatch.setattr(Apt, "get", get)
        return asked

    return prepare


def says(text: str, status: int = 0) -> Answer:
    return subprocess.CompletedProcess([], status, text, text)


def uri(file: str, size: int) -> str:
    return f"'http://m/pool/{file}' {file} {size} MD5Sum:0\n"


def test_dependencies_are_those_of_the_build_and_of_every_system(
    answers: Callable[[dict[str, Answer]], list[str]], tmp_path: Path
) -> None:
    gcc, libc = uri("gcc_4%3a12-3_amd64.deb", 5), uri("libc6_2.36+b_amd64.deb", 7)
    asked = answers({"build-dep": says(f"Note\n{gcc}{libc}"), "install": says(libc)})
    assert build_dependencies(Apt(tmp_path), "zlib", "1:1.2") == [
        Binary("gcc", "4:12-3", "amd64", 5),
        Binary("libc6", "2.36+b", "amd64", 7),
    ]
    assert asked[0].endswith("build-dep --arch-only zlib=1:1.2")
    assert asked[1].endswith("install ?essential")
    assert "APT::Build-Profiles=nodoc,nocheck" in asked[0]


def test_dependencies_that_nobody_offers_are_named(
    answers: Callable[[dict[str, Answer]], list[str]], tmp_path: Path
) -> None:
    answers({"build-dep": says("E: Unable to satisfy: libnope-dev", 100)})
    with pytest.raises(CannotBeBuilt, match="build-dep: Unable to satisfy: libnope-dev"):
        build_dependencies(Apt(tmp_path), "zlib", "1")


def test_too_much_to_download_is_refused(
    answers: Callable[[dict[str, Answer]], list[str]], tmp_path: Path
) -> None:
    answers({"build-dep": says(uri("big_1_all.deb", 700 << 20)), "install": says("")})
    with pytest.raises(CannotBeBuilt, match="700 MiB of packages, over 600 MiB"):
        build_dependencies(Apt(tmp_path), "zlib", "1")


@pytest.fixture
def pebble(tmp_path: Path) -> Path:
    """A real binary package with a script that must not run."""
    tree = tmp_path / "tree"
    for name, text in {
        "DEBIAN/control": (
            "Package: pebble\nVersion: 1:2\nArchitecture: all\nMaintainer: A <a@example.org>\n"
            "Description: none\n"
        ),
        "DEBIAN/preinst": f"#!/bin/sh\ntouch {tmp_path}/ran\n",
        "usr/include/pebble.h": "#define PEBBLE 1\n",
        "usr/share/doc/pebble/copyright": "none\n",
    }.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)
    (tree / "DEBIAN/preinst").chmod(0o755)
    archive = tmp_path / "pebble_1%3a2_all.deb"
    subprocess.run(["dpkg-deb", "--build", tree, archive], check=True, capture_output=True)
    return archive


def test_packages_are_unpacked_once_without_their_scripts(
    pebble: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def get(_: Apt, arguments: Sequence[str], folder: Path) -> Answer:
        fetched.extend(arguments)
        (folder / pebble.name).write_bytes(pebble.read_bytes())
        return says("")

    monkeypatch.setattr(binaries.Apt, "get", get)
    wanted = [Binary("pebble", "1:2", "all", 3)]
    (folder,) = unpack_binaries(Apt(tmp_path), wanted)
    assert folder == tmp_path / "packages" / "pebble_1%2_all"
    assert (folder / "usr/include/pebble.h").is_file()
    assert not (folder / "usr/share/doc").exists()
    assert not (tmp_path / "ran").exists()
    assert unpack_binaries(Apt(tmp_path), wanted) == [folder]
    assert fetched == ["download", "pebble=1:2"]


def test_a_download_that_fails_and_a_broken_archive_are_one_clear_line(
    answers: Callable[[dict[str, Answer]], list[str]], tmp_path: Path
) -> None:
    wanted = [Binary("pebble", "1", "all", 3)]
    answers({"download": says("E: Could not resolve host", 100)})
    with pytest.raises(SourceError, match="apt-get download: Could not resolve host"):
        unpack_binaries(Apt(tmp_path), wanted)
    answers({"download": says("")})
    with pytest.raises(SourceError, match=r"pebble_1_all\.deb: dpkg-deb: "):
        unpack_binaries(Apt(tmp_path), wanted)
