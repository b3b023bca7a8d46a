"""Walks over many functions in the sandbox: what PPO learns from, and how a policy does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

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


_TYPICAL_OZ: Final = 25
"""Instructions after -Oz of a function that counts once."""


def explore(
    sandbox: Sandbox,
    policy: Policy,
    functions: Sequence[Label],
    walks: int,
    random: np.random.Generator,
) -> Walks:
    """So many walks on each function by actions drawn from the policy.

    The reward of a step is by how much the logarithm of the smallest size so far went down: over a
    walk they sum up to how much better the answer is than -Oz, and the same for all answers to a
    function. As a share of what -Oz takes off, the last instructions, which decide, would hardly
    count. Improvement is pooled, so functions count by the root of their size after -Oz: as the
    size itself would have it, a few would drown all others.
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
    weight = math.sqrt(max(1, function.oz_instructions) / _TYPICAL_OZ)
    with sandbox.session() as session:
        apply = applied_in(session, function.ir)
        under_way = [PassWalk(function.ir, policy.actions, apply, observer) for _ in range(walks)]
        for _ in range(STEPS):
            seen = np.stack([walk.observation() for walk in under_way])
            able = np.stack([walk.open() for walk in under_way])
            said = policy.log_probabilities(seen, able)
            # The largest of logarithms with Gumbel noise is a draw from the distribution.
            taken = (said + random.gumbel(size=said.shape)).argmax(axis=1)
            before = np.array([walk.fewest for walk in under_way], dtype=np.float32)
            gained = [walk.step(int(one)) for walk, one in zip(under_way, taken, strict=True)]
            worth = -np.log1p(-np.array(gained, dtype=np.float32) / before)
            observations.append(seen)
            open_.append(able)
            actions.append(taken)
            chances.append(np.take_along_axis(said, taken[:, None], axis=1)[:, 0])
            rewards.append(worth * np.float32(weight))
    return Walks(
        np.stack(observations, axis=1),
        np.stack(open_, axis=1),
        np.stack(actions, axis=1).astype(np.int64),
        np.stack(chances, axis=1).astype(np.float32),
        np.stack(rewards, axis=1).astype(np.float32),
    )


def walk_through(
    policy: Policy, walk: PassWalk, random: np.random.Generator | None = None
) -> PassWalk:
    """Take actions that the policy draws by `random`; without it, always the likeliest."""
    for _ in range(STEPS):
        said = policy.log_probabilities(walk.observation()[None], walk.open()[None])[0]
        noise = 0.0 if random is None else random.gumbel(size=said.shape)
        walk.step(int((said + noise).argmax()))
    return walk


def chance_on(function_id: str, seed: int) -> np.random.Generator:
    """What draws the actions of the one walk over a function: each has its own."""
    return np.random.default_rng(list(lot(seed, function_id)))


def reached_by_walks(
    sandbox: Sandbox, policy: Policy, functions: Sequence[Label], seed: int | None
) -> list[int]:
    """The smallest size on one walk over each function, drawn by a seed, greedy without one."""
    reached = []
    for function in functions:
        random = None if seed is None else chance_on(function.function_id, seed)
        with sandbox.session() as session:
            apply = applied_in(session, function.ir)
            walk = PassWalk(function.ir, policy.actions, apply, Observer())
            reached.append(walk_through(policy, walk, random).fewest)
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
