"""The harness's structures as Python sees them; `harness/harness.h` is what they mirror."""

import ctypes as c

from corpus.errors import CorpusError

BASE = 0x2A0000000000
ARENAS = 16
ARENA_BYTES = 16384
ARENA_STRIDE = 0x10000
ARENA_START = 2048
SHARED_AT = BASE + 0x40000000

MOST_INPUTS = 64
ROWS, FIRST_FILL, SECOND_FILL, VARIANTS = 5, 0, 1, 2
MOST_PIECES, MOST_CALLEES, MOST_SLOTS, MOST_CONSTANTS = 1024, 256, 4096, 256
MOST_ARGUMENT_BYTES, MOST_RESULT_BYTES = 1024, 512
TRACE_BYTES, OUTPUT_BYTES, MOST_CHANGED, COVERAGE_BYTES = 4096, 1024, 512, 128

WRITABLE, CONSTANT, OPAQUE = 1, 8, 32
INTEGER, POINTER, FLOATING, BYTES = range(4)
NONNULL, READONLY, FIXED, RANGED, BYVAL, UNREAD = 1, 2, 4, 8, 16, 32
TRACED, NORETURN, READS, OWN_MEMORY, FRESH = 1, 2, 4, 8, 16
NOT_RUN, RETURNED, UNDEFINED, SIGNALLED, EXITED, ABORTED, TOO_LONG, NO_RETURN = range(8)

u8, u32, u64 = c.c_uint8, c.c_uint32, c.c_uint64


class HarnessRefused(CorpusError, RuntimeError):
    """The harness does not fit this process: other structures, or its addresses are taken."""


class Piece(c.Structure):
    """A scalar part of an argument or a result."""

    _fields_ = (
        *((name, u32) for name in ("offset", "size", "kind", "flags", "arena", "bytes", "bits")),
        ("unused", u32), ("low", u64), ("high", u64),
    )  # fmt: skip


class Callee(c.Structure):
    """What stands in for an unknown function."""

    _fields_ = (
        *((name, u32) for name in ("arguments", "num_arguments", "results", "num_results")),
        ("flags", u32), ("returned", c.c_int32),
    )  # fmt: skip


class Description(c.Structure):
    """The function under test."""

    _fields_ = (
        ("enter", c.c_void_p), ("function", c.c_void_p),
        *((name, u32) for name in (
            "argument_bytes", "result_bytes", "arguments", "num_arguments", "results",
            "num_results", "private_arenas", "distinct", "floats", "pieces", "callees", "slots",
            "constants", "passes_copies",
        )),
        ("most_steps", u64), ("piece", Piece * MOST_PIECES), ("callee", Callee * MOST_CALLEES),
        ("slot", u64 * MOST_SLOTS), ("constant", u64 * MOST_CONSTANTS),
    )  # fmt: skip


class _Patch(c.Structure):
    _fields_ = (("at", u64), ("value", u64), ("size", u32), ("unused", u32))


class _Answer(c.Structure):
    _fields_ = (("call", u32), ("offset", u32), ("value", u64))


class _Object(c.Structure):
    _fields_ = tuple((name, u32) for name in ("call", "argument", "bytes", "writable"))


class _Change(c.Structure):
    _fields_ = (("call", u32), ("size", u32), ("at", u64), ("value", u64))


class Plan(c.Structure):
    """An input, and what the instrumented copy's run on it taught."""

    _fields_ = (
        ("seed", u64),
        *((name, u32) for name in (
            "usable", "attempts", "patches", "answers", "objects", "changes", "trap", "unused",
        )),
        ("trap_at", u64), ("arguments", u8 * MOST_ARGUMENT_BYTES),
        ("patch", _Patch * 256), ("answer", _Answer * 64), ("object", _Object * 256),
        ("change", _Change * 64),
    )  # fmt: skip


class Changed(c.Structure):
    """A word of memory that is no longer what it was."""

    _fields_ = (("at", u64), ("value", u64), ("was", u64))


class Record(c.Structure):
    """What was seen of one run."""

    _fields_ = (
        ("ending", u32), ("code", u32), ("fault_at", u64), ("steps", u64), ("stand_in", u64),
        ("calls", u32),
        ("trace_bytes", u32), ("trace_hash", u64), ("output_bytes", u32), ("changed", u32),
        ("output_hash", u64), ("changed_hash", u64), ("coverage", u8 * COVERAGE_BYTES),
        ("result", u8 * MOST_RESULT_BYTES), ("trace", u8 * TRACE_BYTES),
        ("output", u8 * OUTPUT_BYTES), ("words", Changed * MOST_CHANGED),
    )  # fmt: skip


class Shared(c.Structure):
    """What runners leave to the child, who believes nothing in it."""

    _fields_ = (
        ("progress", u32), ("done", u32), ("plan", Plan * MOST_INPUTS),
        ("records", Record * MOST_INPUTS * ROWS),
    )  # fmt: skip


class Harness:
    """The loaded harness, its memory laid out."""

    def __init__(self, path: str) -> None:
        """Load it. Raises HarnessRefused."""
        self.library = c.CDLL(path)
        sizes = (Description, Shared, Plan, Record, Piece, Callee)
        self.library.pl_size.restype = u64
        for which, structure in enumerate(sizes):
            if self.library.pl_size(which) != c.sizeof(structure):
                raise HarnessRefused(f"{path}: {structure.__name__} has another size there")
        if not self.library.pl_setup():
            raise HarnessRefused(f"{path}: the addresses it needs are taken")
        self.description = Description.in_dll(self.library, "pl")
        self.shared = Shared.from_address(SHARED_AT)
        self.library.pl_global.restype = u64
        self.library.pl_global.argtypes = (u64, u64, u32)
        self.library.pl_constant.argtypes = (u64, u64, u32)
        self.library.pl_variant.argtypes = (u64,)
        self.library.pl_plan.argtypes = (u32, u32, u32)
        self.library.pl_follow.argtypes = (u32, u32, u32)

    def address(self, name: str) -> int:
        """The address of one of its functions."""
        found = c.cast(getattr(self.library, name), c.c_void_p).value
        assert found is not None
        return found
