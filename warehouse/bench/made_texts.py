"""Made-up IR: text that compresses about as IR does. Nothing parses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_SHAPES = (
    "  %{a} = add nsw i32 %{b}, {c}\n",
    "  %{a} = load i32, ptr %{b}, align 4\n",
    "  store i32 %{a}, ptr %{b}, align 4\n",
    "  %{a} = getelementptr inbounds i8, ptr %{b}, i64 {c}\n",
    "  %{a} = icmp slt i32 %{b}, {c}\n",
    "  br i1 %{a}, label %{b}, label %{c}\n",
    "  %{a} = call i32 @callee_{b}(ptr noundef %{c})\n",
    "  %{a} = zext i8 %{b} to i32\n",
)
_LINES = 4_096
_MOST_LINES = 400


class Texts:
    """Bodies of functions, cut out of one long text."""

    def __init__(self, seed: int) -> None:
        """Draw the long text by a seed."""
        rng = np.random.default_rng([seed, 4])
        shapes = rng.integers(0, len(_SHAPES), _LINES + _MOST_LINES)
        numbers = rng.integers(0, 64, (len(shapes), 3))
        lines = [
            _SHAPES[shape].format(a=a, b=b, c=c)
            for shape, (a, b, c) in zip(shapes, numbers, strict=True)
        ]
        self._whole = "".join(lines)
        self._ends = np.cumsum([0, *map(len, lines)])

    def of(self, function: Integers, instructions: Integers) -> pa.Array:
        """The texts of functions with so many instructions, one line for each up to a bound."""
        first = (function * 2_654_435_761 + instructions) % _LINES
        begin = self._ends[first]
        end = self._ends[first + np.minimum(instructions, _MOST_LINES)]
        whole = self._whole
        return pa.array(
            [
                f"define i32 @function_{number}(ptr %0) {{\n{whole[a:b]}}}\n"
                for number, a, b in zip(function, begin, end, strict=True)
            ],
            pa.string(),
        )
