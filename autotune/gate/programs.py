"""The program gate: a pass list is applied to a fixed set of programs that check themselves by what
they print, each is run, and what it prints is compared with what it prints unoptimised.

A list that changes what one of them prints, that makes one hang or crash, produces wrong code: the
programs are free of undefined behaviour, take no input and print the same under every level of
clang.
"""

from dataclasses import dataclass

from corpus.llvm.sandbox.supervisor import Sandbox

GATE_VERSION = "0"
"""Names the programs and how they are run; verdicts of another version are another gate's."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the programs say of one pass list.

    `verdict`: "agreed", "refuted" or "inconclusive"; `programs`: on how many of them the output is
    that of the unoptimised program; `refuting`: names of those on which it is not; `guilty`: the
    passes of the shortest sub-list found that still refutes, empty unless refuted and bisected;
    `reason`: empty for agreed; `cpu_us`: processor microseconds of this call, 0 for a list that was
    judged before.
    """

    verdict: str
    programs: int
    refuting: tuple[str, ...]
    guilty: tuple[str, ...]
    reason: str
    cpu_us: int


class ProgramGate:
    """Judges pass lists on the programs; one per worker, as the sandbox that it uses."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def judge(self, pass_list: str, *, bisect: bool = True) -> Judged:
        """Judge one list. Raises MachineFault, and ToolchainMissing where there is no clang."""
        raise NotImplementedError
