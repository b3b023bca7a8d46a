"""A translation unit to be made small, and what became of it: plain values."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """A translation unit to be made small.

    `module`: bitcode before any pass; `oz_object`: the object that `clang -Oz` makes of it;
    `object_of` makes clang's object of bitcode that passes have run on; `oz_cpu_s`: CPU seconds
    that clang needed for it, by which a list's time is limited.
    """

    module: bytes
    oz_object: bytes
    object_of: Callable[[bytes], bytes]
    oz_cpu_s: float


@dataclass(frozen=True)
class Optimised:
    """What became of a unit.

    `module` is None where nothing beats -Oz: then `object` is -Oz's. `instructions` are those of
    the sandbox, None where -Oz itself did not come to an end there. `note`: why the search ended
    early or found nothing to take, else empty. `troubled`: LLVM or the machine ended it. `cpu_s`
    counts everything, the tools' processes included. `gate`: what the gate's programs say of the
    list (agreed or inconclusive), same_as_oz, or not_run.
    """

    pass_list: str
    object: bytes
    module: bytes | None
    oz_bytes: int
    object_bytes: int
    oz_instructions: int | None
    instructions: int | None
    evaluations: int
    cpu_s: float
    note: str
    troubled: bool
    gate: str

    @property
    def saved_bytes(self) -> int:
        """Object bytes below -Oz."""
        return self.oz_bytes - self.object_bytes
