"""Frames between the supervisor and a sandbox child.

A frame is its kind (one byte), the length of its payload (4 bytes, little-endian) and the payload.
Requests and replies are answered in order. The figures of an evaluation travel as one fixed struct,
since there are thousands of them a second.
"""

import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from corpus.llvm.measurement import Measurement, Outcome


class Kind(IntEnum):
    """What a frame asks for or answers."""

    LOAD = 1  # a flag byte, then a module -> LOADED; replaces the module loaded before
    EVALUATE = 2  # a flag byte, then pass lists, one a line -> one MEASURED each
    APPLY = 3  # one pass list, or nothing -> TEXT of the loaded module after it
    PREPARE = 4  # module bytes -> TEXT ready to be sliced
    END = 5  # the child exits
    OBJECT = 6  # nothing -> SIZE of the loaded module's object
    KILLS = 7  # a step that an earlier child died of, and what came of it; no answer
    PROGRAM = 8  # a program_frames.ProgramRequest -> RAN; its body is read by a fork of the child
    BATCH = 10  # a program_frames.BatchRequest -> RAN with a BatchAnswer, likewise
    MUTATE = 12  # a mutant_frames.MutantRequest -> MUTANTS
    LOCK = 9  # nothing -> TEXT: what locks foreign code in
    COMPARE = 11  # a compare_frames.CompareRequest -> COMPARED
    LOADED = 16  # figures, then triple, definitions and exports, then the text if asked for
    MEASURED = 17
    TEXT = 18
    SIZE = 20  # 4 bytes
    FAULT = 19  # the request could not be done: LLVM's first line
    RAN = 22  # a program_frames.ProgramAnswer
    REFUSED = 23  # foreign code is not run, because nothing locks it in: the way out
    COMPARED = 24  # one compare_frames.Answer for each list
    MUTANTS = 25  # mutant_frames.Mutant, as many as were made
    STEP = 21  # state hash and item: comes before each step of an EVALUATE that is AT_ONCE


WITH_OBJECT = 1
"""Flag of LOAD and EVALUATE: measure object bytes too."""

KEEP_NAMES = 2
"""Flag of LOAD: local values keep their names, for a module whose text is wanted."""

AT_ONCE = 4
"""Flag of EVALUATE: forget what other lists taught, say every step before it is taken, and answer
each list before the next one runs, so that a death has a list, a step and no other cause."""

ALONE = 16
"""Flag of LOAD: every list runs whole, from the loaded module, and shares nothing with others."""

WITH_TEXT = 8
"""Flag of LOAD: the module's canonical text comes with the answer."""

MAX_REASON_BYTES = 200
"""Reasons are cut here, so that replies that wait in the pipe never fill it."""

_HEADER = struct.Struct("<BI")
_COST = struct.Struct("<IQQQQIIIII")
_STATE = struct.Struct("<Biiq")
_MEASURED = struct.Struct("<BIIQQQQIIIII")  # a header and _COST in one
_LOADED = struct.Struct("<iiqI")
_SIZE = struct.Struct("<i")
_STEP = struct.Struct("<q")
_OUTCOMES = tuple(Outcome)
_NOT_MEASURED = -1
_OUTBOX_BYTES = 1 << 16


@dataclass(frozen=True)
class Loaded:
    """Facts of a loaded module.

    `instructions` and `state_hash` are of the module before any pass; `object_bytes` is None where
    it was not asked for; `definitions` are the functions with a body, and `exported` the symbols,
    variables too, that a linker would see defined. `text` is the canonical text, empty where it was
    not asked for.
    """

    instructions: int
    object_bytes: int | None
    state_hash: int
    triple: str
    definitions: tuple[str, ...]
    exported: tuple[str, ...]
    text: str = ""


class Spent(NamedTuple):
    """What one evaluation cost: processor microseconds, and wall nanoseconds by part.

    Only what was run for it: a list whose end was known costs nothing. `clone_ns`: LLVM's making of
    clones and their disposal; `passes_ns`: LLVM's passes; `rest_ns`: printing, hashing, verifying,
    counting and Python. `saved_ns`: what the steps that were known took when they were run. Of
    `asked` items `ran` were run, the others known in one of three ways; see `states.Walk`.
    """

    cpu_us: int = 0
    clone_ns: int = 0
    passes_ns: int = 0
    rest_ns: int = 0
    saved_ns: int = 0
    asked: int = 0
    ran: int = 0
    by_prefix: int = 0
    by_no_op: int = 0
    by_state: int = 0


def pack_state(measurement: Measurement) -> bytes:
    """What an evaluation found, without its cost: packed once for each state."""
    figures = _STATE.pack(
        _OUTCOMES.index(measurement.outcome),
        _or_none(measurement.instructions),
        _or_none(measurement.object_bytes),
        measurement.state_hash or 0,
    )
    return figures + measurement.reason.encode()[:MAX_REASON_BYTES]


def measured_frame(state: bytes, spent: Spent) -> bytes:
    """A MEASURED frame of a packed state and what it cost to get there this time."""
    return _MEASURED.pack(Kind.MEASURED, _COST.size + len(state), *spent) + state


