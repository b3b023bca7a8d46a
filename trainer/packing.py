"""Best-fit packing: samples of many lengths into rows of one length, none of them split."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def best_fit(lengths: Sequence[int], row_length: int) -> list[list[int]]:
    """Which samples, by place in `lengths`, make each row, in the order in which they lie in it.

    The longest first, each into the row with the least room that takes it (best-fit decreasing,
    within 11/9 of the fewest rows possible). No length may be above `row_length`.
    """
    rows: list[list[int]] = []
    room: list[list[int]] = [[] for _ in range(row_length + 1)]  # rows by the room left in them
    rooms: list[int] = []  # room that some row has, rising
    for place in sorted(range(len(lengths)), key=lambda one: (-lengths[one], one)):
        length = lengths[place]
        found = bisect_left(rooms, length)
        if found == len(rooms):
            row, left = len(rows), row_length
            rows.append([])
        else:
            left = rooms[found]
            row = room[left].pop()
            if not room[left]:
                del rooms[found]
        rows[row].append(place)
        left -= length
        if left:
            if not room[left]:
                insort(rooms, left)
            room[left].append(row)
    return rows
