"""The module that calls a function under test and stands in for what it calls.

It is IR, so that LLVM passes every type as the function expects it: `pl.entry` loads arguments from
a buffer and stores the result; a stand-in spills its arguments, asks the harness, and loads what it
returns. It is compiled once, and all variants of the function share it.
"""

import ctypes as c
import re
from collections.abc import Iterable
from dataclasses import dataclass

from corpus.errors import CorpusError
from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.declared import Attributes, Declarations, Declared, Value
from corpus.llvm.sandbox.harness_memory import Description, Piece
from corpus.llvm.sandbox.layout import Layout, Scalar

ENTRY = "pl.entry"
TABLE = "pl.stand.ins"

_ALIGN = 16
_FIRST_RESULT_BYTES = 16
_REFUSED_ATTRIBUTES = ("swifterror", "swiftself", "swiftasync", "inalloca", "preallocated", "nest")
_NAMED_TYPE = re.compile(r"^%.* = type .*$", re.MULTILINE)
_TARGET = re.compile(r'"(target-cpu|target-features)"="([^"]*)"')
_RANGE = re.compile(r"i\d+ (-?\d+), (-?\d+)")


class NotRunnable(CorpusError, ValueError):
    """The function cannot be executed here; the message's first words are a class of reasons."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A parameter's or a result's place in its buffer."""

    value: Value
    offset: int
    size: int
    scalars: tuple[Scalar, ...]


