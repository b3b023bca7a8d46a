"""The gate as a search meets it: the programs first, then the function itself."""

import hashlib
from collections.abc import Sequence

from autotune.gate.programs import ProgramGate
from autotune.gate.verdict import Judgement, Kind, Verdict
from corpus.errors import BadModule
from corpus.llvm.execution import Compared, compare
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from warehouse.clock import cpu_clock_s


class WholeGate:
    """Judges lists on programs, which is remembered across functions, and pairs by execution.

    `cpu_s` are the CPU seconds of all that was judged so far.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """The sandbox must be in no session when something is judged."""
        self._sandbox = sandbox
        self._programs = ProgramGate(sandbox)
        self.cpu_s = 0.0

    def judge(
        self, function_id: str, ir: str, pass_list: str, optimised_ir: str
    ) -> Sequence[Judgement]:
        """As the protocol says; a list that the programs refute is not tried on the function."""
        started_s = self._clock_s()
        try:
            return self._judge(function_id, ir, pass_list, optimised_ir)
        finally:
            self.cpu_s += self._clock_s() - started_s

    def _clock_s(self) -> float:
        return cpu_clock_s() + self._sandbox.children_cpu_s

    def _judge(
        self, function_id: str, ir: str, pass_list: str, optimised_ir: str
    ) -> Sequence[Judgement]:
        on_programs = judge_list(self._programs, pass_list)
        if on_programs.refutes:
            return (on_programs,)
        compared = judge_pair(self._sandbox, ir, optimised_ir, function_id, pass_list)
        return (on_programs, of_function(compared, function_id, pass_list))


def judge_list(programs: ProgramGate, pass_list: str, *, bisect: bool = True) -> Judgement:
    """What the programs say of a list; with `bisect` also by which of its passes.

    Raises MachineFault and RunningRefused.
    """
    judged = programs.judge(pass_list, bisect=bisect)
    return Judgement(
        Kind.PROGRAMS,
        None,
        pass_list,
        Verdict(judged.verdict),
        inputs=judged.programs,
        reason=judged.reason,
        programs=judged.refuting,
        guilty=judged.guilty,
    )


def judge_pair(
    sandbox: Sandbox, ir: str, optimised_ir: str, function_id: str, pass_list: str
) -> Compared:
    """Execute a function before and after a list, on inputs that function and list decide.

    Raises MachineFault. A module that kills or that LLVM refuses is inconclusive.
    """
    try:
        (compared,) = compare(sandbox, ir, [optimised_ir], seed=pair_seed(function_id, pass_list))
    except (BadModule, ModuleLost) as error:
        line = " ".join(str(error).split())
        return Compared("inconclusive", 0, f"the module cannot be loaded: {line}", None, 0)
    return compared


def pair_seed(function_id: str, pass_list: str) -> int:
    """The seed of all inputs of a pair: 63 bits."""
    digest = hashlib.sha256(f"{function_id} {pass_list}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def of_function(compared: Compared, function_id: str, pass_list: str) -> Judgement:
    """What was found of a pair, as a judgement."""
    return Judgement(
        Kind.FUNCTION,
        function_id,
        pass_list,
        Verdict(compared.verdict),
        inputs=compared.inputs,
        reason="" if compared.verdict == Verdict.AGREED else compared.reason,
        input_seed=compared.input_seed,
    )
