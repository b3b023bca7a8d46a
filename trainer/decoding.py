"""How lists are decoded, by the names that `--decoding` takes and `predictions.decoding` has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from trainer.errors import BadDecoding

GREEDY: Final = "greedy"
PRIORITY: Final = "priority"
SAMPLED: Final = "sampled"
_MOST: Final = 1000
"""Samples for one function: beyond, a search of as many evaluations knows more."""


@dataclass(frozen=True)
class Decoding:
    """greedy: one list; priority: `samples` by priority; sampled: drawn, which servers can do.

    `full`: with the counts and the IR that the model says, which goes with greedy alone.
    """

    kind: str = GREEDY
    samples: int = 1
    full: bool = False

    def __post_init__(self) -> None:
        """Raises BadDecoding."""
        if self.kind not in {GREEDY, PRIORITY, SAMPLED}:
            raise BadDecoding(f"--decoding {self.kind}: there are {_NAMES}")
        if not 1 <= self.samples <= _MOST or (self.kind == GREEDY and self.samples != 1):
            raise BadDecoding(f"--decoding {self.name}: from 1 to {_MOST} samples, greedy is one")
        if self.full and self.kind != GREEDY:
            raise BadDecoding(f"--full goes with --decoding {GREEDY}, not with {self.kind}")

    @classmethod
    def named(cls, name: str, *, full: bool = False) -> Self:
        """The decoding of a name: greedy, priority:N or sampled:N.

        Raises:
            BadDecoding: there is none of this name.
        """
        kind, colon, samples = name.partition(":")
        if (kind == GREEDY) is bool(colon) or (colon and not samples.isdecimal()):
            raise BadDecoding(f"--decoding {name}: there are {_NAMES}")
        return cls(kind, int(samples) if colon else 1, full)

    @property
    def name(self) -> str:
        """As in `predictions.decoding`: whole answers are rows of their own."""
        if self.kind == GREEDY:
            return f"{GREEDY}:full" if self.full else GREEDY
        return f"{self.kind}:{self.samples}"


_NAMES: Final = f"{GREEDY}, {PRIORITY}:N and, of a server, {SAMPLED}:N"
