"""Executing a function before and after pass lists on the same inputs, in the sandbox's child.

The function before any pass is compiled four times: as it is, after -O2, after -Oz, and as a copy
that checks itself for undefined behaviour. The copy runs first and shapes the inputs. One counts
only where the copy finds nothing undefined, whatever memory holds that nobody wrote, and where all
four do the same. What a pass list left is then run on these inputs alone, and has to do the same.
"""

import re
import time
from collections.abc import Iterator, Sequence

from corpus.errors import BadModule, CorpusError
from corpus.llvm.jit import FAST, Jit, NotLinked
from corpus.llvm.library import Library, Machines, Pointer
from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.compare_frames import Answer
from corpus.llvm.sandbox.entry import NotRunnable
from corpus.llvm.sandbox.harness_memory import Harness
from corpus.llvm.sandbox.inputs import fill_plan, named_numbers, seed_of
from corpus.llvm.sandbox.instrument import instrument
from corpus.llvm.sandbox.lockdown import Rights
from corpus.llvm.sandbox.observation import Seen, difference
from corpus.llvm.sandbox.rounds import Expected, Rounds
from corpus.llvm.sandbox.runner import Runner
from corpus.llvm.sandbox.undefined import Trap
from corpus.llvm.sandbox.variants import Linker, reachable_from_afar

AGREED, INCONCLUSIVE, REFUTED = "agreed", "inconclusive", "refuted"

LEAST_INPUTS = 4
"""Fewer inputs that count say nothing; a function whose inputs mostly do not count is not known."""

LITTLE = 10
"""Where inputs reach less than this part of the blocks, that nothing differs says little."""

_MOST_STEPS = 100_000
"""Basic blocks in one run of the instrumented copy."""

_O2 = b"default<O2>"
_REFERENCES = (b"", _O2, b"default<Oz>")
_RUNNER_CPU_S = 20
"""Many times what all inputs take on every variant of a round."""

_INFER = b"inferattrs"
_REACHABLE = b"function(unreachableblockelim)"
"""The sanitiser takes blocks away that nothing reaches: better before they are read."""
_LOOSE = re.compile(
    r"= (?:fadd|fsub|fmul|fdiv|frem|call|select|phi)[ a-z]* (?:fast|reassoc|arcp|afn)\b"
)
"""Arithmetic whose result may be any of several, which differ in how much they are rounded."""


class FunctionRuns:
    """Serves the comparisons of one session; made at the first of them."""

    def __init__(
        self, library: Library, machines: dict[str, Machines], path: str, *, unlocked: bool
    ) -> None:
        """Load the harness at `path`. Raises HarnessRefused and RunningRefused."""
        self._library = library
        self._machines = machines
        self._harness = Harness(path)
        self._runner = Runner(Rights(cpu_s=_RUNNER_CPU_S), unlocked=unlocked)

    def compare(
        self, before: str, afters: Sequence[str], *, seed: int, inputs: int
    ) -> list[Answer]:
        """One answer for each of `afters`. Raises BadModule where `before` cannot be read."""
        session = _Comparison(self._library, self._machines, self._harness, self._runner)
        try:
            return list(session.run(before, afters, seed, min(inputs, harness.MOST_INPUTS)))
        except (CorpusError, MemoryError):
            raise
        except Exception as fault:  # noqa: BLE001 - a stranger's function; the way on is the next one
            return [Answer(INCONCLUSIVE, 0, f"fault of the harness: {fault!r}") for _ in afters]
        finally:
            session.end()


