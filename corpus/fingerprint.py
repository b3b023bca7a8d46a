"""What tells a function's near relations: a structural hash, and a MinHash of its shingles.

Three degrees of sameness, each wider than the one before. *Exact*: `function_id`, by content.
*Structural*: the same text once attributes are dropped and every name is replaced by its order;
finer than LLVM's `print<structural-hash><detailed>`, which does not look at which instruction an
operand comes from, and blind to the names of globals, which LLVM hashes. *Near*: shingles in
common, counted with repetition (Jaccard of multisets), estimated by MinHash.

Shingles are of two sorts, so that each change costs its share: runs of opcodes do not see
constants, types and names; runs of tokens see constants and types. Only the definition is looked
at, or else functions that use one large `struct` would all resemble each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.names import Renamed, renamed
from corpus.normalise import NORMALISER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datasketch import MinHash
    from numpy.typing import NDArray

_VERSION = 1
"""Of this module; a change of any value raises it."""

FINGERPRINTER = f"{_VERSION}.{NORMALISER}"
"""Version of `fingerprint`, and of the texts that it reads; stored beside every row. Fingerprints
of different versions do not compare."""

PERMUTATIONS = 128
"""Of one MinHash: the standard error of an estimate near 0.8 is 0.035."""

_OPCODES = 3
_TOKENS = 4
"""Lengths of shingles."""

_SEED = 22
_MOST_HASHES = 1 << 17
_CHUNK = 4096
"""Shingles hashed at once: 2 MiB for all permutations, however large the function."""

_TOKEN = re.compile(
    r'^(?:"[^"]*"|[-a-zA-Z$._0-9]+):$'  # a label, which an entry block may do without
    r'|c?"[^"]*"|[@%$#!](?:"[^"]*"|[-a-zA-Z$._0-9\\]+)|[-.\w]+|\S',
    re.MULTILINE,
)
_OPCODE = re.compile(
    r"^(?!\S+:$)(?:%\S+ = )?(?:(?:tail|musttail|notail) )?([if]cmp \w+|[a-z]\w*)", re.MULTILINE
)


@dataclass(frozen=True)
class Fingerprint:
    """A function's structural hash (32 hex digits), tokens of its text, and MinHash.

    `shingles` is the size of the multiset that `minhash`, `PERMUTATIONS` values of 32 bits written
    as signed ones, stands for: two multisets of sizes a < b have at most a / b in common.
    """

    structural_hash: str
    tokens: int
    shingles: int
    minhash: tuple[int, ...]


def fingerprint(text: str) -> Fingerprint:
    """The fingerprint of a function's `text`, as the normaliser makes it with names kept."""
    before, own, after = _parts(text)
    tokens = _TOKEN.findall(own)
    shingles = _shingles(own, tokens)
    return Fingerprint(
        structural_hash=structural_hash(text),
        tokens=len(tokens) + len(_TOKEN.findall(before)) + len(_TOKEN.findall(after)),
        shingles=len(shingles),
        minhash=tuple(_minhash(shingles).tolist()),
    )


def shingles_of(text: str) -> NDArray[np.uint32]:
    """The multiset that `minhash` stands for, as distinct values in order."""
    _, own, _ = _parts(text)
    return _shingles(own, _TOKEN.findall(own))


def _parts(text: str) -> tuple[str, str, str]:
    """What stands before the definition, the definition, and the rest."""
    start = text.index("define ")
    end = text.index("\n}", start)
    return text[:start], text[start:end], text[end:]


def fingerprint_row(function_id: str, text: str, *, text_faithful: bool) -> dict[str, Any]:
    """A row of the table `fingerprints`, but for its task: of `text` and what was found out."""
    made = fingerprint(text)
    return {
        "function_id": function_id,
        "fingerprinter": FINGERPRINTER,
        "structural_hash": made.structural_hash,
        "tokens": made.tokens,
        "shingles": made.shingles,
        "minhash": list(made.minhash),
        "text_faithful": text_faithful,
    }


def structural_hash(text: str) -> str:
    """32 hex digits that are equal when two functions differ in nothing but names and attributes.

    Intrinsics keep their names; every other symbol, the function's own included, is a number.
    """
    same = renamed(text, Renamed.ALL)
    return blake2b(same.encode(errors="surrogateescape"), digest_size=16).hexdigest()


def _shingles(definition: str, tokens: Sequence[str]) -> NDArray[np.uint32]:
    """The multiset of shingles as distinct 32-bit values: the third `x` is not the first."""
    words = np.array([_HASHES[one] for one in tokens if one[-1] not in ",:"], dtype=np.uint64)
    opcodes = np.array([_HASHES[one] for one in _OPCODE.findall(definition)], dtype=np.uint64)
    values = np.sort(np.concatenate([_runs(opcodes, _OPCODES), _runs(words, _TOKENS)]))
    nth = np.arange(len(values)) - np.searchsorted(values, values, side="left")
    told_apart = _mixed(values + nth.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    return np.unique((told_apart >> np.uint64(32)).astype(np.uint32))


class _Hashes(dict[str, int]):
    """A 64-bit hash of each token without what a copy may change at no cost: its names."""

    def __missing__(self, word: str) -> int:
        named = word[0] in "%@!#" and not word.startswith("@llvm.")
        plain = word[0] if named else word
        digest = blake2b(plain.encode(errors="surrogateescape"), digest_size=8).digest()
        if len(self) > _MOST_HASHES:
            self.clear()
        self[word] = value = int.from_bytes(digest, "little")
        return value


_HASHES = _Hashes()


def _runs(words: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """A hash of each run of so many words; of all words where there are fewer."""
    length = min(length, len(words))
    count = len(words) - length + 1
    runs = np.full(count, length, dtype=np.uint64)
    for place in range(length):
        runs = _mixed(runs ^ words[place : place + count])
    return runs


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits spread over the word, modulo 2**64: the finaliser of MurmurHash3."""
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    values = (values ^ (values >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))


@cache
def _nothing_hashed() -> MinHash:
    """Drawing the permutations takes longer than hashing a small function."""
    from datasketch import MinHash  # noqa: PLC0415 - half a second, which only workers need pay

    # The scheme is named, or a newer datasketch might give other values under this version.
    return MinHash(PERMUTATIONS, seed=_SEED, hashfunc=int, scheme="affine32")


def _minhash(shingles: NDArray[np.uint32]) -> NDArray[np.int32]:
    minhash = _nothing_hashed().copy()
    for start in range(0, len(shingles), _CHUNK):
        minhash.update_batch(shingles[start : start + _CHUNK].tolist())
    values: NDArray[np.uint32] = minhash.hashvalues
    return values.view(np.int32)
