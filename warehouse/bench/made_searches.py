"""Made-up rows of searches: evaluations, winners and verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from warehouse import schema
from warehouse.bench.made_lists import CORESET
from warehouse.bench.made_table import (
    CAMPAIGNS,
    CODE_VERSION,
    STARTED,
    STRATEGIES,
    TOOLCHAIN,
    null_where,
    table,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from warehouse.bench.made_lists import Lists
    from warehouse.bench.made_texts import Texts
    from warehouse.bench.population import Integers, Population

_FAILURES = {"rejected": 0.002, "crashed": 0.001, "timed_out": 0.0007, "invalid": 0.0003}
_OUTCOMES = pa.array(["ok", *_FAILURES])
_OZ = "default<Oz>"

_STARTS = 4
"""Known lists that one search walks from."""

_REFUTED = 0.01
"""Of the winners: those that the gate refutes; the next best is a row of its own."""


@dataclass(frozen=True)
class Searches:
    """The searches of one task: on which functions, and how many evaluations each has."""

    campaign: int
    functions: Integers
    lengths: Integers
    task_id: str


@dataclass(frozen=True)
class SearchMaker:
    """Makes rows of searches over a pass space."""

    population: Population
    lists: Lists
    texts: Texts
    space: str

    def rows(self, rng: np.random.Generator, searches: Searches) -> dict[str, pa.Table]:
        """`evaluations`, `winners` and `verdicts`."""
        return {"evaluations": self._evaluations(rng, searches), **self._judged(rng, searches)}

    def _evaluations(self, rng: np.random.Generator, searches: Searches) -> pa.Table:
        who, those, lengths = self.population, searches.functions, searches.lengths
        many = int(lengths.sum())
        searched = np.repeat(np.arange(len(those)), lengths)
        ordinal = np.arange(many) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        function = those[searched]
        if searches.campaign == 0:
            starts = CORESET + rng.integers(0, len(self.lists.ids) - CORESET, (len(those), _STARTS))
            start = starts[searched, rng.integers(0, _STARTS, many)]
            pass_ids = self.lists.tried(rng, start, ordinal)
        else:
            pass_ids = self.lists.uniform(rng, many)
        outcome = rng.choice(
            len(_OUTCOMES), many, p=[1 - sum(_FAILURES.values()), *_FAILURES.values()]
        )
        failed = pa.array(outcome > 0)
        # Few states: the lists of one search reach an eighth as many, some of them again and again.
        states = np.maximum(2, lengths // 8)[searched]
        state = (rng.random(many) ** 3 * states).astype(np.uint64)
        hashed = _mixed(who.low[function] + state)
        larger = np.where(
            state == 1, 0, hashed % np.maximum(2, who.best[function] // 2).astype(np.uint64)
        )
        unchanged = np.where(state == 0, who.oz[function] - who.best[function], larger)
        instructions = who.best[function] + unchanged.astype(np.int64)
        # All was known of two lists in five; the others ran what their beginnings had not.
        cpu_us = rng.lognormal(np.log(310), 1.0, many) * (rng.random(many) >= 0.39)  # noqa: PLR2004
        same = {
            "campaign_id": CAMPAIGNS[searches.campaign],
            "pass_space": self.space,
            "strategy": STRATEGIES[searches.campaign],
            "task_id": searches.task_id,
        }
        measured = {
            "function_id": who.ids(those).take(pa.array(searched)),
            "ordinal": ordinal,
            "pass_ids": pass_ids,
            "outcome": _OUTCOMES.take(pa.array(outcome)),
            "instructions": null_where(failed, pa.array(instructions, pa.int32())),
            "object_bytes": pa.nulls(many, pa.int32()),
            "state_hash": null_where(failed, pa.array(hashed.view(np.int64))),
            "cpu_us": cpu_us.astype(np.int32),
        }
        return table("evaluations", same | measured, many)

    def _judged(self, rng: np.random.Generator, searches: Searches) -> dict[str, pa.Table]:
        """`winners` and `verdicts`: a refuted winner has a second row, for what took its place."""
        who, those, lengths = self.population, searches.functions, searches.lengths
        wins = who.best[those] < who.oz[those]
        refuted = wins & (rng.random(len(those)) < _REFUTED)
        place = np.concatenate([np.arange(len(those)), np.flatnonzero(refuted)])
        is_second = np.arange(len(place)) >= len(those)
        order = np.lexsort([is_second, place])
        place, is_second = place[order], is_second[order]
        those, lengths, wins, refuted = those[place], lengths[place], wins[place], refuted[place]
        refuted &= ~is_second
        chosen = CORESET + (rng.random(len(those)) ** 2 * (len(self.lists.ids) - CORESET)).astype(
            int
        )
        chosen[is_second] = (chosen[is_second] + 1) % len(self.lists.ids)
        texts = pa.array(
            [self.lists.text(one) if win else _OZ for one, win in zip(chosen, wins, strict=True)]
        )
        passes = np.where(wins, (self.lists.ids[chosen] >= 0).sum(axis=1), 1)
        best = np.where(is_second, who.oz[those] - 1, who.best[those])
        state = np.where(rng.random(len(those)) < 0.75, "agreed", "inconclusive")  # noqa: PLR2004
        gate = np.where(wins, np.where(refuted, "not_run", state), "same_as_oz")
        winners = {
            "campaign_id": CAMPAIGNS[searches.campaign],
            "function_id": who.ids(those),
            "objective": "instructions",
            "toolchain": TOOLCHAIN,
            "pass_space": self.space,
            "strategy": STRATEGIES[searches.campaign],
            "seed": np.zeros(len(those), np.int64),
            "pass_list": texts,
            "num_passes": passes,
            "instructions": best,
            "object_bytes": best * 4 + 3 + np.where(wins, rng.integers(-3, 7, len(those)), 0),
            "oz_instructions": who.oz[those],
            "oz_object_bytes": who.oz[those] * 4 + 3,
            "oz_plain_instructions": who.oz_plain[those],
            "oz_plain_object_bytes": who.oz_plain[those] * 4 + 3,
            "optimised_ir": self.texts.of(those, best),
            "evaluations": lengths + is_second,
            "compilations": lengths + 2 + is_second,
            "cpu_s": lengths * 0.0007,
            "stable": null_where(pa.array(~wins), pa.array(np.ones(len(those), bool))),
            "gate": pa.array(gate),
            "code_version": CODE_VERSION,
            "task_id": searches.task_id,
        }
        judged = np.flatnonzero(wins)
        of_function, of_list = (
            winners[name].take(pa.array(judged)) for name in ("function_id", "pass_list")
        )
        verdicts = _verdicts(
            searches, of_function, of_list, np.where(refuted, "refuted", gate)[judged]
        )
        return {"winners": table("winners", winners, len(those)), "verdicts": verdicts}


def _verdicts(
    searches: Searches, ids: pa.Array, lists: pa.Array, verdict: NDArray[np.str_]
) -> pa.Table:
    reasons = {"agreed": "", "refuted": "result differs", "inconclusive": "unknown callee: f"}
    many = len(ids)
    rows = {
        "verdict_id": pa.array(
            [f"{one}-{searches.campaign}-{place}" for place, one in enumerate(ids.to_pylist())]
        ),
        "campaign_id": CAMPAIGNS[searches.campaign],
        "function_id": ids,
        "pass_list": lists,
        "verdict": pa.array(verdict),
        "kind": "function",
        "inputs": np.where(verdict == "inconclusive", 0, 32),
        "reason": pa.array([reasons[one] for one in verdict], pa.string()),
        "programs": pa.array([[]] * many, schema.arrow_schema("verdicts").field("programs").type),
        "guilty": pa.array([[]] * many, schema.arrow_schema("verdicts").field("guilty").type),
        "input_seed": pa.nulls(many, pa.int64()),
        "gate_version": "1",
        "decided_at": pa.array([STARTED] * many, pa.timestamp("us", tz="UTC")),
        "toolchain": TOOLCHAIN,
        "code_version": CODE_VERSION,
        "task_id": searches.task_id,
    }
    return table("verdicts", rows, many)


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sixty-four bits that say nothing of the words they are made of (splitmix64's finaliser)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
