"""What travels when miscompilations are planted: request and mutants."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class MutantRequest:
    """A one-function module as text, and a seed for each mutant that is wanted."""

    module: str
    seeds: tuple[int, ...]

    def pack(self) -> bytes:
        """The payload of a MUTATE frame."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, payload: bytes) -> "MutantRequest":
        """The reverse of `pack`."""
        said = json.loads(payload)
        return cls(said["module"], tuple(said["seeds"]))


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one miscompilation. `kind`: as `mutate.Planted` says; `seed`: the one given."""

    seed: int
    kind: str
    text: str


def pack_mutants(mutants: Sequence[Mutant]) -> bytes:
    """The payload of a MUTANTS frame."""
    return json.dumps([asdict(one) for one in mutants]).encode()


def unpack_mutants(payload: bytes) -> list[Mutant]:
    """The reverse of `pack_mutants`."""
    return [Mutant(**one) for one in json.loads(payload)]
