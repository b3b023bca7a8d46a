"""The gate's programs: small C and C++ sources that check themselves by what they print.

Each is free of undefined behaviour, takes no input, depends on nothing of the machine, and ends
within milliseconds with exit status 0; whatever it computes is printed. Inputs pass through
volatile objects, so that optimisation has code to change. `tests/benchmarks/gate_programs.py` holds
them to that with clang's sanitizers and levels.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.llvm.program_module import program_module
from corpus.llvm.toolchain import Toolchain

FOLDER = Path(__file__).with_name("programs")
HEADER = "program.h"
_CLANG_FORM = "form: clang."
_RUNNING = 1
"""Counts changes of how programs are compiled, run or compared, and pairs of functions executed."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program: its name is its file's, without the suffix."""

    source: Path

    @property
    def name(self) -> str:
        """As verdicts call it."""
        return self.source.stem

    @property
    def plain(self) -> bool:
        """Whether it is compiled as functions of a corpus are; else as clang hands it to -Oz."""
        return _CLANG_FORM not in self.source.read_text().partition("\n")[0]

    def module(self, toolchain: Toolchain) -> bytes:
        """Its bitcode, unoptimised. Raises as `program_module` does."""
        return program_module(toolchain, self.source, plain=self.plain)


@cache
def suite() -> tuple[Program, ...]:
    """All programs, by name."""
    sources = (path for path in FOLDER.iterdir() if path.suffix in {".c", ".cpp"})
    return tuple(map(Program, sorted(sources, key=lambda path: path.stem)))


def _version() -> str:
    digest = hashlib.sha256(str(_RUNNING).encode())
    for path in (FOLDER / HEADER, *(program.source for program in suite())):
        content = path.read_bytes()
        digest.update(f"\n{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:8]


GATE_VERSION = _version()
"""Names the programs and how they are run; verdicts of another version are another gate's."""
