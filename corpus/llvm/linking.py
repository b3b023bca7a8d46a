"""Several modules made one, by llvm-link."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from corpus.errors import BadModule
from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import Toolchain

_WALL_S = 60.0


def linked(toolchain: Toolchain, modules: Sequence[bytes]) -> bytes:
    """The bitcode of `modules`, as text or bitcode, linked.

    Raises BadModule with the tool's message, and ToolchainMissing where there is no llvm-link.
    """
    with tempfile.TemporaryDirectory(prefix="passlake-link-") as scratch:
        names = [f"{number}.bc" for number in range(len(modules))]
        for name, module in zip(names, modules, strict=True):
            Path(scratch, name).write_bytes(module)
        run = run_tool(
            [toolchain.tool("llvm-link"), *names, "-o", "-"], wall_s=_WALL_S, folder=Path(scratch)
        )
    if run.status != 0:
        raise BadModule(run.reason)
    return run.stdout
