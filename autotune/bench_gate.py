"""`bench gate`: what executing functions finds, what it misses, whom it accuses, what it costs.

Three measurements on functions of a lake. *Conclusion*: the share of pairs (function, its best
list) that reach a verdict, and why the others do not. *Power*: the share of planted miscompilations
that are caught on functions that conclude, by kind. *False alarms*: LLVM's own pipelines, whole and
cut off behind each of their passes; none of them should be refuted, and each that is is named.

Functions that nothing was found for stand with `default<Oz>`, so that a lake that was not tuned can
be measured, too. Processor seconds are of compiling, instrumenting, planning inputs and running.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.compute as pc

from autotune.gate.function import judge_pair
from autotune.gate.planted import plant, try_planted
from corpus.errors import BadModule
from corpus.llvm.baselines import OZ
from corpus.llvm.execution import compare
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from corpus.llvm.stock import LEVELS, prefixes
from corpus.llvm.toolchain import Toolchain
from warehouse import sql
from warehouse.lake import Lake

_BEST = """
    SELECT function_id, arg_min(pass_list, (instructions, pass_list)) AS pass_list
    FROM best WHERE toolchain = '{toolchain}' GROUP BY ALL
"""
_CONCLUDED = frozenset({"agreed", "refuted"})
_MOST_EXAMPLES = 40
_SHOWN_REASON = 60


@dataclass(frozen=True)
class Share:
    """`part` of `whole`."""

    part: int = 0
    whole: int = 0

    def __add__(self, other: "Share") -> "Share":
        """Both together."""
        return Share(self.part + other.part, self.whole + other.whole)

    def __str__(self) -> str:
        """As people read it."""
        if not self.whole:
            return "0 of 0"
        return f"{self.part} of {self.whole}, {100 * self.part / self.whole:.1f} %"


@dataclass
class GateFigures:
    """What one run measured.

    `pairs`: those that concluded, of all; `winners`: the same of lists that beat -Oz; `reasons`:
    why the others did not, by their first words. `caught`: planted miscompilations by kind;
    `uncaught`: examples (function, kind, seed). `stock`: pairs with stock pipelines that concluded,
    of all; `refuted_stock`: (function, pass list, reason) of each that was refuted, which should be
    none. `cpu_s_per_pair`: of one function with one list.
    """

    pairs: Share = field(default_factory=Share)
    winners: Share = field(default_factory=Share)
    refuted: list[tuple[str, str, str]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    caught: dict[str, Share] = field(default_factory=dict)
    uncaught: list[tuple[str, str, int]] = field(default_factory=list)
    stock: Share = field(default_factory=Share)
    stock_distinct: int = 0
    refuted_stock: list[tuple[str, str, str]] = field(default_factory=list)
    cpu_us: int = 0
    toolchain: str = ""

    @property
    def caught_in_all(self) -> Share:
        """Of every kind."""
        return sum(self.caught.values(), Share())

    @property
    def cpu_s_per_pair(self) -> float:
        """Mean processor seconds of one comparison with its references."""
        return self.cpu_us / 1e6 / self.pairs.whole if self.pairs.whole else 0.0

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        plain = asdict(self) | {"cpu_s_per_pair": self.cpu_s_per_pair}
        plain["caught_in_all"] = asdict(self.caught_in_all)
        plain["reasons"] = dict(self.reasons.most_common())
        return plain

    def rows(self) -> list[dict[str, Any]]:
        """For a person: a figure a row."""
        rows: list[tuple[str, object]] = [
            ("pairs that conclude", self.pairs),
            ("winners that conclude", self.winners),
            ("refuted pairs", len(self.refuted)),
            *((f"no conclusion: {why}", count) for why, count in self.reasons.most_common()),
            ("planted and caught", self.caught_in_all),
            *((f"planted: {kind}", share) for kind, share in sorted(self.caught.items())),
            ("stock pairs that conclude", self.stock),
            ("stock pairs of different code", self.stock_distinct),
            ("stock pairs refuted", len(self.refuted_stock)),
            ("CPU s a pair", f"{self.cpu_s_per_pair:.3f}"),
        ]
        return [{"figure": name, "value": str(value)} for name, value in rows]


@dataclass(frozen=True)
class _Pair:
    function_id: str
    ir: str
    pass_list: str


def bench_gate(  # noqa: PLR0913 - what is measured, on what, and how much of it
    lake: Lake,
    toolchain: Toolchain,
    function_ids: Sequence[str],
    *,
    mutants: int,
    stock_pairs: int,
    seed: int,
    say: Callable[[str], None],
) -> GateFigures:
    """Measure on these functions: `mutants` planted in each, `stock_pairs` in all.

    Raises MachineFault, RunningRefused and PipelineNotPrinted.
    """
    figures = GateFigures(toolchain=toolchain.fingerprint)
    pairs = list(_pairs(lake, toolchain, function_ids))
    pipelines = (*LEVELS, *prefixes(toolchain))
    draw = random.Random(seed)
    each = -(-stock_pairs // max(1, len(pairs)))
    with Sandbox(toolchain) as sandbox:
        for number, pair in enumerate(pairs):
            optimised = _optimised(sandbox, pair)
            if optimised is not None:
                concluded = _conclude(figures, sandbox, pair, optimised)
                if concluded:
                    _plant(figures, sandbox, pair, optimised, mutants)
            wanted = min(each, stock_pairs - figures.stock.whole, len(pipelines))
            _stock(figures, sandbox, pair, draw.sample(pipelines, wanted))
            if number % 20 == 19:  # noqa: PLR2004 - a line now and then
                say(f"{number + 1} of {len(pairs)} functions; caught {figures.caught_in_all}")
    return figures


def _pairs(lake: Lake, toolchain: Toolchain, function_ids: Sequence[str]) -> Iterator[_Pair]:
    best = {
        row["function_id"]: row["pass_list"]
        for row in sql.run(lake, _BEST.format(toolchain=toolchain.fingerprint)).to_pylist()
    }
    wanted = pc.field("function_id").isin(list(function_ids))
    rows = lake.read("functions", columns=["function_id", "ir"], where=wanted).to_pylist()
    for row in sorted(rows, key=lambda row: str(row["function_id"])):
        yield _Pair(row["function_id"], row["ir"], best.get(row["function_id"], OZ))


def _optimised(sandbox: Sandbox, pair: _Pair) -> str | None:
    (only,) = _after(sandbox, pair, [pair.pass_list])
    return only


def _after(sandbox: Sandbox, pair: _Pair, pass_lists: Sequence[str]) -> list[str | None]:
    """The function's text after each list; None where LLVM refuses or dies."""
    texts: list[str | None] = []
    with sandbox.session() as session:
        session.load(pair.ir.encode(errors="surrogateescape"))
        for pass_list in pass_lists:
            try:
                texts.append(session.apply(pass_list))
            except (BadModule, ModuleLost):
                texts.append(None)
    return texts


