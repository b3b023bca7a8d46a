"""AutoPhase (Haj-Ali et al., MLSys 2020): passes one by one, chosen by a policy that PPO learned.

As "Large Language Models for Compiler Optimization" compares with it: 56 features and how often
each action was taken go in, a single pass comes out, 45 times. The answer is the shortest of the
beginnings after which the function was smallest, counted in the text that each step leaves: 45
compilations a function, and no more. -Oz is answered only where no pass makes the function smaller.

What is not as published, all to its advantage:

- The 45 steps are nine walks of five, each from the function as it came (`pass_walk`). On one long
  walk, what early steps did wrong no later pass mends, and most steps come after all gains.
- Rewards count what is gained beyond -Oz ten times as much as what is gained on the way there.
- Actions are some 24 entries of the pass space: those by which winners of the training split saved
  most, and those that make training functions smaller when passes are drawn by chance. With all of
  them a policy learns in this budget little but which ones to leave alone. -O levels are entries
  like others, each one step, as each is one entry of a random list.
- What was just seen to change nothing is not tried again where it did not.
- Half of the functions to learn on are such as a list is known for that beats -Oz.
- Actions are drawn from the policy, by a seed of the function's own, as they were in training. The
  likeliest ones alone do worse: walks would differ in little.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.llvm.passes import PassSpace
from trainer.baselines.autophase_fitting import AutoPhaseOptions, Fitting, winning_passes
from trainer.baselines.one_thread import one_thread
from trainer.baselines.pass_walk import STEPS, WALK, Observer, PassWalks
from trainer.baselines.policy import Policy
from trainer.baselines.random_lists import random_figures
from trainer.baselines.sampling import draw, draw_even
from trainer.baselines.walking import chance_on, walk_through
from trainer.errors import NoLabels
from trainer.methods.base import Compiler, MethodSpec, Question, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.labels import Label

_POLICY: Final = "policy.npz"

_LEAST_INSTRUCTIONS: Final = 24
"""Smaller functions are as good as -Oz after any few passes: nothing is learned on them."""

_AS_MANY_PASSES: Final = STEPS // 5
"""Random lists that run as many passes as an episode has steps: five each on average."""


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
            "steps_an_episode": STEPS,
            "steps_a_walk": WALK,
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

        def large() -> Iterator[Label]:
            return (one for one in data.train() if one.instructions >= _LEAST_INSTRUCTIONS)

        functions = draw_even(large, self._options.functions, seed)
        if not functions:
            raise NoLabels(
                f"the training split has no function of {_LEAST_INSTRUCTIONS} instructions or "
                "more to learn on: search some first"
            )
        valid = draw(data.valid(), self._options.valid, seed)
        fitting = Fitting(sandbox, self._options, functions, valid, seed)
        with one_thread():
            passes = [one.text for one in PassSpace.load().passes]
            results = fitting.run(passes, winning_passes(data.train()), say)
        fitting.best.save(folder / _POLICY)
        chance = random_figures(sandbox, valid, (_AS_MANY_PASSES, STEPS), seed)
        return results | {"random_lists": chance, "compilations": STEPS}

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row: 45 compilations."""
        entry = "trainer.baselines.autophase:walked"
        return [MethodSpec("autophase", entry, {"policy": str(folder / _POLICY)})]


class Walked:
    """One episode on each function, drawn from a policy."""

    def __init__(self, policy: Policy, seed: int) -> None:
        self._policy = policy
        self._seed = seed

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together: a walk is a dialogue with the compiler."""

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says; 45 compilations."""
        walks = PassWalks(question.ir, self._policy.actions, compiler.apply, Observer())
        random = chance_on(question.function_id, self._seed)
        return walk_through(self._policy, walks, random).best


def walked(*, policy: str, seed: int = 0) -> Walked:
    """The method of a policy's file; `seed` draws the actions. Raises ModelMissing."""
    return Walked(Policy.load(Path(policy)), seed)
