"""Proximal policy optimisation (Schulman et al., 2017), as small as AutoPhase needs it.

Clipped objective, generalised advantage estimation, an entropy bonus, a value network of its own.
Arrays are [episode, step, ...]: all episodes are of the same length, and so are their walks. What
comes after a walk is no merit of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from trainer.baselines.pass_walk import WALK
from trainer.baselines.policy import CLOSED, Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class PpoOptions:
    """Settings, chosen in a few runs by what they reached on the valid split."""

    hidden: int = 128
    learning_rate: float = 2e-3
    discount: float = 0.98
    smoothing: float = 0.95
    """Lambda of the advantage estimate."""
    clip: float = 0.2
    entropy: float = 0.005
    value: float = 0.5
    epochs: int = 6
    minibatch: int = 128
    gradient_norm: float = 0.5


@dataclass(frozen=True)
class Episodes:
    """What was seen: observations [E, T, width], open [E, T, actions], the rest [E, T]."""

    observations: Floats
    open: NDArray[np.bool_]
    actions: Integers
    log_probabilities: Floats
    rewards: Floats


class ActorCritic(nn.Module):
    """Two perceptrons on the same standardised observation."""

    def __init__(
        self, actions: Sequence[str], mean: Floats, spread: Floats, hidden: int, seed: int
    ) -> None:
        """Weights follow from the seed alone."""
        super().__init__()
        self.pass_texts = tuple(actions)
        self.mean = torch.from_numpy(mean)
        self.spread = torch.from_numpy(spread)
        generator = torch.Generator().manual_seed(seed)
        # The last layer of the actor is small, so that a new policy is nearly uniform.
        self.actor = _perceptron(len(mean), hidden, len(actions), 0.01, generator)
        self.critic = _perceptron(len(mean), hidden, 1, 1.0, generator)

    def forward(
        self, observations: torch.Tensor, open_: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities [..., actions] and values [...]."""
        scaled = (observations - self.mean) / self.spread
        logits = self.actor(scaled).masked_fill(~open_, float(CLOSED))
        return torch.log_softmax(logits, dim=-1), self.critic(scaled).squeeze(-1)

    def policy(self) -> Policy:
        """The actor as it is now."""
        layers = [one for one in self.actor if isinstance(one, nn.Linear)]
        return Policy(
            self.pass_texts,
            tuple(one.weight.detach().numpy().copy() for one in layers),
            tuple(one.bias.detach().numpy().copy() for one in layers),
            self.mean.numpy(),
            self.spread.numpy(),
        )


def _perceptron(
    inputs: int, hidden: int, outputs: int, last_gain: float, generator: torch.Generator
) -> nn.Sequential:
    sizes = ((inputs, hidden, 2**0.5), (hidden, hidden, 2**0.5), (hidden, outputs, last_gain))
    layers: list[nn.Module] = []
    for before, after, gain in sizes:
        linear = nn.Linear(before, after)
        nn.init.orthogonal_(linear.weight, gain, generator=generator)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def advantages(
    rewards: Floats, values: Floats, discount: float, smoothing: float, walk: int
) -> tuple[Floats, Floats]:
    """Advantages and returns [E, T] (Schulman et al., 2016), a walk's ending with its last step.

    `walk`: steps of each.
    """
    found = np.zeros_like(rewards)
    later = np.zeros(len(rewards), dtype=np.float32)
    value_after = np.zeros(len(rewards), dtype=np.float32)
    for step in reversed(range(rewards.shape[1])):
        if (step + 1) % walk == 0:
            later, value_after = np.zeros_like(later), np.zeros_like(value_after)
        surprise = rewards[:, step] + discount * value_after - values[:, step]
        later = (surprise + discount * smoothing * later).astype(np.float32)
        found[:, step] = later
        value_after = values[:, step]
    return found, found + values


class Ppo:
    """The network and its optimiser."""

    def __init__(self, network: ActorCritic, options: PpoOptions, seed: int) -> None:
        self.network = network
        self._options = options
        self._optimizer = torch.optim.Adam(network.parameters(), lr=options.learning_rate, eps=1e-5)
        self._generator = torch.Generator().manual_seed(seed)

    def update(self, seen: Episodes, progress: float) -> float:
        """Learn from episodes of the policy as it is. Returns the entropy in nats.

        `progress` from 0 to 1 anneals the learning rate to a tenth.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = self._options.learning_rate * (1 - 0.9 * progress)
        observations = torch.from_numpy(seen.observations)
        with torch.no_grad():
            values = self.network(observations, torch.from_numpy(seen.open))[1].numpy()
        gained, returns = advantages(
            seen.rewards, values, self._options.discount, self._options.smoothing, WALK
        )
        rows = (
            observations.flatten(0, 1),
            torch.from_numpy(seen.open).flatten(0, 1),
            torch.from_numpy(seen.actions).flatten(),
            torch.from_numpy(seen.log_probabilities).flatten(),
            torch.from_numpy(gained).flatten(),
            torch.from_numpy(returns).flatten(),
        )
        entropy = 0.0
        for _ in range(self._options.epochs):
            order = torch.randperm(len(rows[0]), generator=self._generator)
            for chosen in torch.split(order, self._options.minibatch):
                entropy = self._step(*(one[chosen] for one in rows))
        return entropy

    def _step(  # noqa: PLR0913, PLR0917 - one argument for each of the columns
        self,
        observations: torch.Tensor,
        open_: torch.Tensor,
        actions: torch.Tensor,
        before: torch.Tensor,
        gained: torch.Tensor,
        returns: torch.Tensor,
    ) -> float:
        options = self._options
        scaled = (gained - gained.mean()) / (gained.std() + 1e-8)
        log_probabilities, values = self.network(observations, open_)
        now = log_probabilities.gather(1, actions[:, None]).squeeze(1)
        ratio = torch.exp(now - before)
        clipped = ratio.clamp(1 - options.clip, 1 + options.clip)
        surrogate = torch.minimum(ratio * scaled, clipped * scaled).mean()
        entropy = -(log_probabilities.exp() * log_probabilities).sum(1).mean()
        fit = (values - returns).square().mean()
        loss = options.value * fit - surrogate - options.entropy * entropy
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), options.gradient_norm)
        self._optimizer.step()
        return float(entropy.detach())
