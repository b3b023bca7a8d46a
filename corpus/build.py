"""Growing the corpus: from what the user names to tasks, and what a task does.

`open_sources` and `plan` run once, where the command was typed; `compile_task` runs on workers;
`corpus.admit` turns the receipts into rows to commit. Who drives the tasks, and on what, is not
known here.
"""

import gc
import shlex
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from itertools import chain
from pathlib import Path

from corpus.errors import BadModule
from corpus.extract import EXTRACTOR
from corpus.fingerprint import FINGERPRINTER
from corpus.harvest import Harvest
from corpus.keys import KeySet
from corpus.known import known_functions, program_keys
from corpus.llvm.frontend import FLAGS
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox, Session
from corpus.llvm.toolchain import Toolchain, planned_toolchain
from corpus.sources.base import Outlined, Source, TranslationUnit
from corpus.sources.bitcode import BitcodeSource
from corpus.sources.contents import Contents
from corpus.sources.spec import resolve
from warehouse.clock import cpu_clock_s
from warehouse.lake import Lake
from warehouse.staging import StagedFile
from warehouse.task import Receipt, Task

JOB = "corpus"
"""Name of the one job of all corpus tasks: in the ledger, as writer of commits, and to hold."""

ENTRY = "corpus.build:compile_task"

TASK_COST_S = 8.0
"""CPU seconds of a task: enough to be worth sending, few enough to balance a small corpus."""

_MOST_HELD_BYTES = 64 << 20
"""Of IR and text that a task holds before it stages them."""

_UNIT_COST_S = 0.06
_SEED_COST_S = 0.11
_COST_S_PER_BYTE = {"c": 5e-6, "c++": 25e-6, "llvm-ir": 4e-6}
"""CPU seconds, fitted to zlib, bzip2, giflib, libyaml (1.6 MB in 88 files: 11.5 s), lz4, tinyxml2
and 200 csmith programs (21 s)."""


def open_sources(specs: Sequence[str], toolchain: Toolchain) -> list[Source]:
    """The sources that the user named, fetched; nothing is written to any lake.

    Every spelling is checked before anything is fetched. Raises SourceError for the first one that
    cannot be used, and BadModule for a named file of LLVM IR that this LLVM does not read.
    """
    sources = list(chain.from_iterable(map(resolve, specs)))
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        for source in sources:
            source.fetch()
            if isinstance(source, BitcodeSource):
                _check(source.path, toolchain, session)
    return sources


def _check(path: Path, toolchain: Toolchain, session: Session) -> None:
    try:
        session.prepare(path.read_bytes())
    except (BadModule, ModuleLost) as error:
        raise BadModule(
            f"{path}: LLVM {toolchain.version} does not read it ({error}); make it with"
            " this version of LLVM"
        ) from error


def plan(
    sources: Sequence[Source], toolchain: Toolchain, programs: KeySet | None = None
) -> Iterator[Task]:
    """The tasks that add the sources' functions, in a fixed order; each at most once.

    A task's id depends on the code, its flags, the toolchain and the versions of the tools here:
    what the ledger calls done need not be done again. Tasks are made as they are asked for.
    `programs`, hashes of those that the lake has, is no part of an id: workers are told which of
    theirs they are, and do not measure again what is there.
    """
    seen: set[str] = set()
    for units in chain.from_iterable(map(_batches, sources)):
        task_id = _task_id(units, toolchain)
        if task_id in seen:
            continue
        seen.add(task_id)
        yield Task(
            task_id=task_id,
            entry=ENTRY,
            payload={
                "llvm": str(toolchain.prefix),
                "toolchain": toolchain.fingerprint,
                "units": [unit.to_json() for unit in units],
                "known_programs": _known_programs(units, programs),
            },
            cost_s=sum(map(_cost_s, units)),
        )


def expected_cost_s(sources: Sequence[Source]) -> float:
    """CPU seconds of all tasks of a plan, by the sizes of the sources alone."""
    outlines = (one.outline() if isinstance(one, Outlined) else one.units() for one in sources)
    return sum(map(_cost_s, chain.from_iterable(outlines)))


def _known_programs(units: Sequence[TranslationUnit], programs: KeySet | None) -> list[str]:
    if programs is None:
        return []
    named = sorted({unit.program for unit in units})
    return [name for name, has in zip(named, programs.has(program_keys(named)), strict=True) if has]


