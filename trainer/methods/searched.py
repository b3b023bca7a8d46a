"""Methods that search each function as a campaign does, and answers that were found before.

A search confirms what it finds and has it gated, so that a refuted list makes room for the next
best; what that compiles and costs is part of the answer's price.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from autotune.tune_options import TuneOptions
from corpus.llvm.baselines import OZ
from trainer.methods.base import Bench, Question


class Searched:
    """Searches by one strategy of `autotune.search.registry`."""

    def __init__(self, options: TuneOptions) -> None:
        self._options = options

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together."""

    def answer(self, question: Question, compiler: Bench) -> str:
        """As the protocol says."""
        del question
        return compiler.search(self._options).winner.pass_list


def searched(*, strategy: str, seed: int, evaluations: int | None = None) -> Searched:
    """A search without a budget ends by itself, which only some strategies do."""
    return Searched(TuneOptions(strategy, "instructions", evaluations, None, seed))


class Recorded:
    """Answers what somebody found before, at the price that it had then."""

    def __init__(self, answers: Mapping[str, Sequence[Any]]) -> None:
        """By function: the list, compilations, CPU seconds."""
        self._answers = answers

    def prepare(self, questions: Sequence[Question]) -> None:
        """All is known."""

    def answer(self, question: Question, compiler: Bench) -> str:
        """As the protocol says; -Oz where nothing was recorded."""
        pass_list, compilations, cpu_s = self._answers.get(question.function_id, (OZ, 0, 0.0))
        compiler.charge(compilations=compilations, cpu_s=cpu_s)
        return str(pass_list)


def recorded(*, answers: Mapping[str, Sequence[Any]]) -> Recorded:
    """Of JSON values."""
    return Recorded(answers)
