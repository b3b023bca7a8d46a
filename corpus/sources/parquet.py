"""Parquet files of bitcode with metadata, as the ComPile data set is published.

ComPile's layout (dataset card of llvm-ml/ComPile on Hugging Face): `content` a module's bitcode,
`license_expression` SPDX, `license_source`, `license_files`, `package_source` where its package
came from (an archive's address, a repository, `spack:NAME`), `language` c, c++, rust, swift, julia.
Only `content` is needed. Columns that are not named here are not read.

A file may be larger than memory: planning reads the small columns in batches and hashes the rest as
bytes, and a unit carries the file's name and its row, never contents. A worker holds one page of
contents; some writers make a page of a whole row group, so their size is bounded.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpus.errors import CorpusError
from corpus.sources.base import UNKNOWN_LICENSE, SourceError, TranslationUnit
from corpus.sources.release import name_and_version

ORIGIN = "parquet"
SUFFIX = ".parquet"
CONTENT_BYTES = 256 << 20
"""Of one module's bitcode; what is larger is a loss."""

GROUP_BYTES = 4 << 30
"""Of the contents of one row group, decompressed."""

_CONTENT = "content"
_METADATA = ("language", "license_expression", "package_source")
_LANGUAGES = {
    "c": "c",
    "c++": "c++",
    "cpp": "c++",
    "julia": "julia",
    "rust": "rust",
    "swift": "swift",
}
_BATCH_ROWS = 1024
_CONTENT_BATCH_ROWS = 4
_CHUNK_BYTES = 1 << 20
_NOT_A_NAME = frozenset({"", "archive", "download", "refs", "releases", "tags", "tarball"})


_BROKEN = (OSError, ValueError, OverflowError, MemoryError, pa.ArrowException)
"""What pyarrow raises for a broken file: bytes that are no text are ValueErrors, sizes the rest."""


class RowLost(CorpusError):
    """A row without usable contents, and why."""


class ParquetSource:
    """Every row of one file; the program of a row is its package, else the file's name."""

    def __init__(self, path: Path, root: Path | None = None) -> None:
        self._path = path.resolve()
        self._root = root.resolve() if root else self._path.parent

    def fetch(self) -> None:
        """Read the file's footer. Raises SourceError for what is no Parquet file of bitcode."""
        try:
            with _opened(self._path) as file:
                schema = file.schema_arrow
        except _BROKEN as error:
            reason = str(error).split("\n", 1)[0]
            raise SourceError(f"{self._path}: not readable as Parquet ({reason})") from error
        kind = schema.field(_CONTENT).type if _CONTENT in schema.names else None
        if kind is None or not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
            raise SourceError(
                f"{self._path}: no column content of bytes; bitcode in ComPile's layout was"
                f" expected, not the columns {', '.join(schema.names)}"
            )

    def holds_bitcode(self) -> bool:
        """Whether `fetch` would be content."""
        try:
            self.fetch()
        except SourceError:
            return False
        return True

    def units(self) -> Iterator[TranslationUnit]:
        """One unit per row, in the order of the rows. A file that broke since is one lost unit."""
        try:
            with _opened(self._path) as file:
                yield from self._rows_of(file)
        except _BROKEN as error:
            reason = str(error).split("\n", 1)[0]
            yield self._unit({}, path=self._container, refused=f"not readable as Parquet: {reason}")

    @property
    def _container(self) -> str:
        return self._path.relative_to(self._root).as_posix()

    def _rows_of(self, file: pq.ParquetFile) -> Iterator[TranslationUnit]:
        columns = [name for name in _METADATA if name in file.schema_arrow.names]
        first = 0
        for group in range(file.num_row_groups):
            metadata = file.metadata.row_group(group)
            if metadata.num_rows > self._path.stat().st_size:
                raise pa.ArrowInvalid("it claims more rows than it has bytes")
            digest = _digest(self._path, metadata)
            size = metadata.total_byte_size // max(metadata.num_rows, 1)
            for row in range(metadata.num_rows) if not columns else ():
                yield self._row({}, first + row, f"{digest} {row}", size)
            batches = file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=columns)
            rows = (row for batch in batches for row in batch.to_pylist()) if columns else ()
            for row, values in enumerate(rows):
                yield self._row(values, first + row, f"{digest} {row}", size)
            first += metadata.num_rows

    def _row(self, values: dict[str, Any], row: int, digest: str, size: int) -> TranslationUnit:
        return self._unit(
            values,
            path=f"{self._container}/{row}.bc",
            container=self._container,
            row=row,
            digest=digest,
            size=size,
        )

    def _unit(self, values: dict[str, Any], **place: Any) -> TranslationUnit:  # noqa: ANN401 - fields
        package = str(values.get("package_source") or "")
        program, version = package_of(package) if package else (self._path.stem, "")
        return TranslationUnit(
            program=program,
            version=version,
            origin=ORIGIN,
            license=str(values.get("license_expression") or UNKNOWN_LICENSE),
            language=_LANGUAGES.get(str(values.get("language") or "").lower(), "llvm-ir"),
            root=str(self._root),
            folder=str(self._root),
            ir=True,
            **place,
        )


