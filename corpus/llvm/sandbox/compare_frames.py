"""What travels when a function is compared before and after pass lists: request and answer."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """One function before and after some lists.

    `harness`: path of the harness's shared object; `unlocked`: run it even where nothing locks it
    in; the rest is `execution.compare`'s.
    """

    harness: str
    before: str
    afters: tuple[str, ...]
    seed: int
    inputs: int
    unlocked: bool

    def pack(self) -> bytes:
        """The payload of a COMPARE frame."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def unpack(cls, payload: bytes) -> "CompareRequest":
        """The reverse of `pack`."""
        said = json.loads(payload)
        return cls(**said | {"afters": tuple(said["afters"])})


@dataclass(frozen=True, slots=True)
class Answer:
    """One comparison; see `execution.Compared`."""

    verdict: str
    inputs: int
    reason: str
    input_seed: int | None = None
    cpu_us: int = 0


def pack_answers(answers: Sequence[Answer]) -> bytes:
    """The payload of a COMPARED frame."""
    return json.dumps([asdict(one) for one in answers]).encode()


def unpack_answers(payload: bytes) -> list[Answer]:
    """The reverse of `pack_answers`."""
    return [Answer(**one) for one in json.loads(payload)]
