"""Planted miscompilations: one change to a module, as a pass that is wrong would make it.

They measure what the gate sees. Each takes something away that an optimiser must have proved, or
gets a detail of a rewrite wrong. A change is drawn by a seed: first its kind, among those that the
module has a place for, then the place. Whether what comes out verifies, and differs from what was
there once LLVM has optimised both, is for the caller to see (`mutants.py`).
"""

import ctypes as c
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from corpus.llvm.building import Building
from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.reading import Kind, Opcode, Predicate
from corpus.llvm.sandbox.loops import exits_of_loops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Planted(StrEnum):
    """What was done to the code."""

    COMPARISON = "comparison"
    LOST_STORE = "lost store"
    CONSTANT = "constant"
    SWAPPED = "swapped operands"
    LOST_LOOP = "lost loop"
    PHI = "phi"
    MOVED_LOAD = "moved load"
    LOST_CALL = "lost call"
    LOST_BRANCH = "lost branch"
    FLAG = "false flag"
    EXTENSION = "extension"
    OFFSET = "offset"
    SELECT = "select"
    STORE_WIDTH = "store width"
    LOST_MASK = "lost mask"


_ORDERED = (
    *(Opcode.SUB, Opcode.SDIV, Opcode.UDIV, Opcode.SREM, Opcode.UREM, Opcode.FSUB, Opcode.FDIV),
    *(Opcode.SHL, Opcode.LSHR, Opcode.ASHR),
)
_WITH_CONSTANTS = frozenset(
    {
        *(Opcode.ADD, Opcode.SUB, Opcode.MUL, Opcode.AND, Opcode.OR, Opcode.XOR, Opcode.ICMP),
        *(Opcode.SHL, Opcode.LSHR, Opcode.ASHR, Opcode.UDIV, Opcode.SDIV, Opcode.UREM),
        *(Opcode.SREM, Opcode.STORE, Opcode.SELECT, Opcode.PHI, Opcode.RET, Opcode.CALL),
    }
)
_NEIGHBOURS = {
    Predicate.EQ: (Predicate.NE, Predicate.UGE, Predicate.SLE),
    Predicate.NE: (Predicate.EQ, Predicate.UGT, Predicate.SLT),
    Predicate.UGT: (Predicate.UGE, Predicate.SGT, Predicate.ULE),
    Predicate.UGE: (Predicate.UGT, Predicate.SGE, Predicate.ULT),
    Predicate.ULT: (Predicate.ULE, Predicate.SLT, Predicate.UGE),
    Predicate.ULE: (Predicate.ULT, Predicate.SLE, Predicate.UGT),
    Predicate.SGT: (Predicate.SGE, Predicate.UGT, Predicate.SLE),
    Predicate.SGE: (Predicate.SGT, Predicate.UGE, Predicate.SLT),
    Predicate.SLT: (Predicate.SLE, Predicate.ULT, Predicate.SGE),
    Predicate.SLE: (Predicate.SLT, Predicate.ULE, Predicate.SGT),
}
"""The boundary, the sign or the direction wrong."""

