"""Gradient-boosted trees on cheap features: which list of the coreset is worth most on a function.

The same coreset and the same measurements as Coreset-NVP, so the two differ in the model alone: the
vectors of `corpus.features` and AutoPhase's 56 counts instead of a graph. The value of a list is
(-Oz - reached) / -Oz. The rows: the list that is predicted to be best, untested, and the best of
the first 10.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus import features
from corpus.autophase_features import autophase_features
from trainer.baselines.boosted_trees import Forest, TreeOptions, boost
from trainer.baselines.learned_coreset import CoresetOptions, Tried, try_coreset
from trainer.baselines.tried_lists import TriedLists, figures_of, fixed_order, random_order, shown
from trainer.errors import ModelMissing
from trainer.methods.base import MethodSpec, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.baselines.boosted_trees import Floats

BUDGETS: Final = (0, 10)
_CHOOSES: Final = "10"
"""The budget by whose figure on the valid split the number of trees is chosen."""

_FOREST: Final = "forest.npz"
_ABOUT: Final = "boosted.json"
_EVERY: Final = 10
"""Trees between two looks at the valid split."""

_WORST: Final = -1.0
"""Values below count as this: twice as large as -Oz is as bad as ten times."""


@dataclass(frozen=True)
class BoostedOptions:
    """How the coreset is made, and the trees."""

    coreset: CoresetOptions = field(default_factory=CoresetOptions)
    trees: TreeOptions = field(default_factory=TreeOptions)


class Boosted:
    """Fits the trees."""

    kind = "boosted"

    def __init__(self, options: BoostedOptions | None = None) -> None:
        self._options = options or BoostedOptions()

    def options(self) -> Mapping[str, Any]:
        """Budgets and settings."""
        return {
            "coreset": self._options.coreset.document(),
            "trees": asdict(self._options.trees),
            "features": features.VERSION,
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
        """Choose lists, measure them, fit; keep as many trees as do best on the valid split.

        What was measured is kept beside `folder`, for other learners of the same coreset. Raises
        NoLabels and MachineFault.
        """
        kept = folder.parent / "values"
        tried = try_coreset(data, sandbox, self._options.coreset, seed=seed, kept=kept, say=say)
        forest, results = _fit(tried, self._options.trees, seed, say)
        forest.save(folder / _FOREST)
        about = {"features": features.VERSION, "lists": list(tried.lists)}
        (folder / _ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        return results | {
            "lists": len(tried.lists),
            "training_functions": len(tried.train_labels),
            "evaluations": tried.evaluations,
        }

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row for each budget of tries."""
        entry = "trainer.baselines.boosted:ranked"
        return [
            MethodSpec(f"boosted:{one}", entry, {"folder": str(folder), "tries": one})
            for one in BUDGETS
        ]


def rows_of(irs: Sequence[str]) -> Floats:
    """Features [functions, numbers]."""
    rows = [[*features.features(ir), *np.log1p(autophase_features(ir))] for ir in irs]
    width = len(features.FEATURES) + _COUNTS
    return np.array(rows, dtype=np.float32).reshape(len(irs), width)


_COUNTS: Final = 56


def _fit(
    tried: Tried, options: TreeOptions, seed: int, say: Callable[[str], None]
) -> tuple[Forest, dict[str, Any]]:
    oz = np.maximum(tried.train.oz[:, None], 1)
    values = np.maximum((tried.train.oz[:, None] - tried.train.reached) / oz, _WORST)
    rows = rows_of([one.ir for one in tried.train_labels])
    forest = boost(rows, values.astype(np.float32), options, seed)
    steps = forest.steps(rows_of([one.ir for one in tried.valid_labels]))
    looks = range(0, len(steps), _EVERY)
    curve: list[dict[str, Any]] = [
        {"trees": one, "figures": figures_of(steps[one], tried.valid, BUDGETS)} for one in looks
    ]
    best = max(looks, key=lambda one: (_worth(curve[one // _EVERY]["figures"], one), -one))
    trained = curve[best // _EVERY]["figures"]
    say(f"{best} of {options.trees} trees: {shown(trained)}")
    forest = forest.first(best)
    return forest, {
        "parameters": sum(one.value.size for one in forest.trees),
        "trees": best,
        "curve": curve,
        "trained": trained,
        "untrained": curve[0]["figures"],
        "random_order": figures_of(random_order(tried.valid, seed), tried.valid, BUDGETS),
        "fixed_order": figures_of(fixed_order(tried.train, tried.valid), tried.valid, BUDGETS),
    }


def _worth(figures: Mapping[str, Any], trees: int) -> float:
    """What the number of trees is chosen by; without valid functions the number itself."""
    return figures[_CHOOSES]["improvement_over_oz"] if figures else float(trees)


class _Ranked:
    """Orders a coreset's lists by what trees predict."""

    def __init__(self, folder: Path) -> None:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if about["features"] != features.VERSION:
            raise ModelMissing(
                f"{folder} was trained on vectors of version {about['features']}, not "
                f"{features.VERSION}: train it again"
            )
        self._lists = about["lists"]
        self._forest = Forest.load(folder / _FOREST)

    def orders(self, irs: Sequence[str]) -> Sequence[Sequence[str]]:
        """As `Ranking` says."""
        said = self._forest.predict(rows_of(irs))
        return [[self._lists[one] for one in np.argsort(-row, kind="stable")] for row in said]


def ranked(*, folder: str, tries: int) -> TriedLists:
    """The method of a trained folder. Raises ModelMissing."""
    try:
        return TriedLists(_Ranked(Path(folder)), tries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(f"{folder} holds no trees ({error}): train it again") from error
