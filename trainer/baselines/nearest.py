"""Nearest neighbours: what won on the training functions that look most like this one.

Functions are compared by the cheap vectors of `corpus.features`. Of the nearest few, the list that
won most often comes first, and so on; then the lists of those further away, by distance. How many
have a vote, the valid split says. The rows: the first list untested, and the best of 10 tries.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autotune.neighbours import MOST_KNOWN, KnownWinner, Neighbourhood
from corpus import features
from corpus.llvm.passes import PassSpace
from trainer.baselines.figures import figure
from trainer.baselines.plain_arrays import read_arrays, write_arrays
from trainer.baselines.sampling import draw, lot
from trainer.baselines.tried_lists import TriedLists
from trainer.baselines.value_matrix import FAILED, measured_each
from trainer.errors import ModelMissing, NoLabels
from trainer.methods.base import MethodSpec, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.labels import Label

BUDGETS: Final = (0, 10)
_VOTERS: Final = (1, 3, 5, 9, 15, 25)
_LOOKED_AT: Final = 100
"""Neighbours whose lists are gathered before giving up on finding different ones."""

_KNOWN: Final = "known.npz"
_ABOUT: Final = "nearest.json"


@dataclass(frozen=True)
class NearestOptions:
    """Functions that are kept of the training split, and looked at of the valid one."""

    functions: int = MOST_KNOWN
    valid: int = 250


class Neighbours:
    """Orders lists by the votes of a function's nearest, then by distance."""

    def __init__(self, vectors: np.ndarray[Any, Any], winners: Sequence[int], voters: int) -> None:
        """`winners` are places in a list of lists: a winner's place stands for its list."""
        self._neighbourhood = Neighbourhood(
            [
                KnownWinner("", tuple(vector), (winner,), 0)
                for vector, winner in zip(vectors.tolist(), winners, strict=True)
            ]
        )
        self._voters = voters

    def order(self, ir: str) -> list[int]:
        """Places of up to a few dozen different lists."""
        nearest = self._neighbourhood.by_distance(features.features(ir))
        lists = [one.pass_ids[0] for one in islice(nearest, max(_LOOKED_AT, self._voters))]
        # Counter keeps the order in which it met them: of equals the nearest comes first.
        elected = [one for one, _ in Counter(lists[: self._voters]).most_common()]
        return list(dict.fromkeys([*elected, *lists]))


