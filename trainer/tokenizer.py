r"""The tokenizer: byte-level BPE that is trained on IR, with a token for each pass and mark.

How text is cut before anything is merged decides what a token can be:

- A digit is a token of its own, so a number is read digit by digit whatever its length. Digits of
  type words (`i32`) and of intrinsics (`@llvm.memcpy.p0.p0.i64`) belong to the word.
- Everything between digits is one stretch that merges freely, up to the end of the line; a line
  break begins the next. So ` = load i32, ptr %` and, with what begins a line, `\n%` become one
  token each: IR repeats such phrases far more often than words.

Any string is encoded, and comes back. Marks in a function's own text stay text: text is encoded
with marks switched off, and what a sample's text holds is escaped (`trainer.sample`), so other
programs that read the saved tokenizer encode a sample's text to the very same tokens.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b, sha256
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt

from trainer.errors import BadAnswer, BadTokenizer, UnknownPass
from trainer.folder import room
from trainer.sample import (
    END,
    MARKS,
    PAD,
    PASSES,
    Part,
    PassSample,
    Sample,
    SampleFormat,
    answer_of,
    escaped,
    pass_mark,
    pieces,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

    from trainer.sample import Answer

VERSION: Final = 1
"""Of how text is cut and of what the saved folder holds; part of every digest."""

CUT: Final = r"\n?(?:(?<![\w.%@$-])i(?:1|8|16|32|64|128)(?![\w.])|@llvm(?:\.\w+)+|[^\d\n])+|\d|\n"
"""What is one stretch (Oniguruma): types, names of intrinsics and anything but digits and line
breaks, with the break before it; or a digit; or a line break on its own."""

_LEAST_OFTEN: Final = 8
"""Occurrences in the training texts that make a pair of tokens one: rarer ones are names of single
functions, whose tokens a model would see too seldom to learn them."""

_LONGEST: Final = 48
"""Bytes of the longest token: beyond are whole lines of one program."""

MOST_CHARACTERS: Final = 400_000_000
"""Of texts that are learned from; of more, a sample: the commonest phrases are the same in it, and
training holds them all in memory."""

_USUAL: Final = SampleFormat()

_RESERVED: Final = "<|reserved_"

_TEXT_FILE = "tokenizer.json"
_CONFIG_FILE = "tokenizer_config.json"
_DIGEST_KEY = "passlake_digest"


@dataclass(frozen=True)
class Encoded:
    """A sample's tokens, and of each the part it belongs to (`trainer.sample.Part`)."""

    tokens: npt.NDArray[np.uint32]
    parts: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.tokens)


