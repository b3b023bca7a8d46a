"""One whole translation unit made small: lists on its module, the best confirmed, -Oz as the floor.

The search runs in the sandbox on the module as the front end left it; what it finds is an estimate.
A list counts only when the real `opt` ran it, its verifier passed the result, every symbol that
another object may rely on is still defined, and clang made an object of it that is smaller than the
one that `clang -Oz` makes, with and without the tables of stack unwinding. So the result is never
larger than -Oz's, and where anything goes wrong it is -Oz's.

A list that the gate refutes on its programs is not taken either: it is known to produce wrong code.
That they agree is no more than that: the unit itself is verified, but not executed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from autotune.gate.verdict import NOT_RUN, SAME_AS_OZ, Judgement
from autotune.search.base import OBJECTIVES, Evaluation, PassIds, Problem, Strategy, measured
from autotune.search.unit_walk import UnitWalk
from autotune.unit import Optimised, Unit
from corpus.errors import BadModule
from corpus.llvm.baselines import OZ
from corpus.llvm.driver import DriverFailed
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.reference import opt_on_module
from corpus.llvm.ruler import allocated_bytes
from corpus.llvm.sandbox.lockdown import RunningRefused
from corpus.llvm.sandbox.supervisor import Limits, MachineFault, ModuleLost, Sandbox, Session
from corpus.llvm.toolchain import Toolchain
from warehouse.clock import cpu_clock_s

CPU_SECONDS = 2.0
"""What a search of one unit may spend, unless said otherwise."""

MOST_CONFIRMATIONS = 4
"""Candidates that are taken to the real `opt` and clang before -Oz is settled for."""

MOST_DEATHS = 8
"""Deaths of the sandbox's child after which a unit's search ends: something in this module kills
LLVM again and again, and each death costs two runs."""

PATIENCE = 400
"""Lists without a gain after which the walk on a unit ends: small units are done before their
budget is."""

_SHARE_FOR_STARTS = 0.5
"""Of the budget, at most, for the lists to start from; the walk gets the rest."""

_LISTS_AT_ONCE = 16
_SLOWEST_LIST = 20
"""A list may take so many times the CPU time that clang takes for the unit, and at least
_LEAST_LIST_S: both by the clock on the wall, which runs on while others work."""

_LEAST_LIST_S = 3.0

_MEMORY_BYTES = 4 << 30


Starts = Callable[[Session], Sequence[PassIds]]
"""Says the lists to begin with, best first; it may use the session to look at the unit."""


def _nothing(_: Session) -> Sequence[PassIds]:
    return ()


ListGate = Callable[[str], Judgement]
"""Says what is found of a list when programs are run; asked only for a list that would be taken."""


def optimise(  # noqa: PLR0913 - each is one thing that decides the result
    toolchain: Toolchain,
    space: PassSpace,
    unit: Unit,
    *,
    starts: Starts = _nothing,
    gate: ListGate | None = None,
    objective: str = "object_bytes",
    cpu_seconds: float = CPU_SECONDS,
    seed: int = 0,
) -> Optimised:
    """Search one unit; at the worst the result is -Oz's, with a note.

    Raises BadModule for an object that is not ELF, OSError when a tool cannot be started.
    """
    assert objective in OBJECTIVES, objective
    started_s = cpu_clock_s()
    search = _Search(space, unit, objective, cpu_seconds, gate)
    if unit.oz_cpu_s >= cpu_seconds:
        why = f"no search: clang takes {unit.oz_cpu_s:.1f} CPU s, the budget is {cpu_seconds:g} s"
        return search.report(search.floor(why), cpu_clock_s() - started_s)
    limits = Limits(
        evaluation_wall_s=max(_LEAST_LIST_S, _SLOWEST_LIST * unit.oz_cpu_s),
        memory_bytes=_MEMORY_BYTES,
    )
    with Sandbox(toolchain, limits) as sandbox:
        try:
            with sandbox.session() as session:
                search.run(session, starts(session), seed)
                result = search.settle(session, toolchain)
        except (BadModule, ModuleLost, MachineFault) as error:
            search.troubled = True
            result = search.floor(f"the sandbox gave up: {error}")
        # Its children are no processes that this one waits for: they have a clock of their own.
        cpu_s = cpu_clock_s() - started_s + sandbox.children_cpu_s
    return search.report(result, cpu_s)


@dataclass(frozen=True)
class _Result:
    pass_list: str
    object: bytes
    module: bytes | None
    instructions: int | None
    gate: str
    note: str = ""


class _Search:
    """The lists of one unit, each evaluated once."""

    def __init__(
        self,
        space: PassSpace,
        unit: Unit,
        objective: str,
        cpu_seconds: float,
        gate: ListGate | None,
    ) -> None:
        self._texts = [one.text for one in space.passes]
        self._space = space
        self._unit = unit
        self._objective = objective
        self._gate = gate
        self._budget_us = cpu_seconds * 1e6
        self._spent_us = 0
        self._known: dict[PassIds, Measurement] = {}
        self._oz_ids: PassIds = (space.by_text[OZ].pass_id,)
        self._note = ""
        self.troubled = False

    def run(self, session: Session, starts: Sequence[PassIds], seed: int) -> None:
        """Spend the budget: -Oz, the starts in their order, then a walk from the best of them."""
        loaded = session.load(self._unit.module)
        oz = self._evaluate(session, [self._oz_ids])[0].measurement
        if oz.outcome is not Outcome.OK:
            self._note = f"no search: {OZ} {oz.outcome} in the sandbox ({oz.reason})"
            self.troubled = True
            return
        given = [one for one in dict.fromkeys(starts) if one and one != self._oz_ids]
        while given and self._goes_on(session, _SHARE_FOR_STARTS):
            count = self._affordable(_SHARE_FOR_STARTS)
            self._evaluate(session, given[:count])
            given = given[count:]
        value = self._value(oz)
        assert value is not None
        best_first = [one.pass_ids for one in self._ranked() if one.value(self._objective)]
        problem = Problem(
            self._space,
            seed,
            loaded.instructions,
            self._objective,
            value,
            coreset=tuple(best_first),
            options={"width": 4, "starts": 3 + len(best_first)},
        )
        self._walk(session, UnitWalk(problem))

    def _walk(self, session: Session, strategy: Strategy) -> None:
        best, found_at = None, len(self._known)
        while self._goes_on(session, 1.0) and len(self._known) - found_at < PATIENCE:
            asked = strategy.ask(self._affordable(1.0))
            if not asked:
                return
            told = self._evaluate(session, asked)
            strategy.tell(told)
            values = [value for one in told if (value := one.value(self._objective)) is not None]
            if values and (best is None or min(values) < best):
                best, found_at = min(values), len(self._known)

    def settle(self, session: Session, toolchain: Toolchain) -> _Result:
        """The best list that the real tools confirm. Raises as `Session.load` does."""
        refusals: list[str] = []
        for candidate in self._candidates()[:MOST_CONFIRMATIONS]:
            pass_list = self._text(candidate.pass_ids)
            confirmed = self._confirmed(session, toolchain, pass_list)
            if isinstance(confirmed, _Result):
                return confirmed
            refusals.append(confirmed)
        why = f"{len(refusals)} candidates refused: {refusals[0]}" if refusals else ""
        return self.floor("; ".join(part for part in (self._note, why) if part))

    def _confirmed(self, session: Session, toolchain: Toolchain, pass_list: str) -> _Result | str:
        """The unit after `pass_list` by `opt` and clang, or why it does not count."""
        run = opt_on_module(toolchain, self._unit.module, pass_list)
        if run.status != 0:
            return f"opt: {run.reason}"
        try:
            before = session.load(self._unit.module)
            after = session.load(run.stdout)
            made = self._unit.object_of(run.stdout)
        except (BadModule, ModuleLost, DriverFailed) as error:
            return str(error)
        if before.exported != after.exported:
            return "external symbols changed"
        if not _smaller(made, self._unit.oz_object, strictly=self._objective == "object_bytes"):
            return "clang's object of it is not smaller"
        try:
            found = self._gate(pass_list) if self._gate is not None else None
        except RunningRefused as refusal:
            self._note, found = f"not executed: {refusal}", None
        if found is not None and found.refutes:
            return f"the gate refutes {pass_list}: {found.reason}"
        state = NOT_RUN if found is None else found.verdict.value
        return _Result(pass_list, made, run.stdout, after.instructions, state, self._note)

    def floor(self, note: str) -> _Result:
        """-Oz's own result."""
        oz = self._known.get(self._oz_ids)
        count = oz.instructions if oz else None
        return _Result(OZ, self._unit.oz_object, None, count, SAME_AS_OZ, note)

    def report(self, result: _Result, cpu_s: float) -> Optimised:
        """The result with its figures."""
        oz = self._known.get(self._oz_ids)
        return Optimised(
            result.pass_list,
            result.object,
            result.module,
            allocated_bytes(self._unit.oz_object),
            allocated_bytes(result.object),
            oz.instructions if oz else None,
            result.instructions,
            len(self._known),
            cpu_s,
            result.note,
            self.troubled,
            result.gate,
        )

    def _evaluate(self, session: Session, asked: Sequence[PassIds]) -> list[Evaluation]:
        """The evaluations of `asked`; what was evaluated before is remembered."""
        fresh = [one for one in dict.fromkeys(asked) if one not in self._known]
        for pass_ids, measurement in zip(
            fresh,
            session.evaluate(
                [self._text(one) for one in fresh],
                with_object=self._objective == "object_bytes",
            )
            if fresh
            else (),
            strict=True,
        ):
            self._known[pass_ids] = measurement
            self._spent_us += measurement.cpu_us
        return [Evaluation(one, self._known[one]) for one in asked]

    def _goes_on(self, session: Session, share: float) -> bool:
        if session.deaths >= MOST_DEATHS:
            self._note = f"the search ended early: LLVM died {session.deaths} times on this unit"
            self.troubled = True
            return False
        return self._affordable(share) > 0

    def _affordable(self, share: float) -> int:
        """How many lists the rest of a share of the budget pays for, as long as they cost what the
        others did; 0 where it does not pay for one.
        """
        each_us = max(self._spent_us / len(self._known), 1.0)
        return min(_LISTS_AT_ONCE, int((share * self._budget_us - self._spent_us) / each_us))

    def _candidates(self) -> list[Evaluation]:
        """What beats -Oz by the sandbox's figures, best first, one list per state."""
        bar = self._value(self._known[self._oz_ids])
        if bar is None:
            return []
        by_state: dict[int | None, Evaluation] = {}
        for one in self._ranked():
            value = one.value(self._objective)
            if value is not None and value < bar:
                by_state.setdefault(one.measurement.state_hash, one)
        return list(by_state.values())

    def _ranked(self) -> list[Evaluation]:
        """What is ok: the smallest first, then the shortest list, then by its text."""
        ok = [one for one in map(Evaluation, self._known, self._known.values()) if one.ok]
        return sorted(
            ok,
            key=lambda one: (
                one.value(self._objective),
                len(one.pass_ids),
                self._text(one.pass_ids),
            ),
        )

    def _value(self, measurement: Measurement) -> int | None:
        return measured(measurement, self._objective)

    def _text(self, pass_ids: PassIds) -> str:
        return ",".join([self._texts[one] for one in pass_ids])


def _smaller(made: bytes, floor: bytes, *, strictly: bool) -> bool:
    """Whether an object is smaller than -Oz's; the tables of stack unwinding may not grow instead.

    Where bytes are not what was searched for, the object may also be as large.
    """
    margin = 1 if strictly else 0
    return allocated_bytes(made) + margin <= allocated_bytes(floor) and allocated_bytes(
        made, with_unwind=True
    ) <= allocated_bytes(floor, with_unwind=True)
