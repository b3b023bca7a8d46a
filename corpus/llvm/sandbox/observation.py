"""What was seen of a run, and whether two runs were seen to do the same.

Bytes that differ between two runs of the instrumented copy under different fill patterns come from
memory that nobody wrote: they have no value, and any value is the same there.
"""

import ctypes
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.harness_memory import Record

_WORD_BYTES = 8
_CHANGED_BYTES = 24

ENDINGS = {
    harness.RETURNED: "returns",
    harness.ABORTED: "aborts",
    harness.TOO_LONG: "does not end",
    harness.UNDEFINED: "is undefined",
    harness.NOT_RUN: "was not run",
}
_SIGNALS = {4: "SIGILL", 5: "SIGTRAP", 7: "SIGBUS", 8: "SIGFPE", 11: "SIGSEGV"}


_HEAD = struct.Struct("<II24xIIQIIQQ")
_END_OF_HEAD = Record.coverage.offset
assert _HEAD.size == _END_OF_HEAD, "the head of a record is what lies before its coverage"


@dataclass(frozen=True, slots=True)
class Seen:
    """One run's record, out of foreign hands.

    `died`: how its process ended, if it did. What is asked for only where two runs differ is taken
    out of the record then.
    """

    ending: int
    code: int
    calls: int
    trace_bytes: int
    trace_hash: int
    output_bytes: int
    changed: int
    output_hash: int
    changed_hash: int
    result: bytes
    record: bytes
    died: str = ""

    @classmethod
    def of(cls, record: Record, result_bytes: int) -> "Seen":
        """Copy what a runner left. Whatever it says is only compared."""
        raw = ctypes.string_at(ctypes.addressof(record), ctypes.sizeof(record))
        figures: tuple[int, ...] = _HEAD.unpack_from(raw)
        ending, code, calls, trace_bytes, trace_hash, output_bytes, changed, *hashes = figures
        coded = ending in {harness.EXITED, harness.SIGNALLED, harness.NO_RETURN}
        return cls(
            ending=ending,
            code=code if coded else 0,
            calls=calls,
            trace_bytes=trace_bytes,
            trace_hash=trace_hash,
            output_bytes=output_bytes,
            changed=changed,
            output_hash=hashes[0],
            changed_hash=hashes[1],
            result=raw[Record.result.offset :][:result_bytes],
            record=raw,
        )

    @classmethod
    def dead(cls, how: str) -> "Seen":
        """A run that took its process with it."""
        return cls(harness.SIGNALLED, 0, 0, 0, 0, 0, 0, 0, 0, b"", b"", how)

    @property
    def trace(self) -> bytes:
        """The first calls, with arguments and a hash of what memory held at each."""
        return self.record[Record.trace.offset :][: min(self.trace_bytes, harness.TRACE_BYTES)]

    @property
    def output(self) -> bytes:
        """The beginning of what was written."""
        return self.record[Record.output.offset :][: min(self.output_bytes, harness.OUTPUT_BYTES)]

    @property
    def coverage(self) -> bytes:
        """Bits of blocks, then as many of ways between them."""
        return self.record[_END_OF_HEAD:][: harness.COVERAGE_BYTES]

    @property
    def words(self) -> dict[int, tuple[bytes, bytes]]:
        """Address of a word that changed → what it holds, and what it held."""
        kept = min(self.changed, harness.MOST_CHANGED)
        raw = self.record[Record.words.offset :][: kept * _CHANGED_BYTES]
        return {
            int.from_bytes(raw[at : at + 8], "little"): (
                raw[at + 8 : at + 16],
                raw[at + 16 : at + 24],
            )
            for at in range(0, len(raw), _CHANGED_BYTES)
        }

    @property
    def how(self) -> str:
        """How it ended, for people."""
        if self.died:
            return f"ends its process ({self.died})"
        if self.ending == harness.EXITED:
            return f"exits with {self.code}"
        if self.ending == harness.SIGNALLED:
            return f"ends with {_SIGNALS.get(self.code, f'signal {self.code}')}"
        if self.ending == harness.NO_RETURN:
            return "calls what does not return"
        return ENDINGS.get(self.ending, "ends otherwise")


