"""Running what was compiled, from the supervisor's side: whole programs, and functions compared.

Machine code of a corpus runs nowhere but in locked runners of the sandbox (`sandbox/runner.py`).
Whatever the lists or the code do is data; only a fault of the machine is raised.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from corpus.llvm.measurement import Outcome
from corpus.llvm.sandbox.supervisor import Sandbox


@dataclass(frozen=True, slots=True)
class Ran:
    """One program under one pass list.

    `outcome`: of applying the list; only an ok module was run. `state_hash`: of the module after
    the list. `known`: it was among the hashes that the caller knows, so nothing was run. `ending`:
    "exit 0", "SIGSEGV", "timed out" …; empty where nothing was run. `output`: what it wrote to
    standard output, at most 64 KiB. `cpu_us`: processor microseconds of all of it.
    """

    outcome: Outcome
    state_hash: int | None
    known: bool
    ending: str
    output: bytes
    cpu_us: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One function before and after a pass list, executed side by side.

    `verdict`: "agreed", "inconclusive" or "refuted"; `inputs`: on how many both agreed; `reason`:
    one line, which for inconclusive starts with a class of a fixed set; `input_seed`: of the input
    that shows the difference.
    """

    verdict: str
    inputs: int
    reason: str
    input_seed: int | None
    cpu_us: int


def run_programs(
    sandbox: Sandbox,
    module: bytes,
    pass_lists: Sequence[str],
    *,
    known: Collection[int] = (),
    wall_s: float = 2.0,
) -> list[Ran]:
    """Run a whole program (bitcode or text with a `main`) under each list.

    A list is applied whole, as `opt` does; "" leaves the program as it is. Raises BadModule where
    the program itself cannot be read, MachineFault, and RunningRefused.
    """
    raise NotImplementedError


def compare(
    sandbox: Sandbox, before: str, afters: Sequence[str], *, seed: int, inputs: int = 32
) -> list[Compared]:
    """Execute a function before and after pass lists on the same generated inputs.

    `before` and `afters` are IR texts of one-function modules. The same arguments give the same
    answer. Raises MachineFault, BadModule and RunningRefused.
    """
    raise NotImplementedError
