"""What an instrumented function may be stopped for, and how its checks are built."""

from enum import IntEnum

from corpus.llvm.building import Building
from corpus.llvm.library import Pointer
from corpus.llvm.reading import Kind, Opcode, Predicate


class Trap(IntEnum):
    """The codes of `pl_trap`: what was done that has no meaning, or none that all agree on."""

    SIGNED_WRAP = 1
    UNSIGNED_WRAP = 2
    SHIFT_AMOUNT = 3
    DIVISION_BY_ZERO = 4
    DIVISION_OVERFLOW = 5
    INEXACT = 6
    TRUNCATION = 7
    NEGATIVE = 8
    NOT_DISJOINT = 9
    SIGNS_DIFFER = 10
    CONVERSION = 11
    NOT_A_NUMBER = 12
    INFINITE = 13
    LANE = 14
    OFFSET_WRAP = 15
    OVERLAP = 16
    ASSUMPTION = 17
    UNREACHABLE = 18
    NULL = 19
    MISALIGNED = 20
    VALUE_RANGE = 21
    ZERO_COUNT = 22
    LEAST_ABSOLUTE = 23
    NOT_RETURNED = 24
    UNINITIALISED = 25
    """Raised by the harness where memory without contents decides something."""

    @property
    def words(self) -> str:
        """The code as people read it."""
        return self.name.lower().replace("_", " ")


class Checks:
    """Adds checks to one module: calls that end the run when a condition holds."""

    def __init__(self, building: Building) -> None:
        self.building = building
        b = building
        self._trap = b.function("pl_trap", b.void, b.i32)
        self._when = self._make_when()
        self.load = b.function("pl_load", b.void, b.pointer, b.i64, b.i64)
        self.store = b.function("pl_store", b.void, b.pointer, b.i64, b.i64)
        self.offset = b.function("pl_gep", b.void, b.pointer, b.pointer)
        self.alloca = b.function("pl_alloca", b.pointer, b.i64, b.i64)
        self.enter = b.function("pl_enter", b.i64)
        self.leave = b.function("pl_leave", b.void, b.i64)
        self.step = b.function("pl_step", b.void)
        self.compare = b.function("pl_compare", b.void, b.i64, b.i64, b.i32)

    def _make_when(self) -> tuple[Pointer, Pointer]:
        """`pl_when(i1 bad, i32 code)`: a check without a new block where it is made."""
        b = self.building
        function, type_ = b.function("pl_when", b.void, b.i1, b.i32)
        b.make_internal(function)
        entry, stop, go = (b.block(function) for _ in range(3))
        b.at_end(entry)
        b.branch_if(b.parameter(function, 0), stop, go)
        b.at_end(stop)
        b.call(*self._trap, b.parameter(function, 1))
        b.unreachable()
        b.at_end(go)
        b.return_nothing()
        return function, type_

    def trap(self, code: Trap) -> None:
        """End the run here."""
        b = self.building
        b.call(*self._trap, b.number(b.i32, code))

    def when(self, bad: Pointer, code: Trap) -> None:
        """End the run here if `bad`, or any lane of it."""
        b = self.building
        type_ = b.type_of(bad)
        if b.kind(type_) == Kind.VECTOR:
            bad = b.call_intrinsic("llvm.vector.reduce.or", (type_,), bad)
        if b.is_constant_int(bad) and not b.constant_value(bad):
            return
        b.call(*self._when, bad, b.number(b.i32, code))

    def readable(self, at: Pointer, num_bytes: Pointer, align: int) -> None:
        """End the run unless so many bytes may be read there."""
        b = self.building
        b.call(*self.load, at, num_bytes, b.number(b.i64, align))

    def writable(self, at: Pointer, num_bytes: Pointer, align: int) -> None:
        """End the run unless so many bytes may be written there."""
        b = self.building
        b.call(*self.store, at, num_bytes, b.number(b.i64, align))

    def not_null(self, pointer: Pointer) -> None:
        """End the run if the pointer is null."""
        b = self.building
        self.when(b.icmp(Predicate.EQ, pointer, b.zero(b.type_of(pointer))), Trap.NULL)

    def aligned(self, pointer: Pointer, align: int) -> None:
        """End the run unless the address is a multiple of `align`."""
        if align <= 1:
            return
        b = self.building
        low = b.binary(
            Opcode.AND, b.cast(Opcode.PTR_TO_INT, pointer, b.i64), b.number(b.i64, align - 1)
        )
        self.when(b.icmp(Predicate.NE, low, b.zero(b.i64)), Trap.MISALIGNED)
