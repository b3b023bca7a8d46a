"""Samples of the second task: what one pass makes of a function (arXiv 2309.07062).

A pass is drawn for a function from a seed and the function's id, and applied to it in the sandbox,
in a process of its own; so the same functions and seed give the same samples in any order and
number. Most passes leave most unoptimised functions as they are. Such pairs teach next to nothing,
so they are passed over, and the next pass that was drawn is tried.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Final

from corpus.errors import BadModule
from corpus.llvm.sandbox.supervisor import ModuleLost
from corpus.normalise import normalise
from trainer.sample import PassSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from corpus.llvm.passes import Pass
    from corpus.llvm.sandbox.supervisor import Sandbox, Session
    from trainer.labels import Label

TRIES: Final = 12
"""Passes that are tried on a function for each sample that is wanted of it."""


class PassSampler:
    """Makes samples of single passes.

    `losses` counts, by reason, what gave none: `unchanged` pairs, pairs that `failed` in LLVM, and
    functions left with `too_few` samples.
    """

    def __init__(
        self, sandbox: Sandbox, passes: Sequence[Pass], *, seed: int, per_function: int = 1
    ) -> None:
        """`per_function` samples of different passes are wanted of each function."""
        self._sandbox = sandbox
        self._passes = passes
        self._seed = seed
        self._wanted = per_function
        self.losses: Counter[str] = Counter()

    def samples(self, labels: Iterable[Label]) -> Iterator[tuple[str, PassSample]]:
        """Samples of these functions, each with its function's id and its pass as an id.

        Raises:
            MachineFault: as the sandbox.
        """
        for label in labels:
            made = self._of(label)
            self.losses["too_few"] += len(made) < self._wanted
            for sample in made:
                yield f"{label.function_id}:{sample.pass_text}", sample

    def _of(self, label: Label) -> list[PassSample]:
        chance = random.Random(f"{self._seed} {label.function_id}")
        drawn = chance.sample(self._passes, min(len(self._passes), TRIES * self._wanted))
        made: list[PassSample] = []
        with self._sandbox.session() as session:
            for one in drawn:
                after = _applied(session, label.ir, one.text)
                if after is None:
                    self.losses["failed"] += 1
                elif after == label.text:
                    self.losses["unchanged"] += 1
                else:
                    made.append(PassSample(label.text, one.text, after))
                if len(made) == self._wanted:
                    break
        return made


def _applied(session: Session, ir: str, pass_text: str) -> str | None:
    """The text after a pass; None where LLVM fails."""
    try:
        session.load(ir.encode(), keep_names=True)
        return normalise(session.apply(pass_text))
    except (BadModule, ModuleLost):
        return None
