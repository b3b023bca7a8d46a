r"""Samples: what a model reads and what it is to answer, as records and as text.

A sample's text is the function's own text, then *marks* with what belongs to each:

    define i32 @f(i32 %0) {
    ...
    }
    <|passes|><|function(sroa)|><|default<Oz>|><|before|>39<|after|>17<|optimised|>define ...
    <|end|>

The prompt is what comes before the first mark, and that mark. A pass is a mark of its own, so that
a list is one token a pass, and the mark after the last pass ends it. As published (arXiv
2309.07062), the counts and the optimised IR are auxiliary: they are learned because a model that
knows what a list does names better lists, and none of them is generated where only the list is
wanted.

The second task of published work, one pass applied to one function:

    define ...
    <|apply|><|function(sroa)|><|optimised|>define ...
    <|end|>

IR may hold any string, marks too: `<|` in it gets a backslash (`<\|`), so what is a mark is never
IR and text and record are each other's image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Self

from corpus.llvm.pass_list import BadPassList, PassList
from trainer.errors import BadAnswer, BadSample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trainer.labels import Label

PASSES: Final = "<|passes|>"
APPLY: Final = "<|apply|>"
BEFORE: Final = "<|before|>"
AFTER: Final = "<|after|>"
BYTES_BEFORE: Final = "<|bytes_before|>"
BYTES_AFTER: Final = "<|bytes_after|>"
OPTIMISED: Final = "<|optimised|>"
END: Final = "<|end|>"
PAD: Final = "<|pad|>"

MARKS: Final = (*(PAD, END, PASSES, APPLY, BEFORE, AFTER, BYTES_BEFORE, BYTES_AFTER, OPTIMISED),)
"""All structural marks; passes are marks, too (`pass_mark`)."""


class Part(IntEnum):
    """What a token belongs to. A mark belongs to what it opens; `END` is the end mark alone."""

    PROMPT = 0
    LIST = 1
    COUNTS = 2
    IR = 3
    SIZE = 4
    END = 5


PART_OF_MARK: Final = {
    PAD: Part.PROMPT,
    PASSES: Part.PROMPT,
    APPLY: Part.PROMPT,
    BEFORE: Part.COUNTS,
    AFTER: Part.COUNTS,
    BYTES_BEFORE: Part.SIZE,
    BYTES_AFTER: Part.SIZE,
    OPTIMISED: Part.IR,
    END: Part.END,
}
"""The part of each structural mark."""

_MARK = re.compile(r"<\|([^|]*)\|>")
_OPENING = re.compile(r"<(\\*)\|")
_ESCAPED = re.compile(r"<\\(\\*)\|")
_MOST = 10**9
"""Above what the ruler counts, in instructions or bytes, and what nobody need compute with."""

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class SampleFormat:
    """Which auxiliary answers a sample has beside its list."""

    counts: bool = True
    optimised_ir: bool = True
    object_bytes: bool = False


@dataclass(frozen=True)
class Answer:
    """What is said of a function; None is what is not said.

    `before` and `after` are instructions, without and with the list; so `bytes_before` and
    `bytes_after`. Of each pair both are there or none. An empty `pass_list` says no passes.
    """

    pass_list: str | None = None
    before: int | None = None
    after: int | None = None
    bytes_before: int | None = None
    bytes_after: int | None = None
    optimised_text: str | None = None

    def __post_init__(self) -> None:
        """Raises BadAnswer."""
        pairs = ((self.before, self.after), (self.bytes_before, self.bytes_after))
        for before, after in pairs:
            if (before is None) is not (after is None):
                raise BadAnswer(f"of before and after both are said or none: {before}, {after}")
            for count in (before, after):
                if count is not None and not 0 <= count < _MOST:
                    raise BadAnswer(f"{count} is no count")
        if self.pass_list is not None and str(_parsed(self.pass_list)) != self.pass_list:
            raise BadAnswer(f"{self.pass_list!r} is not as LLVM prints it: drop its spaces")


@dataclass(frozen=True)
class Sample:
    """A function's text and what there is to say of it."""

    text: str
    answer: Answer

    @classmethod
    def of(cls, label: Label) -> Self:
        """All that a label says; without optimised IR where the lake did not keep it."""
        return cls(
            label.text,
            Answer(
                pass_list=label.pass_list,
                before=label.instructions,
                after=label.optimised_instructions,
                bytes_before=label.object_bytes,
                bytes_after=label.optimised_object_bytes,
                optimised_text=label.optimised_text,
            ),
        )

    def only(self, what: SampleFormat) -> Self:
        """The sample without the auxiliary answers that a format leaves out."""
        out: dict[str, None] = {}
        if not what.counts:
            out |= dict.fromkeys(("before", "after"))
        if not what.object_bytes:
            out |= dict.fromkeys(("bytes_before", "bytes_after"))
        if not what.optimised_ir:
            out |= dict.fromkeys(("optimised_text",))
        return replace(self, answer=replace(self.answer, **out))


@dataclass(frozen=True)
class PassSample:
    """A function's text, one pass (its full text in the pass space), and the text after it."""

    text: str
    pass_text: str
    optimised_text: str

    def __post_init__(self) -> None:
        """Raises BadSample."""
        if len(passes_of(self.pass_text)) != 1:
            raise BadSample(f"{self.pass_text!r} is not one pass")


Piece = tuple[Part, str, bool]
"""A stretch of a sample's text, its part, and whether it is a mark."""


