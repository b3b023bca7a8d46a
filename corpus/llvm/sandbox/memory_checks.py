"""Checks of memory: accesses, offsets, stack objects with an end, promises about what is loaded.

A stack object becomes one of the harness, with gaps around it and an end; an access must lie in one
live object or region, and an `inbounds` offset must stay in the object, or lead one past it.
"""

from typing import TYPE_CHECKING

from corpus.llvm.library import Pointer
from corpus.llvm.reading import GEP_NUW, INBOUNDS, Kind, Opcode, Predicate
from corpus.llvm.sandbox.undefined import Checks, Trap

if TYPE_CHECKING:
    from collections.abc import Callable


class MemoryChecks:
    """Adds the checks of one kind of instruction."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks
        self._b = checks.building
        self.of: dict[int, Callable[[Pointer], None]] = {
            Opcode.LOAD: self._load,
            Opcode.STORE: self._store,
            Opcode.ATOMIC_RMW: self._changes,
            Opcode.CMPXCHG: self._changes,
            Opcode.GEP: self._offset,
            Opcode.ALLOCA: self._stack_object,
        }

    def _load(self, instruction: Pointer) -> None:
        b = self._b
        b.before(instruction)
        at, type_ = b.operand(instruction, 0), b.type_of(instruction)
        num_bytes = b.number(b.i64, b.stored_bytes(type_))
        self._checks.readable(at, num_bytes, b.alignment(instruction))
        promised = b.metadata(instruction, "range")
        if promised is not None:
            b.after(instruction)
            self._in_ranges(instruction, promised)
        if b.kind(type_) != Kind.POINTER:
            return
        if b.metadata(instruction, "nonnull") is not None:
            b.after(instruction)
            self._checks.not_null(instruction)
        align = b.metadata(instruction, "align")
        if align:
            b.after(instruction)
            self._checks.aligned(instruction, b.constant_value(align[0]))

    def _in_ranges(self, value: Pointer, limits: tuple[Pointer, ...]) -> None:
        b = self._b
        outside = None
        for low, high in zip(limits[::2], limits[1::2], strict=True):
            size = b.binary(Opcode.SUB, high, low)
            beyond = b.icmp(Predicate.UGE, b.binary(Opcode.SUB, value, low), size)
            outside = beyond if outside is None else b.binary(Opcode.AND, outside, beyond)
        assert outside is not None
        self._checks.when(outside, Trap.VALUE_RANGE)

    def _store(self, instruction: Pointer) -> None:
        b = self._b
        b.before(instruction)
        value, at = b.operand(instruction, 0), b.operand(instruction, 1)
        num_bytes = b.number(b.i64, b.stored_bytes(b.type_of(value)))
        self._checks.writable(at, num_bytes, b.alignment(instruction))

    def _changes(self, instruction: Pointer) -> None:
        b = self._b
        b.before(instruction)
        at, value = b.operand(instruction, 0), b.operand(instruction, 1)
        num_bytes = b.number(b.i64, b.stored_bytes(b.type_of(value)))
        self._checks.writable(at, num_bytes, b.alignment(instruction))

    def _offset(self, instruction: Pointer) -> None:
        b = self._b
        flags = b.gep_flags(instruction)
        base = b.operand(instruction, 0)
        if not flags or b.kind(b.type_of(instruction)) != Kind.POINTER:
            return
        indices = b.operands(instruction)[1:]
        if all(b.is_constant_int(i) and not b.constant_value(i) for i in indices):
            return
        b.after(instruction)
        if flags & INBOUNDS:
            b.call(*self._checks.offset, base, instruction)
        # What is in the object cannot have wrapped, but may lie below: a wrap of no signs.
        order = Predicate.ULT if flags & GEP_NUW else None
        if order is not None:
            below = b.icmp(order, instruction, base)
            self._checks.when(below, Trap.OFFSET_WRAP)
        elif not flags & INBOUNDS:
            self._keeps_sign(instruction, base, indices)

    def _keeps_sign(self, result: Pointer, base: Pointer, indices: tuple[Pointer, ...]) -> None:
        """`nusw` alone, of one index: neither its product wraps nor the sum with the address."""
        b = self._b
        if len(indices) != 1:
            return
        index = b.extended(indices[0], b.i64)
        size = b.number(b.i64, b.allocated_bytes(b.source_element(result)))
        product = b.call_intrinsic("llvm.smul.with.overflow", (b.i64,), index, size)
        self._checks.when(b.part(product, 1), Trap.OFFSET_WRAP)
        down = b.icmp(Predicate.SLT, index, b.zero(b.i64))
        moved_down = b.icmp(Predicate.ULT, result, base)
        moved_up = b.icmp(Predicate.UGT, result, base)
        self._checks.when(b.select(down, moved_up, moved_down), Trap.OFFSET_WRAP)

    def _stack_object(self, alloca: Pointer) -> None:
        """Let the harness give the object instead."""
        b = self._b
        b.before(alloca)
        count = b.operand(alloca, 0)
        one = b.allocated_bytes(b.allocated_type(alloca))
        if b.is_constant_int(count):
            num_bytes = b.number(b.i64, one * b.constant_value(count))
        else:
            wide = b.resized(count, b.i64)
            size = b.number(b.i64, one)
            both = b.call_intrinsic("llvm.umul.with.overflow", (b.i64,), wide, size)
            num_bytes = b.select(b.part(both, 1), b.all_ones(b.i64), b.part(both, 0))
        align = b.number(b.i64, max(1, b.alignment(alloca)))
        b.replace_uses(alloca, b.call(*self._checks.alloca, num_bytes, align))
        b.erase(alloca)
