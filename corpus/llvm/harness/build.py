"""The harness as a shared object: compiled once by the toolchain's clang, kept in a cache."""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from corpus.errors import CorpusError
from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import Toolchain
from corpus.sources.cache import cache_folder

_FOLDER = Path(__file__).parent
_OPTIONS = ("-O2", "-fPIC", "-shared", "-fno-builtin", "-fno-strict-aliasing", "-Wall", "-Werror")
_COMPILE_S = 120.0


class HarnessNotBuilt(CorpusError, RuntimeError):
    """clang did not compile the harness; carries its message."""


@cache
def harness_version() -> str:
    """16 hex digits of the sources: what is executed for a verdict."""
    sources = hashlib.sha256()
    for path in _sources():
        sources.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sources.hexdigest()[:16]


@cache
def harness(toolchain: Toolchain) -> Path:
    """The shared object for this toolchain, compiled if it is not there.

    Raises HarnessNotBuilt, ToolchainMissing where there is no clang, and OSError.
    """
    made = cache_folder("harness") / f"{harness_version()}-{toolchain.fingerprint}.so"
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    files = [path for path in _sources() if path.suffix == ".c"]
    descriptor, unfinished = tempfile.mkstemp(dir=made.parent, suffix=".part")
    os.close(descriptor)
    try:
        ended = run_tool(
            [toolchain.tool("clang"), *_OPTIONS, *files, "-o", unfinished], wall_s=_COMPILE_S
        )
        if ended.status != 0 or ended.timed_out:
            raise HarnessNotBuilt(f"{toolchain.tool('clang')}: {ended.reason}")
        Path(unfinished).replace(made)  # whole or not at all, whoever else compiles it now
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return made


def _sources() -> list[Path]:
    return sorted(path for path in _FOLDER.iterdir() if path.suffix in {".c", ".h"})
