"""Modules of the gate's own programs, as an optimiser for size meets them.

Two forms, since code comes to a pass list in both. *clang*: what the front end hands to -Oz, with
type-based aliasing and lifetimes of locals. *plain*: without these two, as functions of a corpus
are, which clang compiles at -O0. In both, definitions carry `minsize optsize`, and `noinline`
stands only where a source says so (at -O0 clang would forbid all inlining).
"""

from pathlib import Path

from corpus.errors import CorpusError
from corpus.llvm.process import run_tool
from corpus.llvm.sandbox.template import MachineFault
from corpus.llvm.toolchain import Toolchain

_FLAGS = ("-Oz", "-Xclang", "-disable-llvm-passes", "-g0", "-w", "-emit-llvm", "-c", "-o", "-")
_PLAIN = ("-fno-strict-aliasing", "-Xclang", "-disable-lifetime-markers")
_WALL_S = 60.0


class NoModule(CorpusError, ValueError):
    """A program that this clang does not compile, with its first error."""


def program_module(toolchain: Toolchain, source: Path, *, plain: bool) -> bytes:
    """The bitcode of one C or C++ source, unoptimised.

    Raises NoModule, MachineFault, and ToolchainMissing where there is no clang.
    """
    clang = toolchain.tool("clang++" if source.suffix == ".cpp" else "clang")
    run = run_tool(
        [
            clang,
            *_FLAGS,
            *(_PLAIN if plain else ()),
            f"-ffile-prefix-map={source.parent}/=",
            source,
        ],
        wall_s=_WALL_S,
    )
    if run.killed:
        raise MachineFault(f"clang was ended from outside by signal {-run.status}")
    if run.status != 0 or run.timed_out:
        raise NoModule(f"{source.name}: {run.reason}")
    return run.stdout
