"""What comes of one evaluation, as plain values: any process and any floor may hold them."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How an evaluation ended. Only `ok` has figures; the others are data, never a score."""

    OK = "ok"
    REJECTED = "rejected"  # the text does not parse
    CRASHED = "crashed"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    INVALID = "invalid"  # the verifier, changed external symbols, or an emptied body


@dataclass(frozen=True)
class Measurement:
    """One pass list applied to one module and measured.

    `instructions`, `object_bytes` (None where not asked for) and `state_hash` (a signed 64-bit
    integer) are of the module after the list, and None unless `outcome` is ok. `cpu_us`:
    processor microseconds of what was run for it; 0 where lists before it had run all of it, so a
    sum over a search is what the search cost, and no list's own price. `reason`: LLVM's first line,
    for what is not ok.
    """

    outcome: Outcome
    instructions: int | None = None
    object_bytes: int | None = None
    state_hash: int | None = None
    cpu_us: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        measured = self.instructions is not None and self.state_hash is not None
        assert measured == (self.outcome is Outcome.OK), self
