"""LLVM's own structural hash of a function, as `opt` prints it."""

import re

from corpus.errors import BadModule
from corpus.llvm.reference import opt_on_module
from corpus.llvm.toolchain import Toolchain

_DETAILED = "print<structural-hash><detailed>"
_LINE = re.compile(r"^Function (\S+) Hash: ([0-9a-f]+)$", re.MULTILINE)


def structural_hashes(toolchain: Toolchain, module: str) -> dict[str, str]:
    """The detailed hash of each definition, by name; the plain one calls a+b and a+7 equal.

    Detailed means that types, constants and the names of globals count
    (llvm/lib/IR/StructuralHash.cpp); which instruction an operand comes from does not. Raises
    BadModule where `opt` does not take the module.
    """
    run = opt_on_module(toolchain, module.encode(errors="surrogateescape"), _DETAILED)
    if run.status != 0:
        raise BadModule(run.reason)
    return dict(_LINE.findall(run.stderr))