class _Comparison:
    """One function and its variants."""

    def __init__(
        self, library: Library, machines: dict[str, Machines], loaded: Harness, runner: Runner
    ) -> None:
        self._library = library
        self._machines_of = machines
        self._harness = loaded
        self._runner = runner
        self._jit = Jit(library, level=FAST)
        self._contexts: list[Pointer] = []
        self._modules: list[Pointer] = []
        self._rounds: Rounds | None = None
        self._blocks = 0

    def end(self) -> None:
        """Give everything back."""
        self._jit.dispose()
        for module in self._modules:
            self._library.dispose(module)
        for context in self._contexts:
            self._library.forget(context)

    def run(self, before: str, afters: Sequence[str], seed: int, inputs: int) -> Iterator[Answer]:
        """The answers, in order."""
        began = self._clock()
        try:
            linker, rounds, expected = self._references(before, seed, inputs)
        except (NotRunnable, NotLinked) as refused:
            spent = (self._clock() - began) // max(len(afters), 1)
            for _ in afters:
                yield Answer(INCONCLUSIVE, 0, str(refused), cpu_us=spent)
            return
        shared = (self._clock() - began) // max(len(afters), 1)
        least = min(LEAST_INPUTS, inputs)
        for after in afters:
            own = self._clock()
            if len(expected) < least:
                answer = Answer(INCONCLUSIVE, len(expected), self._why_none(rounds))
            elif self._reached(expected) * LITTLE < self._blocks:
                reached = f"{self._reached(expected)} of {self._blocks} blocks"
                answer = Answer(INCONCLUSIVE, len(expected), f"little of it reached: {reached}")
            else:
                answer = self._judge(linker, rounds, after, expected, seed)
            spent = shared + self._clock() - own
            yield Answer(answer.verdict, answer.inputs, answer.reason, answer.input_seed, spent)

    def _clock(self) -> int:
        """Processor microseconds of this process and its runners."""
        return time.process_time_ns() // 1000 + (self._rounds.cpu_us if self._rounds else 0)

    def _references(
        self, before: str, seed: int, inputs: int
    ) -> tuple[Linker, Rounds, list[Expected]]:
        library = self._library
        module = self._read(before)
        triple = library.triple(module)
        if triple and triple.split("-")[0] != self._jit.triple.split("-")[0]:
            raise NotRunnable(f"another target: {triple}")
        machine = self._machine(triple)
        inferred = self._clone(module)
        library.run_passes(inferred, _INFER, machine)
        text = library.text(inferred).decode(errors="surrogateescape")
        if _LOOSE.search(text):
            raise NotRunnable("fast floating point")
        linker = Linker(library, self._jit, self._harness, self._contexts[-1], module, text)
        description = self._harness.description
        description.most_steps = _MOST_STEPS
        description.constants = 0
        for number in named_numbers(text)[: harness.MOST_CONSTANTS]:
            description.constant[description.constants] = number
            description.constants += 1
        checked = self._clone(module)
        library.run_passes(checked, _REACHABLE, machine)
        self._blocks = min(linker.count_blocks(checked), harness.COVERAGE_BYTES * 4)
        linker.prepare_copy(checked)
        said = instrument(library, checked)
        if not said.ok:
            raise NotRunnable(said.reason)
        instrumented = linker.link("instrumented", checked)
        for number in range(harness.MOST_INPUTS):
            fill_plan(self._harness.shared.plan[number], description, seed_of(seed, number))
        references = [self._clone(module) for _ in _REFERENCES]
        linked = []
        for pass_list, reference in zip(_REFERENCES, references, strict=True):
            if pass_list:
                library.run_passes(reference, pass_list, machine)
            linked.append(linker.link("reference", reference))
        rounds = Rounds(self._harness, self._runner, linker)
        self._rounds = rounds
        expected = rounds.references(instrumented, linked, inputs)
        return linker, rounds, expected

    def _read(self, text: str) -> Pointer:
        context = self._library.context(keep_names=True)
        self._contexts.append(context)
        module = reachable_from_afar(text).encode(errors="surrogateescape")
        parsed = self._library.parse(context, module)
        self._modules.append(parsed)
        return parsed

    def _clone(self, module: Pointer) -> Pointer:
        made = self._library.clone(module)
        self._modules.append(made)
        return made

    def _machine(self, triple: str) -> Pointer:
        if triple not in self._machines_of:
            self._machines_of[triple] = self._library.machines(triple)
        return self._machines_of[triple].passes

    def _judge(
        self, linker: Linker, rounds: Rounds, after: str, expected: list[Expected], seed: int
    ) -> Answer:
        try:
            module = self._read(after)
            again = self._clone(module)
            self._library.run_passes(again, _O2, self._machine(self._library.triple(module)))
            variants = (linker.link("after", module), linker.link("after and -O2", again))
        except (NotRunnable, NotLinked, BadModule) as refused:
            return Answer(INCONCLUSIVE, 0, str(refused))
        rows = rounds.follow(variants, [one.number for one in expected])
        for variant, prefix, seen in zip(variants, ("", "after -O2 of it "), rows, strict=True):
            told = [one for one in expected if _differs(one, seen[one.number])]
            if not told:
                continue
            first = told[0]
            (once_more,) = rounds.follow([variant], [first.number])
            said = _differs(first, once_more[first.number])
            if not said:
                return Answer(INCONCLUSIVE, 0, "not the same twice")
            agreed = len(expected) - len(told)
            return Answer(REFUTED, agreed, prefix + said, seed_of(seed, first.number))
        return Answer(AGREED, len(expected), f"{self._reached(expected)} of {self._blocks} blocks")

    def _reached(self, expected: list[Expected]) -> int:
        """Blocks of the function that the inputs reached, at most as many as can be told apart."""
        blocks = 0
        for one in expected:
            blocks |= int.from_bytes(one.seen.coverage[: harness.COVERAGE_BYTES // 2], "little")
        return blocks.bit_count()

    def _why_none(self, rounds: Rounds) -> str:
        traps: dict[str, int] = {}
        for code in rounds.traps():
            said = _trap_word(code)
            traps[said] = traps.get(said, 0) + 1
        most = max(traps, key=lambda one: traps[one], default=_trap_word(0))
        return f"no defined input: {most}"


def _differs(one: Expected, seen: Seen) -> str:
    """What differs on an input; empty for nothing, and where a hang before kept it from running."""
    if seen.ending == harness.NOT_RUN and not seen.died:
        return ""
    return difference(one.seen, seen, one.unset)


def _trap_word(code: int) -> str:
    words = {0: "references disagree or no end", 1001: "load", 1002: "store", 1003: "offset"}
    words |= {1004: "callee", 1005: "free", 1006: "memory"}
    if code in words:
        return words[code]
    try:
        return Trap(code).name.lower().replace("_", " ")
    except ValueError:
        return f"code {code}"
