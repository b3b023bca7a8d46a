"""BLEU of generated IR, with the tokens stated: published figures name none.

A token is a string, a name with its sigil (`%3`, `@f`, `!0`), a word or number, or any other single
character. White space is none, so line breaks do not count. Corpus BLEU of 4-grams by sacrebleu,
from 0 to 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOKEN: Final = re.compile(
    r'c?"[^"]*"|[@%$!#](?:"[^"]*"|[-a-zA-Z$._0-9\\]+)|[-+]?[\w.]+|[^\s\w]', re.ASCII
)


def tokens(text: str) -> list[str]:
    """The tokens of a text."""
    return _TOKEN.findall(text)


def corpus_bleu(written: Sequence[str], truth: Sequence[str]) -> float | None:
    """BLEU of texts against one true text each; None where there are none."""
    if not written:
        return None
    import sacrebleu

    pieces = [[" ".join(tokens(text)) for text in texts] for texts in (written, truth)]
    scored = sacrebleu.corpus_bleu(pieces[0], [pieces[1]], tokenize="none", force=True)
    return float(scored.score) / 100
