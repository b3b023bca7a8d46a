from pathlib import Path

import pytest

from corpus.sources.base import SourceError
from corpus.sources.bitcode import language_of
from corpus.sources.csmith import CsmithSource
from corpus.sources.directory import DirectorySource, FileSource
from corpus.sources.spec import LIST_BYTES, resolve


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return f"@{path}"


def test_a_list_names_sources_one_on_each_line_seen_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "with#hash.c").write_text("")
    text = "# all of it\n\n  src   # a folder\nsrc/with#hash.c\ncsmith:3\n"
    sources = resolve(write(tmp_path / "list", text))
    assert [type(source) for source in sources] == [DirectorySource, FileSource, CsmithSource]


def test_a_list_may_name_lists(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path / "below" / "inner", "csmith:1\ncsmith:2\n")
    assert len(resolve(write(tmp_path / "outer", "@below/inner\ncsmith:3\n"))) == 3


def test_lists_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path / "a", "@b\n")
    with pytest.raises(SourceError, match="names itself"):
        resolve(write(tmp_path / "b", "@a\n"))


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"list, line 2: cargo:x: unknown scheme"):
        resolve(write(tmp_path / "list", "csmith:1\ncargo:x\n"))


def test_a_list_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="names no source"):
        resolve(write(tmp_path / "list", "# nothing yet\n"))


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        resolve(f"@{tmp_path / 'missing'}")
    with pytest.raises(SourceError, match="not a file"):
        resolve(f"@{tmp_path}")
    with pytest.raises(SourceError, match="is this a list"):
        resolve(write(tmp_path / "big", "#" * (LIST_BYTES + 1)))


@pytest.mark.parametrize(
    ("source_filename", "ident", "language"),
    [
        ("a.c", "clang version 22.1.8", "c"),
        ("a.cpp", "Debian clang version 22.1.8", "c++"),
        ("x.7rcbfp3g-cgu.0", "rustc version 1.95.0 (59807616e 2026-04-14)", "rust"),
        ("<swift-imported-modules>", "Apple Swift version 6.0", "swift"),
        ("lib.rs", "", "rust"),
        ("<stdin>", "clang version 22.1.8", "llvm-ir"),
        ("rustc.c", "", "c"),
    ],
)
def test_a_module_may_say_what_it_was_made_from(
    source_filename: str, ident: str, language: str
) -> None:
    module = (
        f'source_filename = "{source_filename}"\n\n!llvm.ident = !{{!7}}\n!7 = !{{!"{ident}"}}\n'
    )
    assert language_of(module) == language


def test_a_module_that_says_nothing_is_just_ir() -> None:
    assert language_of("define void @f() {\n  ret void\n}\n") == "llvm-ir"