class Entry:
    """What is known of one function's callers and callees, as text and as a description."""

    def __init__(self, library: Library, module: Pointer, text: str) -> None:
        """`text`: what `module` prints after LLVM inferred attributes of library functions."""
        self._library = library
        self._layout = Layout(library, module)
        self._declarations = Declarations(text)
        self._types = "\n".join(_NAMED_TYPE.findall(text))
        self._triple = library.triple(module)
        self._lines: list[str] = []
        self._stand_ins: list[str] = []
        bind = library.bind
        self._value_type = bind("LLVMGlobalGetValueType", Handle, Handle)
        self._result_type = bind("LLVMGetReturnType", Handle, Handle)
        self._count = bind("LLVMCountParamTypes", c.c_uint, Handle)
        self._parameters = bind("LLVMGetParamTypes", None, Handle, c.POINTER(Handle))
        self._is_function = bind("LLVMIsAFunction", Handle, Handle)
        attribute = (Handle, Handle, c.c_uint, c.c_uint)
        self._attribute_of_function = bind("LLVMGetEnumAttributeAtIndex", *attribute)
        self._attribute_of_call = bind("LLVMGetCallSiteEnumAttribute", *attribute)
        self._type_of_attribute = bind("LLVMGetTypeAttributeValue", Handle, Handle)
        self._byval = bind("LLVMGetEnumAttributeKindForName", c.c_uint, c.c_char_p, c.c_size_t)(
            b"byval", len(b"byval")
        )
        self._target = ""
        self.arguments: list[Placed] = []

    @property
    def declarations(self) -> Declarations:
        """What the module's text declares."""
        return self._declarations

    def describe(self, function: Pointer, into: Description) -> None:
        """Write the entry for `function`. Raises NotRunnable."""
        declared = self._declared(function)
        if declared.varargs:
            raise NotRunnable("variadic function")
        kind = self._value_type(function)
        self.arguments, total = self._place(kind, declared.parameters)
        result = self._place_result(kind, declared.result)
        if total > harness.MOST_ARGUMENT_BYTES or result.size > harness.MOST_RESULT_BYTES:
            raise NotRunnable("large argument or result")
        into.argument_bytes, into.result_bytes = total, max(result.size, _FIRST_RESULT_BYTES)
        into.arguments, into.num_arguments = self._pieces(into, self.arguments, function)
        into.results, into.num_results = self._pieces(into, [result] if result.size else [])
        self._place_pointers(into)
        loads, passed = [], []
        for number, one in enumerate(self.arguments):
            loads.append(f"  %p{number} = getelementptr i8, ptr %a, i64 {one.offset}")
            loads.append(f"  %v{number} = load {one.value.type}, ptr %p{number}, align 1")
            passed.append(f"{one.value.abi} %v{number}")
        call = f"call {declared.convention} {declared.result.result_abi} %f({', '.join(passed)})"
        if result.size:
            call = f"%r0 = {call}\n  store {declared.result.type} %r0, ptr %r, align 1"
        target = " ".join(f'"{key}"="{value}"' for key, value in _target(declared.attributes))
        self._target = target
        self._lines.append(
            f'define void @"{ENTRY}"(ptr %f, ptr %a, ptr %r) {target} {{\n'
            + "\n".join([*loads, f"  {call}", "  ret void", "}"])
        )

    def stand_in(
        self, declared: Declared, kind: Pointer, into: Description, holder: Pointer
    ) -> int:
        """Write a stand-in for a callee of function type `kind`; its number.

        `holder`: the function, or the call where a pointer is called. Raises NotRunnable.
        """
        number: int = into.callees
        if number == harness.MOST_CALLEES:
            raise NotRunnable("too many callees")
        self._refuse(declared)
        placed, total = self._place(kind, declared.parameters)
        result = self._place_result(kind, declared.result)
        attributes = dict(declared.attributes) | self._declarations.call_sites.get(
            declared.symbol, {}
        )
        callee = into.callee[number]
        callee.arguments, callee.num_arguments = self._pieces(into, placed, holder)
        callee.results, callee.num_results = self._pieces(into, [result] if result.size else [])
        callee.flags = _effects(attributes, declared.result)
        callee.returned = _returned(declared.parameters, placed)
        into.callees = number + 1
        name = f'@"pl.stand.in.{number}"'
        parameters = [f"{one.value.abi} %a{at}" for at, one in enumerate(placed)]
        parameters += ["..."] * declared.varargs
        spills = []
        for at, one in enumerate(placed):
            spills.append(f"  %p{at} = getelementptr i8, ptr %s, i64 {one.offset}")
            spills.append(f"  store {one.value.type} %a{at}, ptr %p{at}, align 1")
        back = "  ret void"
        if result.size:
            kind_text = declared.result.type
            back = f"  %v = load {kind_text}, ptr %r, align 1\n  ret {kind_text} %v"
        self._lines.append(
            f"define {declared.convention} {declared.result.result_abi} {name}"
            f"({', '.join(parameters)}) {self._target} {{\n"
            f"  %s = alloca [{max(total, 1)} x i8], align 16\n"
            f"  %r = alloca [{max(result.size, _FIRST_RESULT_BYTES)} x i8], align 16\n"
            + "\n".join([*spills, f"  call void @pl_call(i32 {number}, ptr %s, ptr %r)", back, "}"])
        )
        self._stand_ins.append(f"ptr {name}")
        return number

    def text(self) -> bytes:
        """The module, to be parsed in the function's own context."""
        table = ", ".join(self._stand_ins)
        return "\n".join(
            [
                f'target triple = "{self._triple}"',
                self._types,
                "declare void @pl_call(i32, ptr, ptr)",
                f'@"{TABLE}" = constant [{len(self._stand_ins)} x ptr] [{table}]',
                *self._lines,
                "",
            ]
        ).encode(errors="surrogateescape")

    def _declared(self, function: Pointer) -> Declared:
        name = self._library.name(function).decode(errors="surrogateescape")
        for symbol in (f"@{name}", f'@"{name}"'):
            if symbol in self._declarations.functions:
                declared = self._declarations.functions[symbol]
                self._refuse(declared)
                return declared
        raise NotRunnable("name with escapes")

    def declared(self, function: Pointer) -> Declared:
        """How the module declares `function`. Raises NotRunnable."""
        return self._declared(function)

    def _refuse(self, declared: Declared) -> None:
        for value in (declared.result, *declared.parameters):
            refused = [name for name in _REFUSED_ATTRIBUTES if name in value.attributes]
            if refused or "addrspace" in " ".join(value.attributes):
                raise NotRunnable(f"unusual parameter: {' '.join(refused) or 'address space'}")

    def _types_of(self, kind: Pointer) -> list[Pointer]:
        found = (Handle * self._count(kind))()
        self._parameters(kind, found)
        return list(found)

    def _place(self, kind: Pointer, values: Iterable[Value]) -> tuple[list[Placed], int]:
        placed, offset = [], 0
        for value, of in zip(values, self._types_of(kind), strict=True):
            if not self._layout.is_sized(of):
                raise NotRunnable("type without a size")
            size = self._layout.bytes_of(of)
            placed.append(Placed(value, offset, size, tuple(self._layout.scalars(of, offset))))
            offset += (size + _ALIGN - 1) // _ALIGN * _ALIGN
        return placed, offset

    def _place_result(self, kind: Pointer, value: Value) -> Placed:
        of = self._result_type(kind)
        if self._layout.is_void(of):
            return Placed(value, 0, 0, ())
        if not self._layout.is_sized(of):
            raise NotRunnable("type without a size")
        return Placed(value, 0, self._layout.bytes_of(of), tuple(self._layout.scalars(of)))

    def _pieces(
        self, into: Description, placed: Iterable[Placed], holder: Pointer | None = None
    ) -> tuple[int, int]:
        first = into.pieces
        for index, one in enumerate(placed):
            for scalar in one.scalars:
                if into.pieces == harness.MOST_PIECES:
                    raise NotRunnable("large argument or result")
                piece = into.piece[into.pieces]
                into.pieces += 1
                piece.offset, piece.size = scalar.offset, scalar.size
                piece.kind, piece.bits = scalar.kind, scalar.bits
                if len(one.scalars) == 1:
                    self._annotate(piece, one.value.attributes)
                if piece.flags & harness.BYVAL and holder:
                    piece.bytes = self._passed_bytes(holder, index)
        return first, into.pieces - first

    def _annotate(self, piece: Piece, attributes: Attributes) -> None:
        if "nonnull" in attributes or "dereferenceable" in attributes:
            piece.flags |= harness.NONNULL
        if {"readonly", "readnone"} & set(attributes):
            piece.flags |= harness.READONLY
        if {"writeonly", "readnone"} & set(attributes):
            piece.flags |= harness.UNREAD
        if "byval" in attributes:
            piece.flags |= harness.BYVAL
        piece.bytes = int(attributes.get("dereferenceable", "0") or 0)
        limits = _RANGE.match(attributes.get("range", ""))
        if limits is not None:
            piece.flags |= harness.RANGED
            mask = (1 << min(piece.bits, 64)) - 1
            piece.low, piece.high = int(limits[1]) & mask, int(limits[2]) & mask

    def _passed_bytes(self, holder: Pointer, index: int) -> int:
        """Bytes of the argument that a function or a call passes by value."""
        kind = self.type_passed(holder, index)
        return self._layout.bytes_of(kind) if kind else 0

    def type_passed(self, holder: Pointer, index: int) -> Pointer | None:
        """The type that a function or a call passes by value there; None where it passes none."""
        is_function = self._is_function(holder)
        read = self._attribute_of_function if is_function else self._attribute_of_call
        attribute = read(holder, index + 1, self._byval)
        kind: Pointer | None = self._type_of_attribute(attribute) if attribute else None
        return kind

    def _place_pointers(self, into: Description) -> None:
        """An arena for each pointer argument: a noalias one is led to by nothing else."""
        arena = 0
        for one in self.arguments:
            for scalar in one.scalars:
                if scalar.kind != harness.POINTER:
                    continue
                piece = self._piece_at(into, scalar.offset)
                piece.arena = arena % harness.ARENAS
                alone = {"noalias", "sret", "byval"} & set(one.value.attributes)
                if alone:
                    if arena >= harness.ARENAS - 2:
                        raise NotRunnable("too many pointers")
                    into.private_arenas |= 1 << piece.arena
                if alone - {"noalias"}:
                    piece.flags |= harness.NONNULL
                arena += 1

    def _piece_at(self, into: Description, offset: int) -> Piece:
        for number in range(into.arguments, into.arguments + into.num_arguments):
            piece: Piece = into.piece[number]
            if piece.offset == offset:
                return piece
        raise AssertionError(offset)