@dataclass(frozen=True, slots=True)
class Unset:
    """Which bytes have no value: a mask for each part of a record, 255 where a byte counts."""

    result: bytes = b""
    trace: bytes = b""
    words: dict[int, bytes] = field(default_factory=dict)


def undefined_bytes(one: Seen, other: Seen) -> Unset | None:
    """What differs between the runs under two fill patterns; None where too much does."""
    if one.ending != other.ending or one.code != other.code:
        return None
    if one.calls != other.calls or one.trace_bytes != other.trace_bytes:
        return None
    if one.output_hash != other.output_hash or one.output_bytes != other.output_bytes:
        return None
    if one.trace_hash != other.trace_hash and one.trace_bytes > harness.TRACE_BYTES:
        return None
    if (
        one.changed_hash != other.changed_hash
        and max(one.changed, other.changed) > harness.MOST_CHANGED
    ):
        return None
    words = {}
    if one.changed_hash != other.changed_hash:
        for at, first, second in _left(one, other):
            if first != second:
                words[at] = _same(first, second)
    return Unset(_same(one.result, other.result), _same(one.trace, other.trace), words)


def _left(one: Seen, other: Seen) -> Iterator[tuple[int, bytes, bytes]]:
    """Words that either run changed, with what both left there."""
    first, second = one.words, other.words
    for at in sorted(first.keys() | second.keys()):
        was = (first.get(at) or second[at])[1]
        yield at, first.get(at, (was,))[0], second.get(at, (was,))[0]


def _same(one: bytes, other: bytes) -> bytes:
    if one == other:
        return b""
    return bytes(255 * (a == b) for a, b in zip(one, other, strict=True))


def difference(expected: Seen, seen: Seen, unset: Unset) -> str:
    """What differs, for people; empty where the runs did the same."""
    if expected.ending != seen.ending or expected.code != seen.code or seen.died:
        return f"{seen.how}, before it {expected.how}"
    if not _equal(expected.result, seen.result, unset.result):
        return f"returns {_number(seen.result)}, before it returned {_number(expected.result)}"
    if expected.calls != seen.calls:
        return f"makes {seen.calls} calls, before it made {expected.calls}"
    if expected.trace_hash != seen.trace_hash and not (
        unset.trace
        and expected.trace_bytes == seen.trace_bytes
        and _equal(expected.trace, seen.trace, unset.trace)
    ):
        return "calls with other arguments or in other order, or with other memory"
    if (expected.output_bytes, expected.output_hash) != (seen.output_bytes, seen.output_hash):
        return f"writes {_quoted(seen.output)}, before it wrote {_quoted(expected.output)}"
    return _memory_difference(expected, seen, unset)


def _memory_difference(expected: Seen, seen: Seen, unset: Unset) -> str:
    if expected.changed_hash == seen.changed_hash and expected.changed == seen.changed:
        return ""
    for at, was, is_ in _left(expected, seen):
        if not _equal(was, is_, unset.words.get(at, b"")):
            return f"leaves {_number(is_)} at {_place(at)}, before it left {_number(was)}"
    if max(expected.changed, seen.changed) > harness.MOST_CHANGED:
        return "changes memory in other ways"
    return ""


def _equal(one: bytes, other: bytes, mask: bytes) -> bool:
    if one == other:
        return True
    if not mask or len(one) != len(other):
        return False
    return all(a == b or m != 255 for a, b, m in zip(one, other, mask, strict=False))  # noqa: PLR2004


def _number(value: bytes) -> str:
    return f"{int.from_bytes(value[:16], 'little'):#x}"


def _place(at: int) -> str:
    offset = at - harness.BASE
    if offset < harness.ARENAS * harness.ARENA_STRIDE:
        arena, byte = divmod(offset, harness.ARENA_STRIDE)
        return f"arena {arena}{byte - harness.ARENA_START:+d}"
    return f"global {offset - 0x10000000:#x}"


def _quoted(text: bytes) -> str:
    return repr(text[:40].decode(errors="replace"))
