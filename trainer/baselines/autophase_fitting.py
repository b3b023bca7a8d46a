"""One run of PPO for AutoPhase: actions are chosen, episodes walked, learned from and looked at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.llvm.pass_list import PassList
from trainer.baselines.figures import figure
from trainer.baselines.pass_walk import STEPS
from trainer.baselines.policy import Policy, uniform
from trainer.baselines.walking import explore, reached_by_walks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from corpus.llvm.sandbox.supervisor import Sandbox
    from trainer.baselines.ppo import Ppo, PpoOptions
    from trainer.labels import Label


@dataclass(frozen=True)
class AutoPhaseOptions:
    """Budgets and sizes.

    Episodes by chance on `probes` functions choose up to `paying` actions, winners up to `winning`
    more; then come `rounds` of learning from `episodes` on each of `functions_a_round` functions.
    `functions` and `valid` bound what is drawn of either split; the policy is looked at on the
    valid one `looks` times, and the best of these is kept. `ppo` is what differs from PpoOptions.
    """

    probes: int = 40
    paying: int = 8
    winning: int = 16
    rounds: int = 60
    functions_a_round: int = 12
    episodes: int = 4
    functions: int = 800
    valid: int = 250
    looks: int = 4
    ppo: dict[str, float] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Passes that are run to learn from."""
        return self.probes * STEPS + self.rounds * self.steps_a_round

    @property
    def steps_a_round(self) -> int:
        """Of one round."""
        return self.functions_a_round * self.episodes * STEPS

    def ppo_options(self) -> PpoOptions:
        """PPO's settings, with what differs."""
        from trainer.baselines.ppo import PpoOptions

        changed: dict[str, Any] = dict(self.ppo)
        return PpoOptions(**changed)


def winning_passes(labels: Iterable[Label]) -> list[str]:
    """Passes of the lists that won, by what these saved over -Oz; of equals the first by text."""
    saved: Counter[str] = Counter()
    for label in labels:
        less = label.oz_instructions - label.optimised_instructions
        if less > 0:
            for one in set(PassList.parse(label.pass_list).elements):
                saved[one] += less
    return sorted(saved, key=lambda one: (-saved[one], one))


class Fitting:
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
        self.best = uniform(())
        self._best_figures: dict[str, Any] = {"functions": 0}

    def run(
        self, passes: Sequence[str], winning: Sequence[str], say: Callable[[str], None]
    ) -> dict[str, Any]:
        """Choose actions among `passes`, and learn; the results."""
        paying = self._paying(passes)
        others = [one for one in winning if one in passes and one not in paying]
        actions = sorted([*paying, *others[: self._options.winning]])
        ppo = self._ppo(actions)
        untrained = self._look(ppo)
        say(f"untrained: {_shown(untrained)}")
        probed = self._options.probes * STEPS
        curve = [{"steps": probed} | untrained]
        every = max(1, self._options.rounds // self._options.looks)
        for done in range(1, self._options.rounds + 1):
            policy = ppo.network.policy()
            seen = explore(
                self._sandbox, policy, self._next(), self._options.episodes, self._random
            )
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
            "actions": actions,
            "curve": curve,
            "trained": self._best_figures,
            "trained_greedy": self._figures(self.best, None),
            "untrained": untrained,
        }

    def _paying(self, texts: Sequence[str]) -> list[str]:
        """Passes that did most for functions in episodes by chance, the best by what a step gave.

        All, where none did: functions so small that there is nothing to learn.
        """
        probes = self._functions[: self._options.probes]
        seen = explore(self._sandbox, uniform(texts), probes, 1, self._random)
        taken = np.bincount(seen.actions.ravel(), minlength=len(texts))
        gained = np.bincount(seen.actions.ravel(), seen.rewards.ravel(), minlength=len(texts))
        a_step = gained / np.maximum(taken, 1)
        best = np.argsort(-a_step, kind="stable")[: self._options.paying]
        return [texts[place] for place in sorted(best) if a_step[place] > 0] or list(texts)

    def _ppo(self, actions: Sequence[str]) -> Ppo:
        """A new network, standardised by what a uniform policy sees."""
        from trainer.baselines.ppo import ActorCritic, Ppo

        first = self._next()
        seen = explore(self._sandbox, uniform(actions), first, 1, self._random).observations
        rows = seen.reshape(-1, seen.shape[-1])
        options = self._options.ppo_options()
        network = ActorCritic(
            actions,
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
        figures = self._figures(policy, self._seed)
        if not self._valid or _reached(figures) > _reached(self._best_figures):
            self.best, self._best_figures = policy, figures
        return figures

    def _figures(self, policy: Policy, seed: int | None) -> dict[str, Any]:
        return figure(self._oz, reached_by_walks(self._sandbox, policy, self._valid, seed))


_LEAST_SPREAD = 0.05
"""Of an observation: one that hardly varied in the first walks must not blow up later ones."""


def _reached(figures: Mapping[str, Any]) -> float:
    """What policies are compared by."""
    return float(figures.get("improvement_over_oz", -np.inf))


def _shown(figures: Mapping[str, Any]) -> str:
    if not figures.get("functions"):
        return "no valid function to look at"
    return f"{figures['improvement_over_oz']:+.2%} over -Oz on {figures['functions']} functions"
