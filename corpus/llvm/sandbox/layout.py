"""Types as the harness sees them: where their scalars lie, and what kind each is."""

import ctypes as c
from collections.abc import Iterator
from typing import NamedTuple

from corpus.llvm.library import Handle, Library, Pointer
from corpus.llvm.sandbox.harness_memory import BYTES, FLOATING, INTEGER, POINTER

_FLOATS = frozenset({1, 2, 3, 4, 5, 6, 18})  # LLVMTypeKind: half … ppc_fp128, bfloat
_INTEGER, _STRUCT, _ARRAY, _POINTER, _VECTOR, _SCALABLE = 8, 10, 11, 12, 13, 17
_BYTE_BITS = 8


class Scalar(NamedTuple):
    """One scalar of a type: its place, `harness_memory` kind, and bits."""

    offset: int
    size: int
    kind: int
    bits: int


class Layout:
    """Sizes and scalars under one module's data layout."""

    def __init__(self, library: Library, module: Pointer) -> None:
        bind = library.bind
        self._data: Pointer = bind("LLVMGetModuleDataLayout", Handle, Handle)(module)
        self._kind = bind("LLVMGetTypeKind", c.c_int, Handle)
        self._width = bind("LLVMGetIntTypeWidth", c.c_uint, Handle)
        self._size = bind("LLVMABISizeOfType", c.c_uint64, Handle, Handle)
        self._store = bind("LLVMStoreSizeOfType", c.c_uint64, Handle, Handle)
        self._align = bind("LLVMABIAlignmentOfType", c.c_uint, Handle, Handle)
        self._is_sized = bind("LLVMTypeIsSized", c.c_int, Handle)
        self._offset = bind("LLVMOffsetOfElement", c.c_uint64, Handle, Handle, c.c_uint)
        self._elements = bind("LLVMCountStructElementTypes", c.c_uint, Handle)
        self._element = bind("LLVMStructGetTypeAtIndex", Handle, Handle, c.c_uint)
        self._inner = bind("LLVMGetElementType", Handle, Handle)
        self._length = bind("LLVMGetArrayLength2", c.c_uint64, Handle)
        self._vector_length = bind("LLVMGetVectorSize", c.c_uint, Handle)
        self._space = bind("LLVMGetPointerAddressSpace", c.c_uint, Handle)

    def is_void(self, kind: Pointer) -> bool:
        """Whether nothing of this type is ever stored."""
        return int(self._kind(kind)) == 0

    def is_sized(self, kind: Pointer) -> bool:
        """Whether it has a size that is known here."""
        return bool(self._is_sized(kind)) and self._kind(kind) != _SCALABLE

    def bytes_of(self, kind: Pointer) -> int:
        """Bytes from one of its values to the next in an array."""
        size: int = self._size(self._data, kind)
        return size

    def alignment(self, kind: Pointer) -> int:
        """Bytes."""
        aligned: int = self._align(self._data, kind)
        return aligned

    def scalars(self, kind: Pointer, offset: int = 0) -> Iterator[Scalar]:
        """The scalars of a value stored at `offset`."""
        which = self._kind(kind)
        if which == _STRUCT:
            for index in range(self._elements(kind)):
                at = self._offset(self._data, kind, index)
                yield from self.scalars(self._element(kind, index), offset + at)
        elif which == _ARRAY:
            inner = self._inner(kind)
            step = self.bytes_of(inner)
            for index in range(self._length(kind)):
                yield from self.scalars(inner, offset + index * step)
        elif which == _VECTOR:
            yield from self._vector(kind, offset)
        else:
            yield self._scalar(kind, which, offset)

    def _vector(self, kind: Pointer, offset: int) -> Iterator[Scalar]:
        inner, size = self._inner(kind), self._store(self._data, kind)
        count = self._vector_length(kind)
        bits = self._width(inner) if self._kind(inner) == _INTEGER else 0
        if bits % _BYTE_BITS:
            yield Scalar(offset, size, INTEGER, bits * count)
            return
        for index in range(count):
            yield from self.scalars(inner, offset + index * (size // count))

    def _scalar(self, kind: Pointer, which: int, offset: int) -> Scalar:
        size: int = self._store(self._data, kind)
        if which == _INTEGER:
            return Scalar(offset, size, INTEGER, self._width(kind))
        if which == _POINTER and self._space(kind) == 0:
            return Scalar(offset, size, POINTER, size * _BYTE_BITS)
        return Scalar(offset, size, FLOATING if which in _FLOATS else BYTES, size * _BYTE_BITS)
