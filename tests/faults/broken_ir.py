"""Files of LLVM IR that were broken on their way, and what becomes of them beside whole ones.

`python -m tests.faults.broken_ir COUNT [SEED]` takes in COUNT of them; the tests take a few.
"""

import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.golden import golden_functions
from corpus.harvest import Harvest
from corpus.llvm.process import run_tool
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.toolchain import Toolchain, find_toolchain
from corpus.sources.base import TranslationUnit
from corpus.sources.contents import Contents

WHOLE = "define i32 @whole(i32 %x) {\n  %y = add i32 %x, 1\n  ret i32 %y\n}\n"
TOGETHER = 20
"""Broken files of one task: a file between two whole ones, each in turn."""

_WORDS = (
    *(b"i1", b"i32", b"i999999", b"ptr", b"void", b"null", b"undef", b"poison", b"0", b"-1"),
    *(b"99999999999", b"@f", b"%1", b"!0", b"#0", b'"', b"}", b"{", b"[1000000000 x i8]", b"\n"),
    *(b"define", b"declare", b"alias", b"comdat", b"asm", b"blockaddress", b"musttail", b"token"),
)


_WORD = re.compile(rb"[%@#!]?[\w.]+")


@dataclass(frozen=True)
class Verdict:
    """What a task said of one broken file: functions kept, and losses by stage."""

    functions: int
    losses: tuple[str, ...]


def mutated(given: bytes, chance: random.Random) -> bytes:
    """`given` with one to four wounds; half of the texts get one that a reader may not notice."""
    if given.startswith(b"BC") or chance.random() < 1 / 2:
        return _wounded(given, chance)
    return _swapped(given, chance)


def _swapped(given: bytes, chance: random.Random) -> bytes:
    """One to three words replaced by others of the same text that look alike."""
    words = list(_WORD.finditer(given))
    data = given
    for word in sorted(chance.sample(words, chance.randint(1, 3)), key=re.Match.start)[::-1]:
        alike = [one[0] for one in words if _kind(one[0]) == _kind(word[0])]
        data = data[: word.start()] + chance.choice(alike) + data[word.end() :]
    return data


def _kind(word: bytes) -> bytes:
    return re.sub(rb"\d+", b"0", word) if not word.isalpha() else b"a"


def _wounded(given: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut, doubled, moved, made up, words put in."""
    data = bytearray(given)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 2, 8, 60, 400)))
        match chance.randrange(7):
            case 0:
                data[start:end] = bytes(byte ^ 1 << chance.randrange(8) for byte in data[start:end])
            case 1:
                del data[start:end]
            case 2:
                data[start:start] = data[start:end]
            case 3:
                del data[start:]
            case 4:
                other = chance.randrange(len(data) + 1)
                data[other:other] = data[start:end]
            case 5:
                data[start:end] = chance.randbytes(end - start)
            case _:
                data[start:end] = chance.choice(_WORDS)
    return bytes(data)


def golden_modules(toolchain: Toolchain) -> dict[str, bytes]:
    """Small golden functions, as text and as bitcode, by the suffix of their files."""
    small = sorted(golden_functions(), key=lambda one: one.instructions)[:12]
    modules = {f"{place}.ll": one.ir.encode() for place, one in enumerate(small)}
    for name, text in list(modules.items()):
        run = run_tool([toolchain.tool("llvm-as"), "-o", "-", "-"], wall_s=60, given=text)
        assert run.status == 0, run.reason
        modules[name.replace(".ll", ".bc")] = run.stdout
    return modules


def take_in(
    toolchain: Toolchain, folder: Path, files: Sequence[tuple[str, bytes]]
) -> list[Verdict]:
    """Take in files one by one, whole ones around each, in one task as workers do it.

    Fails unless every whole file gives its function, whatever its neighbours are.
    """
    units = []
    for place, (suffix, contents) in enumerate(files):
        whole = WHOLE.replace("add i32 %x, 1", f"add i32 %x, {place + 1}").encode()
        for name, given in ((f"{place}-whole.ll", whole), (f"{place}-broken{suffix}", contents)):
            (folder / name).write_bytes(given)
            units.append(_unit(folder, name))
    with Sandbox(toolchain) as sandbox, sandbox.session() as session, Contents() as contents_of:
        harvest = Harvest(toolchain, session, contents_of, "task")
        for unit in units:
            harvest.add(unit)
        tables = {name: table.to_pylist() for name, table in harvest.take().items()}
    found = Counter(row["source_file"] for row in tables["occurrences"])
    lost: dict[str, list[str]] = {}
    for row in tables.get("losses", []):
        assert row["reason"], row
        lost.setdefault(row["source_file"], []).append(row["stage"])
    verdicts = []
    for place, (suffix, _) in enumerate(files):
        whole, broken = f"{place}-whole.ll", f"{place}-broken{suffix}"
        assert found[whole] == 1, f"{whole} was lost beside {broken}: {lost.get(whole)}"
        assert whole not in lost
        verdicts.append(Verdict(found[broken], tuple(sorted(lost.get(broken, [])))))
    return verdicts


def _unit(folder: Path, name: str) -> TranslationUnit:
    return TranslationUnit(
        program="fuzz",
        version="",
        origin="directory",
        license="NOASSERTION",
        language="llvm-ir",
        root=str(folder),
        path=name,
        folder=str(folder),
        ir=True,
    )


def main(count: int, seed: int = 1) -> None:
    """Take in `count` broken files and say what became of them."""
    toolchain, chance = find_toolchain(), random.Random(seed)
    modules = golden_modules(toolchain)
    fates: Counter[str] = Counter()
    started_s = time.monotonic()
    for first in range(0, count, TOGETHER):
        names = [chance.choice(sorted(modules)) for _ in range(min(TOGETHER, count - first))]
        files = [(Path(name).suffix, mutated(modules[name], chance)) for name in names]
        with tempfile.TemporaryDirectory(prefix="passlake-fuzz-") as folder:
            for verdict in take_in(toolchain, Path(folder), files):
                fates["+".join(sorted(set(verdict.losses))) or f"{verdict.functions} kept"] += 1
    wall_s = time.monotonic() - started_s
    sys.stdout.write(f"{count} broken files, seed {seed}, {wall_s:.0f} s: {dict(fates)}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
