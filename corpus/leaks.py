"""What held-out programs share with training programs, added up program by program."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from corpus.leak_report import KINDS, Leaks, ProgramPair
from corpus.leave_out import HELD_OUT
from corpus.related import Groups, Related
from corpus.selection import BadSelection
from corpus.split import SPLITS, split_of
from warehouse.snapshot import left_out, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from warehouse.lake import Lake


def find_leaks(lake: Lake, *, split: str | None = None, snapshot: str | None = None) -> Leaks:
    """What `split` (by default, every split but training) shares with training.

    In a snapshot, what is left out is not training any more. Raises BadSelection for a split that
    is not held out, and SnapshotMissing.
    """
    if split is not None and split not in HELD_OUT:
        raise BadSelection(f"--split {split}: what is held out is {' or '.join(HELD_OUT)}")
    held_out = HELD_OUT if split is None else (split,)
    versions, absent = None, ()
    if snapshot is not None:
        versions = resolve(lake, snapshot)
        absent = left_out(lake, snapshot).column("function_id").to_pylist()
    related = Related(lake, held_out, versions=versions, absent=absent)
    return _Count(related).leaks(held_out)


class _Count:
    """Adds up what `Related` finds, program by program."""

    def __init__(self, related: Related) -> None:
        self._functions = related.functions
        self._related = related
        self._names = list(related.functions.program_names)
        self._codes = {name: code for code, name in enumerate(self._names)}
        self._pairs: Counter[tuple[int, int, str]] = Counter()
        self._training: Counter[str] = Counter()
        self._held: Counter[tuple[int, int]] = Counter()

    def leaks(self, held_out: Collection[str]) -> Leaks:
        related, functions = self._related, self._functions
        exact = [(place, self._code(name)) for place, name in related.exact()]
        held_totals = self._totals(held_out)
        self._training["exact"] = len({place for place, _ in exact})
        for place, program in exact:
            pair = (int(functions.programs[place]), program)
            self._pairs[(*pair, "exact")] += 1
            self._held[pair] += 1
            held_totals[program] += 1
        classes = self._count_shared(exact)
        return Leaks(
            held_out=tuple(held_out),
            training={kind: self._training[kind] for kind in KINDS},
            training_total=int((functions.splits == SPLITS.index("train")).sum()),
            held_out_functions=len(exact) + classes,
            held_out_total=held_totals.total(),
            without_fingerprints=related.without_fingerprints,
            pairs=self._listed(held_totals, held_out),
        )

    def _code(self, program: str) -> int:
        """The place of a program's name; one all of whose functions are copies gets a new one."""
        if program not in self._codes:
            self._codes[program] = len(self._names)
            self._names.append(program)
        return self._codes[program]

    def _totals(self, held_out: Collection[str]) -> Counter[int]:
        """Functions per held-out program."""
        splits = [SPLITS.index(name) for name in held_out]
        programs = self._functions.programs[np.isin(self._functions.splits, splits)]
        return Counter(programs.tolist())

    def _count_shared(self, exact: Sequence[tuple[int, int]]) -> int:
        """Count structural and near relations; how many held-out functions have one."""
        functions, members = self._functions, self._related.members
        of_class = functions.programs[members.values].astype(np.int64)
        classes = np.repeat(np.arange(len(members.offsets) - 1), np.diff(members.offsets))
        many = len(self._names)
        distinct, sizes = np.unique(classes * many + of_class, return_counts=True)
        programs_of = Groups.of(distinct // many, distinct % many, len(members.offsets) - 1)
        exact_pairs = np.array([place * many + code for place, code in exact], dtype=np.int64)
        exact_places = np.unique(exact_pairs // many)
        related = [np.empty(0, np.int64)]
        for batch in self._related.shared():
            # All relations of a training function are in one batch, so that the strongest is known.
            places, strongest = _first(batch.train, ~batch.structural)
            new = ~np.isin(places, exact_places)
            self._training["near"] += int(strongest[new].sum())
            self._training["structural"] += int((~strongest[new]).sum())
            which, programs = programs_of.expanded(batch.classes)
            keys, kinds = _first(batch.train[which] * many + programs, ~batch.structural[which])
            new = ~np.isin(keys, exact_pairs)
            pairs = functions.programs[keys[new] // many].astype(np.int64) * many + keys[new] % many
            for kind, chosen in (("structural", ~kinds[new]), ("near", kinds[new])):
                for pair, count in zip(*np.unique(pairs[chosen], return_counts=True), strict=True):
                    self._pairs[int(pair // many), int(pair % many), kind] += int(count)
            training = functions.programs[batch.train].astype(np.int64)
            related.append(np.unique((training << 32) | batch.classes))
        found = np.unique(np.concatenate(related))
        which, programs = programs_of.expanded(found & 0xFFFFFFFF)
        counts = sizes[np.searchsorted(distinct, (found & 0xFFFFFFFF)[which] * many + programs)]
        rows = zip((found >> 32)[which].tolist(), programs.tolist(), counts.tolist(), strict=True)
        for training_program, program, count in rows:
            self._held[training_program, program] += count
        return int(np.diff(members.offsets)[np.unique(found & 0xFFFFFFFF)].sum())

    def _listed(self, totals: Counter[int], held_out: Collection[str]) -> list[ProgramPair]:
        from_split = {}
        for name in held_out:
            there = self._functions.splits == SPLITS.index(name)
            from_split.update(dict.fromkeys(self._functions.programs[there].tolist(), name))
        pairs = [
            ProgramPair(
                held_out_program=self._names[program],
                split=from_split.get(program) or split_of(self._names[program]),
                training_program=self._names[training],
                **{kind: self._pairs[training, program, kind] for kind in KINDS},
                held_out_functions=count,
                held_out_total=totals[program],
            )
            for (training, program), count in self._held.items()
        ]
        return sorted(
            pairs,
            key=lambda pair: (
                -pair.held_out_functions,
                pair.held_out_program,
                pair.training_program,
            ),
        )


def _first(
    keys: NDArray[np.int64], flags: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Each distinct key, and whether all its flags are set."""
    order = np.lexsort((flags, keys))
    distinct, first = np.unique(keys[order], return_index=True)
    return distinct, flags[order][first]
