"""Learns the lists that every search of a whole unit starts from; prints them, best first.

    python -m autotune.unit_lists FOLDER... > autotune/data/unit_lists.txt

The folders are unpacked programs. Of each, a few translation units of middling size are compiled as
`passlake cc` would (units that need a configured tree are left out). Two rounds: first every pass
of the space before -Oz and after it, on every unit; then a walk on each unit from the best
of these, and every winner on every unit. From all lists that all units answered, lists are chosen
greedily: the next is the one that brings the units furthest below -Oz together with those chosen
before, each unit counted relative to its own size, for what it costs. A list that goes on from -Oz
is cheap: what -Oz left is remembered by then.
"""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autotune.search.base import Evaluation, PassIds, Problem
from autotune.search.unit_walk import UnitWalk
from corpus.compile import HeaderIndex
from corpus.errors import BadModule
from corpus.llvm import driver
from corpus.llvm.baselines import OZ
from corpus.llvm.driver import DriverFailed
from corpus.llvm.measurement import Outcome
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain
from corpus.sources.base import LANGUAGE_OF
from corpus.sources.walk import source_paths
from corpus.split import split_of

UNITS_PER_PROGRAM = 2
INSTRUCTIONS = (300, 3000)
MIDDLING = 1200
"""Size of a unit before any pass: below, lists are told apart by chance; above, by hours."""

SEARCH_CPU_S = 5.0
MOST_LISTS = 24
LEAST_GAIN = 0.0002
"""Of the units' size, for a list that goes on from -Oz: one that brings less is left out."""

LEVEL_COST = 4
"""What a further level costs, where passes after -Oz cost 1 (measured on units of zlib)."""

Sizes = Mapping[PassIds, int]
"""Object bytes of one unit by list."""


@dataclass(frozen=True)
class LearningUnit:
    """A unit to learn from: where it comes from, and its module before any pass."""

    name: str
    module: bytes
    instructions: int


def units_of(sandbox: Sandbox, toolchain: Toolchain, root: Path) -> list[LearningUnit]:
    """The units of a program nearest to MIDDLING, of those that compile as they are."""
    folders = HeaderIndex.of(root)
    found: list[LearningUnit] = []
    for path in source_paths(root):
        language = LANGUAGE_OF[path.suffix]
        if language == "llvm-ir":
            continue
        clang = toolchain.tool("clang++" if language == "c++" else "clang")
        flags = [f"-I{root / folder}" for folder in folders.usual_folders(str(path))]
        asked = driver.for_size(["-fPIC", "-c", str(root / path), *flags])
        try:
            module = driver.plan(clang, asked).compiles[0].module()
            with sandbox.session() as session:
                count = session.load(module).instructions
        except (DriverFailed, BadModule, ModuleLost):
            continue
        if INSTRUCTIONS[0] <= count <= INSTRUCTIONS[1]:
            found.append(LearningUnit(f"{root.name}/{path}", module, count))
    nearest = sorted(found, key=lambda one: (abs(one.instructions - MIDDLING), one.name))
    return nearest[:UNITS_PER_PROGRAM]


def evaluate(
    sandbox: Sandbox, space: PassSpace, unit: LearningUnit, lists: Sequence[PassIds]
) -> dict[PassIds, int]:
    """Object bytes after each list that comes to a good end."""
    with sandbox.session() as session:
        session.load(unit.module)
        measured = session.evaluate([text(space, one) for one in lists], with_object=True)
    return {
        one: found.object_bytes
        for one, found in zip(lists, measured, strict=True)
        if found.outcome is Outcome.OK and found.object_bytes is not None
    }


def search(
    sandbox: Sandbox, space: PassSpace, unit: LearningUnit, sizes: Sizes, oz: PassIds
) -> dict[PassIds, int]:
    """What a walk from the best of `sizes` finds, within SEARCH_CPU_S."""
    best_first = sorted(sizes, key=lambda one: (sizes[one], len(one), one))[:12]
    problem = Problem(
        space, 0, unit.instructions, "object_bytes", sizes[oz], coreset=tuple(best_first)
    )
    strategy = UnitWalk(problem)
    found: dict[PassIds, int] = {}
    spent_us = 0
    with sandbox.session() as session:
        session.load(unit.module)
        while spent_us < SEARCH_CPU_S * 1e6 and (asked := strategy.ask(8)):
            measured = session.evaluate([text(space, one) for one in asked], with_object=True)
            spent_us += sum(one.cpu_us for one in measured)
            told = list(map(Evaluation, asked, measured))
            strategy.tell(told)
            found |= {one.pass_ids: one.measurement.object_bytes or 0 for one in told if one.ok}
    return found


