"""What the way of cutting text before merging is worth: characters a token on unseen programs.

    python tests/benchmarks/tokenizer_cuts.py LAKE SNAPSHOT

Trains tokenizers on texts of the training split, before and after the best lists, and encodes the
texts of the valid split. Every way makes a digit of a number a token.
"""

import sys

import warehouse
from corpus.llvm.passes import PassSpace
from trainer.labels import read_labels
from trainer.tokenizer import CUT, train_tokenizer

CUTS = {
    "words and runs of marks, as GPT-2": r" ?\p{L}+| ?\d|\d| ?[^\s\p{L}\d]+|\s+",
    "up to digits and line ends": r"\n?[^\d\n]+|\d|\n",
    "the same, i32 and its like kept whole": (
        r"\n?(?:(?<![\w.%@$-])i(?:1|8|16|32|64|128)(?![\w.])|[^\d\n])+|\d|\n"
    ),
    "the same, intrinsics kept whole": CUT,
}
SIZES = (4096, 32_000)


def main(lake: str, snapshot: str) -> None:
    """Print a row for each way and size."""
    with warehouse.open(lake).snapshot(snapshot) as state:
        train = list(read_labels(state, "train"))
        held_out = [one.text for one in read_labels(state, "valid")]
    texts = [text for one in train for text in (one.text, one.optimised_text) if text is not None]
    passes = [one.text for one in PassSpace.load().passes]
    print("| cut | vocabulary | learned | characters per token |")  # noqa: T201 - its output
    for name, cut in CUTS.items():
        for size in SIZES:
            made = train_tokenizer(texts, passes, size, cut=cut)
            per_token = sum(map(len, held_out)) / sum(map(len, made.encode_many(held_out)))
            learned = size - made.reserved
            print(f"| {name} | {size} | {learned} | {per_token:.2f} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
