"""AutoPhase (Haj-Ali et al., MLSys 2020): passes one by one, chosen by a policy that PPO learned.

As "Large Language Models for Compiler Optimization" compares with it: 56 features and how often
each action was taken go in, a single pass comes out, 45 times. The actions are those passes of the
published space (`PassSpace.paper`, no -O level among them) that make training functions smaller
when passes are drawn by chance: of 82 some 25 do, and with all of them a policy learns in this
budget little but which ones to leave alone. What was just seen to change nothing is not chosen
again before something else did (`pass_walk`). The answer is the shortest of the beginnings
after which the function was smallest, counted in the text that each step leaves: 45 compilations a
function, and no more. -Oz is neither tried nor answered, but where no pass makes the function
smaller.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.llvm.passes import PassSpace
from trainer.baselines.figures import figure
from trainer.baselines.one_thread import one_thread
from trainer.baselines.pass_walk import STEPS, Observer, PassWalk
from trainer.baselines.policy import Policy, uniform
from trainer.baselines.sampling import draw
from trainer.baselines.walking import explore, reached_at_random, reached_greedily, walk_greedily
from trainer.errors import NoLabels
from trainer.methods.base import Compiler, MethodSpec, Question, TrainingData

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.baselines.ppo import Ppo, PpoOptions
    from trainer.labels import Label

_POLICY = "policy.npz"


@dataclass(frozen=True)
class AutoPhaseOptions:
    """Budgets: walks by chance on `probes` functions choose up to `most_actions` actions, then come
    `rounds` of learning from `walks` walks on each of `functions_a_round` functions.

    `functions` and `valid` bound what is drawn of either split; the policy is looked at on the
    valid one `looks` times, and the best of these is kept. `ppo` is what differs from PpoOptions.
    """

    probes: int = 200
    most_actions: int = 32
    rounds: int = 100
    functions_a_round: int = 8
    walks: int = 4
    functions: int = 600
    valid: int = 120
    looks: int = 5
    ppo: dict[str, float] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Passes that are run to learn from."""
        return self.probes * STEPS + self.rounds * self.steps_a_round

    @property
    def steps_a_round(self) -> int:
        """Of one round."""
        return self.functions_a_round * self.walks * STEPS


