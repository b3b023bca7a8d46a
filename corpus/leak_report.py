"""The report of `passlake corpus leaks`: what training has of held-out programs, pair by pair."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from corpus.fingerprint import FINGERPRINTER
from corpus.near import THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KINDS = ("exact", "structural", "near")
"""By falling strength; a function counts under the strongest that applies."""

_SHOWN = 25
_PROBABLY_A_COPY = 0.5
"""Share of a held-out program that one training program has, from which it is called a copy."""


@dataclass(frozen=True)
class ProgramPair:
    """A held-out program and a training program that share functions.

    `exact`, `structural` and `near` count functions of the training program, `held_out_functions`
    those of the other that training has the like of, of `held_out_total`. Where that is half or
    more, one program is probably a copy of the other, under another name or inside it.
    """

    held_out_program: str
    split: str
    training_program: str
    exact: int
    structural: int
    near: int
    held_out_functions: int
    held_out_total: int

    @property
    def copy(self) -> bool:
        """Whether half of the held-out program is in the training program."""
        return self.held_out_functions >= _PROBABLY_A_COPY * self.held_out_total


@dataclass(frozen=True)
class Leaks:
    """Everything that the `held_out` splits share with training.

    `training` counts the training functions concerned, by the strongest kind, of `training_total`;
    `held_out_functions` the held-out ones that training has the like of, of `held_out_total`.
    """

    held_out: tuple[str, ...]
    training: Mapping[str, int]
    training_total: int
    held_out_functions: int
    held_out_total: int
    without_fingerprints: int
    pairs: Sequence[ProgramPair]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "held_out": list(self.held_out),
            "threshold": THRESHOLD,
            "fingerprinter": FINGERPRINTER,
            "training": {**self.training, "total": self.training_total},
            "held_out_functions": self.held_out_functions,
            "held_out_total": self.held_out_total,
            "without_fingerprints": self.without_fingerprints,
            "pairs": [{**asdict(pair), "copy": pair.copy} for pair in self.pairs],
        }

    def rows(self) -> list[dict[str, Any]]:
        """The pairs with the most in common, for a table."""
        return [
            {
                "held out": f"{pair.held_out_program} ({pair.split})",
                "training": pair.training_program,
                **{kind: getattr(pair, kind) for kind in KINDS},
                "share of held out": f"{pair.held_out_functions} of {pair.held_out_total}",
                "": "copy?" if pair.copy else "",
            }
            for pair in self.pairs[:_SHOWN]
        ]

    def lines(self) -> list[str]:
        """For a person, after the table."""
        kinds = ", ".join(f"{kind} {self.training[kind]}" for kind in KINDS)
        splits = " and ".join(self.held_out)
        more = len(self.pairs) - _SHOWN
        lines = [f"and {more} pairs of programs that share less: --json"] if more > 0 else []
        lines.append(
            f"{sum(self.training.values())} of {self.training_total} training functions are like"
            f" functions of {splits} ({kinds}); a snapshot leaves them out"
        )
        lines.append(
            f"{self.held_out_functions} of {self.held_out_total} functions of {splits} have their"
            " like in training"
        )
        if self.without_fingerprints:
            lines.append(
                f"{self.without_fingerprints} functions have no fingerprint and were compared by"
                " content only: run `passlake corpus add` with the same sources again"
            )
        return lines
