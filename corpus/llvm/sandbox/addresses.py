"""Addresses that linked code may know: of the harness, the C library, the compiler's run time."""

import ctypes as c
from functools import cache

from corpus.llvm.sandbox.harness_memory import Harness
from corpus.llvm.sandbox.known_functions import KNOWN, NUMBER_FUNCTIONS, RUNTIME, TABLES


@cache
def _libraries() -> tuple[c.CDLL, ...]:
    return (c.CDLL(None), c.CDLL("libm.so.6"), c.CDLL("libgcc_s.so.1"))


def _address(name: str) -> int | None:
    for library in _libraries():
        if hasattr(library, name):
            return c.cast(getattr(library, name), c.c_void_p).value
    return None


@cache
def runtime() -> dict[str, int]:
    """What code generation calls by itself, by symbol: `floor` for `llvm.floor`, for one."""
    found = {name: _address(name) for name in (*RUNTIME, *sorted(NUMBER_FUNCTIONS))}
    return {name: address for name, address in found.items() if address is not None}


def known(name: str, loaded: Harness) -> int | None:
    """What LLVM means by a function of this name; None where it means none."""
    if name in KNOWN:
        return loaded.address(KNOWN[name])
    return _address(name) if name in NUMBER_FUNCTIONS or name in TABLES else None
