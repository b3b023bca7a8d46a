from pathlib import Path

import pytest

from corpus.sources.build_root import build_root


def package(home: Path, name: str, files: dict[str, str]) -> Path:
    folder = home / name
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.fixture
def packages(tmp_path: Path) -> list[Path]:
    first = package(tmp_path, "libc6_1_amd64", {"lib/libc.so.6": "c", "usr/include/a.h": "a"})
    second = package(tmp_path, "gcc_1_amd64", {"usr/bin/gcc": "", "bin/dash": "", "etc/x": "x"})
    (second / "usr" / "lib").mkdir()
    (second / "usr" / "lib" / "link").symlink_to("../bin")
    return [first, second]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "roots"
    folder.mkdir()
    return folder


def test_packages_lie_in_one_tree_with_merged_top_folders(packages: list[Path], home: Path) -> None:
    root = build_root(packages, home)
    assert (root / "usr/lib/libc.so.6").read_text() == "c"
    assert (root / "lib/libc.so.6").read_text() == "c"
    assert (root / "usr/include/a.h").read_text() == "a"
    assert (root / "etc/x").read_text() == "x"
    assert (root / "usr/lib/link").readlink() == Path("../bin")


def test_commands_that_scripts_would_link_are_there(packages: list[Path], home: Path) -> None:
    commands = build_root(packages, home) / "usr/bin"
    assert (commands / "cc").readlink() == Path("gcc")
    assert (commands / "sh").readlink() == Path("dash")
    assert not (commands / "c++").is_symlink()


def test_the_same_packages_share_a_root_and_others_do_not(packages: list[Path], home: Path) -> None:
    root = build_root(packages, home)
    assert build_root(packages, home) == root
    assert build_root(packages[:1], home) != root


def test_contents_are_linked_not_copied(packages: list[Path], home: Path) -> None:
    root = build_root(packages, home)
    assert (root / "usr/include/a.h").samefile(packages[0] / "usr/include/a.h")
