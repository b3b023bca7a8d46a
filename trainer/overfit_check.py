"""Can a model of this architecture, on this loop, learn samples by heart? It must.

    python -m trainer.overfit_check [--data DIR] [--functions 50] [--minutes 30]

About a million weights are trained on a few functions until nothing is left to learn, and asked
for their lists, counts and optimised IR, which have to come back to the letter. What does not is a
fault of samples, masks, loss, loop or decoding, wherever the loss was small. Prints JSON; exit
status 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from corpus.llvm.passes import PassSpace
from trainer import parallel
from trainer.answers import full_answers
from trainer.gpu_check import SAMPLE
from trainer.loop import Training
from trainer.model import plain
from trainer.recipe import Engine, Guard, LossWeights, Recipe, Schedule, Shape
from trainer.recipes import debug_cpu
from trainer.run_log import Teller
from trainer.sample import Sample
from trainer.source import LabelSource
from trainer.tokenizer import IrTokenizer, train_tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from trainer.labels import Label
    from trainer.parallel import World

LONGEST: Final = 256
"""Tokens of a sample that is learned."""

_CHARACTERS: Final = 1100
"""Of a function's text and what is left of it, above which it may have more tokens."""

_CONTEXT: Final = 320  # room for the longest list behind a prompt
_LEARNED: Final = 0.002
"""Nats a token of answers below which nothing is left to learn."""


@dataclass(frozen=True)
class Alone:
    """One sample in each row, the rest padding."""

    tokens_BT: npt.NDArray[np.int64]
    parts_BT: npt.NDArray[np.uint8]
    positions_BT: npt.NDArray[np.int64]

    lengths_B: npt.NDArray[np.int64]

    def some(self, rows: npt.NDArray[np.int64]) -> Alone:
        """Rows by number, as long as the longest of them."""
        longest = int(self.lengths_B[rows].max())
        return Alone(
            self.tokens_BT[rows, :longest],
            self.parts_BT[rows, :longest],
            self.positions_BT[rows, :longest],
            self.lengths_B[rows],
        )


def recipe(functions: int) -> Recipe:
    """A million weights, no decay, a tenth of the functions in each step."""
    return replace(
        debug_cpu(),
        name="overfit_check",
        shape=Shape(layers=4, heads=4, width=128, hidden=352, vocabulary=1024, context=_CONTEXT),
        schedule=Schedule(
            steps=1500,
            warm_up_steps=50,
            learning_rate=2e-3,
            rows=max(functions // 10, 1),
            weight_decay=0.0,
        ),
        engine=Engine(micro_rows=max(functions // 10, 1)),
        weights=LossWeights(prompt=0.1),
        guard=Guard(leap=1e9),  # memorised samples have gradients of nearly nothing, and then some
    )


def check(
    labels: Sequence[Label], functions: int, world: World, minutes: float, teller: Teller
) -> dict[str, Any]:
    """Learn the first of these that are short enough; say how many come back to the letter."""
    what = recipe(functions)
    passes = sorted(PassSpace.load().by_text)
    tokenizer = train_tokenizer([one.text for one in labels], passes, what.shape.vocabulary, 0)
    chosen, rows = _rows(labels, functions, what, tokenizer)
    count, share = len(chosen), what.schedule.rows
    order = np.random.default_rng(0)
    shuffled = np.concatenate([order.permutation(count) for _ in range(what.schedule.steps)])
    training = Training(
        what,
        parallel.laid_out(what, tokenizer, world, 0),
        world,
        lambda step: rows.some(shuffled[step * share : (step + 1) * share]),
        tokenizer.pad_id,
    )
    ends = time.monotonic() + 60 * minutes
    recent = [np.inf] * (-(-count // share))
    while training.progress.step < what.schedule.steps and time.monotonic() < ends:
        figures = training.step()
        by_part = figures["loss_by_part"]
        recent = [*recent[1:], max(by_part["list"], by_part["counts"], by_part["ir"])]
        taken, steps = training.progress.step, what.schedule.steps
        teller.step(taken, steps, figures, training.progress.seconds / taken * (steps - taken))
        if max(recent) < _LEARNED:
            break
    weights = parallel.whole_weights(training.llama, world)
    model = plain(training.llama.config, weights, world.device)
    said = full_answers(model, tokenizer, [one.text for one in chosen], what.format)
    wanted = [Sample.of(one).only(what.format).answer for one in chosen]
    pairs = [(one.answer, answer) for one, answer in zip(said, wanted, strict=True)]
    found = {
        "parameters": what.shape.parameters,
        "functions": count,
        "distinct_lists": len({one.pass_list for one in wanted}),
        "steps": training.progress.step,
        "tokens": training.progress.tokens,
        "seconds": round(training.progress.seconds, 1),
        "largest_nats_of_a_part": max(recent),
        "lists": sum(one.pass_list == answer.pass_list for one, answer in pairs),
        "counts": sum(
            (one.before, one.after) == (answer.before, answer.after) for one, answer in pairs
        ),
        "optimised_ir": sum(one.optimised_text == answer.optimised_text for one, answer in pairs),
    }
    exact = min(found["lists"], found["counts"], found["optimised_ir"]) == count
    return {"holds": exact, **found}


def _rows(
    labels: Sequence[Label], functions: int, what: Recipe, tokenizer: IrTokenizer
) -> tuple[list[Label], Alone]:
    encoded = tokenizer.encode_samples([Sample.of(one) for one in labels], what.format)
    fitting = [
        (label, one)
        for label, one in zip(labels, encoded, strict=True)
        if len(one) <= LONGEST and label.optimised_text is not None
    ][:functions]
    shape = (len(fitting), what.shape.context)
    tokens = np.full(shape, tokenizer.pad_id, np.int64)
    parts = np.zeros(shape, np.uint8)
    positions = np.zeros(shape, np.int64)
    for row, (_, one) in enumerate(fitting):
        tokens[row, : len(one)], parts[row, : len(one)] = one.tokens, one.parts
        positions[row, : len(one)] = np.arange(len(one))
        positions[row, len(one) :] = np.arange(shape[1] - len(one))
    lengths = np.array([len(one) for _, one in fitting])
    chosen = [label for label, _ in fitting]
    return chosen, Alone(tokens, parts, positions, lengths)


def chosen_from(source: LabelSource, most: int) -> list[Label]:
    """Short training functions, no two of one text; those with the rarest lists come first."""
    labels: dict[str, Label] = {}
    for label in source.labels("train", "instructions"):
        if len(label.text) + len(label.optimised_text or "") <= _CHARACTERS:
            labels.setdefault(label.text, label)
    often = Counter(one.pass_list for one in labels.values())
    return sorted(labels.values(), key=lambda one: (often[one.pass_list], len(one.text), one.text))[
        :most
    ]


def main() -> int:
    """Check, and print what was found."""
    asked = argparse.ArgumentParser(prog="trainer.overfit_check", description=__doc__)
    asked.add_argument("--data", type=Path, default=SAMPLE, help="an exported snapshot")
    asked.add_argument("--functions", type=int, default=50, help="how many to learn")
    asked.add_argument("--minutes", type=float, default=30.0, help="learn no longer")
    given = asked.parse_args()
    labels = chosen_from(LabelSource.of_export(given.data), 2 * given.functions)
    with parallel.joined() as world:
        found = check(labels, given.functions, world, given.minutes, Teller("overfit-check"))
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
