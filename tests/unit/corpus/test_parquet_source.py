from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.sources import parquet
from corpus.sources.base import SourceError, TranslationUnit
from corpus.sources.contents import Contents, ContentsLost
from corpus.sources.directory import DirectorySource
from corpus.sources.parquet import ParquetSource, RowLost, Rows, package_of
from corpus.sources.release import name_and_version

SCHEMA = pa.schema(
    [
        ("content", pa.binary()),
        ("license_expression", pa.string()),
        ("license_source", pa.string()),
        ("license_files", pa.list_(pa.string())),
        ("package_source", pa.string()),
        ("language", pa.string()),
    ]
)
"""The layout that ComPile's card describes."""


def row(content: bytes | None, **other: object) -> dict[str, object]:
    return {"content": content, "license_expression": "MIT", "language": "c", **other}


def write(path: Path, *rows: dict[str, object], rows_per_group: int = 2) -> ParquetSource:
    table = pa.Table.from_pylist(list(rows), schema=SCHEMA)
    pq.write_table(table, path, row_group_size=rows_per_group)
    return ParquetSource(path)


def test_a_row_is_a_unit_with_its_packages_metadata(tmp_path: Path) -> None:
    source = write(
        tmp_path / "train.parquet",
        row(b"1", package_source="https://example.org/zlib-1.3.tar.gz", license_expression="Zlib"),
        row(b"2", language="rust"),
        row(b"3", language="fortran", license_expression=None),
    )
    source.fetch()
    first, second, third = source.units()
    assert (first.program, first.version, first.license, first.ir) == ("zlib", "1.3", "Zlib", True)
    assert (first.path, first.container, first.row) == ("train.parquet/0.bc", "train.parquet", 0)
    assert (second.program, second.language) == ("train", "rust")
    assert (third.language, third.license) == ("llvm-ir", "NOASSERTION")


def test_a_changed_row_changes_the_digests_of_its_row_group_alone(tmp_path: Path) -> None:
    before = [
        u.digest for u in write(tmp_path / "a.parquet", *map(row, (b"1", b"2", b"3"))).units()
    ]
    after = [u.digest for u in write(tmp_path / "a.parquet", *map(row, (b"1", b"x", b"3"))).units()]
    assert len(set(before)) == 3
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20), st.integers(1, 4))
def test_rows_are_found_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, asked: list[int], rows_per_group: int
) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.parquet"
    write(path, *(row(bytes([n + 1]) * 9) for n in range(7)), rows_per_group=rows_per_group)
    rows = Rows(path)
    assert [rows.contents(n) for n in asked] == [bytes([n + 1]) * 9 for n in asked]


def test_contents_become_a_file_until_the_next_unit(tmp_path: Path) -> None:
    units = list(write(tmp_path / "a.parquet", row(b"one"), row(b"two")).units())
    with Contents() as contents:
        first = contents.file_of(units[0])
        assert Path(first.root, first.path).read_bytes() == b"one"
        second = contents.file_of(units[1])
        assert Path(second.root, second.path).read_bytes() == b"two"
        assert not Path(first.root).exists()
    assert not Path(second.root).exists()


@pytest.mark.parametrize("content", [None, b""])
def test_a_row_without_contents_is_lost_alone(content: bytes | None, tmp_path: Path) -> None:
    units = list(write(tmp_path / "a.parquet", row(content), row(b"two")).units())
    with Contents() as contents:
        with pytest.raises(ContentsLost, match="0 bytes of bitcode") as lost:
            contents.file_of(units[0])
        assert lost.value.stage == "read"
        assert Path(contents.file_of(units[1]).root).is_dir()


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_bytes_that_changed_lose_rows_or_the_file_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("mutant") / "a.parquet"
    source = write(path, *(row(bytes([n]) * 99, package_source="spack:x@1") for n in range(4)))
    contents = bytearray(path.read_bytes())
    for place, byte in changes:
        contents[place % len(contents)] = byte
    path.write_bytes(contents)
    outcomes = set()
    with Contents() as there:
        for unit in islice(source.units(), 50):
            try:
                outcomes.add(type(there.file_of(unit)))
            except ContentsLost as lost:
                outcomes.add(type(lost))
    assert outcomes <= {TranslationUnit, ContentsLost}