class Nearest:
    """Gathers vectors and winners of the training split."""

    kind = "nearest"

    def __init__(self, options: NearestOptions | None = None) -> None:
        self._options = options or NearestOptions()

    def options(self) -> Mapping[str, Any]:
        """Bounds, and the version of the vectors."""
        return {
            **asdict(self._options),
            "features": features.VERSION,
            "pass_space": PassSpace.load().version,
        }

    def train(
        self,
        data: TrainingData,
        folder: Path,
        sandbox: Sandbox,
        *,
        seed: int,
        say: Callable[[str], None],
    ) -> Mapping[str, Any]:
        """Keep what won, choose the number of voters. Raises NoLabels and MachineFault."""
        known = draw(data.train(), self._options.functions, seed, most_instructions=_ANY)
        if not known:
            raise NoLabels("the training split has no function with a list: search some first")
        lists = list(dict.fromkeys(one.pass_list for one in known))
        places = {text: place for place, text in enumerate(lists)}
        vectors = np.array([features.features(one.ir) for one in known], dtype=np.float32)
        winners = [places[one.pass_list] for one in known]
        valid = draw(data.valid(), self._options.valid, seed)
        say(f"{len(known)} functions with {len(lists)} different lists")
        results = _Choice(sandbox, lists, valid, seed).of_voters(vectors, winners)
        write_arrays(folder / _KNOWN, {"vectors": vectors, "winners": np.array(winners)})
        about = {"features": features.VERSION, "voters": results["voters"], "lists": lists}
        (folder / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        return results | {"parameters": int(vectors.size), "training_functions": len(known)}

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row for each budget of tries."""
        entry = "trainer.baselines.nearest:neighbours"
        return [
            MethodSpec(f"nearest:{one}", entry, {"folder": str(folder), "tries": one})
            for one in BUDGETS
        ]


_ANY = 1 << 30
"""No function is too large to be remembered."""


class _Choice:
    """How many voters do best on the valid split, and what chance does there."""

    def __init__(
        self, sandbox: Sandbox, lists: Sequence[str], valid: Sequence[Label], seed: int
    ) -> None:
        self._sandbox = sandbox
        self._lists = lists
        self._valid = valid
        self._seed = seed
        self._oz = [one.oz_instructions for one in valid]

    def of_voters(self, vectors: np.ndarray[Any, Any], winners: Sequence[int]) -> dict[str, Any]:
        """The results. Each list that is asked of a function is measured once."""
        by_voters = {}
        for voters in _VOTERS:
            neighbours = Neighbours(vectors, winners, voters)
            by_voters[voters] = [neighbours.order(one.ir)[: max(BUDGETS)] for one in self._valid]
        chance = [self._drawn(one, winners) for one in self._valid]
        everything = [*by_voters.values(), chance]
        asked = [
            list(dict.fromkeys(itertools.chain(*each))) for each in zip(*everything, strict=True)
        ]
        counts = measured_each(
            self._sandbox, self._valid, [[self._lists[one] for one in each] for each in asked]
        )
        known = [dict(zip(one, each, strict=True)) for one, each in zip(asked, counts, strict=True)]
        curve = {str(voters): self._figures(orders, known) for voters, orders in by_voters.items()}
        best = max(_VOTERS, key=lambda one: (self._worth(curve[str(one)]), -one))
        return {
            "voters": best,
            "curve": curve,
            "trained": curve[str(best)],
            "random_winners": self._figures(chance, known),
        }

    def _drawn(self, function: Label, winners: Sequence[int]) -> list[int]:
        """Winners of training functions drawn by chance, different ones."""
        random = np.random.default_rng(list(lot(self._seed, function.function_id)))
        drawn = (winners[one] for one in random.permutation(len(winners)))
        return list(islice(dict.fromkeys(drawn), max(BUDGETS)))

    def _figures(
        self, orders: Sequence[Sequence[int]], known: Sequence[Mapping[int, int]]
    ) -> dict[str, Any]:
        found = {}
        for budget in BUDGETS:
            reached = []
            for function, order, counts in zip(self._valid, orders, known, strict=True):
                tried = [counts[one] for one in order[: max(budget, 1)]]
                done = [one for one in tried if one != FAILED]
                reached.append(min(done, default=function.instructions))
            found[str(budget)] = figure(self._oz, reached)
        return found

    def _worth(self, figures: Mapping[str, Any]) -> float:
        """The figure of an untested answer, which votes are for."""
        worth: float = figures["0"].get("improvement_over_oz", 0.0)
        return worth


class _Remembered:
    """A trained folder as a ranking."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if about["features"] != features.VERSION:
            raise ModelMissing(
                f"{folder} holds vectors of version {about['features']}, not {features.VERSION}: "
                "train it again"
            )
        kept = read_arrays(folder / _KNOWN)
        winners = kept["winners"].tolist()
        self._neighbours = Neighbours(kept["vectors"], winners, about["voters"])
        self._lists = about["lists"]

    def orders(self, irs: Sequence[str]) -> Sequence[Sequence[str]]:
        """As `Ranking` says."""
        return [[self._lists[one] for one in self._neighbours.order(ir)] for ir in irs]


def neighbours(*, folder: str, tries: int) -> TriedLists:
    """The method of a trained folder. Raises ModelMissing."""
    try:
        return TriedLists(_Remembered(Path(folder)), tries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(f"{folder} holds no neighbours ({error}): train it again") from error
