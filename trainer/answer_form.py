"""The form of an answer behind its list: marks in the order of the model's samples, and between
them digits where a count belongs, free text where IR does.

A form says for an answer so far what may come next: one token that is forced, or a set of tokens of
which the network chooses. Nothing that it lets through is malformed but IR, which is the model's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from trainer.sample import AFTER, BEFORE, BYTES_AFTER, BYTES_BEFORE, END, OPTIMISED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer.sample import SampleFormat
    from trainer.tokenizer import IrTokenizer

_MOST_DIGITS: Final = 9
"""Of the longest count that an answer may say (`trainer.sample`)."""

_DIGITS, _TEXT = 0, 1
"""Rows of the choices: a digit; IR or its end."""


@dataclass
class Draft:
    """An answer that is being written, behind its list; `sections` are tokens by mark."""

    sections: dict[str, list[int]] = field(default_factory=dict)
    mark: str | None = None
    tokens: int = 0

    @property
    def ended(self) -> bool:
        """Whether its end mark was written."""
        return self.mark == END


class AnswerForm:
    """What answers of one model look like.

    `first` is the token that follows a list, `choices_KV` are sets of tokens over a vocabulary of
    V.
    """

    def __init__(self, tokenizer: IrTokenizer, what: SampleFormat, vocab_size: int) -> None:
        """The form of samples of this format, for a model with outputs for `vocab_size` tokens."""
        self._marks = tokenizer.marks
        self._named = {token: mark for mark, token in tokenizer.marks.items()}
        order = [
            *((BEFORE, AFTER) if what.counts else ()),
            *((BYTES_BEFORE, BYTES_AFTER) if what.object_bytes else ()),
            *((OPTIMISED,) if what.optimised_ir else ()),
            END,
        ]
        self._following = dict(pairwise(order))
        self.first: int = self._marks[order[0]]
        digits = [token for digit in "0123456789" for token in tokenizer.encode(digit)]
        self._zero = digits[0]
        special = {*tokenizer.marks.values(), *tokenizer.passes.values()}
        text = set(range(tokenizer.vocab_size)) - special
        sets = [digits, [*text, tokenizer.end_id]]
        self._after_digits = {}
        for mark in order:
            self._after_digits[mark] = len(sets)
            sets.append([*digits, self._marks[mark]])
        self.choices_KV = np.zeros((len(sets), vocab_size), dtype=np.bool_)
        for row, tokens in zip(self.choices_KV, sets, strict=True):
            row[tokens] = True

    def forced(self, draft: Draft) -> int | None:
        """The token that must come next, if there is but one."""
        if draft.mark is None:
            return self.first
        said = draft.sections[draft.mark]
        if draft.mark != OPTIMISED and (said == [self._zero] or len(said) == _MOST_DIGITS):
            return self._marks[self._following[draft.mark]]
        return None

    def choice(self, draft: Draft) -> int:
        """The row of `choices_KV` that says what may come next, where nothing is forced."""
        assert draft.mark is not None, "the first mark is forced"
        if draft.mark == OPTIMISED:
            return _TEXT
        if not draft.sections[draft.mark]:
            return _DIGITS
        return self._after_digits[self._following[draft.mark]]

    def write(self, draft: Draft, token: int) -> None:
        """Add a token to a draft."""
        draft.tokens += 1
        mark = self._named.get(token)
        if mark is None:
            assert draft.mark is not None, "an answer goes on with a mark"
            draft.sections[draft.mark].append(token)
        else:
            draft.mark = mark
            draft.sections[mark] = []


def number(tokenizer: IrTokenizer, tokens: Sequence[int] | None) -> int | None:
    """The count that digits say; None where there are none."""
    return int(tokenizer.decode(tokens)) if tokens else None
