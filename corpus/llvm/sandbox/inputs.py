"""Arguments of generated inputs: mostly small numbers, edges of their types, pointers to arenas."""

import ctypes
import math
import re
import struct
from random import Random

from corpus.llvm.sandbox import harness_memory as harness
from corpus.llvm.sandbox.harness_memory import Description, Piece, Plan

_SEED_STEP = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1
_CHOOSES = re.compile(
    r"^\s+(?:%\S+ = )?(?:icmp|and|or|xor|add|sub|s?u?rem|[su]?div|select|i\d+ -?\d+, label)\b"
)
_LITERAL = re.compile(r"(?<![%@\w.])(-?\d+)(?![\w.])")
_SMALL = 17
_NULL_ONE_IN = 16
_SHARED_ONE_IN = 8
_NUMBERS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 3.0, -7.25, 10.0, 100.5, 1e-3, 1e6),
    *(float("inf"), float("-inf"), float("nan"), 5e-324, 1e300),
)
_FORMATS = {2: ("<e", 6e4), 4: ("<f", 3e38), 8: ("<d", math.inf)}
"""Bytes → how Python packs a number, and the largest that fits."""

_EXTENDED = 10


def seed_of(seed: int, number: int) -> int:
    """The seed of one input: 64 bits."""
    return (seed + (number + 1) * _SEED_STEP) & _WORD


def named_numbers(text: str) -> list[int]:
    """Integers that the bodies of a module name: what comparisons, cases and masks are about."""
    found: dict[int, None] = {}
    for line in text.splitlines():
        if line.startswith("  ") and _CHOOSES.search(line):
            for number in _LITERAL.findall(line):
                found.setdefault(int(number) & _WORD)
    return sorted(found)


def fill_plan(plan: Plan, description: Description, seed: int) -> None:
    """Make the input of `seed`: arguments here, contents of memory in the harness."""
    ctypes.memset(ctypes.addressof(plan), 0, ctypes.sizeof(plan))
    plan.seed = seed
    random = Random(seed)
    for number in range(description.num_arguments):
        piece = description.piece[description.arguments + number]
        value = _argument(piece, description, random)
        for at, byte in enumerate(value):
            plan.arguments[piece.offset + at] = byte


def _argument(piece: Piece, description: Description, random: Random) -> bytes:
    size: int = piece.size
    if piece.kind == harness.POINTER:
        return _pointer(piece, description, random).to_bytes(8, "little")
    if piece.kind == harness.INTEGER:
        return _integer(piece, description, random).to_bytes(size, "little")
    if piece.kind == harness.FLOATING:
        return _number(size, random)
    return bytes(size)


def _pointer(piece: Piece, description: Description, random: Random) -> int:
    arena: int = piece.arena
    alone = description.private_arenas >> arena & 1
    if not alone and not description.distinct and random.randrange(_SHARED_ONE_IN) == 0:
        others = [
            description.piece[description.arguments + number].arena
            for number in range(description.num_arguments)
            if description.piece[description.arguments + number].kind == harness.POINTER
        ]
        shared = [one for one in others if not description.private_arenas >> one & 1]
        arena = random.choice(shared)
    if not piece.flags & harness.NONNULL and random.randrange(_NULL_ONE_IN) == 0:
        return 0
    return harness.BASE + arena * harness.ARENA_STRIDE + harness.ARENA_START


def _integer(piece: Piece, description: Description, random: Random) -> int:
    bits: int = piece.bits
    mask = (1 << bits) - 1
    if piece.flags & harness.RANGED:
        width = (piece.high - piece.low) & mask
        low: int = piece.low
        return (low + random.randrange(width or 1)) & mask
    if description.constants and random.randrange(4) == 0:
        near: int = description.constant[random.randrange(description.constants)]
        return (near + random.choice((0, 0, 0, 1, -1))) & mask
    return _unlimited(bits, random) & mask


def _unlimited(bits: int, random: Random) -> int:
    """An integer of which `bits` will be kept."""
    mask = (1 << bits) - 1
    which = random.random()
    if which < 0.5:  # noqa: PLR2004 - lengths and counts are small, or loops leave their arrays
        return random.randrange(_SMALL)
    if which < 0.65:  # noqa: PLR2004
        return random.choice((0, 1, mask, mask >> 1, (mask >> 1) + 1))
    if which < 0.8:  # noqa: PLR2004
        return (1 << random.randrange(bits)) + random.randrange(-1, 2)
    if which < 0.9:  # noqa: PLR2004 - a character
        return random.randrange(32, 127)
    return random.getrandbits(bits)


def _number(size: int, random: Random) -> bytes:
    value = random.choice(_NUMBERS) if random.random() < 0.8 else random.uniform(-1e3, 1e3)  # noqa: PLR2004
    if size == _EXTENDED:
        return _extended(value)
    code, largest = _FORMATS.get(size, ("", 0.0))
    if not code:
        return bytes(size)
    if math.isfinite(value) and abs(value) > largest:
        value = 1.0
    return struct.pack(code, value)


def _extended(value: float) -> bytes:
    """A number in x87's 80 bits."""
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    sign, exponent, fraction = bits >> 63, bits >> 52 & 0x7FF, bits & ((1 << 52) - 1)
    if exponent == 0:
        return struct.pack("<QH", 0, sign << 15)
    wide = 0x7FFF if exponent == 0x7FF else exponent - 1023 + 16383  # noqa: PLR2004
    return struct.pack("<QH", 1 << 63 | fraction << 11, sign << 15 | wide)