def choose(
    space: PassSpace, tables: Sequence[Sizes], oz: PassIds, most: int = MOST_LISTS
) -> list[PassIds]:
    """Lists by greedy marginal gain for their cost, over units relative to their size after -Oz.

    Only lists that every table holds are looked at: one that fails anywhere is no start.
    """
    shared = set(tables[0]).intersection(*tables[1:]) - {oz}
    candidates = sorted(shared, key=lambda one: (len(one), one))
    best = [1.0] * len(tables)
    ratios = {one: [table[one] / table[oz] for table in tables] for one in candidates}
    chosen: list[PassIds] = []
    levels = {one.pass_id for one in space.meta}
    cost = {
        one: 1 + LEVEL_COST * sum(entry in levels for entry in one[one[:1] == oz :])
        for one in candidates
    }
    while candidates and len(chosen) < most:
        after = {
            one: sum(map(min, zip(best, ratios[one], strict=True))) / len(tables)
            for one in candidates
        }
        now = sum(best) / len(tables)
        pays = {one: (now - after[one]) / cost[one] for one in candidates}
        winner = max(candidates, key=pays.__getitem__)
        if pays[winner] < LEAST_GAIN:
            break
        chosen.append(winner)
        candidates.remove(winner)
        best = list(map(min, zip(best, ratios[winner], strict=True)))
    return chosen


def learn(
    sandbox: Sandbox, space: PassSpace, units: Sequence[LearningUnit]
) -> tuple[list[PassIds], list[dict[PassIds, int]]]:
    """The lists, best first, and every unit's sizes by list."""
    oz: PassIds = (space.by_text[OZ].pass_id,)
    singles = [(one.pass_id,) for one in space.passes]
    around = [oz, *(oz + one for one in singles), *(one + oz for one in singles if one != oz)]
    tables = []
    for unit in units:
        tables.append(evaluate(sandbox, space, unit, around))
        _say(f"round 1: {unit.name}, {unit.instructions} instructions")
    starts = choose(space, tables, oz)
    winners: dict[PassIds, None] = {}
    for unit, table in zip(units, tables, strict=True):
        known = {one: table[one] for one in (oz, *starts)}
        table.update(search(sandbox, space, unit, known, oz))
        best = min(table, key=lambda one: (table[one], len(one), one))
        winners[best] = None
        _say(f"round 2: {unit.name}: {table[oz]} to {table[best]}, {text(space, best)}")
    for unit, table in zip(units, tables, strict=True):
        table.update(evaluate(sandbox, space, unit, [one for one in winners if one not in table]))
    return choose(space, tables, oz), tables


def text(space: PassSpace, pass_ids: PassIds) -> str:
    """A list as `opt` takes it."""
    return str(space.decode(pass_ids))


def lines(
    toolchain: Toolchain,
    space: PassSpace,
    units: Sequence[LearningUnit],
    chosen: Sequence[PassIds],
    tables: Sequence[Sizes],
) -> Iterable[str]:
    """The data file: where the lists come from, then the lists."""
    oz: PassIds = (space.by_text[OZ].pass_id,)
    before = sum(table[oz] for table in tables)
    after = sum(min(table[one] for one in (oz, *chosen)) for table in tables)
    yield "# Lists for whole translation units, best first, by `python -m autotune.unit_lists`."
    yield f"# {time.strftime('%Y-%m-%d')}, {toolchain.fingerprint}, pass space {space.version}."
    yield f"# {len(units)} units, {before} object bytes after -Oz, {after} with the best of these:"
    yield from (f"#   {unit.name}" for unit in units)
    yield from (text(space, one) for one in chosen)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main(folders: Sequence[str]) -> None:
    """Learn from the training programs among the folders."""
    toolchain, space = find_toolchain(), PassSpace.load()
    with Sandbox(toolchain) as sandbox:
        units = [
            unit
            for folder in map(Path, folders)
            if split_of(folder.name.partition("_")[0]) == "train"
            for unit in units_of(sandbox, toolchain, folder.resolve())
        ]
        chosen, tables = learn(sandbox, space, units)
    for line in lines(toolchain, space, units, chosen, tables):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
