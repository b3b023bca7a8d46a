"""libLLVM's C API for looking into functions, typed.

The functions are those of llvm-c/Core.h and llvm-c/Target.h; numbers are their enumerators. It is
as dangerous as `Library`: only processes of the sandbox use it.
"""

import ctypes as c
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

from corpus.llvm.library import Handle, Library, Pointer


class Opcode(IntEnum):
    """LLVMOpcode: of the instructions that anything here tells apart."""

    RET, BR, SWITCH, INDIRECT_BR, INVOKE, UNREACHABLE = 1, 2, 3, 4, 5, 7
    ADD, FADD, SUB, FSUB, MUL, FMUL = 8, 9, 10, 11, 12, 13
    UDIV, SDIV, FDIV, UREM, SREM, FREM = 14, 15, 16, 17, 18, 19
    SHL, LSHR, ASHR, AND, OR, XOR = 20, 21, 22, 23, 24, 25
    ALLOCA, LOAD, STORE, GEP = 26, 27, 28, 29
    TRUNC, ZEXT, SEXT, FP_TO_UI, FP_TO_SI, UI_TO_FP, SI_TO_FP = 30, 31, 32, 33, 34, 35, 36
    FP_TRUNC, FP_EXT, PTR_TO_INT, INT_TO_PTR, BITCAST = 37, 38, 39, 40, 41
    ICMP, FCMP, PHI, CALL, SELECT, VA_ARG = 42, 43, 44, 45, 46, 49
    EXTRACT_ELEMENT, INSERT_ELEMENT, SHUFFLE_VECTOR = 50, 51, 52
    EXTRACT_VALUE, INSERT_VALUE, FENCE, CMPXCHG, ATOMIC_RMW, RESUME = 53, 54, 55, 56, 57, 58
    LANDING_PAD, ADDR_SPACE_CAST, FNEG, CALL_BR, FREEZE = 59, 60, 66, 67, 68
    CLEANUP_RET, CATCH_RET, CATCH_PAD, CLEANUP_PAD, CATCH_SWITCH = 61, 62, 63, 64, 65


class Kind(IntEnum):
    """LLVMTypeKind."""

    VOID, HALF, FLOAT, DOUBLE, X86_FP80, FP128, PPC_FP128 = 0, 1, 2, 3, 4, 5, 6
    LABEL, INTEGER, FUNCTION, STRUCT, ARRAY, POINTER, VECTOR = 7, 8, 9, 10, 11, 12, 13
    METADATA, TOKEN, SCALABLE_VECTOR, BFLOAT, X86_AMX, TARGET_EXT = 14, 16, 17, 18, 19, 20


FLOATS = frozenset(
    {Kind.HALF, Kind.FLOAT, Kind.DOUBLE, Kind.X86_FP80, Kind.FP128, Kind.PPC_FP128, Kind.BFLOAT}
)


class Predicate(IntEnum):
    """LLVMIntPredicate."""

    EQ, NE, UGT, UGE, ULT, ULE, SGT, SGE, SLT, SLE = 32, 33, 34, 35, 36, 37, 38, 39, 40, 41


class RealPredicate(IntEnum):
    """LLVMRealPredicate, where used."""

    OEQ, OGT, OGE, OLT, OLE, UNO = 1, 2, 3, 4, 5, 8
    UEQ, UGT, UGE, ULT, ULE, UNE = 9, 10, 11, 12, 13, 14


INBOUNDS, NUSW, GEP_NUW = 1, 2, 4
"""LLVMGEPNoWrapFlags."""

NO_NANS, NO_INFS = 2, 4
"""LLVMFastMathFlags; the others let results differ."""

_MUST_TAIL = 2  # LLVMTailCallKind

FUNCTION_INDEX = 0xFFFFFFFF