class Rows:
    """The contents of one file's rows; reading them in order reads each part of the file once."""

    def __init__(self, file: Path) -> None:
        """Open the file. Raises RowLost."""
        self.file = file
        try:
            self._parquet = _opened(file)
        except _BROKEN as error:
            raise RowLost(str(error).split("\n", 1)[0]) from error
        metadata = self._parquet.metadata
        counts = (metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))
        self._starts = list(accumulate(counts, initial=0))
        self._group = -1
        self._next = 0
        self._coming: Iterator[pa.Scalar] = iter(())

    def contents(self, row: int) -> bytes:
        """The bitcode in a row. Raises RowLost: no such row, empty, too large, a broken file."""
        if not 0 <= row < self._starts[-1]:
            raise RowLost(f"row {row} of {self._starts[-1]}: the file is not what it was")
        group = bisect_right(self._starts, row) - 1
        if (size := _content_bytes(self._parquet.metadata.row_group(group))) > GROUP_BYTES:
            raise RowLost(
                f"a row group of {size >> 20} MiB, over {GROUP_BYTES >> 20}; write smaller ones"
            )
        if group != self._group or row < self._next:
            self._coming = self._values(group)
            self._group, self._next = group, self._starts[group]
        try:
            for _ in range(row - self._next):
                next(self._coming)
            value = next(self._coming)
        except (*_BROKEN, StopIteration) as error:
            self._group = -1
            raise RowLost(str(error).split("\n", 1)[0] or "rows are missing") from error
        self._next = row + 1
        size = len(value.as_buffer()) if value.is_valid else 0
        if not 0 < size <= CONTENT_BYTES:
            raise RowLost(f"{size} bytes of bitcode; from 1 to {CONTENT_BYTES} are read")
        contents: bytes = value.as_py()
        return contents

    def _values(self, group: int) -> Iterator[pa.Scalar]:
        for batch in self._parquet.iter_batches(
            _CONTENT_BATCH_ROWS, row_groups=[group], columns=[_CONTENT], use_threads=False
        ):
            yield from batch.column(0)


def package_of(package_source: str) -> tuple[str, str]:
    """Name and version of the package that `package_source` points to.

    The name is the last part that says something: `https://…/zlib-1.3.tar.gz` is zlib 1.3, as is
    `https://…/zlib/archive/refs/tags/v1.3.tar.gz`; `spack:zlib@1.3` too.
    """
    place = re.sub(r"[?#].*", "", package_source)
    place = re.sub(r"^[A-Za-z][\w+.-]*:(//[^/]*)?", "", place)
    version = ""
    for part in reversed(PurePosixPath(place).parts):
        if part in _NOT_A_NAME or part == "/":
            continue
        name, said = name_and_version(part)
        version = version or said
        if name:
            return name, version
    return package_source, version


def _opened(path: Path) -> pq.ParquetFile:
    # Without pre-buffering and with a buffer, a row group is read page by page.
    return pq.ParquetFile(path, pre_buffer=False, buffer_size=_CHUNK_BYTES)


def _content_bytes(group: pq.RowGroupMetaData) -> int:
    chunks = map(group.column, range(group.num_columns))
    return sum(
        chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema == _CONTENT
    )


def _digest(path: Path, group: pq.RowGroupMetaData) -> str:
    """A digest of the bytes of the row group's columns that are read."""
    digest = blake2b(digest_size=16)
    chunks = [group.column(index) for index in range(group.num_columns)]
    with path.open("rb") as file:
        for chunk in chunks:
            if chunk.path_in_schema not in (_CONTENT, *_METADATA):
                continue
            start = chunk.data_page_offset
            if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                start = min(start, chunk.dictionary_page_offset)
            left = chunk.total_compressed_size
            digest.update(f"{chunk.path_in_schema} {left} ".encode())
            file.seek(start)
            while left > 0 and (read := file.read(min(left, _CHUNK_BYTES))):
                digest.update(read)
                left -= len(read)
    return digest.hexdigest()
