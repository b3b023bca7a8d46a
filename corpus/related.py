"""Training functions and their like in programs that are held out: one search for all who ask.

`Related` reads a state of the lake, indexes the functions of the held-out splits by structural hash
and by MinHash, and passes the training functions by them in batches. What it holds does not grow
with the training functions but for 37 bytes each (id, program, split): the process that makes a
snapshot of 800,000 functions, a fifth of them held out, grows to 0.6 GiB (`tests/benchmarks/`).

Functions that are structurally equal are one *class* to the search, or trivial functions, of which
there are thousands, would have to be compared each with each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from corpus.fingerprint import FINGERPRINTER, PERMUTATIONS
from corpus.near import NearIndex
from corpus.split import SPLITS, split_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from warehouse.lake import Lake

    Ints = NDArray[np.int64]

_TRAIN = SPLITS.index("train")


@dataclass(frozen=True)
class Groups:
    """Values by key 0 to n: those of key k are `values[offsets[k] : offsets[k + 1]]`."""

    offsets: Ints
    values: Ints

    @classmethod
    def of(cls, keys: Ints, values: Ints, count: int) -> Groups:
        """Group values by keys below `count`, in a fixed order."""
        order = np.lexsort((values, keys))
        return cls(np.searchsorted(keys[order], np.arange(count + 1)), values[order])

    def expanded(self, keys: Ints) -> tuple[Ints, Ints]:
        """For each value of each key: the key's place in `keys`, and the value."""
        counts = self.offsets[keys + 1] - self.offsets[keys]
        which = np.repeat(np.arange(len(keys)), counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        return which, self.values[np.repeat(self.offsets[keys], counts) + within]


@dataclass(frozen=True)
class Functions:
    """The functions of a lake's state, sorted by id; programs and splits are places in lists."""

    ids: NDArray[np.bytes_]
    programs: NDArray[np.int32]
    splits: NDArray[np.int8]
    program_names: tuple[str, ...]

    @classmethod
    def read(cls, lake: Lake, version: int | None, absent: Collection[str] = ()) -> Functions:
        """Those of a version of the table, without the `absent`."""
        names: dict[str, int] = {}
        ids, programs, splits = [], [], []
        without = frozenset(absent)
        columns = ("function_id", "program", "split")
        for batch in lake.batches("functions", columns=columns, version=version):
            rows = zip(*(batch.column(name).to_pylist() for name in columns), strict=True)
            kept = [row for row in rows if row[0] not in without]
            ids.append(np.array([row[0].encode() for row in kept], dtype="S32"))
            codes = [names.setdefault(row[1], len(names)) for row in kept]
            programs.append(np.array(codes, dtype=np.int32))
            splits.append(np.array([SPLITS.index(row[2]) for row in kept], dtype=np.int8))
        all_ids = np.concatenate([np.empty(0, "S32"), *ids])
        order = np.argsort(all_ids, kind="stable")
        return cls(
            all_ids[order],
            np.concatenate([np.empty(0, np.int32), *programs])[order],
            np.concatenate([np.empty(0, np.int8), *splits])[order],
            tuple(names),
        )

    def places(self, ids: pa.Array) -> Ints:
        """Where each of the ids is; -1 for one that is not among them."""
        wanted = np.array([one.encode() for one in ids.to_pylist()], dtype="S32")
        found = np.searchsorted(self.ids, wanted)
        if len(self.ids) == 0:
            return np.full(len(wanted), -1)
        found = np.minimum(found, len(self.ids) - 1)
        return np.where(self.ids[found] == wanted, found, -1)

    def id_of(self, place: int) -> str:
        """The id of one function."""
        return bytes(self.ids[place]).decode()


@dataclass(frozen=True)
class Shared:
    """Pairs of a training function (its place) and a class of held-out functions.

    `structural` pairs are of the same class; the similarity of the others is estimated.
    """

    train: Ints
    classes: Ints
    similarity: NDArray[np.float32]
    structural: NDArray[np.bool_]


class Related:
    """A state of the lake, ready to be asked what training shares with the held-out splits."""

    def __init__(
        self,
        lake: Lake,
        held_out: Collection[str],
        *,
        versions: Mapping[str, int] | None = None,
        absent: Collection[str] = (),
    ) -> None:
        """Read and index the functions of the splits `held_out`, at these versions."""
        self._lake = lake
        self._versions = versions or {}
        self._held = np.array([name in held_out for name in SPLITS])
        self.functions = Functions.read(lake, self._versions.get("functions"), absent)
        self.without_fingerprints = len(self.functions.ids)
        self._index_held_out()

    def _index_held_out(self) -> None:
        hashes, places, sizes, signatures = [], [], [], []
        for batch, found in self._fingerprints():
            self.without_fingerprints -= len(found)
            kept = self._held[self.functions.splits[found]]
            hashes.append(_hashes(batch)[kept])
            places.append(found[kept])
            sizes.append(_sizes(batch)[kept])
            signatures.append(_signatures(batch)[kept])
        all_places = np.concatenate([np.empty(0, np.int64), *places])
        order = np.argsort(all_places)
        all_hashes = np.concatenate([np.empty(0, "S32"), *hashes])[order]
        self._hashes, first, classes = np.unique(all_hashes, return_index=True, return_inverse=True)
        self.members = Groups.of(classes, all_places[order], len(self._hashes))
        chosen = order[first]
        matrix = np.concatenate([np.empty((0, PERMUTATIONS), np.int32), *signatures])
        signatures.clear()  # the largest part of all that is held: two copies at a time are enough
        matrix = matrix[chosen]
        all_sizes = np.concatenate([np.empty(0, np.int32), *sizes])[chosen]
        self._index = NearIndex(matrix, all_sizes)

    def exact(self) -> list[tuple[int, str]]:
        """Training functions that a held-out program has too: their places, and the programs.

        Such a function is stored once, under the program where it was first found.
        """
        held: dict[str, bool] = {}
        found: set[tuple[int, str]] = set()
        columns = ("function_id", "program")
        version = self._versions.get("occurrences")
        for batch in self._lake.batches("occurrences", columns=columns, version=version):
            programs = batch.column("program").to_pylist()
            for name in set(programs) - held.keys():
                held[name] = bool(self._held[SPLITS.index(split_of(name))])
            if not any(held[name] for name in programs) or not len(self.functions.ids):
                continue
            places = self.functions.places(batch.column("function_id"))
            there = np.array([held[name] for name in programs]) & (places >= 0)
            there &= self.functions.splits[places] == _TRAIN
            found.update((int(places[row]), programs[row]) for row in np.flatnonzero(there))
        return sorted(found)

    def shared(self) -> Iterator[Shared]:
        """What training functions have in common with classes of held-out ones, batch by batch."""
        for batch, found in self._fingerprints():
            train = self.functions.splits[found] == _TRAIN
            hashes, first, inverse = np.unique(
                _hashes(batch)[train], return_index=True, return_inverse=True
            )
            if not len(hashes) or not len(self._hashes):
                continue
            near = self._index.matches(
                _signatures(batch)[train][first], _sizes(batch)[train][first]
            )
            same = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
            equal = np.flatnonzero(self._hashes[same] == hashes)
            other = self._hashes[near.indexed] != hashes[near.queries]
            queries = np.concatenate([equal, near.queries[other]])
            classes = np.concatenate([same[equal], near.indexed[other]])
            similarity = np.concatenate([np.ones(len(equal), np.float32), near.similarity[other]])
            rows = Groups.of(inverse, found[train], len(hashes))
            which, places = rows.expanded(queries)
            yield Shared(places, classes[which], similarity[which], which < len(equal))

    def _fingerprints(self) -> Iterator[tuple[pa.RecordBatch, Ints]]:
        """Batches of the present fingerprinter's rows of known functions, with their places."""
        columns = ("function_id", "structural_hash", "shingles", "minhash")
        for batch in self._lake.batches(
            "fingerprints",
            columns=columns,
            where=pc.field("fingerprinter") == FINGERPRINTER,
            version=self._versions.get("fingerprints"),
        ):
            places = self.functions.places(batch.column("function_id"))
            known = places >= 0
            yield batch.filter(known), places[known]


def _hashes(batch: pa.RecordBatch) -> NDArray[np.bytes_]:
    texts = batch.column("structural_hash").to_pylist()
    return np.array([text.encode() for text in texts], dtype="S32")


def _sizes(batch: pa.RecordBatch) -> NDArray[np.int32]:
    return np.asarray(batch.column("shingles").to_numpy(zero_copy_only=False), dtype=np.int32)


def _signatures(batch: pa.RecordBatch) -> NDArray[np.int32]:
    values = batch.column("minhash").flatten().to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.int32).reshape(-1, PERMUTATIONS)