_OF_OPCODE: dict[int, Planted] = {
    Opcode.ICMP: Planted.COMPARISON,
    Opcode.PHI: Planted.PHI,
    Opcode.ZEXT: Planted.EXTENSION,
    Opcode.SEXT: Planted.EXTENSION,
    Opcode.SELECT: Planted.SELECT,
    Opcode.AND: Planted.LOST_MASK,
    **dict.fromkeys(_ORDERED, Planted.SWAPPED),
}
_FLAGGED = (Opcode.ADD, Opcode.SUB, Opcode.MUL, Opcode.SHL)
_NARROWEST = 16
_WIDEST = 64
_COPIES = ("llvm.memcpy", "llvm.memmove", "llvm.memset")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change can be made: an instruction, and which operand or other of its kind."""

    instruction: Pointer
    number: int = 0


def mutate(library: Library, module: Pointer, seed: int) -> Planted | None:
    """Change one thing in a definition of `module`, in place; None where nothing can be.

    The module need not verify afterwards: take a clone, and another seed where it does not.
    """
    mutating = _Mutating(library, module, random.Random(seed))
    try:
        return mutating.change()
    finally:
        mutating.b.dispose()


class _Mutating:
    def __init__(self, library: Library, module: Pointer, draw: random.Random) -> None:
        self.b = Building(library, module)
        self._draw = draw
        bind = library.bind
        self._set_condition = bind("LLVMSetCondition", None, Handle, Handle)
        self._is_conditional = bind("LLVMIsConditional", c.c_int, Handle)
        self._remove = bind("LLVMInstructionRemoveFromParent", None, Handle)
        self._insert = bind("LLVMInsertIntoBuilder", None, Handle, Handle)
        self._set_nsw = bind("LLVMSetNSW", None, Handle, c.c_int)
        self._set_nuw = bind("LLVMSetNUW", None, Handle, c.c_int)
        self._store = bind("LLVMBuildStore", Handle, Handle, Handle, Handle)
        self._set_alignment = bind("LLVMSetAlignment", None, Handle, c.c_uint)
        self._is_volatile = bind("LLVMGetVolatile", c.c_int, Handle)
        self._ordering = bind("LLVMGetOrdering", c.c_int, Handle)
        self._places: dict[Planted, list[Place]] = {kind: [] for kind in Planted}
        self._changes: dict[Planted, Callable[[Place], None]] = {
            Planted.COMPARISON: self._comparison,
            Planted.LOST_STORE: self._lose,
            Planted.CONSTANT: self._constant,
            Planted.SWAPPED: self._swap,
            Planted.LOST_LOOP: self._decide,
            Planted.PHI: self._phi,
            Planted.MOVED_LOAD: self._move_load,
            Planted.LOST_CALL: self._lose_call,
            Planted.LOST_BRANCH: self._decide,
            Planted.FLAG: self._flag,
            Planted.EXTENSION: self._extension,
            Planted.OFFSET: self._constant,
            Planted.SELECT: self._swap_arms,
            Planted.STORE_WIDTH: self._store_width,
            Planted.LOST_MASK: self._mask,
        }

    def change(self) -> Planted | None:
        library = self.b.library
        for function in library.functions(self.b.module):
            if library.is_definition(function):
                self._look(function)
        kinds = [kind for kind, places in self._places.items() if places]
        if not kinds:
            return None
        kind = self._draw.choice(kinds)
        self._changes[kind](self._draw.choice(self._places[kind]))
        return kind

    # Where what can be done.

    def _look(self, function: Pointer) -> None:
        b = self.b
        blocks = list(b.blocks(function))
        for block in blocks:
            store: Pointer | None = None
            for instruction in b.instructions(block):
                store = self._look_at(instruction, store)
            ends = self._last(block)
            if b.opcode(ends) == Opcode.BR and self._is_conditional(ends):
                self._add(Planted.LOST_BRANCH, ends, 0)
                self._add(Planted.LOST_BRANCH, ends, 1)
        for branch, arm in exits_of_loops(b, blocks):
            self._add(Planted.LOST_LOOP, branch, arm)

    def _last(self, block: Pointer) -> Pointer:
        last: Pointer = self.b.library.bind("LLVMGetBasicBlockTerminator", Handle, Handle)(block)
        return last

    def _add(self, kind: Planted, instruction: Pointer, number: int = 0) -> None:
        self._places[kind].append(Place(instruction, number))

    def _look_at(self, instruction: Pointer, store: Pointer | None) -> Pointer | None:
        """Note what can be done here; the last store of the block that a load may pass."""
        b = self.b
        opcode = b.opcode(instruction)
        self._look_for_constants(instruction, opcode)
        if opcode == Opcode.STORE and not self._is_special(instruction):
            self._add(Planted.LOST_STORE, instruction)
            width = self._integer_width(b.operand(instruction, 0))
            if width >= _NARROWEST:
                self._add(Planted.STORE_WIDTH, instruction, width // 2)
            if width and width < _WIDEST:
                self._add(Planted.STORE_WIDTH, instruction, width * 2)
            return instruction
        if opcode == Opcode.LOAD and store is not None and not self._is_special(instruction):
            self._add(Planted.MOVED_LOAD, instruction, store)
        if opcode in (Opcode.CALL, Opcode.INVOKE):
            if opcode == Opcode.CALL and not b.intrinsic(b.callee(instruction)):
                self._add(Planted.LOST_CALL, instruction)
            return None
        self._look_at_value(instruction, opcode)
        return store

    def _look_at_value(self, instruction: Pointer, opcode: int) -> None:
        b = self.b
        kind = _OF_OPCODE.get(opcode)
        if kind is Planted.COMPARISON:
            for number in range(len(_NEIGHBOURS[Predicate.EQ])):
                self._add(kind, instruction, number)
        elif kind is Planted.LOST_MASK:
            for number in (0, 1):
                if b.is_constant_int(b.operand(instruction, number)):
                    self._add(kind, instruction, 1 - number)
        elif kind is not None and (kind is not Planted.PHI or b.num_incoming(instruction) > 1):
            self._add(kind, instruction)
        if opcode in _FLAGGED:
            for number, there in enumerate((b.nsw(instruction), b.nuw(instruction))):
                if not there:
                    self._add(Planted.FLAG, instruction, number)

    def _look_for_constants(self, instruction: Pointer, opcode: int) -> None:
        b = self.b
        if opcode == Opcode.GEP:
            self._look_for_offsets(instruction)
        if opcode not in _WITH_CONSTANTS:
            return
        numbers: Sequence[int] = range(b.num_operands(instruction))
        if opcode == Opcode.CALL:
            numbers = range(b.num_arguments(instruction))
            callee = b.callee(instruction)
            identity = b.intrinsic(callee) if b.is_function(callee) else 0
            if identity:  # others take numbers that are part of the instruction
                numbers = (1, 2) if b.intrinsic_name(identity) in _COPIES else ()
        for number in numbers:
            if self._integer_width(b.operand(instruction, number)) and b.is_constant_int(
                b.operand(instruction, number)
            ):
                self._add(Planted.CONSTANT, instruction, number)

    def _look_for_offsets(self, gep: Pointer) -> None:
        """Any constant index; one that names no field does not verify."""
        b = self.b
        for number in range(1, b.num_operands(gep)):
            if b.is_constant_int(b.operand(gep, number)):
                self._add(Planted.OFFSET, gep, number)

    def _is_special(self, access: Pointer) -> bool:
        return bool(self._is_volatile(access) or self._ordering(access))

    def _integer_width(self, value: Pointer) -> int:
        b = self.b
        type_ = b.type_of(value)
        return b.width(type_) if b.kind(type_) == Kind.INTEGER else 0

    # What is done.

    def _comparison(self, place: Place) -> None:
        b = self.b
        old = Predicate(b.predicate(place.instruction))
        left, right = b.operand(place.instruction, 0), b.operand(place.instruction, 1)
        b.before(place.instruction)
        new = b.icmp(_NEIGHBOURS[old][place.number], left, right)
        self._replace(place.instruction, new)

    def _replace(self, old: Pointer, new: Pointer) -> None:
        self.b.replace_uses(old, new)
        self.b.erase(old)

    def _lose(self, place: Place) -> None:
        self.b.erase(place.instruction)

    def _lose_call(self, place: Place) -> None:
        b = self.b
        type_ = b.type_of(place.instruction)
        if b.kind(type_) != Kind.VOID:
            b.replace_uses(place.instruction, b.zero(type_))
        b.erase(place.instruction)

    def _constant(self, place: Place) -> None:
        """One more or less."""
        b = self.b
        old = b.operand(place.instruction, place.number)
        type_ = b.type_of(old)
        step = b.number(type_, self._draw.choice((1, -1)) if b.width(type_) > 1 else 1)
        b.set_operand(place.instruction, place.number, b.binary(Opcode.ADD, old, step))

    def _swap(self, place: Place) -> None:
        b = self.b
        left, right = b.operand(place.instruction, 0), b.operand(place.instruction, 1)
        b.set_operand(place.instruction, 0, right)
        b.set_operand(place.instruction, 1, left)

    def _swap_arms(self, place: Place) -> None:
        b = self.b
        then, otherwise = b.operand(place.instruction, 1), b.operand(place.instruction, 2)
        b.set_operand(place.instruction, 1, otherwise)
        b.set_operand(place.instruction, 2, then)

    def _phi(self, place: Place) -> None:
        """One value where another comes in."""
        b = self.b
        count = b.num_incoming(place.instruction)
        into, of = self._draw.sample(range(count), 2)
        b.set_operand(place.instruction, into, b.operand(place.instruction, of))

    def _decide(self, place: Place) -> None:
        """A branch that goes one way for ever; `number` is the way, 0 where it was true."""
        b = self.b
        self._set_condition(place.instruction, b.number(b.i1, 1 - place.number))

    def _move_load(self, place: Place) -> None:
        b = self.b
        self._remove(place.instruction)
        b.before(place.number)
        self._insert(b.builder, place.instruction)

    def _flag(self, place: Place) -> None:
        (self._set_nuw if place.number else self._set_nsw)(place.instruction, 1)

    def _extension(self, place: Place) -> None:
        b = self.b
        other = Opcode.SEXT if b.opcode(place.instruction) == Opcode.ZEXT else Opcode.ZEXT
        b.before(place.instruction)
        value = b.operand(place.instruction, 0)
        self._replace(place.instruction, b.cast(other, value, b.type_of(place.instruction)))

    def _store_width(self, place: Place) -> None:
        b = self.b
        b.before(place.instruction)
        value = b.resized(b.operand(place.instruction, 0), b.integer(place.number))
        made = self._store(b.builder, value, b.operand(place.instruction, 1))
        self._set_alignment(made, 1)
        b.erase(place.instruction)

    def _mask(self, place: Place) -> None:
        self._replace(place.instruction, self.b.operand(place.instruction, place.number))
