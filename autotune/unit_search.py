"""The search of one unit as `optimize` and `cc` make it: its advice and its budget put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autotune.advice import known, unit_lists
from autotune.gate.function import judge_list
from autotune.gate.programs import ProgramGate
from autotune.gate.verdict import Judgement
from autotune.optimize import CPU_SECONDS, optimise
from autotune.search.base import PassIds
from autotune.unit import Optimised, Unit
from corpus.llvm.driver import CompileStep
from corpus.llvm.frontend import Job
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import Sandbox, Session
from corpus.llvm.toolchain import Toolchain


@dataclass(frozen=True)
class SearchOptions:
    """What a search of a unit is told; `lake` is asked for advice where it is not None."""

    cpu_seconds: float = CPU_SECONDS
    objective: str = "object_bytes"
    seed: int = 0
    lake: str | None = None


def search_step(
    toolchain: Toolchain,
    step: CompileStep,
    unit: Unit,
    flags: Sequence[str],
    options: SearchOptions,
) -> Optimised:
    """Search the unit of one compile step; `flags` are the caller's own, for the front end.

    Raises as `optimise`, and as `lake_advice.advice_of` does.
    """
    space = PassSpace.load()

    def starts(session: Session) -> Sequence[PassIds]:
        lists = unit_lists(space)
        if options.lake is not None:
            from autotune.lake_advice import advice_of  # noqa: PLC0415 - half a second of tables
            from corpus.identify import function_ids  # noqa: PLC0415 - and only for them

            source = unit.module if step.language == "ir" else _job(step, flags)
            ids = function_ids(session, toolchain, source)
            found = advice_of(options.lake, ids, options.objective)
            lists = tuple(dict.fromkeys((*known(space, found), *lists)))
        return lists

    return optimise(
        toolchain,
        space,
        unit,
        starts=starts,
        gate=partial(_on_programs, toolchain),
        objective=options.objective,
        cpu_seconds=options.cpu_seconds,
        seed=options.seed,
    )


def _on_programs(toolchain: Toolchain, pass_list: str) -> Judgement:
    """What the programs say; the unit's own sandbox is busy, so this has one, if it is needed."""
    with Sandbox(toolchain) as sandbox:
        return judge_list(ProgramGate(sandbox), pass_list, bisect=False)


def _job(step: CompileStep, flags: Sequence[str]) -> Job:
    """The step's source as the corpus compiles it, so that its functions get the same ids."""
    from corpus.sources.compile_commands import front_end_flags  # noqa: PLC0415 - for a lake only

    here = Path.cwd()
    source = Path(step.source)
    inside = source.resolve().is_relative_to(here)
    return Job(
        str(source.resolve().relative_to(here)) if inside else str(source.resolve()),
        here,
        here,
        front_end_flags(flags),
        step.language.startswith("c++"),
    )
