"""What a judging came to: a document with every figure, and tables for a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from autotune.drive import SetAside
from corpus.selection import Selection
from trainer.judging.figures import (
    ORACLE,
    Figures,
    check_oracle,
    figures_of,
    oracle,
)
from trainer.judging.learned import Learned
from trainer.judging.plan import Block, Judged

if TYPE_CHECKING:
    from trainer.judging.understood import Understood

Row = Mapping[str, Any]
Method = tuple[str, str]
"""Name and model id."""

SIZES: Final = (1, 10, 25, 50, 100, 300)
"""Least unoptimised instructions of the groups by size. Of the paper's test functions the average
is 17, which is the second group's."""


@dataclass(frozen=True)
class Group:
    """Some of a block's functions: `by` origin or size, `name` which."""

    by: str
    name: str
    figures: Sequence[Figures]


@dataclass(frozen=True)
class BlockFigures:
    """The table of one block; `unjudged` functions have no -Oz to be compared with."""

    snapshot: str
    functions: int
    programs: int
    unjudged: int
    instructions: int
    oz_instructions: int
    figures: Sequence[Figures]
    groups: Sequence[Group]
    wrong_code: Sequence[Row]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "snapshot": self.snapshot,
            "functions": self.functions,
            "programs": self.programs,
            "functions_without_baseline": self.unjudged,
            "instructions": self.instructions,
            "oz_instructions": self.oz_instructions,
            "rows": [asdict(one) for one in self.figures],
            "groups": [
                {"by": one.by, "name": one.name, "rows": [asdict(row) for row in one.figures]}
                for one in self.groups
            ],
            "wrong_code": list(self.wrong_code),
        }


def judged_block(
    block: Block, rows: Sequence[Row], methods: Sequence[Method], seed: int
) -> BlockFigures:
    """Count a block's rows of `judgements`, the methods in this order, the oracle last.

    A method whose tasks were set aside stands with the functions that it answered. Raises
    JudgingFailed.
    """
    by_method: dict[Method, list[Row]] = {one: [] for one in methods}
    for row in rows:
        by_method[row["method"], row["model_id"]].append(row)
    answered = {one: some for one, some in by_method.items() if some}
    best = oracle(answered.values())
    check_oracle(best, {" ".join(method).strip(): some for method, some in answered.items()})
    table = _Table(block, answered, best, seed)
    known = {one.function_id: one for one in block.functions}
    judged = {row["function_id"]: row for row in best}
    return BlockFigures(
        snapshot=block.snapshot,
        functions=len(judged),
        programs=len({known[one].program for one in judged}),
        unjudged=len(known) - len(judged),
        instructions=sum(known[one].instructions for one in judged),
        oz_instructions=sum(row["oz_instructions"] for row in best),
        figures=table.of(known.values()),
        groups=list(_groups(table, block)),
        wrong_code=_wrong_code(rows),
    )


@dataclass(frozen=True)
class _Table:
    block: Block
    answered: Mapping[Method, Sequence[Row]]
    best: Sequence[Row]
    seed: int

    def of(self, functions: Iterable[Judged]) -> list[Figures]:
        """All methods on some of the functions."""
        programs = {one.function_id: one.program for one in functions}
        labels = {
            row["function_id"]: row["instructions"]
            for row in self.answered.get((self.block.recorded_as, ""), ())
        }
        named = [(name, rows) for (name, _), rows in self.answered.items()]
        found = []
        for name, rows in [*named, (ORACLE, self.best)]:
            some = [row for row in rows if row["function_id"] in programs]
            if some:
                found.append(
                    figures_of(name, some, programs, labels=labels or None, seed=self.seed)
                )
        return found


def _groups(table: _Table, block: Block) -> Iterator[Group]:
    for origin in sorted({one.origin for one in block.functions}):
        some = [one for one in block.functions if one.origin == origin]
        yield Group("origin", origin, table.of(some))
    for least, most in zip(SIZES, [*SIZES[1:], None], strict=True):
        some = [
            one
            for one in block.functions
            if one.instructions >= least and (most is None or one.instructions < most)
        ]
        if some:
            name = f"{least} or more" if most is None else f"{least} to {most - 1}"
            yield Group("size", name, table.of(some))


