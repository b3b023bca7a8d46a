"""What many lists make of many functions: measured once in the sandbox, kept, shared by learners.

A matrix is named by what it was measured from, so learners that are given the same folder for what
is kept, and ask for the same lists on the same functions, measure once. Counts are walked ones (see
ARCHITECTURE.md, "No step twice"): what is searched on, not what labels are made of.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from corpus.errors import BadModule
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox.supervisor import MachineFault, ModuleLost, Sandbox
from trainer.baselines.plain_arrays import read_arrays, write_arrays
from trainer.labels import Label

FAILED: Final = -1
"""Stands for the count that a failed evaluation has not."""

_FUNCTIONS_A_SESSION: Final = 16
"""A session costs 10 to 30 ms, as much as fifty lists on a small function. Results are for choosing
between lists, not labels, and the same in every run, since order and sessions are."""

_VERSION: Final = "1"

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class ValueMatrix:
    """`instructions[f, l]` of function f after list l, FAILED where there is none.

    `unoptimised[f]` and `oz[f]` are the function's counts before any pass and after -Oz.
    """

    function_ids: tuple[str, ...]
    lists: tuple[str, ...]
    instructions: Counts
    unoptimised: Counts
    oz: Counts

    @property
    def reached(self) -> Counts:
        """The counts, a function left as it was where a list fails on it."""
        left: Counts = np.where(
            self.instructions == FAILED, self.unoptimised[:, None], self.instructions
        )
        return left

    @property
    def saved(self) -> Counts:
        """What each list saves over -Oz; 0 where it saves nothing."""
        less: Counts = np.maximum(self.oz[:, None] - self.reached, 0)
        return less

    def only(self, places: Sequence[int]) -> Self:
        """The matrix of some of its lists, in this order."""
        return type(self)(
            self.function_ids,
            tuple(self.lists[one] for one in places),
            self.instructions[:, list(places)],
            self.unoptimised,
            self.oz,
        )


def value_matrix(
    sandbox: Sandbox,
    functions: Sequence[Label],
    lists: Sequence[str],
    kept: Path | None,
    say: Callable[[str], None],
) -> ValueMatrix:
    """Measure every list on every function, or read what was measured before in the folder `kept`.

    Raises MachineFault when a function is at fault twice.
    """
    file = None if kept is None else kept / f"values-{_name(sandbox, functions, lists)}.npz"
    counts = _read(file, (len(functions), len(lists)))
    if counts is None:
        say(f"measuring {len(lists)} lists on {len(functions)} functions")
        rows = measured_each(sandbox, functions, [lists] * len(functions))
        counts = np.array(rows, dtype=np.int64).reshape(len(functions), len(lists))
        if file is not None:
            _write(file, counts)
    return ValueMatrix(
        tuple(one.function_id for one in functions),
        tuple(lists),
        counts,
        np.array([one.instructions for one in functions], dtype=np.int64),
        np.array([one.oz_instructions for one in functions], dtype=np.int64),
    )


def _name(sandbox: Sandbox, functions: Sequence[Label], lists: Sequence[str]) -> str:
    content = blake2b(digest_size=12)
    for text in (
        _VERSION,
        sandbox.toolchain.fingerprint,
        *(one.function_id for one in functions),
        *lists,
    ):
        content.update(text.encode() + b"\n")
    return content.hexdigest()


def measured_each(
    sandbox: Sandbox, functions: Sequence[Label], lists: Sequence[Sequence[str]]
) -> list[list[int]]:
    """Counts of each function after its own lists, FAILED where there is none.

    Raises MachineFault when a function is at fault twice.
    """
    counts: list[list[int]] = []
    pairs = list(zip(functions, lists, strict=True))
    for first in range(0, len(pairs), _FUNCTIONS_A_SESSION):
        together = pairs[first : first + _FUNCTIONS_A_SESSION]
        try:
            counts += _in_one_session(sandbox, together)
        except MachineFault:
            counts += _in_one_session(sandbox, together)
    return counts


def _in_one_session(
    sandbox: Sandbox, pairs: Sequence[tuple[Label, Sequence[str]]]
) -> list[list[int]]:
    counts = []
    with sandbox.session() as session:
        for function, lists in pairs:
            try:
                session.load(function.ir.encode(errors="surrogateescape"))
                counts.append([_count(one) for one in session.evaluate(lists)])
            except (BadModule, ModuleLost):
                counts.append([FAILED] * len(lists))
    return counts


def _count(measured: Measurement) -> int:
    if measured.outcome is not Outcome.OK or measured.instructions is None:
        return FAILED
    return measured.instructions


def _read(file: Path | None, shape: tuple[int, int]) -> Counts | None:
    """What was kept; None where nothing was, or what is there is damaged."""
    if file is None or not file.exists():
        return None
    try:
        counts: Counts = read_arrays(file)["instructions"]
    except (OSError, ValueError, KeyError):
        return None
    return counts if counts.shape == shape else None


def _write(file: Path, counts: Counts) -> None:
    """Whole or not at all, whoever else writes it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    write_arrays(unfinished, {"instructions": counts})
    unfinished.replace(file)
