"""Searching and applying pass lists on single functions, from a program or a notebook.

    from autotune.workbench import Workbench

    with Workbench() as bench:
        answer = bench.search(ir, evaluations=200)
        bench.apply(ir, answer.pass_list)

Everything runs as in a campaign: in the sandbox, confirmed by the real `opt`, judged by the gate.
Nothing is stored; for many functions, or rows to keep, run a campaign (`passlake tune`).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

from autotune.gate.function import WholeGate
from autotune.gate.verdict import Judgement
from autotune.knowledge import brought
from autotune.tune_options import TuneOptions
from autotune.worker import search
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import measure_with_opt, printed, run_opt
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import find_toolchain


@dataclass(frozen=True)
class Applied:
    """What a list made of a module: its figures, and its IR, None unless the outcome is ok."""

    pass_list: str
    measurement: Measurement
    ir: str | None


@dataclass(frozen=True)
class Answer:
    """What a search settled for: `default<Oz>` where nothing beats it.

    `oz` and `oz_plain` are the baselines; `gate` and `stable` are as in the table `best`;
    `judgements` are the gate's. `evaluations` were asked for, `compilations` really made.
    """

    pass_list: str
    instructions: int
    object_bytes: int
    oz: Measurement
    oz_plain: Measurement
    optimised_ir: str
    stable: bool | None
    gate: str
    evaluations: int
    compilations: int
    judgements: Sequence[Judgement]


class Workbench:
    """A sandbox that stays warm, on one LLVM. Not for several threads at once."""

    def __init__(self, llvm: str | os.PathLike[str] | None = None) -> None:
        """`llvm` names a prefix such as /usr/lib/llvm-22; by default it is looked for.

        Raises ToolchainMissing and ToolchainWrongVersion.
        """
        self._toolchain = find_toolchain(llvm)
        self._space = PassSpace.load()
        self._sandbox = Sandbox(self._toolchain)
        self._gate = WholeGate(self._sandbox)

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._sandbox.__exit__(*error)

    def apply(self, ir: str, pass_list: str) -> Applied:
        """Run one list on a module with the real `opt`, and measure it on the ruler.

        A list that fails has an outcome, and no IR. Raises MachineFault.
        """
        with self._sandbox.session() as session:
            measurement = measure_with_opt(session, self._toolchain, ir, pass_list)
        if measurement.outcome is not Outcome.OK:
            return Applied(pass_list, measurement, None)
        made = run_opt(self._toolchain, ir, pass_list).stdout
        text = printed(self._toolchain, made).stdout.decode(errors="surrogateescape")
        return Applied(pass_list, measurement, text)

    def search(  # noqa: PLR0913  (each is an option of a campaign)
        self,
        ir: str,
        *,
        strategy: str = "portfolio",
        evaluations: int | None = None,
        objective: str = "instructions",
        seed: int = 0,
        gate: bool = True,
    ) -> Answer:
        """Search the module of one function for the list that makes it smallest.

        `ir` is what the table `functions` has: definitions with `minsize optsize`. Without
        `evaluations` the search ends when it no longer pays, which only `portfolio` can tell.

        Raises BadOption for options that do not go together, BadModule for what is no module,
        NoBaseline where `-Oz` itself fails, and MachineFault.
        """
        options = TuneOptions(strategy, objective, evaluations, None, seed, gate=gate)
        with self._sandbox.session() as session:
            loaded = session.load(ir.encode(errors="surrogateescape"))
        name = blake2b(ir.encode(errors="surrogateescape"), digest_size=16).hexdigest()
        function = {"function_id": name, "instructions": loaded.instructions, "ir": ir}
        found = search(
            self._sandbox,
            self._space,
            function,
            options,
            brought(objective, self._space),
            gate=self._gate if gate else None,
        )
        winner = found.winner
        assert winner.measurement.instructions is not None, winner
        assert winner.measurement.object_bytes is not None, winner
        return Answer(
            pass_list=winner.pass_list,
            instructions=winner.measurement.instructions,
            object_bytes=winner.measurement.object_bytes,
            oz=found.oz,
            oz_plain=found.oz_plain,
            optimised_ir=winner.optimised_ir,
            stable=winner.stable,
            gate=winner.gate,
            evaluations=len(found.evaluations),
            compilations=found.compilations,
            judgements=found.judgements,
        )
