import os
import subprocess
from pathlib import Path

import pytest

from corpus.sources.recorder import Command, compiled_files, read_records, write_stand_ins


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """Stand-ins for the compilers of a root file system that offers these commands."""
    offered = tmp_path / "root" / "usr" / "bin"
    offered.mkdir(parents=True)
    for name in ("gcc", "x86_64-linux-gnu-g++-12", "c99", "gcc-ar", "make", "cc1"):
        (offered / name).touch()
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    write_stand_ins(tmp_path / "root", folder)
    return folder


def test_compilers_get_a_stand_in_and_other_tools_do_not(stand_ins: Path) -> None:
    names = sorted(entry.name for entry in stand_ins.iterdir())
    assert names == ["c99", "gcc", "x86_64-linux-gnu-g++-12"]


def test_a_call_is_noted_word_by_word_and_then_made(stand_ins: Path, tmp_path: Path) -> None:
    (tmp_path / "a b.c").write_text("int NAME;\n")
    (tmp_path / "record").mkdir()
    subprocess.run(
        [stand_ins / "gcc", "-DNAME=a\nb", "-D", 'S="x y"', "-c", "a b.c", "-UNAME", "-DNAME=f"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PASSLAKE_RECORD": str(tmp_path / "record")},
        check=True,
    )
    (noted,) = read_records(tmp_path / "record")
    assert noted.folder == str(tmp_path)
    assert noted.arguments[:4] == ("-DNAME=a\nb", "-D", 'S="x y"', "-c")
    assert (tmp_path / "a b.o").is_file()


def test_equal_calls_are_one_and_the_order_of_files_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "7").write_bytes(b"2\0/b\0a.c\0" + b"2\0/a\0b.c\0")
    (tmp_path / "8").write_bytes(b"2\0/b\0a.c\0")
    assert read_records(tmp_path) == [Command("/a", ("b.c",)), Command("/b", ("a.c",))]


def test_a_note_that_was_cut_off_harms_no_other(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"2\0/a\0x.c\0")
    (tmp_path / "2").write_bytes(b"5\0/a\0x.c\0-DX")
    (tmp_path / "3").write_bytes(b"")
    assert read_records(tmp_path) == [Command("/a", ("x.c",))]


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (("-c", "x.c", "-o", "x.o"), ["/b/x.c"]),
        (("x.c", "../y.cc", "-o", "out"), ["/b/x.c", "/y.cc"]),
        (("-c", "/b/z.cpp"), ["/b/z.cpp"]),
        (("-o", "odd.c", "x.o"), []),
        (("-E", "x.c"), []),
        (("-MM", "x.c"), []),
        (("x.o", "-lm"), []),
    ],
)
def test_files_that_a_call_compiles(words: tuple[str, ...], files: list[str]) -> None:
    assert list(compiled_files(Command("/b", words))) == files
