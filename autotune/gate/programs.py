"""The program gate: a pass list is applied to a fixed set of programs that check themselves by what
they print, each is run, and what it prints is compared with what it prints unoptimised.

A list that changes what one of them prints, that makes one hang or crash, produces wrong code: the
programs are free of undefined behaviour, take no input and print the same under every level of
clang. A list on which LLVM itself fails for a program is no evidence of wrong code: where programs
are not judged, the verdict says so and claims nothing.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from autotune.gate.bisect import shortest_wrong
from autotune.gate.cache import GateCache
from autotune.gate.program_runs import RIGHT, ProgramRuns
from autotune.gate.suite import GATE_VERSION, Program, suite
from corpus.llvm.pass_list import PassList
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import ToolchainMissing

__all__ = ["GATE_VERSION", "Judged", "ProgramGate"]

MOST_REFUTING: Final = 12
"""Programs that go wrong after which a list is run on no others: each that hangs takes seconds."""

_LEAST_SHARE: Final = 0.9
"""Of the programs, that must be judged for a list to be agreed."""

_MOST_BISECTED: Final = 3
"""Programs by which a list is shortened; the shortest result stands."""

_MOST_NAMED: Final = 4
_HANG = "timed out"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the programs say of one pass list.

    `verdict`: "agreed", "refuted" or "inconclusive"; `programs`: on how many of them the output is
    that of the unoptimised program; `refuting`: names of those on which it is not, and once
    bisected, of those for which the guilty passes alone suffice; `guilty`: the passes of the
    shortest sub-list found that still refutes, empty unless refuted and bisected; `reason`: empty
    for agreed; `cpu_us`: processor microseconds of this call, 0 for a list that was judged before.
    """

    verdict: str
    programs: int
    refuting: tuple[str, ...]
    guilty: tuple[str, ...]
    reason: str
    cpu_us: int


class ProgramGate:
    """Judges pass lists on the programs; one per worker, as the sandbox that it uses.

    What was found is kept on disk, for all workers; no result depends on whether it was.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        programs: Sequence[Program] | None = None,
        cache: GateCache | None = None,
    ) -> None:
        """`programs`: others than all; they want a cache of their own."""
        assert programs is None or cache is not None
        self._sandbox = sandbox
        self._programs = suite() if programs is None else tuple(programs)
        self._cache = cache or GateCache(GATE_VERSION, sandbox.toolchain.fingerprint)
        self._made: ProgramRuns | None = None

    def judge(self, pass_list: str, *, bisect: bool = True) -> Judged:
        """Judge one list; with `bisect`, say which passes of a refuted one are guilty.

        A list that LLVM does not take, and a machine without clang, lead to "inconclusive". Raises
        BadPassList, MachineFault and RunningRefused. The sandbox must be in no session.
        """
        kept = _restored(self._cache.found(pass_list))
        if kept is not None and (kept.verdict != "refuted" or kept.guilty or not bisect):
            return kept
        try:
            runs = self._runs()
        except ToolchainMissing as error:
            return Judged("inconclusive", 0, (), (), f"no programs to run: {error}", 0)
        with runs.session():
            judged = self._judged(runs, pass_list)
            if judged.verdict == "refuted" and bisect:
                judged = _bisected(runs, pass_list, judged)
        judged = replace(judged, cpu_us=runs.cpu_us)
        runs.cpu_us = 0
        self._cache.keep_found(pass_list, asdict(judged))
        return judged

    def endings(self, pass_list: str, names: Sequence[str] = ()) -> Mapping[str, str]:
        """How these programs, or all, go under a list, those aside on which LLVM fails.

        "" where all is right. Raises as `judge` does, and ToolchainMissing.
        """
        runs = self._runs()
        with runs.session():
            found = {name: runs.run(name, pass_list) for name in names or runs.names}
        return {name: one.ending for name, one in found.items() if not one.failure}

    def failures(self, pass_list: str) -> Mapping[str, str]:
        """On which programs LLVM itself fails with a list, and how. Raises as `endings` does."""
        runs = self._runs()
        with runs.session():
            found = {name: runs.run(name, pass_list) for name in runs.names}
        return {name: one.failure for name, one in found.items() if one.failure}

    def module(self, name: str) -> bytes:
        """The unoptimised module of a program. Raises KeyError, and as `endings` does."""
        return self._runs().module(name)

    def _runs(self) -> ProgramRuns:
        self._made = self._made or ProgramRuns(self._sandbox, self._programs, self._cache)
        return self._made

    def _judged(self, runs: ProgramRuns, pass_list: str) -> Judged:
        PassList.parse(pass_list)
        wrong: dict[str, str] = {}
        failed: dict[str, str] = {}
        right = 0
        for name, found in runs.run_all(pass_list):
            if found.rejected:
                return Judged("inconclusive", 0, (), (), found.failure, 0)
            if found.failure:
                failed[name] = found.failure
            elif found.ending == RIGHT:
                right += 1
            else:
                wrong[name] = found.ending
            if len(wrong) == MOST_REFUTING:
                break
        if wrong:
            said = [f"{name} {_verb(ending)}" for name, ending in wrong.items()]
            return Judged("refuted", right, tuple(wrong), (), _listed(said), 0)
        if failed:
            said = [f"{name} ({failure})" for name, failure in failed.items()]
            reason = f"LLVM fails on {len(failed)} of the programs: {_listed(said)}"
            return Judged("inconclusive", right, (), (), reason, 0)
        if right < _LEAST_SHARE * len(self._programs):
            reason = f"only {right} of {len(self._programs)} programs can be run on this machine"
            return Judged("inconclusive", right, (), (), reason, 0)
        return Judged("agreed", right, (), (), "", 0)


def _bisected(runs: ProgramRuns, pass_list: str, judged: Judged) -> Judged:
    """Name the guilty, and keep those programs for which they suffice."""

    def endings(shorter: str) -> dict[str, str]:
        found = {name: runs.run(name, shorter) for name in judged.refuting}
        return {name: one.ending for name, one in found.items() if one.ending != RIGHT}

    def guilty_on(name: str) -> tuple[str, ...]:
        return shortest_wrong(pass_list, lambda shorter: runs.run(name, shorter).ending != RIGHT)

    quick_first = sorted(
        judged.refuting,
        key=lambda name: (runs.run(name, pass_list).ending == _HANG, len(runs.module(name)), name),
    )
    guilty = min(map(guilty_on, quick_first[:_MOST_BISECTED]), key=lambda one: (len(one), one))
    sufficient = endings(",".join(guilty))
    said = [f"{name} {_verb(ending)}" for name, ending in sufficient.items()]
    return replace(judged, guilty=guilty, refuting=tuple(sufficient), reason=_listed(said))


def _verb(ending: str) -> str:
    """What a program does that it should not."""
    return {_HANG: "hangs"}.get(
        ending, ending if " something " in ending else f"ends with {ending}"
    )


def _listed(said: Sequence[str]) -> str:
    more = len(said) - _MOST_NAMED
    return ", ".join(said[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _restored(kept: Any) -> Judged | None:  # noqa: ANN401 - JSON of a file that others may write
    """What the cache had, if it is what `judge` keeps."""
    with suppress(TypeError, KeyError):
        return Judged(
            str(kept["verdict"]),
            int(kept["programs"]),
            tuple(kept["refuting"]),
            tuple(kept["guilty"]),
            str(kept["reason"]),
            0,
        )
    return None