def pieces(sample: Sample | PassSample) -> Iterator[Piece]:
    """The text of a sample in stretches: marks, and escaped text between them."""
    yield Part.PROMPT, escaped(sample.text), False
    if isinstance(sample, PassSample):
        yield Part.PROMPT, APPLY, True
        yield Part.PROMPT, pass_mark(sample.pass_text), True
        yield Part.IR, OPTIMISED, True
        yield Part.IR, escaped(sample.optimised_text), False
    else:
        answer = sample.answer
        if answer.pass_list is not None:
            yield Part.PROMPT, PASSES, True
            for one in passes_of(answer.pass_list):
                yield Part.LIST, pass_mark(one), True
        for part, mark, number in (
            (Part.COUNTS, BEFORE, answer.before),
            (Part.COUNTS, AFTER, answer.after),
            (Part.SIZE, BYTES_BEFORE, answer.bytes_before),
            (Part.SIZE, BYTES_AFTER, answer.bytes_after),
        ):
            if number is not None:
                yield part, mark, True
                yield part, str(number), False
        if answer.optimised_text is not None:
            yield Part.IR, OPTIMISED, True
            yield Part.IR, escaped(answer.optimised_text), False
    yield Part.END, END, True


def to_text(sample: Sample | PassSample) -> str:
    """A sample as text; `from_text` gives it back."""
    return "".join(text for _, text, _ in pieces(sample))


def from_text(text: str) -> Sample | PassSample:
    """The sample whose text this is.

    Raises:
        BadSample: it is none.
    """
    first = _MARK.search(text)
    if first is None:
        raise BadSample(f"no mark in it, so no sample: {_shown(text)}")
    prompt = unescaped(text[: first.start()])
    rest = text[first.start() :]
    sample: Sample | PassSample
    if first.group() == APPLY:
        sample = _pass_sample(prompt, rest.removeprefix(APPLY))
    else:
        sample = Sample(prompt, answer_of(rest))
    if to_text(sample) != text:
        raise BadSample(f"no sample has this text: {_shown(text)}")
    return sample


def answer_of(text: str) -> Answer:
    """The answer that a text from its first mark to `<|end|>` is.

    Raises:
        BadAnswer: it is none: marks in another order, no end, a count that is no number.
    """
    stretches = _stretches(text)
    values: dict[str, str] = {}
    passes: list[str] | None = None
    place = 0
    if stretches and stretches[0][0] == PASSES:
        passes, place = _listed(stretches)
    order = (BEFORE, AFTER, BYTES_BEFORE, BYTES_AFTER, OPTIMISED, END)
    due = 0
    for mark, value in stretches[place:]:
        if mark not in order[due:]:
            raise BadAnswer(f"{mark} is not where it belongs")
        due = order.index(mark) + 1
        values[mark] = value
    if END not in values or values[END]:
        raise BadAnswer(f"it does not end with {END}")
    return Answer(
        pass_list=None if passes is None else ",".join(passes),
        before=_number(values, BEFORE),
        after=_number(values, AFTER),
        bytes_before=_number(values, BYTES_BEFORE),
        bytes_after=_number(values, BYTES_AFTER),
        optimised_text=unescaped(values[OPTIMISED]) if OPTIMISED in values else None,
    )


def pass_mark(pass_text: str) -> str:
    """The mark of a pass, `<|function(sroa)|>`."""
    return f"<|{pass_text}|>"


def passes_of(pass_list: str) -> tuple[str, ...]:
    """The passes of a list, each with its wrapper.

    Raises:
        BadAnswer: it is no pass list.
    """
    return _parsed(pass_list).elements


def escaped(text: str) -> str:
    """IR as it stands in a sample: nothing in it is a mark."""
    return _OPENING.sub(r"<\\\1|", text) if "|" in text else text


def unescaped(text: str) -> str:
    """IR from a sample; `unescaped(escaped(text)) == text`."""
    return _ESCAPED.sub(r"<\1|", text) if "|" in text else text


def _parsed(pass_list: str) -> PassList:
    try:
        return PassList.parse(pass_list)
    except BadPassList as error:
        raise BadAnswer(f"no pass list: {error}") from error


def _stretches(text: str) -> list[tuple[str, str]]:
    """Marks with the text that follows each."""
    found = list(_MARK.finditer(text))
    if not found or found[0].start():
        raise BadAnswer(f"an answer begins with a mark: {_shown(text)}")
    ends = [mark.start() for mark in found[1:]] + [len(text)]
    return [(mark.group(), text[mark.end() : end]) for mark, end in zip(found, ends, strict=True)]


def _listed(stretches: list[tuple[str, str]]) -> tuple[list[str], int]:
    """The passes behind `<|passes|>`, and how many stretches that takes."""
    passes: list[str] = []
    for place, (mark, value) in enumerate(stretches):
        if place and mark in PART_OF_MARK:
            return passes, place
        if value:
            raise BadAnswer(f"text in a pass list: {_shown(value)}")
        if place:
            passes.append(mark[2:-2])
    return passes, len(stretches)


def _number(values: dict[str, str], mark: str) -> int | None:
    value = values.get(mark)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise BadAnswer(f"{mark} is followed by {_shown(value)}, which is no count")
    return int(value)


def _pass_sample(prompt: str, rest: str) -> PassSample:
    stretches = _stretches(rest)
    marks = [mark for mark, _ in stretches]
    if len(marks) != 3 or marks[1:] != [OPTIMISED, END] or stretches[0][1] or stretches[2][1]:  # noqa: PLR2004
        raise BadSample(f"a pass, {OPTIMISED}, IR and {END} were expected: {_shown(rest)}")
    return PassSample(prompt, marks[0][2:-2], unescaped(stretches[1][1]))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")  # noqa: PLR2004
