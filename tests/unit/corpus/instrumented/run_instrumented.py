"""Instruments modules that come as JSON on standard input, runs their `f`, says how each ended.

A process of its own: LLVM and what it compiled may end it.
"""

import ctypes
import json
import sys

from corpus.llvm.jit import Jit
from corpus.llvm.library import Library
from corpus.llvm.sandbox.instrument import SYMBOLS, instrument

OF_THE_DRIVER = ("fill_in", "look_at", "give_null")


def main(library_path: str, driver_path: str) -> None:
    library, driver = Library(library_path), ctypes.CDLL(driver_path)
    ctypes.CDLL("libgcc_s.so.1", ctypes.RTLD_GLOBAL)  # conversions of half
    assert driver.pl_setup()
    driver.pl_begin()
    jit = Jit(library)
    names = (*SYMBOLS, *OF_THE_DRIVER)
    symbols = {name: ctypes.cast(getattr(driver, name), ctypes.c_void_p).value for name in names}
    endings = []
    for case in json.load(sys.stdin):
        module = library.parse(library.context(keep_names=True), case["ir"].encode())
        before = library.text(module)
        said = instrument(library, module)
        if not said.ok:
            untouched = library.text(module) == before
            endings.append(said.reason if untouched else "refused, but changed")
            continue
        fault = library.fault(module)
        if fault is not None:
            endings.append(fault)
            continue
        space = jit.space(process_symbols=True)
        space.define(symbols)
        space.add_module(module)
        run = space.lookup("f")
        arguments = (ctypes.c_void_p(run), *(ctypes.c_uint64(case[one]) for one in "ab"))
        endings.append(driver.try_function(*arguments, ctypes.c_uint8(0xAA)))
    json.dump(endings, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
