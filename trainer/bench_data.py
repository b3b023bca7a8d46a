"""`bench trainer`: can tokenised data keep a GPU busy, and what is a vocabulary made for IR worth.

A tokenizer is trained on the training functions of a snapshot, their samples are packed into
shards, and batches are read from them as a training run reads them, on one core, for some seconds.
What that gives is compared with what one GPU could take at most of the recipe `small`. Files come
from the page cache here; what a GPU takes is a few MB a second, which any disk gives.

Characters per token are of the texts of functions of held-out programs, and what fits are samples
of them, prompt and answer. The general-purpose tokenizer reads the same texts; in its samples a
pass or mark is as many tokens as its text has, and numbers are single digits in both.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from corpus.llvm.passes import PassSpace
from trainer.general_tokenizer import MISSING, NAME, general_tokenizer
from trainer.labels import read_labels
from trainer.recipes import small
from trainer.sample import Sample, SampleFormat, to_text
from trainer.shards import Shards, write_shards
from trainer.tokenizer import train_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from trainer.labels import Label
    from trainer.shards import Batch
    from trainer.tokenizer import Encoded, IrTokenizer
    from warehouse.reading import State

CONTEXT: Final = 2048
"""Tokens of a sample at most, as published."""

PUBLISHED_CHARACTERS_PER_TOKEN: Final = 2.02
"""Of IR in the Llama 2 vocabulary, as reported (arXiv 2309.07062)."""

H100_FLOPS: Final = 989e12
"""Dense bf16 operations a second of an H100 SXM, as its data sheet says."""

UTILISATION: Final = 0.4
"""Share of these that training reaches: about the best that is reported for dense models."""

GOAL: Final = 20
"""Times what a GPU takes, so that reading never is what is waited for."""

_ROWS = 64
_SECONDS = 3.0
_TOGETHER = 256


@dataclass(frozen=True)
class DataFigures:
    """What one run measured.

    `characters_per_token` are of texts of `held_out_functions`, `fitting` the share of their
    samples with at most CONTEXT tokens; `general_*` are the same for the general-purpose
    vocabulary, None where it is not installed. `reserved` of the `vocabulary` could not be learned
    from the `train_functions`. `written_per_s` tokens are encoded and packed, `read_per_s` come as
    batches, both per second on one core; `gpu_per_s` is what one H100 takes of `small` at 40 % of
    its peak, and `read_ratio` how many such GPUs one core feeds. `left_out` training samples were
    too long; `padding_share` is of all tokens of all rows.
    """

    train_functions: int
    held_out_functions: int
    vocabulary: int
    reserved: int
    characters_per_token: float
    fitting: float
    general_characters_per_token: float | None
    general_fitting: float | None
    tokens: int
    left_out: int
    padding_share: float
    written_per_s: float
    read_per_s: float
    gpu_per_s: float
    read_ratio: float

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """One row a figure."""
        return [{"figure": name, "value": value} for name, value in asdict(self).items()]

    def lines(self) -> list[str]:
        """What the figures say, for a person."""
        reading = (
            f"one core reads {self.read_per_s:,.0f} tokens a second: {self.read_ratio:.0f} times "
            f"what an H100 takes of `small` at {UTILISATION:.0%} of its peak (goal: {GOAL})"
        )
        ours = (
            f"{self.characters_per_token:.2f} characters a token on unseen programs; "
            f"{PUBLISHED_CHARACTERS_PER_TOKEN} as reported for Llama 2's vocabulary"
        )
        if self.general_characters_per_token is None:
            general = f"no general-purpose vocabulary to compare with: {MISSING}"
        else:
            general = (
                f"{NAME}: {self.general_characters_per_token:.2f} characters a token; of samples "
                f"{self.general_fitting:.1%} fit {CONTEXT} tokens, of ours {self.fitting:.1%}"
            )
        return [reading, ours, general]


def gpu_tokens_per_s() -> float:
    """Tokens a second of `small` on one H100, at UTILISATION of its peak."""
    return UTILISATION * H100_FLOPS / small().shape.flops_per_token


def bench_data(
    source: State | Path,
    *,
    vocabulary: int = 32_000,
    most_functions: int = 20_000,
    seconds: float = _SECONDS,
    say: Callable[[str], None] = lambda _: None,
) -> DataFigures:
    """Measure on a snapshot; at most `most_functions` training functions, the first by id.

    Raises:
        NoLabels: the snapshot has no searched training or valid functions.
        NoRoom: the temporary folder is full.
    """
    train = _first(read_labels(source, "train"), most_functions)
    held_out = _first(read_labels(source, "valid"), most_functions)
    say(f"a tokenizer from {len(train)} functions")
    tokenizer = train_tokenizer(
        (text for one in train for text in (one.text, one.optimised_text) if text is not None),
        [one.text for one in PassSpace.load().passes],
        vocabulary,
    )
    with tempfile.TemporaryDirectory(prefix="passlake-bench-") as folder:
        say("samples into shards")
        started = time.process_time()
        index = write_shards(
            Path(folder) / "shards",
            _encoded(tokenizer, train),
            sequence_length=CONTEXT,
            tokenizer=tokenizer,
            snapshot=str(source),
            sample_format=SampleFormat(),
            seed=0,
        )
        written_per_s = index.tokens / (time.process_time() - started)
        say("shards into batches")
        read_per_s = _read_per_s(Shards.open(Path(folder) / "shards"), seconds)
    texts = [one.text for one in held_out]
    ours = sum(map(len, tokenizer.encode_many(texts)))
    sizes = [len(one) for _, one in _encoded(tokenizer, held_out)]
    general_characters_per_token, general_fitting = _in_general_tokens(texts, held_out)
    gpu_per_s = gpu_tokens_per_s()
    return DataFigures(
        train_functions=len(train),
        held_out_functions=len(held_out),
        vocabulary=tokenizer.vocab_size,
        reserved=tokenizer.reserved,
        characters_per_token=sum(map(len, texts)) / ours,
        fitting=_fitting(sizes),
        general_characters_per_token=general_characters_per_token,
        general_fitting=general_fitting,
        tokens=index.tokens,
        left_out=index.left_out,
        padding_share=index.padding_share,
        written_per_s=written_per_s,
        read_per_s=read_per_s,
        gpu_per_s=gpu_per_s,
        read_ratio=read_per_s / gpu_per_s,
    )


def _first(labels: Iterator[Label], count: int) -> list[Label]:
    return list(itertools.islice(labels, count))


def _in_general_tokens(
    texts: Sequence[str], labels: Sequence[Label]
) -> tuple[float | None, float | None]:
    """Characters per token of texts and the share of samples that fit, where it is installed."""
    general = general_tokenizer()
    if general is None:
        return None, None
    samples = [to_text(Sample.of(one).only(SampleFormat())) for one in labels]
    per_token = sum(map(len, texts)) / sum(general.lengths(texts))
    return per_token, _fitting(general.lengths(samples))


def _encoded(tokenizer: IrTokenizer, labels: Sequence[Label]) -> Iterable[tuple[str, Encoded]]:
    for first in range(0, len(labels), _TOGETHER):
        some = labels[first : first + _TOGETHER]
        ids = [one.function_id for one in some]
        yield from zip(ids, tokenizer.encode_samples([*map(Sample.of, some)]), strict=True)


def _read_per_s(shards: Shards, seconds: float) -> float:
    """Tokens a second of CPU time, padding included, as a network takes them."""

    def batch(step: int) -> Batch:
        return shards.batch(step, rank=0, ranks=1, rows=_ROWS, seed=0)

    batch(0)  # the files are in the page cache, and the first epoch's order is known
    started, tokens, step = time.process_time(), 0, 0
    while time.process_time() - started < seconds:
        tokens += batch(step).tokens_BT.size
        step += 1
    return tokens / (time.process_time() - started)


def _fitting(sizes: Sequence[int]) -> float:
    return sum(size <= CONTEXT for size in sizes) / len(sizes)
