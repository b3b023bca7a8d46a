"""The shared object that tells states apart, for the supervisor that starts a template."""

from functools import cache
from pathlib import Path

from corpus.errors import CorpusError
from corpus.llvm.shared_object import shared_object
from corpus.llvm.toolchain import Toolchain

_SOURCE = Path(__file__).with_name("identity.c")


@cache
def identity_object(toolchain: Toolchain) -> Path | None:
    """The shared object for this toolchain; None where it cannot be made, which only costs time."""
    try:
        return shared_object(toolchain, "identity", [_SOURCE], [toolchain.libllvm])
    except (CorpusError, OSError):
        return None
