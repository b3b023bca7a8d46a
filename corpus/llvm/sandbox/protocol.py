"""Frames between the supervisor and a sandbox child.

A frame is its kind (one byte), the length of its payload (4 bytes, little-endian) and the payload.
Requests and replies are answered in order. The figures of an evaluation travel as one fixed struct,
since there are thousands of them a second.
"""

import os
import struct
from dataclasses import dataclass
from enum import IntEnum

from corpus.llvm.measurement import Measurement, Outcome


class Kind(IntEnum):
    """What a frame asks for or answers."""

    LOAD = 1  # a flag byte, then a module -> LOADED; replaces the module loaded before
    EVALUATE = 2  # a flag byte, then pass lists, one a line -> one MEASURED each
    APPLY = 3  # one pass list, or nothing -> TEXT of the loaded module after it
    PREPARE = 4  # module bytes -> TEXT ready to be sliced
    END = 5  # the child exits
    LOADED = 16  # instructions, object bytes, state hash, then triple, definitions and exports
    MEASURED = 17
    TEXT = 18
    FAULT = 19  # the request could not be done: LLVM's first line


WITH_OBJECT = 1
"""Flag of LOAD and EVALUATE: measure object bytes too."""

KEEP_NAMES = 2
"""Flag of LOAD: local values keep their names, for a module whose text is wanted."""

MAX_REASON_BYTES = 200
"""Reasons are cut here, so that replies that wait in the pipe never fill it."""

_HEADER = struct.Struct("<BI")
_MEASURED = struct.Struct("<BiiqIIII")
_LOADED = struct.Struct("<iiq")
_OUTCOMES = tuple(Outcome)
_NOT_MEASURED = -1


@dataclass(frozen=True)
class Loaded:
    """Facts of a loaded module.

    `instructions` and `state_hash` are of the module before any pass; `object_bytes` is None where
    it was not asked for; `definitions` are the functions with a body, and `exported` the symbols,
    variables too, that a linker would see defined.
    """

    instructions: int
    object_bytes: int | None
    state_hash: int
    triple: str
    definitions: tuple[str, ...]
    exported: tuple[str, ...]


@dataclass(frozen=True)
class Spent:
    """Nanoseconds of one evaluation, by part.

    `clone_ns` and `passes_ns` in LLVM's clone and passes, `rest_ns` in hashing, verifying,
    counting and Python.
    """

    clone_ns: int = 0
    passes_ns: int = 0
    rest_ns: int = 0


def pack_measured(measurement: Measurement, spent: Spent) -> bytes:
    """An evaluation's figures as the payload of MEASURED."""
    return (
        _MEASURED.pack(
            _OUTCOMES.index(measurement.outcome),
            _or_none(measurement.instructions),
            _or_none(measurement.object_bytes),
            measurement.state_hash or 0,
            measurement.cpu_us,
            spent.clone_ns,
            min(spent.passes_ns, 0xFFFFFFFF),
            min(spent.rest_ns, 0xFFFFFFFF),
        )
        + measurement.reason.encode()[:MAX_REASON_BYTES]
    )


def unpack_measured(payload: bytes) -> tuple[Measurement, Spent]:
    """The reverse of `pack_measured`."""
    code, count, size, digest, cpu_us, clone_ns, passes_ns, rest_ns = _MEASURED.unpack_from(payload)
    outcome = _OUTCOMES[code]
    measurement = Measurement(
        outcome,
        count if outcome is Outcome.OK else None,
        size if size != _NOT_MEASURED else None,
        digest if outcome is Outcome.OK else None,
        cpu_us,
        payload[_MEASURED.size :].decode(errors="replace"),
    )
    return measurement, Spent(clone_ns, passes_ns, rest_ns)


def pack_loaded(loaded: Loaded) -> bytes:
    """Facts of a loaded module as the payload of LOADED."""
    names = "\0".join([loaded.triple, *loaded.definitions, "", *loaded.exported])
    figures = (loaded.instructions, _or_none(loaded.object_bytes), loaded.state_hash)
    return _LOADED.pack(*figures) + names.encode(errors="surrogateescape")


def unpack_loaded(payload: bytes) -> Loaded:
    """The reverse of `pack_loaded`."""
    instructions, size, digest = _LOADED.unpack_from(payload)
    triple, *names = payload[_LOADED.size :].decode(errors="surrogateescape").split("\0")
    middle = names.index("")
    return Loaded(
        instructions,
        size if size != _NOT_MEASURED else None,
        digest,
        triple,
        tuple(names[:middle]),
        tuple(names[middle + 1 :]),
    )


def write_frame(descriptor: int, kind: Kind, payload: bytes = b"") -> None:
    """Send one frame. Raises BrokenPipeError when the other side is gone."""
    frame = memoryview(_HEADER.pack(kind, len(payload)) + payload)
    while frame:
        frame = frame[os.write(descriptor, frame) :]


def read_frame(descriptor: int) -> tuple[Kind, bytes]:
    """Wait for one frame. Raises EOFError when the other side is gone."""
    kind, length = _HEADER.unpack(read_exactly(descriptor, _HEADER.size))
    return Kind(kind), read_exactly(descriptor, length)


def take_frame(buffer: bytearray) -> tuple[Kind, bytes] | None:
    """Take one whole frame off the front of what was read so far, or None while it is not whole."""
    if len(buffer) < _HEADER.size:
        return None
    kind, length = _HEADER.unpack_from(buffer)
    end = _HEADER.size + length
    if len(buffer) < end:
        return None
    payload = bytes(memoryview(buffer)[_HEADER.size : end])
    del buffer[:end]
    return Kind(kind), payload


def read_exactly(descriptor: int, length: int) -> bytes:
    """`length` bytes. Raises EOFError when the other side closes before."""
    parts = []
    while length:
        part = os.read(descriptor, min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _or_none(value: int | None) -> int:
    return _NOT_MEASURED if value is None else value
