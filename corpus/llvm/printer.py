"""Printing a module through a buffer: the same text as LLVMPrintModuleToString in half the time.

The C API prints into a string that it hands over piece by piece, unbuffered, and copies twice. Here
the same `Module::print` writes to a buffered `raw_fd_ostream` (llvm/Support/raw_ostream.h) that was
constructed on a file in memory. Both have C++ symbols only; the stream's size and layout are not
assumed: it gets more room than it needs, and the one member that is read, the number of bytes given
to it, is looked for when the way is tried out. Where anything about that differs, and for a text
that the file cannot hold, the C API prints.
"""

import ctypes as c
import os
from collections.abc import Callable

_PRINT = "_ZNK4llvm6Module5printERNS_11raw_ostreamEPNS_24AssemblyAnnotationWriterEbb"
_CONSTRUCT = "_ZN4llvm14raw_fd_ostreamC1EibbNS_11raw_ostream11OStreamKindE"
_SET_BUFFER = "_ZN4llvm11raw_ostream16SetBufferAndModeEPcmNS0_10BufferKindE"
_EXTERNAL = 2  # raw_ostream::BufferKind: ExternalBuffer
_BUFFER_BYTES = 1 << 15
"""For the first text; LLVM's own of the same size serve the others. A file's would be one page."""

_STREAM_WORDS = 128
"""Room for the stream object, many times what it takes."""


class Printer:
    """Prints modules; `slowly` is the C API's way."""

    def __init__(self, library: c.CDLL, slowly: Callable[[int], bytes]) -> None:
        self._library = library
        self._slowly = slowly
        self._stream = (c.c_uint64 * _STREAM_WORDS)()
        self._buffer = c.create_string_buffer(_BUFFER_BYTES)
        self._given: int | None = None
        """Which word of the stream counts the bytes given to it; None: this way is not taken."""
        self._file = -1

    def try_out(self, module: int) -> None:
        """Take the fast way from now on if it prints `module`, twice, as the C API does."""
        expected = self._slowly(module)
        try:
            self._print = getattr(self._library, _PRINT)
            construct = getattr(self._library, _CONSTRUCT)
            set_buffer = getattr(self._library, _SET_BUFFER)
            self._file = os.memfd_create("text")
        except (AttributeError, OSError):
            return
        self._print.argtypes = [c.c_void_p, c.c_void_p, c.c_void_p, c.c_bool, c.c_bool]
        self._print.restype = None
        construct.argtypes = [c.c_void_p, c.c_int, c.c_bool, c.c_bool, c.c_int]
        construct.restype = None
        set_buffer.argtypes = [c.c_void_p, c.c_void_p, c.c_size_t, c.c_int]
        set_buffer.restype = None
        construct(self._stream, self._file, False, False, 0)  # noqa: FBT003 - C++'s own
        set_buffer(self._stream, self._buffer, _BUFFER_BYTES, _EXTERNAL)
        first, second = self._printed(module), list(self._stream)
        third, fourth = self._printed(module), list(self._stream)
        if first == third == expected:
            size = len(expected)
            counts = zip(second, fourth, strict=True)
            self._given = next(
                (i for i, pair in enumerate(counts) if pair == (size, 2 * size)), None
            )

    def renew(self) -> None:
        """A forked child shares its parent's file and position: give it a file of its own."""
        if self._given is not None:
            own = os.memfd_create("text")
            os.dup2(own, self._file, inheritable=False)
            os.close(own)

    def text(self, module: int) -> bytes:
        """The module as LLVM prints it."""
        if self._given is None:
            return self._slowly(module)
        before = self._stream[self._given]
        text = self._printed(module)
        if self._stream[self._given] - before != len(text):  # the file took no more
            self._given = None
            return self._slowly(module)
        return text

    def _printed(self, module: int) -> bytes:
        self._print(module, self._stream, None, False, False)  # noqa: FBT003 - C++'s own
        size = os.lseek(self._file, 0, os.SEEK_CUR)
        text = os.pread(self._file, size, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        return text
