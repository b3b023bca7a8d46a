"""Run by test_jit.py with libLLVM's path: links and calls, and prints what came of it as JSON."""

import ctypes
import json
import os
import sys
from collections.abc import Callable

from corpus.llvm.jit import FAST, GOOD, Jit, NotLinked, Space
from corpus.llvm.library import Library, Pointer

INT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
THROWS = """
declare ptr @__cxa_allocate_exception(i64)
declare void @__cxa_throw(ptr, ptr, ptr)
declare ptr @__cxa_begin_catch(ptr)
declare void @__cxa_end_catch()
declare i32 @__gxx_personality_v0(...)
@_ZTIi = external constant ptr
define void @throw(i32 %x) {
  %1 = call ptr @__cxa_allocate_exception(i64 4)
  store i32 %x, ptr %1
  call void @__cxa_throw(ptr %1, ptr @_ZTIi, ptr null)
  unreachable
}
define i32 @f(i32 %x) personality ptr @__gxx_personality_v0 {
  invoke void @throw(i32 %x) to label %never unwind label %pad
never:
  ret i32 0
pad:
  %1 = landingpad { ptr, i32 } catch ptr null
  %2 = extractvalue { ptr, i32 } %1, 0
  %3 = call ptr @__cxa_begin_catch(ptr %2)
  %4 = load i32, ptr %3
  call void @__cxa_end_catch()
  %5 = add i32 %4, 1
  ret i32 %5
}
"""
FACTORIAL = """
define i32 @f(i32 %n) {
entry:
  br label %loop
loop:
  %i = phi i32 [ %n, %entry ], [ %less, %loop ]
  %product = phi i32 [ 1, %entry ], [ %more, %loop ]
  %more = mul i32 %product, %i
  %less = sub i32 %i, 1
  %done = icmp eq i32 %less, 0
  br i1 %done, label %out, label %loop
out:
  ret i32 %more
}
"""


def returning(number: int, name: str = "f") -> str:
    return f"define i32 @{name}(i32 %x) {{\n  ret i32 {number}\n}}\n"


def calling(name: str) -> str:
    return (
        f"declare i32 @{name}(i32)\ndefine i32 @f(i32 %x) {{\n"
        f"  %1 = call i32 @{name}(i32 %x)\n  %2 = add i32 %1, 1\n  ret i32 %2\n}}\n"
    )


class Linking:
    """One library and its linker."""

    def __init__(self, path: str) -> None:
        self.library = Library(path)
        self.jit = Jit(self.library)

    def module(self, text: str) -> Pointer:
        return self.library.parse(self.library.context(keep_names=True), text.encode())

    def space(self, *texts: str, process: bool = False) -> Space:
        made = self.jit.space(process_symbols=process)
        for text in texts:
            made.add_module(self.module(text))
        return made


def call(space: Space, argument: int) -> int:
    result: int = INT(space.lookup("f"))(argument)
    return result


def error_of(action: Callable[[], object]) -> str:
    try:
        action()
    except NotLinked as error:
        return str(error)
    return ""


def levels(linking: Linking) -> list[tuple[int, int]]:
    """At each level: the result, and the size of the object."""
    found = []
    for level in (FAST, GOOD):
        jit = Jit(linking.library, level=level)
        elf = jit.object_file(linking.module(FACTORIAL))
        space = jit.space(process_symbols=False)
        space.add_object(elf)
        found.append((call(space, 5), len(elf)))
        jit.dispose()
    return found


def cleared(linking: Linking) -> int:
    space = linking.space(returning(7))
    call(space, 0)
    space.clear()
    space.add_module(linking.module(returning(8)))
    return call(space, 0)


def main(path: str) -> None:
    """Print every answer that test_jit.py asks for."""
    linking = Linking(path)
    ctypes.CDLL("libstdc++.so.6", mode=ctypes.RTLD_GLOBAL)
    ctypes.CDLL("libgcc_s.so.1", mode=ctypes.RTLD_GLOBAL)
    inner = INT(lambda x: x + 1)
    address = ctypes.cast(inner, ctypes.c_void_p).value
    assert address is not None
    named = linking.space(calling("fixed"))
    named.define({"fixed": address})
    named.define({})
    answers = {
        "called": call(linking.space(returning(42)), 0),
        "across": call(linking.space(calling("inner"), returning(42, "inner")), 0),
        "same name in two spaces": [call(linking.space(returning(one)), 0) for one in (1, 2)],
        "of another space": error_of(lambda: linking.space(calling("inner")).lookup("f")),
        "defined": call(named, 10),
        "process": call(linking.space(calling("abs"), process=True), -4),
        "no process": error_of(lambda: linking.space(calling("abs")).lookup("f")),
        "missing": error_of(lambda: linking.space(calling("nonesuch"), process=True).lookup("f")),
        "twice": error_of(lambda: linking.space(returning(1, "inner"), returning(2, "inner"))),
        "named twice": error_of(lambda: named.define({"fixed": 1})),
        "no object": error_of(lambda: _add_nonsense(linking)),
        "thrown": call(linking.space(THROWS, process=True), 5),
        "threads": len(os.listdir("/proc/self/task")),  # noqa: PTH208 - numbers, not paths
        "levels": levels(linking),
        "cleared": cleared(linking),
    }
    linking.jit.dispose()
    sys.stdout.write(json.dumps(answers))


def _add_nonsense(linking: Linking) -> None:
    space = linking.jit.space(process_symbols=False)
    space.add_object(b"nonsense")
    space.lookup("f")


if __name__ == "__main__":
    main(sys.argv[1])
