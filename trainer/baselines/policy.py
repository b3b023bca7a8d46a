"""The policy of AutoPhase as plain arrays: what a worker needs to choose passes, without torch."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trainer.baselines.pass_walk import width
from trainer.baselines.plain_arrays import read_arrays, write_arrays
from trainer.errors import ModelMissing

Floats = NDArray[np.float32]

LAYERS = ("0", "1", "2")

CLOSED = np.float32(-1e9)
"""The logit of an action that is not open."""


@dataclass(frozen=True)
class Policy:
    """A perceptron of two hidden layers over standardised observations.

    `weights[i]` is [out, in], `biases[i]` [out]; `mean` and `spread` standardise an observation.
    """

    actions: tuple[str, ...]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    mean: Floats
    spread: Floats

    def log_probabilities(self, observations: Floats, open_: NDArray[np.bool_]) -> Floats:
        """[batch, actions], the chance spread over those that are open."""
        hidden = (observations - self.mean) / self.spread
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = np.tanh(hidden @ weight.T + bias)
        logits = hidden @ self.weights[-1].T + self.biases[-1]
        logits = np.where(open_, logits, CLOSED)
        logits -= logits.max(axis=1, keepdims=True)
        said: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return said

    def save(self, path: Path) -> None:
        """Write plain arrays: no pickle."""
        layers = {f"weight_{place}": one for place, one in zip(LAYERS, self.weights, strict=True)}
        layers |= {f"bias_{place}": one for place, one in zip(LAYERS, self.biases, strict=True)}
        named = {"actions": np.array(self.actions), "mean": self.mean, "spread": self.spread}
        write_arrays(path, named | layers)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises ModelMissing."""
        try:
            kept = read_arrays(path)
            return cls(
                tuple(map(str, kept["actions"])),
                tuple(kept[f"weight_{place}"] for place in LAYERS),
                tuple(kept[f"bias_{place}"] for place in LAYERS),
                kept["mean"],
                kept["spread"],
            )
        except (OSError, ValueError, KeyError) as error:
            raise ModelMissing(f"{path} is no policy ({error}): train it again") from error


def uniform(actions: Sequence[str]) -> Policy:
    """A policy whose every weight is 0: all open actions are as likely."""
    sizes = (width(actions), 1, 1, len(actions))
    return Policy(
        tuple(actions),
        tuple(
            np.zeros((after, before), dtype=np.float32)
            for before, after in itertools.pairwise(sizes)
        ),
        tuple(np.zeros(after, dtype=np.float32) for after in sizes[1:]),
        np.zeros(sizes[0], dtype=np.float32),
        np.ones(sizes[0], dtype=np.float32),
    )
