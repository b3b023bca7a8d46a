"""Growing the corpus: from what the user names to tasks, and what a task does.

`open_sources` and `plan` run once, where the command was typed; `compile_task` runs on workers;
`corpus.admit.admit` turns the receipts into rows to commit. All three are plain functions: who
drives the tasks, and on what, is not known here.
"""

import shlex
import socket
import time
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from pathlib import Path

from corpus.errors import BadModule, CorpusError
from corpus.extract import EXTRACTOR
from corpus.harvest import Harvest
from corpus.llvm.frontend import FLAGS
from corpus.llvm.sandbox.supervisor import ModuleLost, Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain
from corpus.normalise import NORMALISER
from corpus.sources.base import Source, TranslationUnit
from corpus.sources.bitcode import BitcodeSource
from corpus.sources.contents import Contents
from corpus.sources.spec import resolve
from warehouse.lake import Lake
from warehouse.task import Receipt, Task, cpu_clock_s

JOB = "corpus"
"""Name of the one job of all corpus tasks: in the ledger, as writer of commits, and to hold."""

ENTRY = "corpus.build:compile_task"

TASK_COST_S = 8.0
"""CPU seconds of a task: enough to be worth sending, few enough to balance a small corpus."""

_UNIT_COST_S = 0.06
_SEED_COST_S = 0.11
_COST_S_PER_BYTE = {"c": 5e-6, "c++": 25e-6, "llvm-ir": 4e-6}
"""CPU seconds, fitted to zlib, bzip2, giflib, libyaml (1.6 MB in 88 files: 11.5 s), lz4, tinyxml2
and 200 csmith programs (21 s)."""


class OtherToolchain(CorpusError, ValueError):
    """The worker's LLVM is not the one that the task was planned with."""


def open_sources(specs: Sequence[str], toolchain: Toolchain) -> list[Source]:
    """The sources that the user named, fetched; nothing is written to any lake.

    Every spelling is checked before anything is fetched. Raises SourceError for the first one that
    cannot be used, and BadModule for a named file of LLVM IR that this LLVM does not read.
    """
    sources = list(chain.from_iterable(map(resolve, specs)))
    for source in sources:
        source.fetch()
        if isinstance(source, BitcodeSource):
            _check(source.path, toolchain)
    return sources


def _check(path: Path, toolchain: Toolchain) -> None:
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        try:
            session.prepare(path.read_bytes())
        except (BadModule, ModuleLost) as error:
            raise BadModule(
                f"{path}: LLVM {toolchain.version} does not read it ({error}); make it with this"
                " version of LLVM"
            ) from error


def plan(sources: Sequence[Source], toolchain: Toolchain) -> Iterator[Task]:
    """The tasks that add the sources' functions, in a fixed order; each at most once.

    A task's id depends on the code, its flags, the toolchain and the versions of the tools here:
    what the ledger calls done need not be done again.
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
            },
            cost_s=sum(map(_cost_s, units)),
        )


def compile_task(task: Task, lake: Lake, attempt: int) -> Receipt:
    """Compile the task's units and stage their functions, where each was found, and what was lost.

    The staged functions are candidates: `corpus.admit.admit` drops those that the lake has. Raises
    MachineFault (try again) and OtherToolchain.
    """
    started_s, cpu_started_s = time.monotonic(), cpu_clock_s()
    toolchain = find_toolchain(task.payload["llvm"])
    if toolchain.fingerprint != task.payload["toolchain"]:
        raise OtherToolchain(
            f"this machine has {toolchain.fingerprint}, the task was planned with"
            f" {task.payload['toolchain']}: install the same LLVM everywhere"
        )
    with (
        Sandbox(toolchain) as sandbox,
        sandbox.session() as session,
        Contents() as contents,
    ):
        harvest = Harvest(toolchain, session, contents, task.task_id)
        for unit in task.payload["units"]:
            harvest.add(TranslationUnit.from_json(unit))
    files = tuple(
        lake.stage(table, rows, name=f"{task.task_id}-{attempt}")
        for table, rows in harvest.tables().items()
    )
    return Receipt(
        task_id=task.task_id,
        attempt=attempt,
        files=files,
        wall_s=time.monotonic() - started_s,
        cpu_s=cpu_clock_s() - cpu_started_s,
        host=socket.gethostname(),
        notes=harvest.notes(),
    )


def _batches(source: Source) -> Iterator[list[TranslationUnit]]:
    """The source's units in groups that cost about `TASK_COST_S` each."""
    batch: list[TranslationUnit] = []
    cost_s = 0.0
    for unit in source.units():
        batch.append(unit)
        cost_s += _cost_s(unit)
        if cost_s >= TASK_COST_S:
            yield batch
            batch, cost_s = [], 0.0
    if batch:
        yield batch


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
    tools = (toolchain.fingerprint, shlex.join(FLAGS), str(EXTRACTOR), str(NORMALISER))
    for part in (*tools, *chain.from_iterable(map(_identity, units))):
        digest.update(f"{len(part)} {part}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _identity(unit: TranslationUnit) -> tuple[str, ...]:
    """What the unit's rows depend on, wherever it lies on this machine."""
    contents = unit.digest or unit.refused or str(unit.seed)
    if not unit.digest and not unit.refused and unit.seed is None:
        try:
            source = Path(unit.root, unit.path).read_bytes()
        except OSError:  # compiling it will say so, and count it as a loss
            source = b""
        contents = blake2b(source, digest_size=16).hexdigest()
    flags = shlex.join(unit.flags).replace(unit.root or "\0", "")
    return (unit.program, unit.version, unit.origin, unit.path, flags, unit.context, contents)