def test_a_row_group_over_the_bound_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.parquet", row(bytes(5000)))
    monkeypatch.setattr(parquet, "GROUP_BYTES", 10)
    with pytest.raises(RowLost, match="write smaller ones"):
        Rows(tmp_path / "a.parquet").contents(0)


def test_a_file_that_became_shorter_since_planning_is_told(tmp_path: Path) -> None:
    units = list(write(tmp_path / "a.parquet", row(b"one"), row(b"two")).units())
    write(tmp_path / "a.parquet", row(b"one"))
    with pytest.raises(RowLost, match="row 1 of 1"):
        Rows(tmp_path / "a.parquet").contents(units[1].row or 0)


def test_a_file_broken_in_the_middle_loses_rows_not_the_worker(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    units = list(write(path, *(row(bytes(range(256)) * 40) for _ in range(4))).units())
    contents = bytearray(path.read_bytes())
    contents[4:200] = bytes(196)
    path.write_bytes(contents)
    with Contents() as there, pytest.raises(ContentsLost):
        there.file_of(units[0])


def test_a_file_that_is_gone_is_one_lost_unit(tmp_path: Path) -> None:
    source = write(tmp_path / "a.parquet", row(b"one"))
    (tmp_path / "a.parquet").write_bytes(b"PAR1 was here")
    [unit] = source.units()
    with Contents() as contents, pytest.raises(ContentsLost, match="not readable as Parquet"):
        contents.file_of(unit)


def test_what_is_no_parquet_file_of_bitcode_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"not Parquet")
    with pytest.raises(SourceError, match="not readable as Parquet"):
        ParquetSource(tmp_path / "a.parquet").fetch()
    pq.write_table(pa.table({"content": ["text"]}), tmp_path / "b.parquet")
    with pytest.raises(SourceError, match="no column content of bytes"):
        ParquetSource(tmp_path / "b.parquet").fetch()


def test_a_folders_tables_of_bitcode_are_read_and_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    write(tmp_path / "c" / "train-0.parquet", row(b"one"))
    pq.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    source = DirectorySource(tmp_path)
    source.fetch()
    assert [unit.path for unit in source.units()] == ["c/train-0.parquet/0.bc"]


@pytest.mark.parametrize(
    ("place", "package"),
    [
        ("https://example.org/zlib-1.3.1.tar.gz", ("zlib", "1.3.1")),
        ("https://example.org/madler/zlib/archive/refs/tags/v1.3.tar.gz?x=1", ("zlib", "1.3")),
        ("https://example.org/madler/zlib.git", ("zlib", "")),
        ("https://example.org/madler/zlib/", ("zlib", "")),
        ("https://static.example.org/crates/serde/serde-1.0.200.crate", ("serde", "1.0.200")),
        ("https://example.org/api/crates/serde/1.0.200/download", ("serde", "1.0.200")),
        ("spack:zlib@1.3", ("zlib", "1.3")),
        ("spack:zlib", ("zlib", "")),
        ("zlib", ("zlib", "")),
    ],
)
def test_a_packages_place_names_its_program(place: str, package: tuple[str, str]) -> None:
    assert package_of(place) == package


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("bzip2-1.0.8.tar.gz", ("bzip2", "1.0.8")),
        ("Foo_Bar-2.0rc1.ZIP", ("Foo_Bar", "2.0rc1")),
        ("jpegsrc-9e.tar.xz", ("jpegsrc", "9e")),
        ("lib-3d-tools.tar", ("lib-3d-tools", "")),
        ("v1.2.tar.gz", ("", "1.2")),
        ("main.tar.bz2", ("main", "")),
        (".tar", (".tar", "")),
    ],
)
def test_a_releases_name_says_its_version(name: str, release: tuple[str, str]) -> None:
    assert name_and_version(name) == release


@given(st.from_regex(r"[a-z][a-z]{0,8}", fullmatch=True), st.lists(st.integers(0, 99), min_size=2))
def test_name_and_version_come_apart_again(name: str, numbers: list[int]) -> None:
    version = ".".join(map(str, numbers))
    assert name_and_version(f"{name}-{version}.tar.gz") == (name, version)
