"""The harness, in which functions are executed side by side, as a shared object."""

from functools import cache
from pathlib import Path

from corpus.llvm.shared_object import shared_object, version_of
from corpus.llvm.toolchain import Toolchain

_FOLDER = Path(__file__).parent


@cache
def harness_version() -> str:
    """16 hex digits of the sources: what is executed for a verdict."""
    return version_of(_sources())


@cache
def harness(toolchain: Toolchain) -> Path:
    """The shared object for this toolchain. Raises as `shared_object` does."""
    return shared_object(toolchain, "harness", _sources())


def _sources() -> list[Path]:
    return sorted(path for path in _FOLDER.iterdir() if path.suffix in {".c", ".h"})
