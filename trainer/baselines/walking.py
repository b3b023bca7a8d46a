"""Walks over many functions in the sandbox: what PPO learns from, and how a policy does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpus.errors import BadModule
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox, Session
from trainer.baselines.pass_walk import STEPS, Observer, PassWalk
from trainer.baselines.ppo import Walks
from trainer.baselines.sampling import lot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trainer.baselines.policy import Policy
    from trainer.labels import Label


def explore(
    sandbox: Sandbox,
    policy: Policy,
    functions: Sequence[Label],
    walks: int,
    random: np.random.Generator,
) -> Walks:
    """So many walks on each function by actions drawn from the policy.

    The reward of a step is by how much the smallest size so far went down, as a share of what -Oz
    takes off: over a walk they sum up to 1 where the answer is as good as -Oz.
    """
    seen = [_explore(sandbox, policy, one, walks, random) for one in functions]
    return Walks(
        *(
            np.concatenate([getattr(one, name) for one in seen])
            for name in ("observations", "open", "actions", "log_probabilities", "rewards")
        )
    )


def _explore(
    sandbox: Sandbox, policy: Policy, function: Label, walks: int, random: np.random.Generator
) -> Walks:
    observer = Observer()
    observations, open_, actions, chances, rewards = [], [], [], [], []
    scale = 1.0 / max(1, function.instructions - function.oz_instructions)
    with sandbox.session() as session:
        apply = applied_in(session, function.ir)
        under_way = [PassWalk(function.ir, policy.actions, apply, observer) for _ in range(walks)]
        for _ in range(STEPS):
            seen = np.stack([walk.observation() for walk in under_way])
            able = np.stack([walk.open() for walk in under_way])
            said = policy.log_probabilities(seen, able)
            # The largest of logarithms with Gumbel noise is a draw from the distribution.
            taken = (said + random.gumbel(size=said.shape)).argmax(axis=1)
            gained = [walk.step(int(one)) for walk, one in zip(under_way, taken, strict=True)]
            observations.append(seen)
            open_.append(able)
            actions.append(taken)
            chances.append(np.take_along_axis(said, taken[:, None], axis=1)[:, 0])
            rewards.append(np.array(gained, dtype=np.float32) * scale)
    return Walks(
        np.stack(observations, axis=1),
        np.stack(open_, axis=1),
        np.stack(actions, axis=1).astype(np.int64),
        np.stack(chances, axis=1).astype(np.float32),
        np.stack(rewards, axis=1).astype(np.float32),
    )


def walk_greedily(policy: Policy, walk: PassWalk) -> PassWalk:
    """Take the likeliest of the open actions, as often as a walk is long."""
    for _ in range(STEPS):
        seen, able = walk.observation()[None], walk.open()[None]
        walk.step(int(policy.log_probabilities(seen, able)[0].argmax()))
    return walk


def reached_greedily(sandbox: Sandbox, policy: Policy, functions: Sequence[Label]) -> list[int]:
    """The smallest size on a greedy walk over each function."""
    reached = []
    for function in functions:
        with sandbox.session() as session:
            apply = applied_in(session, function.ir)
            walk = PassWalk(function.ir, policy.actions, apply, Observer())
            reached.append(walk_greedily(policy, walk).fewest)
    return reached


def reached_at_random(
    sandbox: Sandbox, actions: Sequence[str], functions: Sequence[Label], seed: int
) -> list[int]:
    """The smallest size on a walk by actions drawn uniformly from those that are open."""
    reached = []
    for function in functions:
        drawn = np.random.default_rng(list(lot(seed, function.function_id)))
        with sandbox.session() as session:
            apply = applied_in(session, function.ir)
            walk = PassWalk(function.ir, actions, apply, Observer())
            for _ in range(STEPS):
                walk.step(int(drawn.choice(np.flatnonzero(walk.open()))))
        reached.append(walk.fewest)
    return reached


def applied_in(session: Session, ir: str) -> Callable[[str], str | None]:
    """Applies lists to a function in a session; None where one fails."""
    session.load(ir.encode(errors="surrogateescape"))

    def apply(pass_list: str) -> str | None:
        try:
            return session.apply(pass_list)
        except (BadModule, ModuleLost):
            return None

    return apply
