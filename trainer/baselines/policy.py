"""The policy of AutoPhase as plain arrays: what a worker needs to choose passes, without torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from trainer.baselines.plain_arrays import read_arrays, write_arrays
from trainer.errors import ModelMissing

Floats = NDArray[np.float32]

LAYERS = ("0", "1", "2")


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

    def log_probabilities(self, observations_BO: Floats) -> Floats:
        """[batch, actions]."""
        hidden = (observations_BO - self.mean) / self.spread
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            hidden = np.tanh(hidden @ weight.T + bias)
        logits = hidden @ self.weights[-1].T + self.biases[-1]
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
