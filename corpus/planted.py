"""Copies that somebody might have made of a function, to see whether duplicates are found.

`corpus.bench_identity` plants them among the functions of a lake and counts those that are found.
"""

import re
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from corpus.names import WORD, Renamed, renamed

_NAME = re.compile(r"(?<![\w.])([%@])([bvtg])(\d+)\b|^(b)(\d+)(?=:$)", re.MULTILINE)
_RESULT = re.compile(rf"(%{WORD}) = ")
_CONSTANT = re.compile(r"(?<=[ ,(])(i(?:8|16|32|64) |, )-?\d+(?=$|[,)])")
_FIXED = ("getelementptr", "switch", "@llvm.", "alloca", "asm ")
"""Lines whose constants are not free: places in types, sizes, distinct cases, immediates."""

_ENDS = ("ret", "br ", "switch", "unreachable", "indirectbr", "resume", "invoke", "callbr")
_STAYS = ("phi", "landingpad", *_ENDS)
_MEMORY = re.compile(
    r"(?:^|= )(?:(?:tail|musttail|notail) )?(?:call|store|fence|cmpxchg|atomicrmw)\b"
)


def with_other_names(text: str, seed: int) -> str:
    """Every name but those of intrinsics is another one."""
    salt = Random(seed).randrange(16**6)

    def other(match: re.Match[str]) -> str:
        sigil, kind, number = match[1] or "", match[2] or match[4], match[3] or match[5]
        return f"{sigil}{kind}.{salt:06x}.{number}"

    return _NAME.sub(other, renamed(text, Renamed.ALL))


def in_another_order(text: str, seed: int) -> str:
    """Blocks are shuffled but for the first, and neighbouring instructions change places.

    That is, half of the neighbours that do not depend on each other.
    """
    random = Random(seed)
    head, body, tail = _parts(renamed(text, Renamed.ALL))
    blocks = [part.split("\n") for part in re.split(r"\n(?=b\d+:\n)", body)]
    blocks = [_swapped(block, random) for block in blocks]
    rest = blocks[1:]
    random.shuffle(rest)
    return "\n".join([head, *("\n".join(block) for block in (blocks[0], *rest)), tail])


def with_other_constants(text: str, seed: int) -> str:
    """Every integer operand is another number, where that still gives a module."""
    random = Random(seed)

    def other(match: re.Match[str]) -> str:
        return f"{match[1]}{random.randrange(10, 100)}"

    head, body, tail = _parts(text)
    lines = [
        line if any(word in line for word in _FIXED) else _CONSTANT.sub(other, line)
        for line in body.split("\n")
    ]
    return "\n".join([head, *lines, tail])


def changed_in_every_way(text: str, seed: int) -> str:
    """Other names, another order and other constants at once."""
    return with_other_names(in_another_order(with_other_constants(text, seed), seed), seed)


CHANGES: Mapping[str, Callable[[str, int], str]] = MappingProxyType(
    {
        "renamed": with_other_names,
        "reordered": in_another_order,
        "constants changed": with_other_constants,
        "all three": changed_in_every_way,
    }
)
"""What a copier may have done to a normalised text, given a seed."""


def _parts(text: str) -> tuple[str, str, str]:
    """Up to the definition's header, its body, and from its end."""
    start = text.index("\n", text.index("define "))
    end = text.index("\n}", start)
    return text[:start], text[start + 1 : end], text[end + 1 :]


def _swapped(block: list[str], random: Random) -> list[str]:
    place = 0
    lines = list(block)
    while place + 1 < len(lines):
        one, two = lines[place : place + 2]
        if _commute(one, two) and random.random() < 0.5:  # noqa: PLR2004 - half of them
            lines[place], lines[place + 1] = two, one
            place += 1
        place += 1
    return lines


def _commute(one: str, two: str) -> bool:
    for line in (one, two):
        instruction = line.split(" = ", 1)[-1]
        if instruction.startswith(_STAYS) or line.endswith(":") or not line.strip("] "):
            return False
        if re.match(r"\w+ .*, label |i\d+ ", line):  # a case of a switch
            return False
    result = _RESULT.match(one)
    if result is not None and re.search(re.escape(result[1]) + r"(?![\w.])", two):
        return False
    return not (_MEMORY.search(one) or _MEMORY.search(two))
