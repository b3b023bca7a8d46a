"""A function's IR before and after, line beside line, with what changed marked."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from warehouse.report.markup import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_LINES = 160
"""Of one version; a longer one is cut there, and says how many lines follow."""

_MOST_LETTERS = 240
_LOCAL = re.compile(r"%[-\w.$]+")
_METADATA = re.compile(r"![\w.]+|#\d+")


def side_by_side(before: str, after: str) -> str:
    """Two versions as a table of two columns.

    Lines that differ in local names, metadata or attribute groups only stand beside each other as
    unchanged: passes number anew whatever they touch.
    """
    left, right = _lines(before), _lines(after)
    rows = "".join(_row(*pair) for pair in _pairs(left[:MOST_LINES], right[:MOST_LINES]))
    more = "".join(
        f"<p class='more'>{len(lines) - MOST_LINES:,} more lines {said}.</p>"
        for lines, said in ((left, "before"), (right, "after"))
        if len(lines) > MOST_LINES
    )
    return (
        '<div class="scroll code" tabindex="0" role="region" aria-label="IR before and after">'
        '<table class="ir"><thead><tr><th scope="col">unoptimised</th>'
        f'<th scope="col">after the list</th></tr></thead><tbody>{rows}</tbody></table></div>{more}'
    )


def _lines(ir: str) -> list[str]:
    """The lines that say something about the function: no blank ones, no data layout."""
    skipped = ("target ", "source_filename", ";")
    return [line for line in ir.splitlines() if line.strip() and not line.startswith(skipped)]


def _shape(line: str) -> str:
    return _METADATA.sub("!", _LOCAL.sub("%", line.split(";", maxsplit=1)[0])).strip()


def _pairs(
    left: Sequence[str], right: Sequence[str]
) -> Iterator[tuple[str | None, str | None, bool]]:
    """Lines that belong together, None where there is none, and whether they are the same."""
    shapes = [[_shape(line) for line in lines] for lines in (left, right)]
    matcher = SequenceMatcher(a=shapes[0], b=shapes[1], autojunk=False)
    for kind, low, high, after_low, after_high in matcher.get_opcodes():
        both = zip_longest(left[low:high], right[after_low:after_high])
        for before, after in both:
            yield before, after, kind == "equal"


def _row(before: str | None, after: str | None, same: bool) -> str:  # noqa: FBT001 (of _pairs)
    gone, new = ("same", "same") if same else ("gone", "new")
    return f"<tr>{_cell(before, gone)}{_cell(after, new)}</tr>"


def _cell(line: str | None, kind: str) -> str:
    if line is None:
        return "<td class='none'></td>"
    mark = {"gone": "\N{MINUS SIGN}", "new": "+", "same": ""}[kind]
    return f"<td class='{kind}' data-mark='{mark}'>{text(line, most=_MOST_LETTERS)}</td>"
