"""C of ours as a shared object: compiled once by the toolchain's clang, kept in a cache."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from corpus.errors import CorpusError
from corpus.llvm.process import run_tool
from corpus.llvm.toolchain import Toolchain
from corpus.sources.cache import cache_folder

_OPTIONS = ("-O2", "-fPIC", "-shared", "-fno-builtin", "-fno-strict-aliasing", "-Wall", "-Werror")
_COMPILE_S = 120.0


class NotCompiled(CorpusError, RuntimeError):
    """clang did not compile it; carries its message."""


def version_of(sources: Iterable[Path]) -> str:
    """16 hex digits of the sources, headers too."""
    hashed = hashlib.sha256()
    for path in sources:
        hashed.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return hashed.hexdigest()[:16]


def shared_object(
    toolchain: Toolchain, kind: str, sources: Sequence[Path], libraries: Sequence[Path] = ()
) -> Path:
    """The shared object of these sources for this toolchain, compiled if it is not there.

    `kind` names its folder in the cache; `libraries` are what it is linked with. Raises
    NotCompiled, ToolchainMissing where there is no clang, and OSError.
    """
    made = cache_folder(kind) / f"{version_of(sources)}-{toolchain.fingerprint}.so"
    if made.exists():
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    files = [path for path in sources if path.suffix == ".c"]
    descriptor, unfinished = tempfile.mkstemp(dir=made.parent, suffix=".part")
    os.close(descriptor)
    try:
        ended = run_tool(
            [toolchain.tool("clang"), *_OPTIONS, *files, *libraries, "-o", unfinished],
            wall_s=_COMPILE_S,
        )
        if ended.status != 0 or ended.timed_out:
            raise NotCompiled(f"{toolchain.tool('clang')}: {ended.reason}")
        Path(unfinished).replace(made)  # whole or not at all, whoever else compiles it now
    finally:
        Path(unfinished).unlink(missing_ok=True)
    return made
