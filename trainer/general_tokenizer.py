"""A general-purpose vocabulary of 32,000 tokens, to compare ours with.

It is Mistral 7B's first, byte-pair encoding on text and code like Llama 2's, of which published
work reports 2.02 characters a token on IR. Its file comes with the package `mistral_common`, of
which only the file is used: the package need not be importable.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE: Final = "mistral_common"
_FILE: Final = "mistral_common/data/tokenizer.model.v1"

NAME: Final = "Mistral 7B v0.1, 32,000 tokens"
MISSING: Final = (
    "pip install sentencepiece, and mistral_common without its dependencies (--no-deps)"
)
"""How to get it."""


class GeneralTokenizer:
    """Counts the tokens that a text has in the general-purpose vocabulary."""

    def __init__(self, file: Path) -> None:
        """`file` is a model of sentencepiece."""
        from sentencepiece import SentencePieceProcessor

        self._processor = SentencePieceProcessor(model_file=str(file))

    @property
    def vocab_size(self) -> int:
        """Tokens there are."""
        size: int = self._processor.vocab_size()
        return size

    def pieces(self) -> list[str]:
        """Its tokens in the order in which they merge, as sentencepiece has them.

        Without single bytes and control tokens; `▁` stands for a space.
        """
        processor = self._processor
        plain = [
            number
            for number in range(self.vocab_size)
            if not (
                processor.is_byte(number)
                or processor.is_control(number)
                or processor.is_unknown(number)
            )
        ]
        plain.sort(key=lambda number: (-processor.get_score(number), number))
        return [processor.id_to_piece(number) for number in plain]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without a begin mark."""
        return [len(ids) for ids in self._processor.encode(list(texts))]


def general_tokenizer() -> GeneralTokenizer | None:
    """The general-purpose tokenizer, None where it is not installed (`MISSING` says how)."""
    try:
        file = Path(str(distribution(_PACKAGE).locate_file(_FILE)))
        return GeneralTokenizer(file) if file.is_file() else None
    except (PackageNotFoundError, ModuleNotFoundError):
        return None