def _target(attributes: Attributes) -> list[tuple[str, str]]:
    return [
        (key, attributes[key]) for key in ("target-cpu", "target-features") if key in attributes
    ]


def _effects(attributes: Attributes, result: Value) -> int:
    """What a callee may do, as flags of the harness; nothing said: anything."""
    read = write = True
    own = False
    if "memory" in attributes:
        default, places = "none", {}
        for part in attributes["memory"].split(","):
            place, _, access = part.strip().rpartition(":")
            if place:
                places[place.strip()] = access.strip()
            else:
                default = access.strip()
        kinds = [default, *places.values()]
        visible = [default, places.get("argmem", default)]
        read = any("read" in one for one in visible)
        write = any("write" in one for one in kinds)
        own = default == "none"
    flags = harness.READS * read | harness.OWN_MEMORY * own
    if "noreturn" in attributes:
        flags |= harness.NORETURN | harness.TRACED
    if write:
        flags |= harness.TRACED
    if "noalias" in result.attributes:
        flags |= harness.FRESH
    if "alloc" in attributes.get("allockind", "") or "free" in attributes.get("allockind", ""):
        flags &= ~harness.TRACED
    return flags


def _returned(parameters: tuple[Value, ...], placed: list[Placed]) -> int:
    """Which piece of the arguments a callee returns, or -1."""
    number = 0
    for value, one in zip(parameters, placed, strict=True):
        if "returned" in value.attributes and len(one.scalars) == 1:
            return number
        number += len(one.scalars)
    return -1