def pack_step(digest: int, item: bytes) -> bytes:
    """A step as the payload of STEP, and the beginning of a KILLS."""
    return _STEP.pack(digest) + item


def pack_kill(step: bytes, measurement: Measurement) -> bytes:
    """A packed step and what came of it as the payload of KILLS."""
    return _HEADER.pack(0, len(step)) + step + pack_state(measurement)


def unpack_kill(payload: bytes) -> tuple[tuple[int, bytes], bytes]:
    """The reverse of `pack_kill`; the measurement stays packed."""
    _, length = _HEADER.unpack_from(payload)
    step, measurement = payload[_HEADER.size :][:length], payload[_HEADER.size + length :]
    (digest,) = _STEP.unpack_from(step)
    return (digest, step[_STEP.size :]), measurement


def unpack_measured(payload: bytes) -> tuple[Measurement, Spent]:
    """The measurement and the cost that a MEASURED frame holds."""
    spent = Spent(*_COST.unpack_from(payload))
    code, count, size, digest = _STATE.unpack_from(payload, _COST.size)
    outcome = _OUTCOMES[code]
    ok = outcome is Outcome.OK
    measurement = Measurement(
        outcome,
        count if ok else None,
        size if size != _NOT_MEASURED else None,
        digest if ok else None,
        spent.cpu_us,
        payload[_COST.size + _STATE.size :].decode(errors="replace"),
    )
    return measurement, spent


def pack_loaded(loaded: Loaded) -> bytes:
    """Facts of a loaded module as the payload of LOADED."""
    listed = "\0".join([loaded.triple, *loaded.definitions, "", *loaded.exported])
    names = listed.encode(errors="surrogateescape")
    size = _or_none(loaded.object_bytes)
    figures = _LOADED.pack(loaded.instructions, size, loaded.state_hash, len(names))
    return b"".join([figures, names, loaded.text.encode(errors="surrogateescape")])


def unpack_loaded(payload: bytes) -> Loaded:
    """The reverse of `pack_loaded`."""
    instructions, size, digest, length = _LOADED.unpack_from(payload)
    names_end = _LOADED.size + length
    triple, *names = payload[_LOADED.size : names_end].decode(errors="surrogateescape").split("\0")
    middle = names.index("")
    return Loaded(
        instructions,
        size if size != _NOT_MEASURED else None,
        digest,
        triple,
        tuple(names[:middle]),
        tuple(names[middle + 1 :]),
        payload[names_end:].decode(errors="surrogateescape"),
    )


def pack_size(object_bytes: int) -> bytes:
    """The payload of SIZE."""
    return _SIZE.pack(object_bytes)


def unpack_size(payload: bytes) -> int:
    """The reverse of `pack_size`."""
    size: int = _SIZE.unpack(payload)[0]
    return size


def frame(kind: Kind, payload: bytes = b"") -> bytes:
    """One frame as it travels."""
    return _HEADER.pack(kind, len(payload)) + payload


def write(descriptor: int, frames: bytes | memoryview) -> None:
    """Send whole frames. Raises BrokenPipeError when the other side is gone."""
    with memoryview(frames) as left:
        sent = 0
        while sent < len(left):
            sent += os.write(descriptor, left[sent:])


class Outbox:
    """Frames that wait to be sent together.

    When they are sent depends on the clock; the memory that they take does not. Passes order some
    of their work by addresses: a heap that grew with the clock would show in what lists come to.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room = bytearray(_OUTBOX_BYTES)
        self._size = 0

    def add(self, frames: bytes) -> None:
        """Keep them for later. Raises BrokenPipeError when the other side is gone."""
        if self._size + len(frames) > _OUTBOX_BYTES:
            self.send()
        self._room[self._size : self._size + len(frames)] = frames
        self._size += len(frames)

    def send(self) -> None:
        """Send all. Raises BrokenPipeError when the other side is gone."""
        with memoryview(self._room) as room:
            write(self._descriptor, room[: self._size])
        self._size = 0


def write_frame(descriptor: int, kind: Kind, payload: bytes = b"") -> None:
    """Send one frame. Raises BrokenPipeError when the other side is gone."""
    write(descriptor, frame(kind, payload))


def read_header(descriptor: int) -> tuple[Kind, int]:
    """Wait for a frame: its kind, and how many bytes follow. Raises EOFError as `read_exactly`."""
    kind, length = _HEADER.unpack(read_exactly(descriptor, _HEADER.size))
    return Kind(kind), length


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
    """`length` bytes. Raises EOFError when the other side closes before.

    In how many pieces they come is chance, and must not show in what memory is asked for.
    """
    whole = bytearray(length)
    with memoryview(whole) as room:
        there = 0
        while there < length:
            more = os.readv(descriptor, [room[there:]])
            if not more:
                raise EOFError
            there += more
    return bytes(whole)


def _or_none(value: int | None) -> int:
    return _NOT_MEASURED if value is None else value
