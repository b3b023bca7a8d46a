"""Choosing a coreset from what a lake's campaigns evaluated, on training functions alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from autotune.coresets import Coreset, NoCoreset
from autotune.search.base import PassIds
from autotune.search.cost import CostModel
from corpus.llvm.passes import PassSpace
from warehouse import sql
from warehouse.lake import Lake

LISTS: Final = 32
"""Lists of a coreset, unless said otherwise."""

LEAST_FUNCTIONS: Final = 20
"""Training functions that a list must have been tried on to take part: what is known of it on
fewer says little about the next function."""

_TRIED: Final = """
WITH train AS (SELECT function_id, instructions AS size FROM functions WHERE split = 'train'),
searched AS (
    SELECT function_id, toolchain, any_value(size) AS size, min(oz_{objective}) AS oz
    FROM raw.winners JOIN train USING (function_id)
    WHERE toolchain = '{toolchain}'
    GROUP BY ALL
),
tried AS (
    SELECT e.function_id, e.pass_ids, min(e.{objective}) AS value,
           list(DISTINCT e.campaign_id) AS campaign_ids
    FROM raw.evaluations AS e
    JOIN campaigns AS c ON c.campaign_id = e.campaign_id AND c.toolchain = '{toolchain}'
    JOIN searched USING (function_id)
    WHERE e.outcome = 'ok' AND e.pass_space = '{pass_space}' AND e.{objective} IS NOT NULL
    GROUP BY e.function_id, e.pass_ids
),
known AS (SELECT pass_ids FROM tried GROUP BY pass_ids HAVING count(*) >= {least})
SELECT t.function_id, s.size, s.oz, t.pass_ids, t.value, t.campaign_ids
FROM tried AS t JOIN known USING (pass_ids) JOIN searched AS s USING (function_id)
ORDER BY t.function_id, t.pass_ids
"""

_REFUTED: Final = """
SELECT function_id, pass_list FROM raw.verdicts
WHERE verdict = 'refuted' AND toolchain = '{toolchain}'
"""


@dataclass(frozen=True)
class Trials:
    """What lists saved on functions: `saved[f, l]`, 0 where list l saved nothing or was not tried.

    `oz[f]` is the objective after -Oz, `sizes[f]` the instructions before any pass.
    """

    lists: tuple[PassIds, ...]
    sizes: NDArray[np.int64]
    oz: NDArray[np.int64]
    saved: NDArray[np.int64]
    campaign_ids: tuple[str, ...] = ()

    def greedy(self, most: int, costs_us: NDArray[np.float64] | None = None) -> list[int]:
        """Indices of up to `most` lists, each chosen by what it saves on top of those before it.

        With `costs_us`, one per list, by that per microsecond. Ends when no list saves anything
        more. Of equals the one that comes first.
        """
        costs = np.ones(len(self.lists)) if costs_us is None else costs_us
        reached = np.zeros(len(self.oz), dtype=np.int64)
        chosen: list[int] = []
        while len(chosen) < min(most, len(self.lists)):
            more = np.maximum(self.saved - reached[:, None], 0).sum(axis=0)
            best = int(np.argmax(more / costs))
            if more[best] == 0:
                break
            chosen.append(best)
            reached = np.maximum(reached, self.saved[:, best])
        return chosen

    def gains(self, chosen: Sequence[int]) -> tuple[float, ...]:
        """Improvement over `oz`, pooled, of the first, the first two, … of the chosen lists."""
        reached = np.maximum.accumulate(self.saved[:, list(chosen)], axis=1)
        left = self.oz.sum() - reached.sum(axis=0)
        return tuple(float(one) for one in self.oz.sum() / left - 1)


def learn(  # noqa: PLR0913 - what to learn, from what
    lake: Lake,
    space: PassSpace,
    toolchain: str,
    *,
    objective: str,
    lists: int = LISTS,
    per_cost: bool = True,
) -> Coreset:
    """Choose up to `lists` lists; `per_cost` weighs what a list saves by what it costs.

    Raises NoCoreset when no list was tried on enough training functions, or none saves anything.
    """
    trials = read_trials(lake, space, toolchain, objective)
    model = CostModel(space)
    size = int(np.mean(trials.sizes))
    costs = np.array([model.cost_us(size, one) for one in trials.lists])
    chosen = trials.greedy(lists, costs if per_cost else None)
    if not chosen:
        raise NoCoreset(
            f"no list that {lake.location} knows beats -Oz on a training function: "
            "search more of them first"
        )
    return Coreset(
        objective=objective,
        pass_space=space.version,
        toolchain=toolchain,
        lists=tuple(str(space.decode(trials.lists[one])) for one in chosen),
        gains=trials.gains(chosen),
        campaign_ids=trials.campaign_ids,
    )


def read_trials(lake: Lake, space: PassSpace, toolchain: str, objective: str) -> Trials:
    """What the lake's campaigns found out about lists that were tried on many functions.

    Raises NoCoreset when there is no such list.
    """
    asked = {"toolchain": toolchain, "objective": objective, "pass_space": space.version}
    rows = sql.run(lake, _TRIED.format(least=LEAST_FUNCTIONS, **asked)).to_pylist()
    if not rows:
        raise NoCoreset(
            f"no list was tried on {LEAST_FUNCTIONS} training functions in {lake.location}: run "
            "`passlake tune --strategy broadcast --split train`, which tries all winners on all"
        )
    refuted = sql.run(lake, _REFUTED.format(toolchain=toolchain)).to_pylist()
    return _trials(rows, {(row["function_id"], row["pass_list"]) for row in refuted}, space)


def _trials(
    rows: Sequence[dict[str, Any]], refuted: set[tuple[str | None, str]], space: PassSpace
) -> Trials:
    functions = {row["function_id"]: number for number, row in enumerate(rows)}
    functions = {function_id: number for number, function_id in enumerate(functions)}
    texts = {
        pass_ids: str(space.decode(pass_ids))
        for pass_ids in {tuple(row["pass_ids"]) for row in rows}
    }
    lists = sorted(pass_ids for pass_ids, text in texts.items() if (None, text) not in refuted)
    places = {pass_ids: number for number, pass_ids in enumerate(lists)}
    sizes, oz = np.zeros((2, len(functions)), dtype=np.int64)
    saved = np.zeros((len(functions), len(lists)), dtype=np.int64)
    campaign_ids: set[str] = set()
    for row in rows:
        function, pass_ids = functions[row["function_id"]], tuple(row["pass_ids"])
        sizes[function], oz[function] = row["size"], row["oz"]
        if pass_ids not in places or (row["function_id"], texts[pass_ids]) in refuted:
            continue
        saved[function, places[pass_ids]] = max(row["oz"] - row["value"], 0)
        campaign_ids.update(row["campaign_ids"])
    return Trials(tuple(lists), sizes, oz, saved, tuple(sorted(campaign_ids)))
