"""Whether a function's `text` tells all that decides its counts.

The normaliser drops attributes and metadata. Attributes are written into the text again, from `ir`,
without looking at how the normaliser drops them: `with_attributes` walks both texts token by token
and accepts what only `ir` has if it is an attribute. What stays dropped is metadata (`!llvm.loop`
above all) and comments; where that decides a count, the text is not faithful, and the function is
flagged.
"""

import re
from collections.abc import Iterator, Sequence

from corpus.errors import BadModule, CorpusError
from corpus.llvm.baselines import OZ
from corpus.llvm.measurement import Measurement, Outcome
from corpus.llvm.sandbox.supervisor import ModuleLost, Session
from corpus.normalise import ATTRIBUTE_WORDS, METADATA_LINES, canonical

_LOOPS = ",".join(
    (
        *("function(sroa)", "function(loop-simplify)", "function(loop(loop-rotate))"),
        *("function(loop-mssa(licm))", "function(loop(indvars,loop-deletion))"),
        *("function(loop-unroll)", "function(simplifycfg)"),
    )
)

FIDELITY_LISTS = (OZ, _LOOPS)
"""Pipelines whose counts must agree: clang's own, and one of passes that read loop metadata."""

_PIECE = re.compile(
    r'\s+|c?"[^"]*"|[@%$!#](?:"[^"]*"|[-a-zA-Z$._0-9\\]+)'
    r"|[a-zA-Z_][\w.]*(?:\((?:[^()\"]|\([^()]*\))*\))?|[-+.\w]+|.",
    re.DOTALL,
)
_ATTACHMENT = re.compile(r'("[^"]*")|,? ![-\w.\\]+ !\d+', re.ASCII)
_GROUP = re.compile(r"#\d+")


class NotItsText(CorpusError, ValueError):
    """A text is not that of the IR: it lacks, or has, more than attributes."""


def text_is_faithful(session: Session, ir: str, text: str) -> bool:
    """Whether LLVM reads `text`, and it has the counts of `ir` once attributes are put back.

    Counts under `FIDELITY_LISTS` are compared only where the two texts differ in more than
    attributes, which is where a count can. Raises MachineFault, and NotItsText where `text` was not
    made from `ir`; leaves another module loaded in the session.
    """
    restored = with_attributes(text, ir)
    try:
        session.load(text.encode(errors="surrogateescape"), keep_names=True)
        if _settled(restored) == _settled(canonical(ir)):
            return True
        return _counts(session, ir) == _counts(session, restored)
    except (BadModule, ModuleLost):
        return False


def with_attributes(text: str, ir: str) -> str:
    """The module that `text` stands for: `ir`'s attributes, target and module flags put back.

    `text` is the normaliser's with names kept. Metadata that `text` lacks stays away, but for what
    the module flags refer to. Raises NotItsText.
    """
    said = iter([line for line in text.split("\n") if line and not line.startswith("!")])
    lines: list[str] = []
    for line in canonical(ir).split("\n"):
        if not line.strip() or line.startswith((*METADATA_LINES, "source_filename")):
            lines.append(line)
        else:
            lines.append(_line_with_attributes(next(said, ""), line))
    left = next(said, None)
    if left is not None:
        raise NotItsText(f"the text goes on where the IR ends: {left[:80]}")
    return "\n".join(lines)


def _line_with_attributes(said: str, whole: str) -> str:
    """`whole` without its metadata attachments, once `said` was found in it."""
    line = _ATTACHMENT.sub(lambda match: match[1] or "", whole)
    expected = _pieces(said)
    wanted = next(expected, None)
    for piece in _pieces(line):
        if piece == wanted:
            wanted = next(expected, None)
        elif not _is_attribute(piece):
            raise NotItsText(f"{said[:80]!r} lacks {piece[:40]!r} of {line[:80]!r}")
    if wanted is not None:
        raise NotItsText(f"{said[:80]!r} has {wanted[:40]!r} where the IR has {line[:80]!r}")
    return line


def _pieces(line: str) -> Iterator[str]:
    return (piece for piece in _PIECE.findall(line) if not piece.isspace())


def _is_attribute(piece: str) -> bool:
    return piece.partition("(")[0] in ATTRIBUTE_WORDS or _GROUP.fullmatch(piece) is not None


def _settled(module: str) -> Sequence[str]:
    """A module's lines but for metadata nodes, which only attachments in other lines bring in."""
    return [line for line in module.split("\n") if line and not line.startswith("!")]


def _counts(session: Session, module: str) -> list[tuple[Outcome, int | None]]:
    session.load(module.encode(errors="surrogateescape"))
    measured: list[Measurement] = session.evaluate(FIDELITY_LISTS)
    return [(one.outcome, one.instructions) for one in measured]
