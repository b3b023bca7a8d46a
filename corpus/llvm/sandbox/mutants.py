"""Mutants of a module that LLVM itself cannot tell to be the same function."""

import re
from collections.abc import Sequence

from corpus.llvm.library import Library, Pointer
from corpus.llvm.sandbox.mutant_frames import Mutant
from corpus.llvm.sandbox.mutate import Planted, mutate

_TRIES = 6
"""Changes drawn for one seed: some do not verify, some LLVM sees through."""

_OPTIMISED = b"default<O2>"
_PROMISE = re.compile(
    rb" (?:nsw|nuw|nusw|exact|nneg|disjoint|samesign|inbounds|range\([^)]*\))(?=[ ,])"
)


def mutants_of(
    library: Library, text: bytes, seeds: Sequence[int], machine: Pointer
) -> list[Mutant]:
    """At most one mutant for each seed, no two that LLVM optimises to one text. Raises BadModule.

    One that is as before once both are optimised is equivalent, and left out. A false flag shows
    only in what follows from it, so there the optimised module is the mutant.
    """
    context = library.context(keep_names=True)
    try:
        module = library.parse(context, text)
        known = {_bare(_optimised(library, module, machine))}
        made = []
        for seed in seeds:
            mutant = _mutant(library, module, seed, machine, known)
            if mutant is not None:
                made.append(mutant)
        library.dispose(module)
        return made
    finally:
        library.forget(context)


def _mutant(
    library: Library, module: Pointer, seed: int, machine: Pointer, known: set[bytes]
) -> Mutant | None:
    for number in range(_TRIES):
        changed = library.clone(module)
        kind = mutate(library, changed, seed * _TRIES + number)
        if kind is None or library.fault(changed) is not None:
            library.dispose(changed)
            continue
        text, optimised = library.text(changed), _optimised(library, changed, machine)
        library.dispose(changed)
        if _bare(optimised) in known:
            continue
        shown = optimised if kind is Planted.FLAG else text
        known.add(_bare(optimised))
        return Mutant(seed, kind.value, shown.decode(errors="surrogateescape"))
    return None


def _bare(text: bytes) -> bytes:
    """The text without promises: one that was made falsely and used by nobody changes nothing."""
    return _PROMISE.sub(b"", text)


def _optimised(library: Library, module: Pointer, machine: Pointer) -> bytes:
    clone = library.clone(module)
    library.run_passes(clone, _OPTIMISED, machine)
    text = library.text(clone)
    library.dispose(clone)
    return text
