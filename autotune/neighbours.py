"""Winners on functions that look alike, found by comparing cheap vectors.

Vectors of functions with winners are kept in the lake's `features`, made once each; a campaign pins
the versions of `winners` and `features` when it starts, so that what its own searches win never
changes what its later searches try.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc

from autotune.coresets import encoded
from autotune.search.base import PassIds
from autotune.search.cost import CostModel
from corpus import features
from corpus.llvm.baselines import OZ
from corpus.llvm.passes import PassSpace
from warehouse import schema
from warehouse.lake import Lake

MOST_KNOWN: Final = 20_000
"""Functions with winners that are compared with a new one: a millisecond for each new function."""

NEAREST: Final = 12
"""Different winners that a search is given as its neighbours'."""

MOST_WINNERS: Final = 256
"""Winners that `broadcast` tries on every function, the best by gain per cost."""

_WRITER: Final = "features"
_TYPICAL_INSTRUCTIONS: Final = 60
_AT_ONCE: Final = 512

_SAME_EVERYWHERE: Final = 9
"""Decimals of a distance. What follows them depends on the processor that added it up, and two
functions of the same shape would change places between machines."""

_NO_SPREAD = 1e-9
"""A feature that varies less tells nothing; its differences divided by this would be noise."""


@dataclass(frozen=True)
class KnownWinner:
    """What one search of another function found: it saved `saved` units of the objective."""

    function_id: str
    vector: tuple[float, ...]
    pass_ids: PassIds
    saved: int


class Neighbourhood:
    """Finds the known winners nearest to a function."""

    def __init__(self, known: Sequence[KnownWinner]) -> None:
        self._known = known
        vectors = np.array([one.vector for one in known], dtype=np.float64)
        vectors = vectors.reshape(len(known), len(features.FEATURES))
        spread = vectors.std(axis=0) if len(known) else np.ones(len(features.FEATURES))
        self._scale = np.where(spread > _NO_SPREAD, spread, 1.0)
        self._scaled = vectors / self._scale

    def nearest(
        self, vector: Sequence[float], *, but: str = "", most: int = NEAREST
    ) -> tuple[PassIds, ...]:
        """Up to `most` different lists, the nearest function's first.

        Features are scaled by their spread over the known functions. What was found on the
        function `but` is left out: it would be the answer, not a hint.
        """
        found: dict[PassIds, None] = {}
        for one in self.by_distance(vector):
            if len(found) == most:
                break
            if one.function_id != but:
                found[one.pass_ids] = None
        return tuple(found)

    def by_distance(self, vector: Sequence[float]) -> Iterator[KnownWinner]:
        """All that is known, the nearest first; of equals as they were given."""
        distances = np.linalg.norm(self._scaled - np.asarray(vector) / self._scale, axis=1)
        order = np.argsort(np.round(distances, _SAME_EVERYWHERE), kind="stable")
        return (self._known[place] for place in order)


def by_gain_per_cost(
    known: Sequence[KnownWinner], space: PassSpace, most: int = MOST_WINNERS
) -> tuple[PassIds, ...]:
    """The `most` winners that saved most, over all functions they won on, for what they cost."""
    saved: dict[PassIds, int] = {}
    for one in known:
        saved[one.pass_ids] = saved.get(one.pass_ids, 0) + one.saved
    model = CostModel(space)

    def worth(pass_ids: PassIds) -> tuple[float, int, PassIds]:
        cost_us = model.cost_us(_TYPICAL_INSTRUCTIONS, pass_ids)
        return -saved[pass_ids] / cost_us, len(pass_ids), pass_ids

    return tuple(sorted(saved, key=worth)[:most])


def read_known(
    lake: Lake, space: PassSpace, objective: str, *, versions: Mapping[str, int]
) -> list[KnownWinner]:
    """The winners that these versions of the lake's tables hold, by function id.

    One for each search that beat -Oz by the objective, as far as its function has a vector, its
    list is of `space`, and the gate has not refuted it.
    """
    known = lake.read(
        "features",
        columns=["function_id", "vector"],
        where=pc.field("version") == features.VERSION,
        version=versions["features"],
    )
    vector_of = {row["function_id"]: tuple(row["vector"]) for row in known.to_pylist()}
    refuted = _refuted(lake, versions["verdicts"])
    found: list[KnownWinner] = []
    for row in _winning_rows(lake, objective, versions["winners"]):
        if {(row["function_id"], row["pass_list"]), (None, row["pass_list"])} & refuted:
            continue
        ids = encoded([row["pass_list"]], space)
        if ids and row["function_id"] in vector_of:
            vector = vector_of[row["function_id"]]
            saved = row[f"oz_{objective}"] - row[objective]
            found.append(KnownWinner(row["function_id"], vector, ids[0], saved))
    return sorted(found, key=lambda one: (one.function_id, len(one.pass_ids), one.pass_ids))


def record_vectors(lake: Lake, objective: str) -> dict[str, int]:
    """Make the vectors that are missing; the versions of the tables that `read_known` reads.

    Of more than MOST_KNOWN functions with winners, a sample that further functions displace little.
    """
    with lake.hold(_WRITER):
        winners = lake.version("winners")
        have = lake.existing("features", "function_id")
        won = {row["function_id"] for row in _winning_rows(lake, objective, winners)}
        wanted = sorted(won, key=_draw)[:MOST_KNOWN]
        missing = [one for one in wanted if one not in have]
        for first in range(0, len(missing), _AT_ONCE):
            _record(lake, missing[first : first + _AT_ONCE])
        return {
            "winners": winners,
            "features": lake.version("features"),
            "verdicts": lake.version("verdicts"),
        }


def _record(lake: Lake, function_ids: Sequence[str]) -> None:
    rows = lake.read(
        "functions",
        columns=["function_id", "ir"],
        where=pc.field("function_id").isin(list(function_ids)),
    ).to_pylist()
    sequence = lake.recover(_WRITER)
    made = [
        {
            "function_id": row["function_id"],
            "version": features.VERSION,
            "vector": list(features.features(row["ir"])),
            "task_id": f"{_WRITER}-{sequence:06}",
        }
        for row in rows
    ]
    staged = lake.stage("features", schema.table_of("features", made), name=_WRITER)
    lake.commit(_WRITER, sequence, [staged])


def _winning_rows(lake: Lake, objective: str, version: int) -> list[dict[str, Any]]:
    columns = ["function_id", "pass_list", objective, f"oz_{objective}"]
    of_objective = (pc.field("objective") == objective) & (pc.field("pass_list") != OZ)
    rows = lake.read("winners", columns=columns, where=of_objective, version=version)
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def _refuted(lake: Lake, version: int) -> set[tuple[str | None, str]]:
    """Pairs of function and list; None for the function where a list is refuted for all."""
    columns = ["function_id", "pass_list"]
    where = pc.field("verdict") == "refuted"
    rows = lake.read("verdicts", columns=columns, where=where, version=version).to_pylist()
    return {(row["function_id"], row["pass_list"]) for row in rows}


def _draw(function_id: str) -> bytes:
    return blake2b(function_id.encode(), digest_size=8).digest()
