"""Making a linked `main` of a module, and ending the process as a program ends.

The program gets libc, libm and libstdc++ as they are loaded here. What would reach out of it is its
own: constructors and destructors are taken out of the module's lists and called here; `exit`,
`atexit` and what C++ registers for static objects end in `Ending`, since the process's own lists
hold destructors of LLVM; thread-local variables become plain ones, since there is one thread.
"""

import ctypes as c
import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from corpus.llvm.jit import Jit, Space
from corpus.llvm.library import Handle, Library, Pointer

_RUNTIMES = ("libstdc++.so.6", "libgcc_s.so.1", "libm.so.6")
"""libLLVM brought them for itself; programs are to find their symbols, too."""

_EXTERNAL, _INTERNAL = 0, 8  # LLVMLinkage
_DEFAULT_VISIBILITY = 0  # LLVMVisibility
_WARM_UP = b"define i32 @warm(i32 %0) {\n  ret i32 %0\n}\n"

_MAIN = c.CFUNCTYPE(c.c_int, c.c_int, c.POINTER(c.c_char_p), c.POINTER(c.c_char_p))
_CALL = c.CFUNCTYPE(None)
_CALL_WITH = c.CFUNCTYPE(None, c.c_void_p)
_EXIT = c.CFUNCTYPE(None, c.c_int)
_AT_EXIT = c.CFUNCTYPE(c.c_int, c.c_void_p)
_CXA_AT_EXIT = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p, c.c_void_p)


class WholeProgram:
    """Links whole programs in this process, which is about to become one of them."""

    def __init__(self, library: Library, jit: Jit) -> None:
        """Do once what every program needs, so that its fork finds it done."""
        self._library = library
        self._jit = jit
        for name in _RUNTIMES:
            with suppress(OSError):  # a program that needs it is not linked, and says so
                c.CDLL(name, mode=c.RTLD_GLOBAL)
        self.ending = Ending()
        context = library.context()
        warm = self._space()
        warm.add_module(library.parse(library.context(keep_names=True), _WARM_UP))
        warm.lookup("warm")
        warm.lookup("puts")
        library.forget(context)

    def link(self, module: Pointer) -> Callable[[], int]:
        """Compile and link `module`; the result runs constructors and `main` and gives its status.

        Raises NotLinked, naming what is missing, and BadModule. May abort the process.
        """
        for variable in self._library.globals(module):
            self._adopt(variable)
        constructors = sorted(self._take_list(module, b"llvm.global_ctors"))
        destructors = sorted(self._take_list(module, b"llvm.global_dtors"))
        space = self._space()
        space.add_module(module)
        main = _MAIN(space.lookup("main"))
        before = [_CALL(space.lookup(name)) for *_, name in constructors]
        after = [_CALL(space.lookup(name)) for *_, name in destructors]
        arguments = (c.c_char_p * 2)(b"program", None)
        environment = (c.c_char_p * 1)(None)

        def enter() -> int:
            self.ending.at_exit += after
            for construct in before:
                construct()
            status: int = main(1, arguments, environment)
            return status

        return enter

    def _space(self) -> Space:
        space = self._jit.space(process_symbols=True)
        space.define(self.ending.symbols)
        return space

    def _adopt(self, variable: Pointer) -> None:
        bind = self._library.bind
        if bind("LLVMIsThreadLocal", c.c_int, Handle)(variable):
            bind("LLVMSetThreadLocal", None, Handle, c.c_int)(variable, 0)
        if self._library.name(variable) == b"__dso_handle":
            # Hidden, so code reaches for it nearby: it is to be in the program's own object.
            kind = bind("LLVMGlobalGetValueType", Handle, Handle)(variable)
            bind("LLVMSetInitializer", None, Handle, Handle)(
                variable, bind("LLVMConstNull", Handle, Handle)(kind)
            )
            bind("LLVMSetVisibility", None, Handle, c.c_int)(variable, _DEFAULT_VISIBILITY)
            bind("LLVMSetLinkage", None, Handle, c.c_int)(variable, _INTERNAL)

    def _take_list(self, module: Pointer, name: bytes) -> Iterator[tuple[int, int, str]]:
        """Priority, position and symbol of each function in a list such as llvm.global_ctors.

        The list goes, and its functions become symbols that can be looked up.
        """
        bind = self._library.bind
        listed = bind("LLVMGetNamedGlobal", Handle, Handle, c.c_char_p)(module, name)
        if not listed or not self._library.is_definition(listed):
            return
        operands = bind("LLVMGetNumOperands", c.c_int, Handle)
        operand = bind("LLVMGetOperand", Handle, Handle, c.c_uint)
        entries = bind("LLVMGetInitializer", Handle, Handle)(listed)
        for position in range(operands(entries)):
            entry = operand(entries, position)
            function = operand(entry, 1)
            if not bind("LLVMIsAGlobalValue", Handle, Handle)(function):
                continue  # a null that ends the list
            if bind("LLVMGetLinkage", c.c_int, Handle)(function) != _EXTERNAL:
                bind("LLVMSetValueName2", None, Handle, c.c_char_p, c.c_size_t)(
                    function, b"%s.%d" % (name, position), len(name) + 1 + len(str(position))
                )
                bind("LLVMSetVisibility", None, Handle, c.c_int)(function, _DEFAULT_VISIBILITY)
                bind("LLVMSetLinkage", None, Handle, c.c_int)(function, _EXTERNAL)
            symbol = self._library.name(function).decode()
            priority = bind("LLVMConstIntGetZExtValue", c.c_uint64, Handle)(operand(entry, 0))
            yield priority, position, symbol
        bind("LLVMDeleteGlobal", None, Handle)(listed)


class Ending:
    """The end of a program: what it registered, last first; its buffers; then `leave`."""

    def __init__(self) -> None:
        self.at_exit: list[Callable[[], object]] = []
        self.leave: Callable[[int], object] = os._exit
        """What `exit` comes to, with the status; it never returns."""
        self._flush = c.CDLL(None).fflush
        exit_ = _EXIT(self.end)
        at_exit = _AT_EXIT(self._register)
        cxa_at_exit = _CXA_AT_EXIT(self._register_with)
        self._held = (exit_, at_exit, cxa_at_exit)
        self.symbols = {
            "exit": _address(exit_),
            "atexit": _address(at_exit),
            "__cxa_atexit": _address(cxa_at_exit),
            "__cxa_thread_atexit": _address(cxa_at_exit),
        }

    def settle(self) -> None:
        """Do what the program left to be done at its end."""
        while self.at_exit:
            self.at_exit.pop()()
        self._flush(None)

    def end(self, status: int) -> None:
        """End the program as `exit` does. Never returns."""
        self.settle()
        self.leave(status & 0xFF)

    def _register(self, function: int) -> int:
        self.at_exit.append(_CALL(function))
        return 0

    def _register_with(self, function: int, argument: int, _: int) -> int:
        call = _CALL_WITH(function)
        self.at_exit.append(lambda: call(argument))
        return 0


def _address(callback: "c._FuncPointer") -> int:
    address = c.cast(callback, c.c_void_p).value
    assert address is not None
    return address