def compile_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Compile the task's units and stage their functions, where each was found, and what was lost.

    The staged functions are candidates: `corpus.admit` drops those that the lake has. Raises
    MachineFault (try again) and OtherToolchain.
    """
    started_s, cpu_started_s = time.monotonic(), cpu_clock_s()
    toolchain = planned_toolchain(
        task.payload["llvm"], task.payload["toolchain"], "the task was planned"
    )
    known = known_functions(lake, task.payload["known_programs"])
    files: list[StagedFile] = []
    with _no_collection(), Sandbox(toolchain) as sandbox:
        with sandbox.session() as session, Contents() as contents:
            harvest = Harvest(toolchain, session, contents, task.task_id, known)
            for given in task.payload["units"]:
                harvest.add(TranslationUnit.from_json(given))
                if harvest.held_bytes > _MOST_HELD_BYTES:
                    files += _staged(harvest, lake, attempt)
            files += _staged(harvest, lake, attempt)
        sandbox.wait()  # or the session's processor time would be nobody's
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=tuple(files),
        wall_s=time.monotonic() - started_s,
        cpu_s=cpu_clock_s() - cpu_started_s,
        host=socket.gethostname(),
        notes={
            "counts": harvest.counts(),
            "cpu_s": harvest.stopwatch.spent_s,
            "clang_s": harvest.clang_s,
        },
    )


@contextmanager
def _no_collection() -> Iterator[None]:
    """Texts and rows hold no cycles; looking for some took a twentieth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _staged(harvest: Harvest, lake: Lake, attempt: int) -> list[StagedFile]:
    files = [
        lake.stage(table, rows, name=f"{harvest.task_id}-{attempt}")
        for table, rows in harvest.take().items()
    ]
    harvest.stopwatch.lap("stage")
    return files


def _batches(source: Source) -> Iterator[list[TranslationUnit]]:
    """The source's units in groups that cost about `TASK_COST_S` each.

    Where one ends depends on the names of units as well as on their cost: after a file was added or
    taken out, the groups soon are the same ones again.
    """
    batch: list[TranslationUnit] = []
    cost_s = 0.0
    for unit in source.units():
        batch.append(unit)
        cost_s += _cost_s(unit)
        if cost_s >= TASK_COST_S or (cost_s >= TASK_COST_S / 2 and _is_a_place_to_part(unit)):
            yield batch
            batch, cost_s = [], 0.0
    if batch:
        yield batch


def _is_a_place_to_part(unit: TranslationUnit) -> bool:
    """True of one unit in eight."""
    name = f"{unit.program} {unit.path} {unit.row}".encode(errors="surrogateescape")
    return blake2b(name, digest_size=1).digest()[0] % 8 == 0


def _cost_s(unit: TranslationUnit) -> float:
    if unit.seed is not None:
        return _SEED_COST_S
    size = unit.size
    if not unit.digest:
        try:
            size = Path(unit.root, unit.path).stat().st_size
        except OSError:
            size = 0
    return _UNIT_COST_S + size * _COST_S_PER_BYTE["llvm-ir" if unit.ir else unit.language]


def _task_id(units: Sequence[TranslationUnit], toolchain: Toolchain) -> str:
    digest = blake2b(digest_size=16)
    tools = (toolchain.fingerprint, shlex.join(FLAGS), str(EXTRACTOR), FINGERPRINTER)
    for part in (*tools, *chain.from_iterable(map(_identity, units))):
        digest.update(f"{len(part)} {part}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _identity(unit: TranslationUnit) -> tuple[str, ...]:
    """What the unit's rows depend on, wherever it lies on this machine."""
    contents = unit.digest or unit.refused or str(unit.seed)
    if not unit.digest and not unit.refused and unit.seed is None:
        contents = _contents_digest(Path(unit.root, unit.path))
    flags = shlex.join(unit.flags).replace(unit.root or "\0", "")
    return (unit.program, unit.version, unit.origin, unit.path, flags, unit.context, contents)


def _contents_digest(path: Path) -> str:
    digest = blake2b(digest_size=16)
    try:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                digest.update(part)
    except OSError:  # compiling it will say so, and count it as a loss
        return ""
    return digest.hexdigest()
