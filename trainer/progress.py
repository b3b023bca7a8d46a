"""How far a run has come: what a checkpoint keeps beside tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

REMEMBERED: Final = 100
"""Norms of past steps that a leap is told by."""


@dataclass
class Progress:
    """What decides the next step beside tensors, and what was found so far.

    `tokens` were seen, padding left out; `seconds` were spent on steps. `norms` are the gradients'
    of the last steps that counted, `skipped` how many steps in a row did not, `skips` how many in
    all. `validations` are documents of `trainer.validation`, in order.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    skipped: int = 0
    skips: int = 0
    norms: list[float] = field(default_factory=list)
    validations: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def advance(self, tokens: int, seconds: float, norm: float | None) -> None:
        """One step more; `norm` is its gradient's, None where the step did not count."""
        self.step += 1
        self.tokens += tokens
        self.seconds += seconds
        if norm is None:
            self.skipped += 1
            self.skips += 1
        else:
            self.skipped = 0
            self.norms = [*self.norms, norm][-REMEMBERED:]