class IrTokenizer:
    """A trained tokenizer; it never changes. `train_tokenizer` and `IrTokenizer.load` make one."""

    def __init__(self, text: str) -> None:
        """`text` is `tokenizer.json`, as the library `tokenizers` writes it.

        Raises:
            BadTokenizer: it is not that of an IrTokenizer.
        """
        from tokenizers import Tokenizer

        self._text = text
        try:
            self._tokenizer: Tokenizer = Tokenizer.from_str(text)
            added = json.loads(text)["added_tokens"]
            self._ids: dict[str, int] = {one["content"]: one["id"] for one in added}
        except Exception as error:  # the library raises Exception itself
            raise BadTokenizer(f"no tokenizer: {str(error).splitlines()[0]}") from error
        self._tokenizer.encode_special_tokens = True  # a mark in IR is text
        special = list(self._ids)
        if special[: len(MARKS)] != list(MARKS):
            raise BadTokenizer(f"a tokenizer without the marks of samples, {' '.join(MARKS)}")
        self.marks: Mapping[str, int] = {mark: self._ids[mark] for mark in MARKS}
        self.passes: Mapping[str, int] = {
            one[2:-2]: self._ids[one] for one in special[len(MARKS) :] if not is_reserved(one)
        }
        self.digest = sha256(f"{VERSION}\0{text}".encode()).hexdigest()
        self.pad_id: int = self.marks[PAD]
        self.end_id: int = self.marks[END]
        self._of_id = {number: one for one, number in self._ids.items()}

    @property
    def vocab_size(self) -> int:
        """Tokens there are, reserved ones included."""
        size: int = self._tokenizer.get_vocab_size()
        return size

    @property
    def reserved(self) -> int:
        """Tokens that no text has: they fill the vocabulary up to the size that was asked for."""
        return sum(map(is_reserved, self._ids))

    def encode(self, text: str) -> list[int]:
        """The tokens of a text in which nothing is a mark; `decode` gives it back."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """As `encode` for each, on all cores that the library may use (RAYON_NUM_THREADS)."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [one.ids for one in found]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of tokens, marks included; bytes that are no UTF-8 become U+FFFD."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=False)
        return text

    def encode_prompt(self, text: str) -> list[int]:
        """The tokens after which a model names passes for the function of this text."""
        return [*self.encode(escaped(text)), self.marks[PASSES]]

    def encode_sample(self, sample: Sample | PassSample, what: SampleFormat = _USUAL) -> Encoded:
        """A sample's tokens, with the auxiliary answers of a format.

        Raises:
            UnknownPass: the list has a pass that has no token.
        """
        return self.encode_samples([sample], what)[0]

    def encode_samples(
        self, samples: Sequence[Sample | PassSample], what: SampleFormat = _USUAL
    ) -> list[Encoded]:
        """As `encode_sample` for each, which is faster for some hundreds together.

        Raises:
            UnknownPass: a list has a pass that has no token.
        """
        cut = [list(pieces(one.only(what) if isinstance(one, Sample) else one)) for one in samples]
        texts = [text for one in cut for _, text, is_mark in one if not is_mark]
        encoded = iter(self.encode_many(texts))
        return [self._joined(one, encoded) for one in cut]

    def _joined(self, cut: Iterable[tuple[Part, str, bool]], encoded: Any) -> Encoded:  # noqa: ANN401
        ids: list[int] = []
        parts: list[int] = []
        for part, text, is_mark in cut:
            found = [self._id(text)] if is_mark else next(encoded)
            ids += found
            parts += [part] * len(found)
        return Encoded(np.array(ids, np.uint32), np.array(parts, np.uint8))

    def _id(self, mark: str) -> int:
        number = self._ids.get(mark)
        if number is None:
            raise UnknownPass(
                f"the tokenizer has no token for {mark[2:-2]}: it was made with another pass "
                "space; train a tokenizer on this data"
            )
        return number

    def decode_answer(self, ids: Iterable[int]) -> Answer:
        """The answer that tokens are which follow a prompt, up to the end mark.

        Raises:
            BadAnswer: they are none; what comes behind the end mark does not matter.
        """
        text = [PASSES]
        run: list[int] = []
        for one in ids:
            mark = self._of_id.get(one)
            if mark is None:
                run.append(one)
                continue
            text += [self._without_marks(run), mark]
            run = []
            if one == self.end_id:
                return answer_of("".join(text))
        raise BadAnswer(f"no {END} in it")

    def _without_marks(self, run: list[int]) -> str:
        text = self.decode(run)
        if "<|" in text:
            raise BadAnswer("text that could be taken for a mark is not escaped")
        return text

    def save(self, folder: Path) -> None:
        """Write it so that `load` and `transformers.AutoTokenizer.from_pretrained` open it.

        Raises:
            NoRoom: the disk does not take it.
        """
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": PAD,
            "eos_token": END,
            "clean_up_tokenization_spaces": False,
            "model_input_names": ["input_ids", "attention_mask"],
            _DIGEST_KEY: self.digest,
        }
        with room(folder):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / _TEXT_FILE).write_text(self._text, encoding="utf-8")
            (folder / _CONFIG_FILE).write_text(
                json.dumps(config, indent=1) + "\n", encoding="utf-8"
            )

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Open a saved tokenizer.

        Raises:
            BadTokenizer: there is none, or a file of it is not the one that was saved.
        """
        try:
            text = (folder / _TEXT_FILE).read_bytes().decode()
            config = json.loads((folder / _CONFIG_FILE).read_bytes())
            digest = config[_DIGEST_KEY]
        except OSError as error:
            raise BadTokenizer(
                f"no tokenizer in {folder} ({error.strerror}: {error.filename})"
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadTokenizer(f"the tokenizer in {folder} is damaged ({error})") from error
        found = cls(text)
        if found.digest != digest:
            raise BadTokenizer(
                f"{folder / _TEXT_FILE} is not the file that was saved: its digest is "
                f"{found.digest[:12]}, not {str(digest)[:12]}; take the folder from where it came"
            )
        return found


def train_tokenizer(  # noqa: PLR0913  (each decides what is learned)
    texts: Iterable[str],
    pass_texts: Sequence[str],
    vocab_size: int,
    seed: int = 0,
    *,
    most_characters: int = MOST_CHARACTERS,
    cut: str = CUT,
) -> IrTokenizer:
    """Learn a vocabulary of exactly `vocab_size` tokens from texts of functions.

    Equal texts, in any order, give an equal tokenizer. `pass_texts` are those of the pass space.
    Where the texts support fewer merges the rest are reserved tokens, which no text has; of more
    than `most_characters` characters, `seed` draws the texts that are learned from. `cut` is
    another way to cut texts, to compare with.

    Raises:
        BadTokenizer: the size has no room for marks, passes and the 256 bytes.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    special = [*MARKS, *map(pass_mark, pass_texts)]
    least = len(special) + 256
    if vocab_size < least:
        raise BadTokenizer(
            f"a vocabulary of {vocab_size} tokens is too small: {len(MARKS)} marks, "
            f"{len(pass_texts)} passes and 256 bytes take {least}"
        )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(cut), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=_LEAST_OFTEN,
        show_progress=False,
        special_tokens=[AddedToken(one, special=True, normalized=False) for one in special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=_LONGEST,
    )
    tokenizer.train_from_iterator(map(escaped, drawn(texts, seed, most_characters)), trainer)
    missing = vocab_size - tokenizer.get_vocab_size()
    tokenizer.add_special_tokens(
        [AddedToken(one, special=True, normalized=False) for one in reserved(missing)]
    )
    return IrTokenizer(tokenizer.to_str())


def reserved(count: int) -> list[str]:
    """Names of tokens that no text has."""
    return [f"{_RESERVED}{number}|>" for number in range(count)]


def is_reserved(mark: str) -> bool:
    """Whether it is one of them."""
    return mark.startswith(_RESERVED)


def drawn(texts: Iterable[str], seed: int, most_characters: int) -> list[str]:
    """Texts of at most so many characters: all, or those that a hash with the seed puts first.

    What is kept depends on the texts alone, not on their order, and only that is ever in memory.
    """
    kept: list[tuple[int, str]] = []
    characters = 0
    last = 2**64  # hashes from here on are out, so that what is out does not depend on when it came
    for text in texts:
        digest = blake2b(f"{seed}\0{text}".encode(), digest_size=8).digest()
        place = int.from_bytes(digest, "big")
        if place >= last:
            continue
        heappush(kept, (-place, text))
        characters += len(text)
        while characters > most_characters:
            out, text_out = heappop(kept)
            last = -out
            characters -= len(text_out)
    return [text for _, text in sorted(kept)]
