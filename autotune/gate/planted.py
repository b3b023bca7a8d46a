"""How much the gate sees: miscompilations planted in optimised functions, and which it catches.

A mutant that LLVM optimises to the same code as the unchanged function is no miscompilation and is
not planted. One that it cannot see through may still be equivalent, or differ only where the
function is undefined: so a share below all of them is no proof of a miss.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from autotune.gate.function import pair_seed
from corpus.errors import BadModule
from corpus.llvm.execution import compare
from corpus.llvm.sandbox.mutant_frames import Mutant, MutantRequest
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox

REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Tried:
    """One planted miscompilation, and what the gate said of it."""

    mutant: Mutant
    verdict: str
    reason: str

    @property
    def caught(self) -> bool:
        """Whether the gate refuted it."""
        return self.verdict == REFUTED


def plant(sandbox: Sandbox, optimised_ir: str, seeds: Sequence[int]) -> list[Mutant]:
    """Mutants of an optimised function, at most one for each seed. Raises MachineFault.

    None where LLVM does not get through them.
    """
    with sandbox.session() as session:
        try:
            return session.mutants(MutantRequest(optimised_ir, tuple(seeds)))
        except (BadModule, ModuleLost):
            return []


def try_planted(
    sandbox: Sandbox, function_id: str, ir: str, mutants: Sequence[Mutant]
) -> list[Tried]:
    """Have the gate compare each mutant with the function before any pass.

    Each on the inputs that its own text decides, as each list has its own. Raises MachineFault.
    """
    tried = []
    for mutant in mutants:
        seed = pair_seed(function_id, f"{mutant.kind} {mutant.seed}")
        try:
            (said,) = compare(sandbox, ir, [mutant.text], seed=seed)
        except (BadModule, ModuleLost) as error:
            tried.append(Tried(mutant, "inconclusive", str(error)))
            continue
        tried.append(Tried(mutant, said.verdict, said.reason))
    return tried
