"""libLLVM's C API for adding instructions, typed.

A `Building` reads one module, as `Reading` does, and holds an instruction builder for it. The
functions are those of llvm-c/Core.h.
"""

import ctypes as c
from collections.abc import Callable, Sequence

from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.reading import FUNCTION_INDEX, Kind, Opcode, Reading


def _pointers(values: Sequence[Pointer]) -> "c.Array[c.c_void_p]":
    return (Handle * len(values))(*values)


class Building(Reading):
    """The C API on one module: what is there, and an instruction builder that adds to it."""

    def __init__(self, library: Library, module: Pointer) -> None:
        """Bind what is needed; `dispose` gives the builder back."""
        super().__init__(library, module)
        self.builder: Pointer = library.bind("LLVMCreateBuilderInContext", Handle, Handle)(
            self.context
        )
        self._bind_constants()
        self._bind_instructions()
        self._tag = self.metadata_kind("passlake.tag")
        self._set_metadata = library.bind("LLVMSetMetadata", None, Handle, c.c_uint, Handle)
        self._nothing: Pointer = library.bind(
            "LLVMMDNodeInContext", Handle, Handle, c.POINTER(Handle), c.c_uint
        )(self.context, None, 0)
        self._intrinsics: dict[tuple[str, tuple[Pointer, ...]], tuple[Pointer, Pointer]] = {}

    def _bind_constants(self) -> None:
        bind = self.library.bind
        integer = bind("LLVMIntTypeInContext", Handle, Handle, c.c_uint)
        self.void: Pointer = bind("LLVMVoidTypeInContext", Handle, Handle)(self.context)
        self.pointer: Pointer = bind("LLVMPointerTypeInContext", Handle, Handle, c.c_uint)(
            self.context, 0
        )
        self.integer: Callable[[int], Pointer] = lambda bits: integer(self.context, bits)
        self.i1, self.i32, self.i64 = self.integer(1), self.integer(32), self.integer(64)
        self._constant = bind("LLVMConstInt", Handle, Handle, c.c_ulonglong, c.c_int)
        self._splat = bind("LLVMConstVector", Handle, c.POINTER(Handle), c.c_uint)
        self.zero: Callable[[Pointer], Pointer] = bind("LLVMConstNull", Handle, Handle)
        self.all_ones: Callable[[Pointer], Pointer] = bind("LLVMConstAllOnes", Handle, Handle)
        self.real: Callable[[Pointer, float], Pointer] = bind(
            "LLVMConstReal", Handle, Handle, c.c_double
        )
        self._function_type = bind(
            "LLVMFunctionType", Handle, Handle, c.POINTER(Handle), c.c_uint, c.c_int
        )
        self._vector_type = bind("LLVMVectorType", Handle, Handle, c.c_uint)

    def _bind_instructions(self) -> None:
        bind = self.library.bind
        self._before = bind("LLVMPositionBuilderBefore", None, Handle, Handle)
        self._at_end = bind("LLVMPositionBuilderAtEnd", None, Handle, Handle)
        self._binary = bind("LLVMBuildBinOp", Handle, Handle, c.c_int, Handle, Handle, c.c_char_p)
        self._cast = bind("LLVMBuildCast", Handle, Handle, c.c_int, Handle, Handle, c.c_char_p)
        self._icmp = bind("LLVMBuildICmp", Handle, Handle, c.c_int, Handle, Handle, c.c_char_p)
        self._fcmp = bind("LLVMBuildFCmp", Handle, Handle, c.c_int, Handle, Handle, c.c_char_p)
        self._extract_value = bind(
            "LLVMBuildExtractValue", Handle, Handle, Handle, c.c_uint, c.c_char_p
        )
        self._call = bind(
            "LLVMBuildCall2",
            Handle, Handle, Handle, Handle, c.POINTER(Handle), c.c_uint, c.c_char_p,
        )  # fmt: skip
        self._select = bind("LLVMBuildSelect", Handle, Handle, Handle, Handle, Handle, c.c_char_p)
        self._branch_if = bind("LLVMBuildCondBr", Handle, Handle, Handle, Handle, Handle)
        self._branch = bind("LLVMBuildBr", Handle, Handle, Handle)
        self._ret_void = bind("LLVMBuildRetVoid", Handle, Handle)
        self._unreachable = bind("LLVMBuildUnreachable", Handle, Handle)
        self._add_function = bind("LLVMAddFunction", Handle, Handle, c.c_char_p, Handle)
        self._named_function = bind("LLVMGetNamedFunction", Handle, Handle, c.c_char_p)
        self._set_linkage = bind("LLVMSetLinkage", None, Handle, c.c_int)
        self._append_block = bind(
            "LLVMAppendBasicBlockInContext", Handle, Handle, Handle, c.c_char_p
        )
        self._lookup_intrinsic = bind("LLVMLookupIntrinsicID", c.c_uint, c.c_char_p, c.c_size_t)
        self._intrinsic_declaration = bind(
            "LLVMGetIntrinsicDeclaration",
            Handle, Handle, c.c_uint, c.POINTER(Handle), c.c_size_t,
        )  # fmt: skip
        self._create_attribute = bind(
            "LLVMCreateEnumAttribute", Handle, Handle, c.c_uint, c.c_uint64
        )
        self._add_attribute = bind("LLVMAddAttributeAtIndex", None, Handle, c.c_uint, Handle)

    def dispose(self) -> None:
        """Give the builder back."""
        self.library.bind("LLVMDisposeBuilder", None, Handle)(self.builder)

    def mark(self, function: Pointer, name: str) -> None:
        """Give the function an attribute without a value."""
        made = self._create_attribute(self.context, self._attribute_number(name), 0)
        self._add_attribute(function, FUNCTION_INDEX, made)

    def tag(self, instruction: Pointer) -> None:
        """Make the instruction one that `is_tagged`, wherever a pass takes it."""
        self._set_metadata(instruction, self._tag, self._nothing)

    def is_tagged(self, instruction: Pointer) -> bool:
        """Whether the instruction was tagged."""
        return bool(self.has_metadata(instruction) and self.get_metadata(instruction, self._tag))

    # What is added, before the instruction or at the end of the block last named.

    def before(self, instruction: Pointer) -> None:
        """Add before this instruction from now on."""
        self._before(self.builder, instruction)

    def after(self, instruction: Pointer) -> None:
        """Add behind this instruction, which does not end its block."""
        self._before(self.builder, self.next_instruction(instruction))

    def at_end(self, block: Pointer) -> None:
        """Add at the end of this block."""
        self._at_end(self.builder, block)

    def number(self, type_: Pointer, value: int) -> Pointer:
        """An integer constant of at most 64 bits, or a vector of it."""
        if self.kind(type_) == Kind.VECTOR:
            return self.splat(type_, self.number(self.element(type_), value))
        made: Pointer = self._constant(type_, value & 0xFFFFFFFFFFFFFFFF, 0)
        return made

    def splat(self, type_: Pointer, element: Pointer) -> Pointer:
        """A vector constant with one value everywhere."""
        count = self.num_elements(type_)
        made: Pointer = self._splat(_pointers([element] * count), count)
        return made

    def real_number(self, type_: Pointer, value: float) -> Pointer:
        """A floating-point constant, or a vector of it."""
        if self.kind(type_) == Kind.VECTOR:
            return self.splat(type_, self.real(self.element(type_), value))
        return self.real(type_, value)

    def least_signed(self, type_: Pointer) -> Pointer:
        """The integer with the sign bit alone, of any width, or a vector of it."""
        one = self.number(type_, 1)
        width = self.width(self.scalar(type_))
        return self.binary(Opcode.SHL, one, self.number(type_, width - 1))

    def vector(self, element: Pointer, count: int) -> Pointer:
        """A vector type."""
        made: Pointer = self._vector_type(element, count)
        return made

    def binary(self, opcode: int, left: Pointer, right: Pointer) -> Pointer:
        """A binary operation without flags."""
        made: Pointer = self._binary(self.builder, opcode, left, right, b"")
        return made

    def cast(self, opcode: int, value: Pointer, to: Pointer) -> Pointer:
        """A cast."""
        made: Pointer = self._cast(self.builder, opcode, value, to, b"")
        return made

    def resized(self, value: Pointer, to: Pointer) -> Pointer:
        """An unsigned integer in another width."""
        return self._in_width(value, to, Opcode.ZEXT)

    def extended(self, value: Pointer, to: Pointer) -> Pointer:
        """A signed integer in another width."""
        return self._in_width(value, to, Opcode.SEXT)

    def _in_width(self, value: Pointer, to: Pointer, wider: Opcode) -> Pointer:
        before, after = self.width(self.type_of(value)), self.width(to)
        if before == after:
            return value
        return self.cast(wider if before < after else Opcode.TRUNC, value, to)

    def icmp(self, predicate: int, left: Pointer, right: Pointer) -> Pointer:
        """A comparison of integers or pointers."""
        made: Pointer = self._icmp(self.builder, predicate, left, right, b"")
        return made

    def fcmp(self, predicate: int, left: Pointer, right: Pointer) -> Pointer:
        """A comparison of floating-point numbers."""
        made: Pointer = self._fcmp(self.builder, predicate, left, right, b"")
        return made

    def select(self, condition: Pointer, then: Pointer, otherwise: Pointer) -> Pointer:
        """A selection."""
        made: Pointer = self._select(self.builder, condition, then, otherwise, b"")
        return made

    def part(self, aggregate: Pointer, index: int) -> Pointer:
        """A part of a struct."""
        made: Pointer = self._extract_value(self.builder, aggregate, index, b"")
        return made

    def call(self, function: Pointer, type_: Pointer, *arguments: Pointer) -> Pointer:
        """A call."""
        made: Pointer = self._call(
            self.builder, type_, function, _pointers(arguments), len(arguments), b""
        )
        return made

    def call_intrinsic(
        self, name: str, overloaded: Sequence[Pointer], *arguments: Pointer
    ) -> Pointer:
        """A call of an intrinsic that is overloaded on these types."""
        key = (name, tuple(overloaded))
        known = self._intrinsics.get(key)
        if known is None:
            identity = self._lookup_intrinsic(name.encode(), len(name))
            assert identity, name
            declared = self._intrinsic_declaration(
                self.module, identity, _pointers(overloaded), len(overloaded)
            )
            known = self._intrinsics[key] = declared, self.function_type(declared)
        return self.call(*known, *arguments)

    def function(self, name: str, result: Pointer, *parameters: Pointer) -> tuple[Pointer, Pointer]:
        """The function of this name, declared if it is not yet, and its type."""
        type_: Pointer = self._function_type(result, _pointers(parameters), len(parameters), 0)
        there = self._named_function(self.module, name.encode())
        made: Pointer = there or self._add_function(self.module, name.encode(), type_)
        return made, type_

    def make_internal(self, function: Pointer) -> None:
        """Let no other module see the function."""
        self._set_linkage(function, 8)  # LLVMInternalLinkage

    def block(self, function: Pointer) -> Pointer:
        """A new block at the function's end."""
        made: Pointer = self._append_block(self.context, function, b"")
        return made

    def branch_if(self, condition: Pointer, then: Pointer, otherwise: Pointer) -> None:
        """End a block with a conditional branch."""
        self._branch_if(self.builder, condition, then, otherwise)

    def branch(self, to: Pointer) -> Pointer:
        """End a block with a branch."""
        made: Pointer = self._branch(self.builder, to)
        return made

    def return_nothing(self) -> None:
        """End a block by returning."""
        self._ret_void(self.builder)

    def unreachable(self) -> None:
        """End a block that does not end."""
        self._unreachable(self.builder)
