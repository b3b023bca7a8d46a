"""Methods that try lists which they name beforehand, and answer the best of them.

Each also tries -Oz, and answers it where nothing is smaller: one compilation that is counted. So
they never answer what they saw to be larger; what the real `opt` and the gate say of it is another
matter, since none of them confirms or executes anything, as no published one did.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from autotune.search.base import Problem
from autotune.search.random_search import RandomSearch
from autotune.shipped import shipped
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Outcome
from corpus.llvm.passes import PassSpace
from trainer.methods.base import Compiler, Question


def best_of(pass_lists: Sequence[str], compiler: Compiler) -> str:
    """The list that makes the function smallest, -Oz where none beats it; the first of equals."""
    asked = [OZ, *pass_lists]
    found = [
        (measured.instructions, place)
        for place, measured in enumerate(compiler.measure(asked))
        if measured.outcome is Outcome.OK and measured.instructions is not None
    ]
    return asked[min(found)[1]] if found else OZ


class Lists(Protocol):
    """The lists that a method tries on a function, in their order."""

    def __call__(self, question: Question) -> Sequence[str]:
        """The same for the same function."""
        ...


class BestOf:
    """Tries lists, and -Oz."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together."""

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says."""
        return best_of(self._lists(question), compiler)


class OneList:
    """Answers one list to every function, and compiles nothing."""

    def __init__(self, pass_list: str) -> None:
        self._pass_list = pass_list

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together."""

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says."""
        del question, compiler
        return self._pass_list


def random_lists(*, lists: int, seed: int) -> BestOf:
    """Best of so many lists, drawn as published work draws them (`autotune.search.random_search`).

    Those of a smaller budget are the first of a larger one's.
    """
    space = PassSpace.load()
    texts = [one.text for one in space.passes]

    def drawn(question: Question) -> Sequence[str]:
        name = hashlib.sha256(f"{seed} {question.function_id}".encode()).digest()
        # The search is told nothing of the function: what -Oz makes of it plays no part.
        problem = Problem(
            space, int.from_bytes(name[:8], "little"), question.instructions, "instructions", 0
        )
        return [",".join(texts[one] for one in ids) for ids in RandomSearch(problem).ask(lists)]

    return BestOf(drawn)


def coreset(*, lists: int, digest: str) -> BestOf:
    """Best of the first lists of the coreset that is shipped; `digest` says which one that is."""
    ours = shipped("instructions")
    assert ours.digest == digest, "another Passlake ships other lists"
    return BestOf(lambda _: ours.coreset.lists[:lists])


def given_lists(*, pass_lists: Sequence[str]) -> BestOf:
    """Best of lists that somebody brought."""
    return BestOf(lambda _: pass_lists)


def broadcast(*, folder: str) -> BestOf:
    """Best of the winners that `trainer.methods.broadcast` kept in a folder."""
    kept = json.loads((Path(folder) / "winners.json").read_text(encoding="utf-8"))
    return BestOf(lambda _: kept)
