"""Golden functions: a fixed set that every measuring path must agree on, and benchmarks run on.

Made from `golden.c` beside this file by `python -m corpus.golden`, once, and kept as text, so that
they stay the same whatever the compiler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the source and the functions lie."""


@dataclass(frozen=True)
class GoldenFunction:
    """One function in a module of its own, `minsize optsize`, unoptimised."""

    name: str
    ir: str
    instructions: int


@cache
def golden_functions() -> Sequence[GoldenFunction]:
    """All of them, by name. Their first line says how many instructions they have."""
    functions = []
    for path in sorted((FOLDER / "functions").glob("*.ll")):
        head, _, ir = path.read_text(encoding="utf-8").partition("\n")
        functions.append(GoldenFunction(path.stem, ir, int(head.removeprefix("; instructions: "))))
    return tuple(functions)
