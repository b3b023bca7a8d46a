"""The reference: what the real `opt` says, as a process of its own with randomised addresses.

A count enters `best` only as `opt` gives it, twice the same: in process and out of it most lists
agree, but some passes order their work by pointer values and then differ from run to run.
"""

from dataclasses import dataclass

from corpus.errors import BadModule
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.process import ToolRun, run_tool
from corpus.llvm.sandbox.supervisor import MachineFault, ModuleLost, Session
from corpus.llvm.toolchain import Toolchain

WALL_S = 60.0
"""Seconds for one `opt` process: six times what the sandbox gives the same list."""

RUNS = 2
"""How often a count must repeat before it is called stable."""


@dataclass(frozen=True)
class Reference:
    """What `opt` said of one list on one module.

    `measurement` is of its first run; `stable`: every run gave the same outcome, count and object
    size; `runs` processes were started, and `last` is of the last of them.
    """

    measurement: Measurement
    stable: bool
    runs: int
    last: Measurement


def run_opt(toolchain: Toolchain, ir: str, pass_list: str) -> ToolRun:
    """One `opt` process on `ir`; the bitcode after `pass_list` is on its standard output."""
    return opt_on_module(toolchain, ir.encode(errors="surrogateescape"), pass_list)


def opt_on_module(toolchain: Toolchain, module: bytes, pass_list: str) -> ToolRun:
    """The same on a module as text or bitcode."""
    return run_tool(
        [toolchain.tool("opt"), f"-passes={pass_list}", "-o", "-", "-"],
        wall_s=WALL_S,
        given=module,
    )


def printed(toolchain: Toolchain, module: bytes, *options: str) -> ToolRun:
    """One `opt` process that prints a module, with `options` of opt's own."""
    return run_tool(
        [toolchain.tool("opt"), "-S", *(options or ("-passes=",)), "-o", "-", "-"],
        wall_s=WALL_S,
        given=module,
    )


def measure_with_opt(
    session: Session, toolchain: Toolchain, ir: str, pass_list: str
) -> Measurement:
    """Run `opt` once and measure the module it wrote, in `session`, whose module this replaces.

    The external symbols must be those of `ir`. Raises MachineFault.
    """
    run = run_opt(toolchain, ir, pass_list)
    if run.killed:
        raise MachineFault(f"opt was ended from outside by signal {-run.status}")
    cpu_us = round(run.cpu_s * 1e6)
    if run.timed_out:
        return Measurement(Outcome.TIMED_OUT, cpu_us=cpu_us, reason=run.reason)
    if run.status != 0:
        return Measurement(_failure(run), cpu_us=cpu_us, reason=run.reason)
    try:
        before = session.load(ir.encode(errors="surrogateescape"))
        after = session.load(run.stdout, with_object=True)
    except (BadModule, ModuleLost) as error:
        return Measurement(Outcome.INVALID, cpu_us=cpu_us, reason=str(error))
    if before.exported != after.exported:
        return Measurement(Outcome.INVALID, cpu_us=cpu_us, reason="external symbols changed")
    return Measurement(Outcome.OK, after.instructions, after.object_bytes, after.state_hash, cpu_us)


def refer(session: Session, toolchain: Toolchain, ir: str, pass_list: str) -> Reference:
    """What `opt` says of `pass_list` on `ir`, in RUNS processes. Raises MachineFault."""
    first = measure_with_opt(session, toolchain, ir, pass_list)
    for runs in range(2, RUNS + 1):
        again = measure_with_opt(session, toolchain, ir, pass_list)
        same = (first.outcome, first.instructions, first.object_bytes) == (
            again.outcome,
            again.instructions,
            again.object_bytes,
        )
        if not same:
            return Reference(first, stable=False, runs=runs, last=again)
    return Reference(first, stable=True, runs=RUNS, last=first)


def _failure(run: ToolRun) -> Outcome:
    """Tell a text that does not parse, a broken module, memory and a crash apart."""
    said = run.stderr
    if "Broken module found" in said:
        return Outcome.INVALID
    if "out of memory" in said or "bad_alloc" in said:
        return Outcome.OUT_OF_MEMORY
    if run.status == 1 and "LLVM ERROR" not in said and "PLEASE submit" not in said:
        return Outcome.REJECTED
    return Outcome.CRASHED
