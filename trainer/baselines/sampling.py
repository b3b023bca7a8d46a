"""Which labels a learner takes: a draw that the seed decides, held in bounded memory."""

import heapq
from collections.abc import Callable, Iterable
from hashlib import blake2b

from trainer.labels import Label

MOST_INSTRUCTIONS = 1_000
"""Larger functions are left out of what is measured many times: one costs as much as fifty."""


def draw(
    labels: Iterable[Label],
    most: int,
    seed: int,
    *,
    most_instructions: int = MOST_INSTRUCTIONS,
    improvable: bool | None = None,
) -> list[Label]:
    """Up to `most` labels, the same ones whatever their order.

    `improvable` asks for those whose list beats -Oz, or for those whose list does not. A label's
    place in the draw depends on the seed and its function alone, so that data that grow displace
    few.
    """
    wanted = (
        one
        for one in labels
        if one.instructions <= most_instructions
        and improvable in {None, one.optimised_instructions < one.oz_instructions}
    )
    return heapq.nsmallest(most, wanted, key=lambda one: lot(seed, one.function_id))


def draw_even(labels: Callable[[], Iterable[Label]], most: int, seed: int) -> list[Label]:
    """As `draw`, but up to half of them beat -Oz.

    Nine tenths of functions are best left to -Oz. Among as many as can be measured, so few would
    show which other list is good for what.
    """
    better = draw(labels(), most // 2, seed, improvable=True)
    rest = draw(labels(), most - len(better), seed, improvable=False)
    return sorted([*better, *rest], key=lambda one: lot(seed, one.function_id))


def lot(seed: int, function_id: str) -> bytes:
    """What orders functions in a draw, and seeds what is random on one of them."""
    return blake2b(f"{seed} {function_id}".encode(), digest_size=8).digest()
