"""What counting predicts: chances that sum to one, and figures as worked out by hand."""

import math
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from trainer.ngram import Trigram, Unigram, compare
from trainer.sample import Part, SampleFormat
from trainer.shards import Shards, write_shards
from trainer.tokenizer import Encoded, train_tokenizer

TOKENIZER = train_tokenizer([], [], 300)
LENGTH = 64


def shards(folder: Path, samples: list[list[int]]) -> Shards:
    encoded = [
        (
            f"s{number}",
            Encoded(
                np.array(tokens, np.uint32),
                np.array([0] * (len(tokens) - 2) + [Part.LIST, Part.END], np.uint8),
            ),
        )
        for number, tokens in enumerate(samples)
    ]
    write_shards(
        folder,
        encoded,
        sequence_length=LENGTH,
        tokenizer=TOKENIZER,
        snapshot="s",
        sample_format=SampleFormat(),
        seed=0,
    )
    return Shards.open(folder)


def text(seed: int, count: int) -> list[list[int]]:
    """Samples in which a token mostly follows from the two before it."""
    chance = np.random.default_rng(seed)
    samples = []
    for _ in range(count):
        tokens = [int(one) for one in chance.integers(20, 30, 2)]
        for _ in range(30):
            strays = chance.random() < 0.1
            follows = 20 + (tokens[-1] * 3 + tokens[-2] * 7) % 30
            tokens.append(int(chance.integers(20, 50)) if strays else follows)
        samples.append([*tokens, TOKENIZER.end_id])
    return samples


def triples(tokens: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    whole = [-1, -1, *tokens]
    return np.array(whole[:-2]), np.array(whole[1:-1]), np.array(whole[2:])


@pytest.mark.parametrize("context", [(-1, -1), (-1, 3), (3, 1), (1, 4), (7, 7)])
def test_chances_sum_to_one_in_every_context(context: tuple[int, int]) -> None:
    tokens = [3, 1, 4, 1, 5, 1, 2, 6, 5, 3, 5, 1, 4, 7, 9, 3, 1, 4, 3, 1, 4, 3, 1, 1, 2, 6, 3, 1, 4]
    model = Trigram(*triples(tokens), 12)
    nats = model.nats(np.full(12, context[0]), np.full(12, context[1]), np.arange(12))
    assert np.exp(-nats).sum() == pytest.approx(1)
    assert np.isfinite(nats).all()
    assert np.exp(-Unigram(np.array(tokens), 12).nats(np.arange(12))).sum() == pytest.approx(1)


def test_a_trigram_is_what_the_paper_says_by_hand() -> None:
    """Half a count is taken where counts of counts do not say, as here."""
    model = Trigram(*triples([1, 2, 1, 2, 3]), 5)
    # Tokens by the number of tokens that they follow: 1 has (none, 2), 2 has 1, 3 has 2.
    unigram = {1: 2, 2: 1, 3: 1}
    chance_1 = {token: (count - 0.5) / 4 + 1.5 / 4 / 5 for token, count in unigram.items()}
    # After 2, in one context each (1 2): 1 and 3.
    chance_2 = (1 - 0.5) / 2 + (0.5 + 0.5) / 2 * chance_1[3]
    # After 1 2: 1 once, 3 once.
    chance_3 = (1 - 0.5) / 2 + (0.5 + 0.5) / 2 * chance_2
    nats = model.nats(np.array([1]), np.array([2]), np.array([3]))
    assert math.exp(-nats[0]) == pytest.approx(chance_3)


def test_a_unigram_is_its_share() -> None:
    nats = Unigram(np.array([1, 1, 2]), 4).nats(np.array([1, 2, 3]))
    kinds, total = 2, 3
    wanted = [(count + kinds / 4) / (total + kinds) for count in (2, 1, 0)]
    assert np.exp(-nats).tolist() == pytest.approx(wanted)


def test_on_text_made_of_triples_trigrams_learn_what_unigrams_cannot(tmp_path: Path) -> None:
    found = compare(shards(tmp_path / "a", text(1, 400)), shards(tmp_path / "b", text(2, 50)))
    assert found.trained_tokens == 400 * 33
    assert found.unigram.mean() > 3
    assert found.trigram.mean() < 1.2
    # No model can do better than the strays that were drawn: about 0.66 nats.
    assert found.trigram.mean() > 0.6


def test_every_token_of_a_sample_but_its_first_is_scored_by_its_part(tmp_path: Path) -> None:
    found = compare(shards(tmp_path / "a", text(1, 20)), shards(tmp_path / "b", text(2, 7)))
    by_part = dict(zip(Part, found.trigram.tokens, strict=True))
    assert Counter(by_part) == Counter({Part.PROMPT: 7 * 30, Part.LIST: 7, Part.END: 7})
    assert found.unigram.tokens == found.trigram.tokens


def test_nothing_crosses_from_one_sample_into_the_next(tmp_path: Path) -> None:
    """Alone in a row or packed with others, a sample surprises alike."""
    train = shards(tmp_path / "train", text(1, 30))
    samples = text(2, 4)
    together = compare(train, shards(tmp_path / "together", [one[:20] for one in samples]))
    alone = [
        compare(train, shards(tmp_path / f"alone{number}", [one[:20]]))
        for number, one in enumerate(samples)
    ]
    assert sum(together.trigram.nats) == pytest.approx(sum(sum(one.trigram.nats) for one in alone))


def test_of_a_large_folder_some_rows_are_counted(tmp_path: Path) -> None:
    train = shards(tmp_path / "a", text(1, 40))
    found = compare(train, train, most_tokens=10 * LENGTH)
    assert 0 < found.trained_tokens <= 10 * LENGTH
