"""What travels when whole programs are run: the request's body, the fork's notes, the answer."""

import struct
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum

_REQUEST = struct.Struct("<IIBII")
_NOTES = struct.Struct("<Bq")
_ANSWER = struct.Struct("<BqIBHHI")
_HASH = struct.Struct("<q")
_PROGRAM = struct.Struct("<II")
_ENTRY = struct.Struct("<BqiHI")
_BATCH = struct.Struct("<iIHH")
_MOST_TEXT = 2000


class Stage(IntEnum):
    """How far a program came; it ended there, well or not."""

    READING = 0  # the request; a program that LLVM cannot parse is BAD
    BAD = 1
    APPLYING = 2
    REJECTED = 3  # the pass list's text
    INVALID = 4  # the verifier is not content with what the list left
    KNOWN = 5  # the caller knows this state
    COMPILING = 6  # and linking
    NOT_LINKED = 7
    RUNNING = 8


@dataclass(frozen=True, slots=True)
class ProgramRequest:
    """One program and one list.

    `apply_s` bounds reading, applying and compiling, `wall_s` running, in seconds. Where the state
    after the list is `known`, nothing is compiled or run. `unlocked`: run it even where nothing
    locks it in.
    """

    module: bytes
    pass_list: str
    known: Collection[int]
    apply_s: float
    wall_s: float
    unlocked: bool

    def pack(self) -> bytes:
        """The body of a PROGRAM frame."""
        listed = self.pass_list.encode()
        times = (round(self.apply_s * 1e3), round(self.wall_s * 1e3))
        head = _REQUEST.pack(*times, self.unlocked, len(self.known), len(listed))
        return b"".join([head, *map(_HASH.pack, self.known), listed, self.module])

    @classmethod
    def unpack(cls, body: bytes) -> "ProgramRequest":
        """The reverse of `pack`."""
        apply_ms, wall_ms, unlocked, count, length = _REQUEST.unpack_from(body)
        listed = _REQUEST.size + count * _HASH.size
        known = {one for (one,) in _HASH.iter_unpack(body[_REQUEST.size : listed])}
        return cls(
            body[listed + length :],
            body[listed : listed + length].decode(),
            known,
            apply_ms / 1e3,
            wall_ms / 1e3,
            bool(unlocked),
        )


HEAD_BYTES = _REQUEST.size


def limits_of(head: bytes) -> tuple[float, float, bool]:
    """From the first HEAD_BYTES of a request: `apply_s`, `wall_s` and `unlocked`."""
    apply_ms, wall_ms, unlocked, _, _ = _REQUEST.unpack(head)
    return apply_ms / 1e3, wall_ms / 1e3, bool(unlocked)


