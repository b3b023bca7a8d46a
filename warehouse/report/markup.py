"""Text of strangers as HTML: names, code and reasons from a lake can hold anything at all.

Nothing goes into a page but through `text`, `data` or a table made here. The page forbids by its
own policy whatever script it was not written with, so that a mistake here would show, not run.
"""

from __future__ import annotations

import html
import json
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_N, _T = "n", "t"  # the page's classes of numbers and of texts

MOST_LETTERS = 300
"""Of a cell; a pass list of a thousand passes, or a name made by templates, is cut there."""

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that are not seen or that turn what stands beside them around."""


def text(value: object, *, most: int | None = MOST_LETTERS) -> str:
    """A value as HTML text, safe between tags and in a quoted attribute; control letters shown."""
    said = str(value)
    if most is not None and len(said) > most:
        said = said[: most - 1] + "…"
    return html.escape("".join(map(_seen, said)), quote=True)


def _seen(letter: str) -> str:
    if letter in "\n\t" or unicodedata.category(letter) not in _UNSEEN:
        return letter
    return f"\\u{{{ord(letter):x}}}"


def data(value: Any) -> str:  # noqa: ANN401  (whatever JSON can say)
    """A value as JSON that no HTML parser ends early, for a script element of type JSON."""
    said = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def number(value: object) -> str:
    """A number for a person: thousands apart, four digits of a fraction; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"  # noqa: PLR2004


def percent(fraction: float | None) -> str:
    """A fraction as a percentage with a real minus; a dash for none."""
    return "–" if fraction is None else f"{100 * fraction:.2f} %".replace("-", "\N{MINUS SIGN}")


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], caption: str) -> str:
    """Rows as a table: `columns` are keys of the rows and what stands above them.

    A heading that ends in `%` has its fractions as percentages.
    """
    numeric = {key for key in columns if rows and isinstance(rows[0][key], int | float)}
    heads = "".join(
        f'<th scope="col" class="{_N if key in numeric else _T}">{text(head)}</th>'
        for key, head in columns.items()
    )
    body = "".join(
        f"<tr>{''.join(_cell(row[key], head) for key, head in columns.items())}</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}">'
        f"<table><caption>{text(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: object, head: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = percent(value) if head.endswith("%") else number(value)
        return f'<td class="n">{shown}</td>'
    return f"<td>{'–' if value is None else text(value)}</td>"