def _wrong_code(rows: Sequence[Row]) -> list[Row]:
    """Lists that were refused for what they do, not for failing; those on most functions first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["refused"] is None or not row["refused"].startswith(("refuted", "unstable")):
            continue
        one = found.setdefault(
            row["answered"],
            {"pass_list": row["answered"], "methods": set(), "functions": set(), "reason": ""},
        )
        one["methods"].add(row["method"])
        one["functions"].add(row["function_id"])
        one["reason"] = min(filter(None, (one["reason"], row["refused"])))
    plain = [
        {**one, "methods": sorted(one["methods"]), "functions": sorted(one["functions"])}
        for one in found.values()
    ]
    return sorted(plain, key=lambda one: (-len(one["functions"]), one["pass_list"]))


@dataclass(frozen=True)
class JudgeReport:
    """What a judging came to: the snapshot's block first, then the deep reference's."""

    snapshot: str
    selection: Selection
    toolchain: str
    blocks: Sequence[BlockFigures]
    learned: Sequence[Learned]
    set_aside: Sequence[SetAside]
    understood: "Sequence[Understood]" = ()

    def document(self) -> dict[str, Any]:
        """As JSON values; `rows` are those of the snapshot's unseen functions."""
        unseen, *others = (one.document() for one in self.blocks)
        return {
            **unseen,
            "split": self.selection.split,
            "seed": self.selection.seed,
            "toolchain": self.toolchain,
            "reference": others[0] if others else None,
            "models": [one.document() for one in self.learned],
            "understanding": [
                {"model_id": model_id, **one.document()} for model_id, one in self.understood
            ],
            "tasks_set_aside": [one.document() for one in self.set_aside],
        }

    def tables(self) -> Iterator[tuple[str, Sequence[Row]]]:
        """For a person: what a table is about, and its rows."""
        for block in self.blocks:
            if not block.figures:
                continue  # every task was set aside
            about = (
                f"{block.functions} functions of {block.programs} programs, {block.snapshot}:"
                f" {block.instructions:,} instructions, {block.oz_instructions:,} after -Oz"
            )
            names = _names(block.figures)
            yield about, [_line(names[_method(one)], one) for one in block.figures]
            further = [_further(names[_method(one)], one) for one in block.figures]
            yield "the same, further figures", further
            for by in ("origin", "size"):
                groups = [one for one in block.groups if one.by == by]
                if len(groups) > 1:
                    yield f"over oz in %, by {by}", _by_group(groups, block.figures)
        for model_id, one in self.understood:
            yield f"what model {model_id[:8]} says of its own answers", one.rows()

    def lines(self) -> Sequence[str]:
        """For a person: how to read it, and what went wrong."""
        said = [str(one) for one in self.set_aside]
        for block in self.blocks:
            if block.unjudged:
                said.append(f"{block.snapshot}: {block.unjudged} functions on which -Oz fails")
            wrong = {one for row in block.wrong_code for one in row["functions"]}
            said.append(
                f"{block.snapshot}: {len(block.wrong_code)} lists refused as wrong code, on"
                f" {len(wrong)} functions"
            )
        return [*said, *_LEGEND]


_LEGEND: Final = (
    "over oz: sum(-Oz) / sum(method) - 1, pooled over functions; 95 %: bootstrap of functions",
    "tries: lists compiled for one answer, -Oz where a method asked for it included",
    "backup: -Oz compiled too where the answer is another list, and the smaller of both taken",
    "per program: mean over programs of 1 - method / -Oz, as later literature has it: not pooled",
    "of search: instructions saved for each that the lake's own searches saved",
    "refused: answers that fail, do not repeat or are wrong code; they count as -Oz",
    "gated is what beats -Oz: what is lost may be wrong code that nobody looked at",
)


def _method(one: Figures) -> Method:
    return one.method, one.model_id


def _names(figures: Sequence[Figures]) -> dict[Method, str]:
    """What each method is called in a table: with its model where others go by the same name."""
    shared = Counter(one.method for one in figures)
    return {
        _method(one): one.method if shared[one.method] == 1 else f"{one.method} {one.model_id[:8]}"
        for one in figures
    }


def _line(name: str, one: Figures) -> Row:
    return {
        "method": name,
        "tries": one.compilations_per_function,
        "over oz %": 100 * one.improvement_over_oz,
        "95 %": f"{100 * one.improvement_low:.2f} – {100 * one.improvement_high:.2f}",
        "improved": one.functions_improved,
        "regressed": one.functions_regressed,
        "saved": one.instructions_saved,
        "lost": one.instructions_regressed,
        "backup %": 100 * one.improvement_with_backup,
        "of search %": None if one.share_of_labels is None else 100 * one.share_of_labels,
        "refused": one.failed + one.unstable + one.refuted,
        "CPU s": one.cpu_s_per_function,
    }


def _further(name: str, one: Figures) -> Row:
    return {
        "method": name,
        "over oz_plain %": 100 * one.improvement_over_oz_plain,
        "bytes %": 100 * one.object_bytes_improvement,
        "per program %": 100 * one.mean_program_reduction,
        "backup tries": one.backup_compilations / one.functions,
        "failed": one.failed,
        "unstable": one.unstable,
        "refuted": one.refuted,
        "agreed": one.agreed,
        "inconclusive": one.inconclusive,
        "GPU s": one.gpu_s_per_function,
    }


def _by_group(groups: Sequence[Group], figures: Sequence[Figures]) -> list[Row]:
    """One line per method, one column per group."""
    columns = {}
    for group in groups:
        count = max((one.functions for one in group.figures), default=0)
        columns[f"{group.name} ({count})"] = {
            _method(one): 100 * one.improvement_over_oz for one in group.figures
        }
    return [
        {
            "method": shown,
            **{name: column.get(method) for name, column in columns.items()},
        }
        for method, shown in _names(figures).items()
    ]
