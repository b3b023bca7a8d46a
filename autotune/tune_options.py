"""What the user asked of a campaign."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from autotune.errors import BadOption
from autotune.search.base import OBJECTIVES
from autotune.search.registry import ends_by_itself, factory_of

_MOST_EVALUATIONS: Final = 2**31 - 1
_SEEDS: Final = 2**63
"""What the columns of `campaigns` hold."""


@dataclass(frozen=True)
class TuneOptions:
    """What the user asked of a campaign.

    `evaluations` or `cpu_seconds` per function is None, or both are, for strategies that end by
    themselves. `coreset` is an id, `shipped` or `none`; None: what the lake has, or what is
    shipped. `stop_at`: the expected gain per CPU second under which `portfolio` ends a search.
    `gate`: whether winners are executed before they count.
    Raises BadOption for what cannot be carried out.
    """

    strategy: str
    objective: str
    evaluations: int | None
    cpu_seconds: float | None
    seed: int
    coreset: str | None = None
    stop_at: float | None = None
    gate: bool = True

    def __post_init__(self) -> None:
        """Raise BadOption for what cannot be carried out."""
        factory_of(self.strategy)
        if self.objective not in OBJECTIVES:
            raise BadOption(f"--objective {self.objective}: there is {', '.join(OBJECTIVES)}")
        if self.evaluations is not None and self.cpu_seconds is not None:
            raise BadOption("give one of --evaluations and --cpu-seconds")
        if self.unlimited and not ends_by_itself(self.strategy):
            raise BadOption(
                f"--strategy {self.strategy} never ends: "
                "give one of --evaluations and --cpu-seconds"
            )
        if not 0 <= (self.evaluations or 0) <= _MOST_EVALUATIONS:
            raise BadOption(f"--evaluations {self.evaluations}: from 0 to {_MOST_EVALUATIONS}")
        if not 0 <= (self.cpu_seconds or 0) < math.inf:
            raise BadOption(f"--cpu-seconds {self.cpu_seconds}: a number of seconds, 0 or more")
        if not 0 <= (self.stop_at or 0) < math.inf:
            raise BadOption(f"--stop-at {self.stop_at}: a number, 0 or more")
        if self.stop_at == 0 and self.unlimited:
            raise BadOption("--stop-at 0 never ends: give --evaluations or --cpu-seconds with it")
        if not -_SEEDS <= self.seed < _SEEDS:
            raise BadOption(f"--seed {self.seed}: an integer of 64 bits")

    @property
    def unlimited(self) -> bool:
        """Whether the strategy itself decides when a search ends."""
        return self.evaluations is None and self.cpu_seconds is None

    def document(self) -> dict[str, Any]:
        """As JSON values; what was not said and is new since the first campaigns is left out, so
        that theirs are still the names of the same commands.
        """
        unsaid = {"coreset": None, "stop_at": None, "gate": True}
        given = asdict(self)
        return {
            name: value
            for name, value in given.items()
            if name not in unsaid or value != unsaid[name]
        }

    def strategy_options(self) -> dict[str, str | int | float]:
        """What is for the strategy alone."""
        return {} if self.stop_at is None else {"stop_at": self.stop_at}
