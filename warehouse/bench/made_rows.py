"""Made-up rows of a task: what the corpus, a search and the gate would leave.

Functions come in two orders. A corpus finds them in one that says nothing, so a file of `functions`
holds ids from everywhere; a campaign sorts them, so a file of `evaluations` holds neighbours.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from warehouse import schema
from warehouse.bench.made_lists import CORESET, Lists
from warehouse.bench.made_searches import Searches, SearchMaker
from warehouse.bench.made_table import (
    CAMPAIGNS,
    CODE_VERSION,
    STARTED,
    STRATEGIES,
    TOOLCHAIN,
    table,
)
from warehouse.bench.made_texts import Texts

if TYPE_CHECKING:
    from warehouse.bench.population import Integers, Population

_CORESET_ID = "bench-coreset"


class Maker:
    """Makes rows of any task of a lake of made-up rows, the same ones each time."""

    def __init__(self, population: Population, passes: pa.Table) -> None:
        """Make rows for these functions, over a pass space given as rows of `passes`."""
        self.population = population
        self.passes = passes
        self._texts = Texts(population.size.seed)
        self._space = passes.column("pass_space")[0].as_py()

    @cached_property
    def _lists(self) -> Lists:
        usable = {
            row["pass_id"]: row["text"]
            for row in self.passes.to_pylist()
            if row["pass_id"] is not None
        }
        return Lists.draw([usable[number] for number in sorted(usable)], self.population.size.seed)

    @cached_property
    def _searches(self) -> SearchMaker:
        return SearchMaker(self.population, self._lists, self._texts, self._space)

    @cached_property
    def _found(self) -> Integers:
        return self._rng(2).permutation(self.population.size.functions)

    def functions(self, first: int, last: int, task_id: str) -> dict[str, pa.Table]:
        """`functions` and `occurrences` of those that the corpus found from `first` to `last`."""
        those = self._found[first:last]
        who = self.population
        instructions = who.instructions[those]
        programs = pa.array([f"program-{number}" for number in who.program[those]])
        # As the product does: a hash of the program decides.
        splits = np.array(["train", "valid", "test"])[
            np.searchsorted([80, 90], who.program[those] * 2_654_435_761 % 100, side="right")
        ]
        ir = self._texts.of(those, instructions)
        names = pa.array([f"function_{number}" for number in those])
        files = pa.array([f"source/file_{number % 97}.c" for number in those])
        rows = {
            "function_id": who.ids(those),
            "name": names,
            "program": programs,
            "version": "1.0-1",
            "origin": "debian",
            "language": "c",
            "license": "GPL-2.0-or-later",
            "triple": "x86_64-pc-linux-gnu",
            "split": pa.array(splits),
            "instructions": instructions,
            "object_bytes": instructions * 4 + 11,
            "ir": ir,
            "text": ir,
            "normaliser": "1",
            "source_file": files,
            "frontend_flags": "-O0 -Xclang -disable-O0-optnone",
            "toolchain": TOOLCHAIN,
            "task_id": task_id,
        }
        places = {name: rows[name] for name in schema.arrow_schema("occurrences").names}
        return {
            "functions": table("functions", rows, len(those)),
            "occurrences": table("occurrences", places, len(those)),
        }

    def searches(self, campaign: int, number: int, task_id: str) -> dict[str, pa.Table]:
        """`evaluations`, `winners` and `verdicts` of a campaign's task, by its number."""
        who = self.population
        first, last = (int(bound) for bound in who.bounds[number : number + 2])
        those = np.arange(first, last)
        lengths = who.evaluations[those]
        if campaign == 1:
            those = those[who.second[those]]
            lengths = who.second_evaluations(those)
        made = self._searches.rows(
            self._rng(3, campaign, number), Searches(campaign, those, lengths, task_id)
        )
        return {name: rows for name, rows in made.items() if rows.num_rows}

    def campaigns(self) -> pa.Table:
        """Both campaigns' rows."""
        everyone = np.arange(self.population.size.functions)
        asked = (everyone, everyone[self.population.second])
        rows = [
            {
                "campaign_id": CAMPAIGNS[place],
                "kind": "tune",
                "strategy": STRATEGIES[place],
                "objective": "instructions",
                "seed": 0,
                "toolchain": TOOLCHAIN,
                "pass_space": self._space,
                "function_ids": self.population.ids(those).to_pylist(),
                "options": "{}",
                "code_version": CODE_VERSION,
                "started_at": STARTED + timedelta(days=place),
            }
            for place, those in enumerate(asked)
        ]
        return schema.table_of("campaigns", rows)

    def coresets(self, task_id: str) -> pa.Table:
        """The coreset's lists."""
        rows = [
            {
                "coreset_id": _CORESET_ID,
                "rank": rank,
                "pass_list": self._lists.text(rank),
                "pass_space": self._space,
                "objective": "instructions",
                "toolchain": TOOLCHAIN,
                "campaign_ids": [CAMPAIGNS[0]],
                "gain": 0.05 * (1 - 0.9**rank),
                "code_version": CODE_VERSION,
                "task_id": task_id,
            }
            for rank in range(CORESET)
        ]
        return schema.table_of("coresets", rows)

    def _rng(self, *which: int) -> np.random.Generator:
        return np.random.default_rng([self.population.size.seed, *which])
