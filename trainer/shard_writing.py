"""Writing shards: samples as they come, packed some at a time, never all in memory."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import IO, TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from trainer.errors import BadShards
from trainer.folder import whole_folder
from trainer.packing import best_fit
from trainer.shard_index import (
    DOCUMENTS,
    FORMAT,
    LEFT_OUT,
    Index,
    ShardFile,
    file_name,
    hash_of,
    write_index,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from trainer.sample import SampleFormat
    from trainer.tokenizer import Encoded, IrTokenizer

_TOKENS_AT_ONCE: Final = 2**24
"""Tokens that are held and packed together: 84 MB, and so many samples that packing more at once
would save less than one row in ten thousand."""

_FILE_BYTES: Final = 2**29
"""About the size of a file of tokens."""

_WIDE: Final = 2**16

_PACKED = pa.schema(
    [
        ("sample_id", pa.string()),
        ("row", pa.int64()),
        ("start", pa.int32()),
        ("tokens", pa.int32()),
    ]
)
_LEFT = pa.schema([("sample_id", pa.string()), ("tokens", pa.int64())])


def write_shards(  # noqa: PLR0913  (each is recorded in the index)
    folder: Path,
    encoded: Iterable[tuple[str, Encoded]],
    *,
    sequence_length: int,
    tokenizer: IrTokenizer,
    snapshot: str,
    sample_format: SampleFormat,
    seed: int,
    about: Mapping[str, Any] | None = None,
    tokens_at_once: int = _TOKENS_AT_ONCE,
    file_bytes: int = _FILE_BYTES,
) -> Index:
    """Pack samples, each an id and its tokens, into a new folder; say what was packed.

    Samples longer than `sequence_length` tokens are left out, counted and listed. Equal samples in
    equal order give equal files. `seed` is that of the run, for the record; `about` is JSON values.

    Raises:
        BadShards: no sample fits, or one has a token that the tokenizer does not have.
        TargetTaken: the folder exists.
        NoRoom: the disk does not take it; nothing is left behind.
    """
    dtype = np.dtype("<u2" if tokenizer.vocab_size <= _WIDE else "<u4")
    with whole_folder(folder) as draft:
        with _Writer(draft, sequence_length, dtype, tokenizer.pad_id, file_bytes) as writer:
            for sample_id, one in encoded:
                if int(one.tokens.max()) >= tokenizer.vocab_size:
                    raise BadShards(
                        f"sample {sample_id} has token {int(one.tokens.max())}, and the tokenizer "
                        f"{tokenizer.vocab_size}: encode it with this tokenizer"
                    )
                writer.add(sample_id, one)
                if writer.held >= tokens_at_once:
                    writer.pack()
            writer.pack()
        if not writer.rows:
            raise BadShards(
                f"none of {writer.left_out} samples fits {sequence_length} tokens: give a longer "
                "context, or other data"
            )
        index = Index(
            format=FORMAT,
            snapshot=snapshot,
            tokenizer=tokenizer.digest,
            sample_format=asdict(sample_format),
            seed=seed,
            about=dict(about or {}),
            sequence_length=sequence_length,
            vocab_size=tokenizer.vocab_size,
            pad_id=tokenizer.pad_id,
            dtype=dtype.name,
            rows_per_file=writer.rows_per_file,
            rows=writer.rows,
            samples=writer.samples,
            tokens=writer.tokens,
            left_out=writer.left_out,
            padding_share=1 - writer.tokens / (writer.rows * sequence_length),
            files=tuple(
                ShardFile(path.name, path.stat().st_size, hash_of(path))
                for path in sorted(draft.iterdir())
            ),
        )
        write_index(draft, index)
    return index


class _Writer:
    """The open files of a folder in the making, and the samples that are not packed yet."""

    def __init__(
        self, folder: Path, length: int, dtype: np.dtype[Any], pad_id: int, file_bytes: int
    ) -> None:
        self._folder = folder
        self._length = length
        self._dtype = dtype
        self._pad_id = pad_id
        self.rows_per_file = max(1, file_bytes // (length * dtype.itemsize))
        self._held: list[tuple[str, Encoded]] = []
        self._left: list[tuple[str, int]] = []
        self.held = 0
        self.rows = 0
        self.samples = 0
        self.tokens = 0
        self.left_out = 0
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            enter = stack.enter_context
            self._packed = enter(pq.ParquetWriter(self._folder / DOCUMENTS, _PACKED))
            self._too_long = enter(pq.ParquetWriter(self._folder / LEFT_OUT, _LEFT))
            self._open_files = enter(ExitStack())
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, sample_id: str, one: Encoded) -> None:
        """Hold a sample until it is packed, or note that it is too long."""
        if len(one) > self._length:
            self._left.append((sample_id, len(one)))
            self.left_out += 1
        else:
            self._held.append((sample_id, one))
            self.held += len(one)

    def pack(self) -> None:
        """Write what is held."""
        rows = best_fit([len(one) for _, one in self._held], self._length)
        table: dict[str, list[Any]] = {name: [] for name in _PACKED.names}
        for row in rows:
            tokens = np.full(self._length, self._pad_id, self._dtype)
            parts = np.zeros(self._length, np.uint8)
            start = 0
            for place in row:
                sample_id, one = self._held[place]
                end = start + len(one)
                tokens[start:end] = one.tokens
                parts[start:end] = one.parts
                for name, value in zip(
                    _PACKED.names, (sample_id, self.rows, start, len(one)), strict=True
                ):
                    table[name].append(value)
                start = end
            self._write(tokens, parts)
            self.tokens += start
        self._packed.write_table(pa.table(table, schema=_PACKED))
        left = {"sample_id": [one for one, _ in self._left], "tokens": [n for _, n in self._left]}
        self._too_long.write_table(pa.table(left, schema=_LEFT))
        self.samples += len(self._held)
        self._held, self._left, self.held = [], [], 0

    def _write(self, tokens: npt.NDArray[Any], parts: npt.NDArray[np.uint8]) -> None:
        number, within = divmod(self.rows, self.rows_per_file)
        if not within:
            self._open_files.close()
            self._files = [
                self._open_files.enter_context((self._folder / file_name(kind, number)).open("wb"))
                for kind in ("tokens", "parts")
            ]
        for file, values in zip(self._files, (tokens, parts), strict=True):
            file.write(values.tobytes())
        self.rows += 1