class AutoPhase:
    """Fits the policy."""

    kind = "autophase"

    def __init__(self, options: AutoPhaseOptions | None = None) -> None:
        self._options = options or AutoPhaseOptions()

    def options(self) -> Mapping[str, Any]:
        """Budgets, PPO's settings, the actions' pass space."""
        return {
            **asdict(self._options),
            "ppo": asdict(_ppo_options(self._options)),
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
        functions = draw(data.train(), self._options.functions, seed)
        if not functions:
            raise NoLabels("the training split has no function to learn on: search some first")
        valid = draw(data.valid(), self._options.valid, seed)
        fitting = _Fitting(sandbox, self._options, functions, valid, seed)
        with one_thread():
            results = fitting.run(say)
        fitting.best.save(folder / _POLICY)
        return results

    def methods(self, folder: Path) -> Sequence[MethodSpec]:
        """One row: 45 compilations."""
        entry = "trainer.baselines.autophase:walked"
        return [MethodSpec("autophase", entry, {"policy": str(folder / _POLICY)})]


class _Fitting:
    """One run of PPO."""

    def __init__(
        self,
        sandbox: Sandbox,
        options: AutoPhaseOptions,
        functions: Sequence[Label],
        valid: Sequence[Label],
        seed: int,
    ) -> None:
        self._sandbox = sandbox
        self._options = options
        self._functions = functions
        self._valid = valid
        self._seed = seed
        self._random = np.random.default_rng(seed)
        self._oz = [one.oz_instructions for one in valid]
        self._queue: list[int] = []
        self._actions = self._paying([one.text for one in PassSpace.load().paper()[0]])
        self.best = uniform(self._actions)
        self._best_figure = -np.inf

    def run(self, say: Callable[[str], None]) -> dict[str, Any]:
        """Learn; the results."""
        ppo = self._ppo()
        untrained = self._look(ppo)
        say(f"untrained: {_shown(untrained)}")
        curve = [{"steps": 0} | untrained]
        probed = self._options.steps - self._options.rounds * self._options.steps_a_round
        every = max(1, self._options.rounds // self._options.looks)
        for done in range(1, self._options.rounds + 1):
            policy = ppo.network.policy()
            seen = explore(self._sandbox, policy, self._next(), self._options.walks, self._random)
            entropy = ppo.update(seen, done / self._options.rounds)
            if done % every == 0 or done == self._options.rounds:
                point = {
                    "steps": probed + done * self._options.steps_a_round,
                    "reward": float(seen.rewards.sum(axis=1).mean()),
                    "entropy_nats": entropy,
                } | self._look(ppo)
                curve.append(point)
                say(f"{point['steps']} of {self._options.steps} steps: {_shown(point)}")
        return {
            "parameters": sum(one.numel() for one in ppo.network.parameters()),
            "training_steps": self._options.steps,
            "training_functions": len(self._functions),
            "curve": curve,
            "trained": self._figures(reached_greedily(self._sandbox, self.best, self._valid)),
            "untrained": untrained,
            "random_walk": self._figures(
                reached_at_random(self._sandbox, self._actions, self._valid, self._seed)
            ),
            "actions": self._actions,
            "compilations": STEPS,
        }

    def _paying(self, texts: Sequence[str]) -> list[str]:
        """Passes that made functions smaller on walks by chance, the best by what one step gave.

        All, where none did: functions so small that there is nothing to learn.
        """
        probes = self._functions[: self._options.probes]
        seen = explore(self._sandbox, uniform(texts), probes, 1, self._random)
        taken = np.bincount(seen.actions.ravel(), minlength=len(texts))
        gained = np.bincount(seen.actions.ravel(), seen.rewards.ravel(), minlength=len(texts))
        a_step = gained / np.maximum(taken, 1)
        best = np.argsort(-a_step, kind="stable")[: self._options.most_actions]
        return [texts[place] for place in sorted(best) if a_step[place] > 0] or list(texts)

    def _ppo(self) -> Ppo:
        """A new network, standardised by what a uniform policy sees."""
        from trainer.baselines.ppo import ActorCritic, Ppo

        first = self._next()
        seen = explore(self._sandbox, uniform(self._actions), first, 1, self._random).observations
        rows = seen.reshape(-1, seen.shape[-1])
        options = _ppo_options(self._options)
        network = ActorCritic(
            self._actions,
            rows.mean(axis=0),
            rows.std(axis=0) + np.float32(_LEAST_SPREAD),
            options.hidden,
            self._seed,
        )
        return Ppo(network, options, self._seed)

    def _next(self) -> list[Label]:
        """Functions of the next round: each once before any comes again."""
        count = min(self._options.functions_a_round, len(self._functions))
        while len(self._queue) < count:
            self._queue += self._random.permutation(len(self._functions)).tolist()
        taken, self._queue = self._queue[:count], self._queue[count:]
        return [self._functions[place] for place in taken]

    def _look(self, ppo: Ppo) -> dict[str, Any]:
        """How the policy does on the valid split; it is kept if none did better."""
        policy = ppo.network.policy()
        figures = self._figures(reached_greedily(self._sandbox, policy, self._valid))
        if not self._valid or figures["improvement_over_oz"] > self._best_figure:
            self.best = policy
            self._best_figure = figures.get("improvement_over_oz", -np.inf)
        return figures

    def _figures(self, reached: Sequence[int]) -> dict[str, Any]:
        return figure(self._oz, reached)


_LEAST_SPREAD = 0.05
"""Of an observation: one that hardly varied in the first walks must not blow up later ones."""


def _ppo_options(options: AutoPhaseOptions) -> PpoOptions:
    from trainer.baselines.ppo import PpoOptions

    changed: dict[str, Any] = dict(options.ppo)
    return PpoOptions(**changed)


def _shown(figures: Mapping[str, Any]) -> str:
    if not figures.get("functions"):
        return "no valid function to look at"
    return f"{figures['improvement_over_oz']:+.2%} over -Oz on {figures['functions']} functions"


class Walked:
    """The greedy walk of a policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def prepare(self, questions: Sequence[Question]) -> None:
        """Nothing is cheaper together: a walk is a dialogue with the compiler."""

    def answer(self, question: Question, compiler: Compiler) -> str:
        """As the protocol says; 45 compilations."""
        walk = PassWalk(question.ir, self._policy.actions, compiler.apply, Observer())
        return walk_greedily(self._policy, walk).best


def walked(*, policy: str) -> Walked:
    """The method of a policy's file. Raises ModelMissing."""
    return Walked(Policy.load(Path(policy)))