def count_of(head: bytes) -> int:
    """From the first HEAD_BYTES of a batch's request: the number of programs."""
    count: int = _REQUEST.unpack(head)[3]
    return count


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """Several programs under one list, each with the hashes known of it; see `ProgramRequest`."""

    programs: Sequence[tuple[bytes, Collection[int]]]
    pass_list: str
    apply_s: float
    wall_s: float
    unlocked: bool

    def pack(self) -> bytes:
        """The body of a BATCH frame."""
        listed = self.pass_list.encode()
        times = (round(self.apply_s * 1e3), round(self.wall_s * 1e3))
        parts = [_REQUEST.pack(*times, self.unlocked, len(self.programs), len(listed)), listed]
        for module, known in self.programs:
            parts += [_PROGRAM.pack(len(module), len(known)), *map(_HASH.pack, known), module]
        return b"".join(parts)

    @classmethod
    def unpack(cls, body: bytes) -> "BatchRequest":
        """The reverse of `pack`."""
        apply_ms, wall_ms, unlocked, count, length = _REQUEST.unpack_from(body)
        at = _REQUEST.size + length
        pass_list = body[_REQUEST.size : at].decode()
        programs = []
        for _ in range(count):
            size, hashes = _PROGRAM.unpack_from(body, at)
            start = at + _PROGRAM.size + hashes * _HASH.size
            known = {one for (one,) in _HASH.iter_unpack(body[at + _PROGRAM.size : start])}
            at = start + size
            programs.append((body[start:at], known))
        return cls(programs, pass_list, apply_ms / 1e3, wall_ms / 1e3, bool(unlocked))


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One program of a batch: how far it came, and what it wrote.

    `status` is its exit status, None where it did not come to its end. Status and output are said
    by the process in which it ran.
    """

    stage: Stage
    state_hash: int
    status: int | None
    reason: str
    output: bytes


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """All programs of a batch; `at`: the one during which the fork ended early, or None."""

    entries: Sequence[BatchEntry]
    at: int | None
    how: str
    said: str
    cpu_us: int

    def pack(self) -> bytes:
        """The body of a RAN frame."""
        how, said = self.how.encode(), self.said.encode()[:_MOST_TEXT]
        at = -1 if self.at is None else self.at
        parts = [_BATCH.pack(at, self.cpu_us, len(how), len(said)), how, said]
        for one in self.entries:
            reason = one.reason.encode()
            status = -1 if one.status is None else one.status
            sizes = (len(reason), len(one.output))
            parts += [_ENTRY.pack(one.stage, one.state_hash, status, *sizes), reason, one.output]
        return b"".join(parts)

    @classmethod
    def unpack(cls, body: bytes) -> "BatchAnswer":
        """The reverse of `pack`."""
        at, cpu_us, *sizes = _BATCH.unpack_from(body)
        how, said, place = _texts(body, _BATCH.size, sizes)
        entries = []
        while place < len(body):
            stage, state_hash, status, *sizes = _ENTRY.unpack_from(body, place)
            reason, output, place = _texts(body, place + _ENTRY.size, sizes)
            ended = None if status < 0 else status
            entries.append(
                BatchEntry(Stage(stage), state_hash, ended, reason.decode(errors="replace"), output)
            )
        words = how.decode(), said.decode(errors="replace")
        return cls(entries, None if at < 0 else at, *words, cpu_us)


def _texts(body: bytes, at: int, sizes: Sequence[int]) -> tuple[bytes, bytes, int]:
    """Two texts of these sizes from `at` on, and where they end."""
    first, second = sizes
    return body[at : at + first], body[at + first : at + first + second], at + first + second


def pack_notes(stage: Stage, state_hash: int, reason: str) -> bytes:
    """What the fork knows, for memory that it shares with its parent."""
    return _NOTES.pack(stage, state_hash) + reason.encode()[:_MOST_TEXT] + b"\0"


@dataclass(frozen=True, slots=True)
class ProgramAnswer:
    """How it went.

    `how` the fork ended, in the words of `runner.Ended`; `state_hash` from KNOWN on; `reason` of a
    stage that is an end; `said`: LLVM's messages; `output`: what the program printed.
    """

    stage: Stage
    state_hash: int
    reason: str
    how: str
    said: str
    output: bytes
    cpu_us: int

    @classmethod
    def of_notes(
        cls, notes: bytes, how: str, said: bytes, output: bytes, cpu_us: int
    ) -> "ProgramAnswer":
        """The answer, from what the fork left in `notes`."""
        stage, state_hash = _NOTES.unpack_from(notes)
        reason = notes[_NOTES.size : notes.index(b"\0", _NOTES.size)]
        texts = (reason.decode(errors="replace"), how, said.decode(errors="replace"))
        return cls(Stage(stage), state_hash, *texts, output, cpu_us)

    def pack(self) -> bytes:
        """The body of a RAN frame."""
        texts = [one.encode()[:_MOST_TEXT] for one in (self.how, self.reason, self.said)]
        sizes = [len(one) for one in texts]
        head = _ANSWER.pack(self.stage, self.state_hash, self.cpu_us, *sizes, len(self.output))
        return b"".join([head, *texts, self.output])

    @classmethod
    def unpack(cls, body: bytes) -> "ProgramAnswer":
        """The reverse of `pack`."""
        stage, state_hash, cpu_us, *sizes = _ANSWER.unpack_from(body)
        parts, at = [], _ANSWER.size
        for size in sizes:
            parts.append(body[at : at + size])
            at += size
        how, reason, said = (one.decode(errors="replace") for one in parts[:3])
        return cls(Stage(stage), state_hash, reason, how, said, parts[3], cpu_us)
