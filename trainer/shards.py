"""Shards: samples tokenised once, packed to rows of one length, read straight from disk.

A folder of files:

    index.json         what this is: snapshot, tokenizer, format, seed; each file's size and hash
    tokens-0000.bin    rows × row length, uint16 or, from 65,536 tokens on, uint32, little-endian
    parts-0000.bin     the part of each token (`trainer.sample.Part`), uint8
    documents.parquet  where each sample lies: sample_id, row, start, tokens; in order of row, start
    left_out.parquet   samples too long for a row: sample_id, tokens

A sample is never split; what a row has no sample for is padding. Which rows a step sees is a pure
function of the seed and the step: each epoch is all rows in an order of its own, steps take as many
as they need, across the end of an epoch if need be. So training continues from the number of a
step, with any number of ranks. (Keys are SplitMix64, Steele et al. 2014, and not a library's
generator, whose stream may change with its version.)
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from trainer.errors import BadShards
from trainer.shard_index import DOCUMENTS, LEFT_OUT, Index, check_file, file_name, read_index
from trainer.shard_writing import write_shards

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Batch", "Shards", "write_shards"]

_EPOCHS_KEPT = 2  # orders held: a step may end one epoch and begin the next


@dataclass(frozen=True)
class Batch:
    """Rows of one step and rank; B rows of T tokens.

    `positions_BT` count from 0 within each sample. Padding is a sample of its own, of padding
    tokens with the part PROMPT.
    """

    tokens_BT: npt.NDArray[np.int64]
    parts_BT: npt.NDArray[np.uint8]
    positions_BT: npt.NDArray[np.int64]


class Shards:
    """An opened folder of shards. Reading changes nothing, so ranks and threads may share it."""

    def __init__(self, folder: Path, index: Index) -> None:
        """`Shards.open` makes one."""
        self.folder = folder
        self.index = index
        self.sequence_length = index.sequence_length
        self._tokens = self._mapped("tokens", np.dtype(index.dtype))
        self._parts = self._mapped("parts", np.dtype(np.uint8))
        documents = pq.read_table(folder / DOCUMENTS, columns=["row", "start", "tokens"])
        row = documents["row"].to_numpy()
        self._start = documents["start"].to_numpy()
        self._first = np.searchsorted(row, np.arange(index.rows + 1))
        ends = self._start + documents["tokens"].to_numpy()
        self._used = np.zeros(index.rows, np.int64)
        np.maximum.at(self._used, row, ends)
        self._orders: OrderedDict[tuple[int, int], npt.NDArray[np.int64]] = OrderedDict()

    @classmethod
    def open(
        cls, folder: Path, *, tokenizer_digest: str | None = None, check_hashes: bool = True
    ) -> Self:
        """Open a folder, and check that it is whole and made with this tokenizer.

        Hashing reads all of it, about a second per GB: of many ranks one need do it.

        Raises:
            BadShards: there is none; a file is missing, of another size or content; or it was made
                with another tokenizer.
        """
        index = read_index(folder)
        if tokenizer_digest is not None and index.tokenizer != tokenizer_digest:
            raise BadShards(
                f"{folder} was made with tokenizer {index.tokenizer[:12]}, not with "
                f"{tokenizer_digest[:12]}: prepare the data again"
            )
        for file in index.files:
            check_file(folder / file.path, file, check_hash=check_hashes)
        try:
            return cls(folder, index)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise BadShards(
                f"{folder} cannot be read ({reason}): prepare the data again"
            ) from error

    @property
    def rows(self) -> int:
        """Rows there are: an epoch."""
        return self.index.rows

    def sample_ids(self) -> list[str]:
        """Ids of the packed samples, in the order in which they lie in the rows."""
        ids: list[str] = self._column(DOCUMENTS, "sample_id")
        return ids

    def left_out_ids(self) -> list[str]:
        """Ids of the samples that were too long for a row."""
        ids: list[str] = self._column(LEFT_OUT, "sample_id")
        return ids

    def batch(self, step: int, *, rank: int, ranks: int, rows: int, seed: int) -> Batch:
        """The share of one rank in a step of `rows` rows, over all ranks together.

        Ranks take equal shares, one behind the other, of rows that depend on `step`, `rows` and
        `seed` alone. Raises ValueError where they cannot be shared equally.
        """
        if rows % ranks or not 0 <= rank < ranks:
            raise ValueError(
                f"{rows} rows cannot be shared by {ranks} ranks, of which one is {rank}"
            )
        share = rows // ranks
        return self.read(self.order(step * rows + rank * share, share, seed=seed))

    def order(self, first: int, count: int, *, seed: int) -> npt.NDArray[np.int64]:
        """Rows at these places of the endless order: epoch after epoch, each in its own order."""
        places = np.arange(first, first + count)
        found = np.empty(count, np.int64)
        for epoch in range(first // self.rows, (first + count - 1) // self.rows + 1):
            here = places // self.rows == epoch
            found[here] = self._order(seed, epoch)[places[here] % self.rows]
        return found

    def read(self, rows: npt.ArrayLike) -> Batch:
        """Rows by number."""
        numbers = np.asarray(rows, np.int64)
        shape = (len(numbers), self.sequence_length)
        tokens = np.empty(shape, np.int64)
        parts = np.empty(shape, np.uint8)
        starts = np.zeros(shape, np.int64)
        per_file = self.index.rows_per_file
        for place, row in enumerate(numbers):
            file, within = divmod(int(row), per_file)
            tokens[place] = self._tokens[file][within]
            parts[place] = self._parts[file][within]
            begins = self._start[self._first[row] : self._first[row + 1]]
            starts[place, begins] = begins
            used = self._used[row]
            if used < self.sequence_length:
                starts[place, used] = used
        positions = np.arange(self.sequence_length) - np.maximum.accumulate(starts, axis=1)
        return Batch(tokens, parts, positions)

    def _order(self, seed: int, epoch: int) -> npt.NDArray[np.int64]:
        key = (seed, epoch)
        found = self._orders.get(key)
        if found is None:
            found = np.argsort(_keys(seed, epoch, self.rows), kind="stable")
            self._orders[key] = found
            while len(self._orders) > _EPOCHS_KEPT:
                self._orders.popitem(last=False)
        return found

    def _mapped(self, kind: str, dtype: np.dtype[Any]) -> list[npt.NDArray[Any]]:
        rows, per_file = self.index.rows, self.index.rows_per_file
        return [
            np.memmap(
                self.folder / file_name(kind, number),
                dtype=dtype.newbyteorder("<"),
                mode="r",
                shape=(min(per_file, rows - number * per_file), self.sequence_length),
            )
            for number in range(-(-rows // per_file))
        ]

    def _column(self, file: str, column: str) -> list[Any]:
        values: list[Any] = pq.read_table(self.folder / file, columns=[column])[column].to_pylist()
        return values


def _keys(seed: int, epoch: int, count: int) -> npt.NDArray[np.uint64]:
    """A number for each row, by which it is put in order: SplitMix64 of seed, epoch and row."""
    start: npt.NDArray[np.uint64] = _mixed(np.array([seed % 2**64], np.uint64))
    start = _mixed(np.add(start, epoch, dtype=np.uint64))
    return _mixed(np.add(start, np.arange(count, dtype=np.uint64), dtype=np.uint64))


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
