"""The coreset of Coreset-NVP (arXiv 2301.05104, section 3.1): lists that together do well.

Candidates are the lists that won on training functions. Each is tried on training functions that
can be made smaller than -Oz, and lists are chosen greedily by what they save on top of those before
them, as `passlake coreset learn` does with what a lake's campaigns have tried. Greed ends when no
list saves anything more on these functions, so there must be many for the coreset to become large.
A coreset that somebody published may stand in place of the chosen one.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autotune.coresets import encoded
from autotune.learn_coreset import Trials
from corpus.llvm.baselines import OZ
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox
from trainer.baselines.sampling import draw, draw_even
from trainer.baselines.value_matrix import ValueMatrix, value_matrix
from trainer.errors import NoLabels
from trainer.labels import Label
from trainer.methods.base import TrainingData


@dataclass(frozen=True)
class CoresetOptions:
    """How a coreset is chosen and tried.

    `lists` with -Oz among them, `candidates` that are tried on `probes` functions; then the chosen
    ones are measured on `functions` training and `valid` valid functions. `given` are lists that
    are the coreset, whoever found them: none is chosen then.
    """

    lists: int = 50
    candidates: int = 200
    probes: int = 400
    functions: int = 800
    valid: int = 250
    given: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {
            "given": list(self.given),
            "pass_space": PassSpace.load().version,
        }


@dataclass(frozen=True)
class Tried:
    """A coreset with what it does: labels and matrices of the training and the valid split."""

    lists: tuple[str, ...]
    train: ValueMatrix
    train_labels: Sequence[Label]
    valid: ValueMatrix
    valid_labels: Sequence[Label]
    evaluations: int


def try_coreset(  # noqa: PLR0913 - what to learn, from what, and where to keep it
    data: TrainingData,
    sandbox: Sandbox,
    options: CoresetOptions,
    *,
    seed: int,
    kept: Path | None,
    say: Callable[[str], None],
) -> Tried:
    """Choose a coreset on the training split, unless it is given, and measure it on both.

    Raises NoLabels where no training function beats -Oz, and MachineFault.
    """
    probes = draw(data.train(), options.probes, seed, improvable=True)
    if not probes:
        raise NoLabels(
            "no training function has a list that beats -Oz: nothing to make a coreset of; "
            "search more of them with passlake tune"
        )
    if options.given:
        lists, spent = (OZ, *(one for one in options.given if one != OZ)), 0
    else:
        candidates = _candidates(data, options)
        lists = chosen(value_matrix(sandbox, probes, candidates, kept, say), options.lists)
        spent = len(probes) * len(candidates)
        say(f"coreset: {len(lists)} of {len(candidates)} winners")
    train = draw_even(data.train, options.functions, seed)
    valid = draw(data.valid(), options.valid, seed)
    return Tried(
        lists=lists,
        train=value_matrix(sandbox, train, lists, kept, say),
        train_labels=train,
        valid=value_matrix(sandbox, valid, lists, kept, say),
        valid_labels=valid,
        evaluations=spent + len(lists) * (len(train) + len(valid)),
    )


def chosen(tried: ValueMatrix, most: int) -> tuple[str, ...]:
    """-Oz, and up to `most` - 1 lists in the order in which greed chooses them."""
    # How lists are called is nothing to greed: their places stand for their passes.
    names = [(place,) for place in range(len(tried.lists))]
    trials = Trials(tuple(names), tried.unoptimised, tried.oz, np.asarray(tried.saved))
    found = [tried.lists[place] for place in trials.greedy(most - 1)]
    return (OZ, *found)


def _candidates(data: TrainingData, options: CoresetOptions) -> list[str]:
    """Lists by what they saved over all functions that they won on."""
    saved: dict[str, int] = {}
    for label in data.train():
        if label.optimised_instructions < label.oz_instructions:
            less = label.oz_instructions - label.optimised_instructions
            saved[label.pass_list] = saved.get(label.pass_list, 0) + less
    won = sorted(saved, key=lambda one: (-saved[one], len(one), one))[: options.candidates]
    space = PassSpace.load()
    return [one for one in won if one != OZ and encoded([one], space)]
