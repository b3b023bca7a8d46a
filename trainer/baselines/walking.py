"""Walks over many functions in the sandbox: what PPO learns from, and how a policy does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from corpus.errors import BadModule
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox, Session
from trainer.baselines.pass_walk import STEPS, Observer, PassWalks
from trainer.baselines.ppo import Episodes
from trainer.baselines.sampling import lot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from trainer.baselines.policy import Policy
    from trainer.labels import Label


_TYPICAL_OZ: Final = 25
"""Instructions after -Oz of a function that counts once."""

_ON_THE_WAY: Final = 0.1
"""What coming nearer to -Oz is worth, of what going below it is."""


def explore(
    sandbox: Sandbox,
    policy: Policy,
    functions: Sequence[Label],
    episodes: int,
    random: np.random.Generator,
) -> Episodes:
    """So many episodes on each function by actions drawn from the policy.

    The reward of a step is by how much the logarithm of the smallest size so far went down; what is
    above -Oz counts a tenth. Most of what any passes take off comes above -Oz, where everybody gets
    to: counted in full, it drowned what decides. Improvement is pooled, so functions count by the
    root of their size after -Oz: as the size itself would have it, a few would drown all others.
    """
    seen = [_explore(sandbox, policy, one, episodes, random) for one in functions]
    return Episodes(
        *(
            np.concatenate([getattr(one, name) for one in seen])
            for name in ("observations", "open", "actions", "log_probabilities", "rewards")
        )
    )


def _explore(
    sandbox: Sandbox, policy: Policy, function: Label, episodes: int, random: np.random.Generator
) -> Episodes:
    observer = Observer()
    observations, open_, actions, chances, rewards = [], [], [], [], []
    with sandbox.session() as session:
        apply = applied_in(session, function.ir)
        under_way = [
            PassWalks(function.ir, policy.actions, apply, observer) for _ in range(episodes)
        ]
        worth = _worth(function, under_way)
        for _ in range(STEPS):
            seen = np.stack([one.observation() for one in under_way])
            able = np.stack([one.open() for one in under_way])
            said = policy.log_probabilities(seen, able)
            # The largest of logarithms with Gumbel noise is a draw from the distribution.
            taken = (said + random.gumbel(size=said.shape)).argmax(axis=1)
            for one, action in zip(under_way, taken, strict=True):
                one.step(int(action))
            before, worth = worth, _worth(function, under_way)
            observations.append(seen)
            open_.append(able)
            actions.append(taken)
            chances.append(np.take_along_axis(said, taken[:, None], axis=1)[:, 0])
            rewards.append(worth - before)
    return Episodes(
        np.stack(observations, axis=1),
        np.stack(open_, axis=1),
        np.stack(actions, axis=1).astype(np.int64),
        np.stack(chances, axis=1).astype(np.float32),
        np.stack(rewards, axis=1).astype(np.float32),
    )


def _worth(function: Label, under_way: Sequence[PassWalks]) -> NDArray[np.float64]:
    """What episodes have reached on a function, as `explore` says; rewards are its growth."""
    oz = max(1, function.oz_instructions)
    fewest = np.array([one.fewest for one in under_way]) / oz
    below, above = -np.log(np.minimum(fewest, 1)), -np.log(np.maximum(fewest, 1))
    worth: NDArray[np.float64] = math.sqrt(oz / _TYPICAL_OZ) * (below + _ON_THE_WAY * above)
    return worth


def walk_through(
    policy: Policy, walks: PassWalks, random: np.random.Generator | None = None
) -> PassWalks:
    """Take actions that the policy draws by `random`; without it, always the likeliest."""
    for _ in range(STEPS):
        said = policy.log_probabilities(walks.observation()[None], walks.open()[None])[0]
        noise = 0.0 if random is None else random.gumbel(size=said.shape)
        walks.step(int((said + noise).argmax()))
    return walks


def chance_on(function_id: str, seed: int) -> np.random.Generator:
    """What draws the actions of the one episode on a function: each has its own."""
    return np.random.default_rng(list(lot(seed, function_id)))


def reached_by_walks(
    sandbox: Sandbox, policy: Policy, functions: Sequence[Label], seed: int | None
) -> list[int]:
    """The smallest size in one episode on each function, drawn by a seed, greedy without one."""
    reached = []
    for function in functions:
        random = None if seed is None else chance_on(function.function_id, seed)
        with sandbox.session() as session:
            apply = applied_in(session, function.ir)
            walks = PassWalks(function.ir, policy.actions, apply, Observer())
            reached.append(walk_through(policy, walks, random).fewest)
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
