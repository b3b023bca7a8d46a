"""Coresets: ordered lists which together do well on many functions, learned or brought along.

A coreset is learned from evaluations that the lake holds, by greedy marginal gain: the list that
saves most on all training functions, then the one that saves most on top of it, and so on. What
counts are lists that were tried on many functions, as `tune --strategy broadcast` leaves them.
Functions of valid and test programs are never looked at. Lists that the gate refuted take no part.

Coresets are rows of the lake's `coresets`, named by the hash of their contents; the latest one
counts. A lake that has none uses the one that is shipped with Passlake.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autotune.errors import AutotuneError
from autotune.search.base import PassIds
from corpus.llvm.pass_list import PassList
from corpus.llvm.passes import NotInPassSpace, PassSpace
from warehouse import schema
from warehouse.lake import Lake
from warehouse.provenance import code_version

WRITER = "coresets"
"""Who commits coresets; its sequence numbers say which one is the latest."""


class NoCoreset(AutotuneError, ValueError):
    """The lake has no such coreset, or nothing to learn one from."""


@dataclass(frozen=True)
class Coreset:
    """Lists to try in this order.

    `gains[i]` is the improvement over `oz` that lists 0 to i bring on the functions that they were
    chosen on, pooled; empty where that is unknown because the lists were imported. `campaign_ids`
    are the campaigns whose evaluations decided.
    """

    objective: str
    pass_space: str
    toolchain: str
    lists: tuple[str, ...]
    gains: tuple[float, ...] = ()
    campaign_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.gains) in {0, len(self.lists)}, self

    @property
    def coreset_id(self) -> str:
        """16 hex digits of the hash of its lists and of where they come from."""
        content = [self.objective, self.pass_space, self.lists, self.campaign_ids]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    @property
    def gain(self) -> float | None:
        """The improvement over `oz` of all lists together; None where it is unknown."""
        return self.gains[-1] if self.gains else None

    def pass_ids(self, space: PassSpace) -> tuple[PassIds, ...]:
        """Its lists as ids of `space`, without those that hold what is not in it (any more)."""
        return tuple(encoded(self.lists, space))

    def summary(self) -> dict[str, Any]:
        """A row for a person or a program that lists coresets."""
        return {
            "coreset_id": self.coreset_id,
            "lists": len(self.lists),
            "gain": self.gain,
            "objective": self.objective,
            "pass_space": self.pass_space,
            "campaigns": len(self.campaign_ids),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Its lists, one row each, as `coreset show` prints them."""
        gains = self.gains or (None,) * len(self.lists)
        return [
            {"rank": rank, "gain": gain, "pass_list": pass_list}
            for rank, (pass_list, gain) in enumerate(zip(self.lists, gains, strict=True))
        ]


def encoded(texts: Sequence[str], space: PassSpace) -> list[PassIds]:
    """Pass lists as ids; those with an item that the space lacks or bars are left out."""
    found: list[PassIds] = []
    for text in texts:
        try:
            found.append(tuple(space.encode(PassList.parse(text))))
        except NotInPassSpace:
            continue
    return found


def store(lake: Lake, coreset: Coreset) -> None:
    """Make `coreset` the lake's latest, even if it had it before."""
    with lake.hold(WRITER):
        sequence = lake.recover(WRITER)
        rows = [
            {
                "coreset_id": coreset.coreset_id,
                "rank": row["rank"],
                "pass_list": row["pass_list"],
                "pass_space": coreset.pass_space,
                "objective": coreset.objective,
                "toolchain": coreset.toolchain,
                "campaign_ids": list(coreset.campaign_ids),
                "gain": row["gain"],
                "code_version": code_version(),
                "task_id": f"{WRITER}-{sequence:06}",
            }
            for row in coreset.rows()
        ]
        staged = lake.stage("coresets", schema.table_of("coresets", rows), name=WRITER)
        lake.commit(WRITER, sequence, [staged])


def stored(lake: Lake) -> list[Coreset]:
    """The coresets of a lake, the latest first, each once."""
    by_task: dict[str, list[Mapping[str, Any]]] = {}
    for row in lake.read("coresets").to_pylist():
        by_task.setdefault(row["task_id"], []).append(row)
    latest_first: dict[str, Coreset] = {}
    for task_id in sorted(by_task, reverse=True):
        one = _of_rows(by_task[task_id])
        latest_first.setdefault(one.coreset_id, one)
    return list(latest_first.values())


def find(lake: Lake, coreset_id: str) -> Coreset:
    """The coreset that an id, or a beginning of it that only one has, stands for.

    Raises NoCoreset.
    """
    known = stored(lake)
    found = [one for one in known if one.coreset_id.startswith(coreset_id)]
    if len(found) != 1:
        ids = ", ".join(one.coreset_id for one in known) or "none"
        raise NoCoreset(f"coreset {coreset_id}: {lake.location} has {ids}")
    return found[0]


def latest(lake: Lake, objective: str) -> Coreset | None:
    """The lake's latest coreset for an objective; None where it has none."""
    return next((one for one in stored(lake) if one.objective == objective), None)


def _of_rows(rows: Sequence[Mapping[str, Any]]) -> Coreset:
    rows = sorted(rows, key=lambda row: row["rank"])
    gains = tuple(row["gain"] for row in rows if row["gain"] is not None)
    head = rows[0]
    return Coreset(
        objective=head["objective"],
        pass_space=head["pass_space"],
        toolchain=head["toolchain"],
        lists=tuple(row["pass_list"] for row in rows),
        gains=gains if len(gains) == len(rows) else (),
        campaign_ids=tuple(head["campaign_ids"]),
    )
