"""AutoPhase (Haj-Ali et al., MLSys 2020): passes one by one, chosen by a policy that PPO learned.

As "Large Language Models for Compiler Optimization" compares with it: 56 features and how often
each action was taken go in, a single pass comes out, 45 times. The answer is the shortest of the
beginnings after which the function was smallest, counted in the text that each step leaves: 45
compilations a function, and no more. -Oz is answered only where no pass makes the function smaller.

What is not as published, all to its advantage:

- Actions are some 40 single passes of the pass space: those that make training functions smaller
  when passes are drawn by chance, and those that the winners of the training split hold. With all
  of them a policy learns in this budget little but which ones to leave alone. No -O level and no
  part of one is among them: the policy is to find them.
- What was just seen to change nothing is not tried again before something else did (`pass_walk`).
- Actions are drawn from the policy, by a seed of the function's own, as they were in training. The
  likeliest ones alone do worse: one wrong preference decides a whole walk.

"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.llvm.passes import PassSpace
from trainer.baselines.autophase_fitting import (
    AutoPhaseOptions,
    Fitting,
    single_passes,
    winning_passes,
)
from trainer.baselines.one_thread import one_thread
from trainer.baselines.pass_walk import STEPS, Observer, PassWalk
from trainer.baselines.policy import Policy
from trainer.baselines.random_lists import random_figures
from trainer.baselines.sampling import draw
from trainer.baselines.walking import chance_on, walk_through
from trainer.errors import NoLabels
from trainer.methods.base import Compiler, MethodSpec, Question, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox

_POLICY: Final = "policy.npz"

_LEAST_INSTRUCTIONS: Final = 24
"""Smaller functions are as good as -Oz after any few passes: nothing is learned on them."""


class AutoPhase:
    """Fits the policy."""

    kind = "autophase"

    def __init__(self, options: AutoPhaseOptions | None = None) -> None:
        self._options = options or AutoPhaseOptions()

    def options(self) -> Mapping[str, Any]:
        """Budgets, PPO's settings, the actions' pass space."""
        return {
            **asdict(self._options),
            "ppo": asdict(self._options.ppo_options()),
            "steps_a_walk": STEPS,
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
        """Explore, learn, keep the policy that did best on the valid split.

        Raises NoLabels and MachineFault.
        """
        large = (one for one in data.train() if one.instructions >= _LEAST_INSTRUCTIONS)
        functions = draw(large, self._options.functions, seed)
        if not functions:
            raise NoLabels(
                f"the training split has no function of {_LEAST_INSTRUCTIONS} instructions or "
                "more to learn on: search some first"
            )
        valid = draw(data.valid(), self._options.valid, seed)
        fitting = Fitting(sandbox, self._options, functions, valid, seed)
        with one_thread():
            results = fitting.run(single_passes(), winning_passes(data.train()), say)
        fitting.best.save(folder / _POLICY)
        chance = random_figures(sandbox, valid, (STEPS,), seed)
        return results | {"random_lists": chance[str(STEPS)], "compilations": STEPS}

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row: 45 compilations."""
        entry = "trainer.baselines.autophase:walked"
        return [MethodSpec("autophase", entry, {"policy": str(folder / _POLICY)})]


class Walked:
    """One walk over each function, drawn from a policy."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self._policy = policy
        self._seed = seed

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together: a walk is a dialogue with the compiler."""

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says; 45 compilations."""
        walk = PassWalk(question.ir, self._policy.actions, compiler.apply, Observer())
        random = chance_on(question.function_id, self._seed)
        return walk_through(self._policy, walk, random).best


def walked(*, policy: str, seed: int = 0) -> Walked:
    """The method of a policy's file; `seed` draws the actions. Raises ModelMissing."""
    return Walked(Policy.load(Path(policy)), seed)
