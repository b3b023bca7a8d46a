"""How well copies are told: `python -m corpus.bench_identity LAKE [FUNCTIONS]` prints it as JSON.

Three measurements on functions of a lake, drawn by their ids. *Planted copies*, changed in each
way that `corpus.planted` knows, are looked for among all functions of the lake. The *structural*
hash is compared with LLVM's on the functions and on copies with other constants. *Texts* are held
against the counts of their functions.
"""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.fidelity import text_is_faithful, with_attributes
from corpus.fingerprint import Fingerprint, fingerprint, shingles_of, structural_hash
from corpus.llvm.sandbox.supervisor import Sandbox
from corpus.llvm.structural import structural_hashes
from corpus.llvm.toolchain import Toolchain, find_toolchain
from corpus.names import Renamed, renamed
from corpus.near import THRESHOLD, NearIndex
from corpus.normalise import canonical, normalise
from corpus.planted import CHANGES, with_other_constants
from warehouse.lake import Lake

_SIZES = ((1, 10), (10, 30), (30, 100), (100, 1 << 31))
"""Classes of instructions for which recall is given apart."""


def planted(texts: Mapping[str, str], sizes: Mapping[str, int], drawn: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    """Recall and precision of the search for near duplicates, per change.

    A copy is found if a function of its original's structure is among those that its signature
    brings up. `precision_of_originals` calls every other function brought up wrong;
    `precision_by_jaccard` only those whose true similarity, computed and not estimated, is below
    the threshold.
    """
    prints = {name: fingerprint(text) for name, text in texts.items()}
    names = sorted(texts)
    index = NearIndex(_matrix([prints[name] for name in names]), _counts(prints, names))
    results = {}
    for change, make in CHANGES.items():
        copies = {name: make(texts[name], place) for place, name in enumerate(drawn)}
        made = {name: fingerprint(copy) for name, copy in copies.items()}
        matches = index.matches(_matrix([made[name] for name in drawn]), _counts(made, drawn))
        pairs = [
            (drawn[query], names[found])
            for query, found in zip(matches.queries, matches.indexed, strict=True)
        ]
        right = [
            prints[copied].structural_hash == prints[found].structural_hash
            for copied, found in pairs
        ]
        hit = {copied for (copied, _), ok in zip(pairs, right, strict=True) if ok}
        alike = [
            ok or _jaccard(copies[copied], texts[found]) >= THRESHOLD
            for (copied, found), ok in zip(pairs, right, strict=True)
        ]
        results[change] = {
            "structural": sum(
                made[name].structural_hash == prints[name].structural_hash for name in drawn
            ),
            "recall": round(len(hit) / len(drawn), 4),
            "recall_by_instructions": {
                f"{low}+": _share([name in hit for name in drawn if low <= sizes[name] < high])
                for low, high in _SIZES
            },
            "pairs": len(pairs),
            "precision_of_originals": _share(right),
            "precision_by_jaccard": _share(alike),
        }
    return results


def structure(toolchain: Toolchain, texts: Mapping[str, str], drawn: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    """Whether our structural hash is finer than LLVM's detailed one, on names made canonical.

    `ours_equal_llvm_differs` has to be 0. `llvm_equal_ours_differs` are pairs that LLVM does not
    tell apart, for it does not look at which instruction an operand comes from.
    """
    made = [texts[name] for name in drawn]
    made += [with_other_constants(text, place) for place, text in enumerate(made)]
    ours = [structural_hash(text) for text in made]
    theirs = []
    for text in made:
        [(_, value)] = structural_hashes(toolchain, renamed(text, Renamed.ALL)).items()
        theirs.append(value)
    both = list(zip(ours, theirs, strict=True))
    pairs_by = [_pairs(Counter(keys)) for keys in (ours, theirs, both)]
    return {
        "functions": len(made),
        "distinct_ours": len(set(ours)),
        "distinct_llvm": len(set(theirs)),
        "pairs_ours_equal": pairs_by[0],
        "ours_equal_llvm_differs": pairs_by[0] - pairs_by[2],
        "llvm_equal_ours_differs": pairs_by[1] - pairs_by[2],
    }


def texts_faithful(toolchain: Toolchain, irs: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    """How many texts LLVM reads and decide the counts of their functions."""
    unfaithful = []
    differing = 0
    with Sandbox(toolchain) as sandbox, sandbox.session() as session:
        for name, ir in irs.items():
            text = normalise(ir)
            differing += with_attributes(text, ir) != canonical(ir)
            if not text_is_faithful(session, ir, text):
                unfaithful.append(name)
    return {
        "functions": len(irs),
        "with_metadata_of_their_own": differing,
        "unfaithful": len(unfaithful),
        "examples": unfaithful[:10],
    }


def _matrix(prints: Sequence[Fingerprint]) -> NDArray[np.int32]:
    return np.array([one.minhash for one in prints], dtype=np.int32)


def _counts(prints: Mapping[str, Fingerprint], names: Sequence[str]) -> NDArray[np.int32]:
    return np.array([prints[name].shingles for name in names], dtype=np.int32)


def _jaccard(one: str, other: str) -> float:
    first, second = shingles_of(one), shingles_of(other)
    common = len(np.intersect1d(first, second, assume_unique=True))
    return common / (len(first) + len(second) - common)


def _share(truths: Sequence[bool]) -> float | None:
    return round(sum(truths) / len(truths), 4) if truths else None


def _pairs(classes: Counter[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in classes.values())


def main(location: str, functions: str = "1000") -> None:
    """Measure and print."""
    lake, toolchain = Lake.open(location), find_toolchain()
    rows = lake.read("functions", columns=["function_id", "ir", "instructions"]).to_pylist()
    irs = {row["function_id"]: row["ir"] for row in rows}
    sizes = {row["function_id"]: row["instructions"] for row in rows}
    texts = {name: normalise(ir) for name, ir in irs.items()}
    drawn = Random(0).sample(sorted(irs), min(int(functions), len(irs)))
    found = {
        "lake_functions": len(irs),
        "drawn": len(drawn),
        "planted": planted(texts, sizes, drawn),
        "structural": structure(toolchain, texts, drawn),
        "texts": texts_faithful(toolchain, irs),
    }
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