class Reading:
    """The C API on one module: what is there."""

    def __init__(self, library: Library, module: Pointer) -> None:
        """Bind what is needed."""
        self.library = library
        self.module = module
        bind = library.bind
        self.context: Pointer = bind("LLVMGetModuleContext", Handle, Handle)(module)
        self._layout: Pointer = bind("LLVMGetModuleDataLayout", Handle, Handle)(module)
        self._bind_reading()
        self._bind_values()
        self._bind_attributes()
        self._attribute_kinds: dict[str, int] = {}
        self._metadata_kinds: dict[str, int] = {}

    def _read(self, name: str, result: Any = Handle) -> Callable[..., Any]:  # noqa: ANN401
        return self.library.bind(name, result, Handle)

    def _bind_reading(self) -> None:
        read, bind = self._read, self.library.bind
        self.first_block = read("LLVMGetFirstBasicBlock")
        self.next_block = read("LLVMGetNextBasicBlock")
        self.first_instruction = read("LLVMGetFirstInstruction")
        self.next_instruction = read("LLVMGetNextInstruction")
        self.previous_instruction = read("LLVMGetPreviousInstruction")
        self.opcode = read("LLVMGetInstructionOpcode", c.c_int)
        self.num_operands = read("LLVMGetNumOperands", c.c_int)
        self.operand = bind("LLVMGetOperand", Handle, Handle, c.c_uint)
        self.set_operand = bind("LLVMSetOperand", None, Handle, c.c_uint, Handle)
        self.type_of = read("LLVMTypeOf")
        self.kind = read("LLVMGetTypeKind", c.c_int)
        self.element = read("LLVMGetElementType")
        self.num_elements = read("LLVMGetVectorSize", c.c_uint)
        self.width = read("LLVMGetIntTypeWidth", c.c_uint)
        self.address_space = read("LLVMGetPointerAddressSpace", c.c_uint)
        self.nsw = read("LLVMGetNSW", c.c_int)
        self.nuw = read("LLVMGetNUW", c.c_int)
        self.exact = read("LLVMGetExact", c.c_int)
        self.nneg = read("LLVMGetNNeg", c.c_int)
        self.disjoint = read("LLVMGetIsDisjoint", c.c_int)
        self.same_sign = read("LLVMGetICmpSameSign", c.c_int)
        self.gep_flags = read("LLVMGEPGetNoWrapFlags", c.c_uint)
        self.can_be_fast = read("LLVMCanValueUseFastMathFlags", c.c_int)
        self.fast_math = read("LLVMGetFastMathFlags", c.c_uint)
        self.source_element = read("LLVMGetGEPSourceElementType")
        self.predicate = read("LLVMGetICmpPredicate", c.c_int)
        self.alignment = read("LLVMGetAlignment", c.c_uint)
        self.allocated_type = read("LLVMGetAllocatedType")
        self.callee = read("LLVMGetCalledValue")
        self.num_arguments = read("LLVMGetNumArgOperands", c.c_uint)
        self.num_bundles = read("LLVMGetNumOperandBundles", c.c_uint)
        self.tail_kind = read("LLVMGetTailCallKind", c.c_int)

    def _bind_values(self) -> None:
        read, bind = self._read, self.library.bind
        self.is_inline_assembly = read("LLVMIsAInlineAsm")
        self.is_function = read("LLVMIsAFunction")
        self.is_instruction = read("LLVMIsAInstruction")
        self.is_constant_int = read("LLVMIsAConstantInt")
        self.constant_value = read("LLVMConstIntGetZExtValue", c.c_ulonglong)
        self.intrinsic = read("LLVMGetIntrinsicID", c.c_uint)
        self.function_type = read("LLVMGlobalGetValueType")
        self.count_parameters = read("LLVMCountParams", c.c_uint)
        self.parameter = bind("LLVMGetParam", Handle, Handle, c.c_uint)
        self.num_incoming = read("LLVMCountIncoming", c.c_uint)
        self.replace_uses = bind("LLVMReplaceAllUsesWith", None, Handle, Handle)
        self.erase = read("LLVMInstructionEraseFromParent", None)
        self.get_metadata = bind("LLVMGetMetadata", Handle, Handle, c.c_uint)
        self.has_metadata = read("LLVMHasMetadata", c.c_int)
        self._metadata_operands = bind("LLVMGetMDNodeOperands", None, Handle, c.POINTER(Handle))
        self._num_metadata_operands = read("LLVMGetMDNodeNumOperands", c.c_uint)
        self._intrinsic_name = bind("LLVMIntrinsicGetName", Handle, c.c_uint, c.POINTER(c.c_size_t))
        self._bytes_allocated = bind("LLVMABISizeOfType", c.c_ulonglong, Handle, Handle)
        self._bytes_stored = bind("LLVMStoreSizeOfType", c.c_ulonglong, Handle, Handle)

    def _bind_attributes(self) -> None:
        bind = self.library.bind
        self._attribute_kind = bind(
            "LLVMGetEnumAttributeKindForName", c.c_uint, c.c_char_p, c.c_size_t
        )
        self._attribute_value = self._read("LLVMGetEnumAttributeValue", c.c_uint64)
        self._attribute_type = self._read("LLVMGetTypeAttributeValue")
        self._of_function = bind("LLVMGetEnumAttributeAtIndex", Handle, Handle, c.c_uint, c.c_uint)
        self._of_call = bind("LLVMGetCallSiteEnumAttribute", Handle, Handle, c.c_uint, c.c_uint)
        self._count_of_function = bind("LLVMGetAttributeCountAtIndex", c.c_uint, Handle, c.c_uint)
        self._count_of_call = bind("LLVMGetCallSiteAttributeCount", c.c_uint, Handle, c.c_uint)
        self._metadata_kind = bind(
            "LLVMGetMDKindIDInContext", c.c_uint, Handle, c.c_char_p, c.c_uint
        )

    def blocks(self, function: Pointer) -> Iterator[Pointer]:
        """The function's blocks, in order."""
        block = self.first_block(function)
        while block:
            yield block
            block = self.next_block(block)

    def instructions(self, block: Pointer) -> Iterator[Pointer]:
        """The block's instructions, in order."""
        instruction = self.first_instruction(block)
        while instruction:
            yield instruction
            instruction = self.next_instruction(instruction)

    def operands(self, instruction: Pointer) -> tuple[Pointer, ...]:
        """The instruction's operands; a call's callee is the last."""
        return tuple(self.operand(instruction, i) for i in range(self.num_operands(instruction)))

    def scalar(self, type_: Pointer) -> Pointer:
        """A vector's element type; any other type itself."""
        scalar: Pointer = self.element(type_) if self.kind(type_) == Kind.VECTOR else type_
        return scalar

    def allocated_bytes(self, type_: Pointer) -> int:
        """The distance of two values of the type in an array."""
        size: int = self._bytes_allocated(self._layout, type_)
        return size

    def stored_bytes(self, type_: Pointer) -> int:
        """What a store of the type overwrites."""
        size: int = self._bytes_stored(self._layout, type_)
        return size

    def intrinsic_name(self, identity: int) -> str:
        """An intrinsic's name without the types it is overloaded on."""
        length = c.c_size_t()
        address = self._intrinsic_name(identity, c.byref(length))
        return c.string_at(address, length.value).decode()

    def is_must_tail(self, call: Pointer) -> bool:
        """Whether nothing may come between this call and its return."""
        return bool(self.tail_kind(call) == _MUST_TAIL)

    def metadata(self, instruction: Pointer, name: str) -> tuple[Pointer, ...] | None:
        """The operands of the instruction's metadata of this kind; None where it has none."""
        if not self.has_metadata(instruction):
            return None
        node = self.get_metadata(instruction, self.metadata_kind(name))
        if not node:
            return None
        found = (Handle * self._num_metadata_operands(node))()
        self._metadata_operands(node, found)
        return tuple(value for value in found if value is not None)

    def metadata_kind(self, name: str) -> int:
        """The number of a kind of metadata; of a new kind a new one."""
        kind = self._metadata_kinds.get(name)
        if kind is None:
            kind = self._metadata_kind(self.context, name.encode(), len(name))
            self._metadata_kinds[name] = kind
        return kind

    def _attribute_number(self, name: str) -> int:
        number = self._attribute_kinds.get(name)
        if number is None:
            number = self._attribute_kind(name.encode(), len(name))
            self._attribute_kinds[name] = number
        return number

    def attribute_of_function(self, function: Pointer, index: int, name: str) -> Pointer | None:
        """The attribute of a function, of its result (0) or of a parameter (from 1)."""
        found: Pointer | None = self._of_function(function, index, self._attribute_number(name))
        return found

    def attribute_of_call(self, call: Pointer, index: int, name: str) -> Pointer | None:
        """The same of a call, where the callee's own do not count."""
        found: Pointer | None = self._of_call(call, index, self._attribute_number(name))
        return found

    def has_attributes_of_function(self, function: Pointer, index: int) -> bool:
        """Whether there is any."""
        return bool(self._count_of_function(function, index))

    def has_attributes_of_call(self, call: Pointer, index: int) -> bool:
        """Whether there is any."""
        return bool(self._count_of_call(call, index))

    def value_of(self, attribute: Pointer) -> int:
        """The number of an attribute such as align(8)."""
        value: int = self._attribute_value(attribute)
        return value

    def type_in(self, attribute: Pointer) -> Pointer:
        """The type of an attribute such as byval(T)."""
        value: Pointer = self._attribute_type(attribute)
        return value