def _conclude(figures: GateFigures, sandbox: Sandbox, pair: _Pair, optimised: str) -> bool:
    said = judge_pair(sandbox, pair.ir, optimised, pair.function_id, pair.pass_list)
    concluded = said.verdict in _CONCLUDED
    figures.pairs += Share(int(concluded), 1)
    if pair.pass_list != OZ:
        figures.winners += Share(int(concluded), 1)
    if not concluded:
        figures.reasons[said.reason[:_SHOWN_REASON]] += 1
    if said.verdict == "refuted":
        figures.refuted.append((pair.function_id, pair.pass_list, said.reason))
    figures.cpu_us += said.cpu_us
    return said.verdict == "agreed"


def _plant(
    figures: GateFigures, sandbox: Sandbox, pair: _Pair, optimised: str, mutants: int
) -> None:
    planted = plant(sandbox, optimised, range(mutants))
    for one in try_planted(sandbox, pair.function_id, pair.ir, planted):
        share = figures.caught.get(one.mutant.kind, Share())
        figures.caught[one.mutant.kind] = share + Share(int(one.caught), 1)
        if not one.caught and len(figures.uncaught) < _MOST_EXAMPLES:
            figures.uncaught.append((pair.function_id, one.mutant.kind, one.mutant.seed))


def _stock(figures: GateFigures, sandbox: Sandbox, pair: _Pair, pass_lists: Sequence[str]) -> None:
    texts: dict[str, str] = {}
    times: Counter[str] = Counter()
    for pass_list, text in zip(pass_lists, _after(sandbox, pair, pass_lists), strict=True):
        if text is not None:
            texts.setdefault(text, pass_list)
            times[text] += 1
    if not texts:
        return
    seed = figures.stock.whole
    try:
        answers = compare(sandbox, pair.ir, list(texts), seed=seed)
    except (BadModule, ModuleLost) as error:
        figures.reasons[str(error)[:_SHOWN_REASON]] += 1
        return
    for (text, pass_list), said in zip(texts.items(), answers, strict=True):
        concluded = said.verdict in _CONCLUDED
        figures.stock += Share(concluded * times[text], times[text])
        figures.stock_distinct += 1
        if said.verdict == "refuted":
            figures.refuted_stock.append((pair.function_id, pass_list, said.reason))
