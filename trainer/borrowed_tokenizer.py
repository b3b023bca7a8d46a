"""A tokenizer for models whose IR is cut by a general-purpose vocabulary: what a made one is worth.

Marks and passes are tokens of their own, as in every model here; only text between them is cut by
the vocabulary that `trainer.general_tokenizer` finds, by its own merges. Of its 32,000 tokens
source code and prose take most: those that no training text has, and that are part of none that one
has, are left out, since each would cost a model an output for nothing. Training texts are cut as by
the whole vocabulary. A held-out text may have a token that is not there; its parts are.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from trainer.errors import BadTokenizer
from trainer.general_tokenizer import MISSING, NAME, general_tokenizer
from trainer.sample import MARKS, escaped, pass_mark
from trainer.tokenizer import MOST_CHARACTERS, IrTokenizer, drawn, reserved

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenizers import Tokenizer

    from trainer.general_tokenizer import GeneralTokenizer

_BYTES: Final = [f"<0x{byte:02X}>" for byte in range(256)]
"""Tokens of single bytes, as sentencepiece calls them: for what no other token has."""

_SPACE: Final = "▁"
"""Stands for a space in sentencepiece's tokens."""

_AT_ONCE: Final = 1024
"""Texts that are cut together."""


def borrow_tokenizer(
    texts: Iterable[str],
    pass_texts: Sequence[str],
    vocab_size: int,
    seed: int = 0,
    *,
    most_characters: int = MOST_CHARACTERS,
) -> IrTokenizer:
    """The general-purpose vocabulary as far as texts use it, in exactly `vocab_size` tokens.

    Where they use more than fit, the commonest, each with its parts; where fewer, the rest are
    reserved tokens, as `trainer.tokenizer.train_tokenizer` has them, and so are `seed` and
    `most_characters`.

    Raises:
        BadTokenizer: the vocabulary is not installed, or the size has no room for marks, passes and
            the 256 bytes.
    """
    general = general_tokenizer()
    if general is None:
        raise BadTokenizer(f"{NAME} is not installed: {MISSING}")
    special = [*MARKS, *map(pass_mark, pass_texts)]
    room = vocab_size - len(special) - len(_BYTES)
    if room < 0:
        raise BadTokenizer(
            f"a vocabulary of {vocab_size} tokens is too small: {len(MARKS)} marks, "
            f"{len(pass_texts)} passes and 256 bytes take {vocab_size - room}"
        )
    pieces = _pieces(general)
    whole = _tokenizer([], pieces)
    used = _used(whole, drawn(texts, seed, most_characters), set(pieces))
    kept = _kept(used, set(pieces), room)
    made = _tokenizer(special, [one for one in pieces if one in kept])
    names = reserved(vocab_size - made.get_vocab_size())
    made.add_special_tokens(_added(names))
    return IrTokenizer(made.to_str())


def _pieces(general: GeneralTokenizer) -> list[str]:
    """Its tokens with their spaces, in the order in which they merge."""
    return [one.replace(_SPACE, " ") for one in general.pieces()]


def _tokenizer(special: Sequence[str], pieces: Sequence[str]) -> Tokenizer:
    """A tokenizer of these tokens; a pair that makes an earlier one merges first."""
    from tokenizers import Tokenizer, decoders, models

    there = set(pieces)
    merges = [
        (piece[:cut], piece[cut:])
        for piece in pieces
        for cut in range(1, len(piece))
        if piece[:cut] in there and piece[cut:] in there
    ]
    names = [*special, *_BYTES, *pieces]
    vocabulary = {name: number for number, name in enumerate(names)}
    model = models.BPE(vocab=vocabulary, merges=merges, byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(_added(special))
    return tokenizer


def _added(names: Sequence[str]) -> list[object]:
    from tokenizers import AddedToken

    return [AddedToken(one, special=True, normalized=False) for one in names]


def _used(whole: Tokenizer, texts: Sequence[str], pieces: set[str]) -> Counter[str]:
    """How often texts have each token."""
    used: Counter[str] = Counter()
    for start in range(0, len(texts), _AT_ONCE):
        some = [escaped(one) for one in texts[start : start + _AT_ONCE]]
        for encoding in whole.encode_batch(some, add_special_tokens=False):
            used.update(encoding.tokens)
    return Counter({one: count for one, count in used.items() if one in pieces})


def _kept(used: Counter[str], pieces: set[str], most: int) -> set[str]:
    """The commonest tokens, each with all of its parts, so that its merges are there."""
    # Digits are how an answer says its counts: they are needed whatever the texts have.
    kept = set("0123456789") & pieces
    for one in sorted(used, key=lambda one: (-used[one], one)):
        parts = {
            one[start:end] for start in range(len(one)) for end in range(start + 1, len(one) + 1)
        } & pieces
        if len(kept | parts) > most:
            break
        kept |= parts
    return kept
