"""Figures of decoding: what was counted is what was decoded."""

import pytest

from tests.unit.trainer.small_model import TEXTS, model_info, small_model, small_tokenizer
from trainer.bench_decode import bench_decode
from trainer.model import LoadedModel

TOKENIZER = small_tokenizer()


def test_every_way_decodes_all_functions_that_fit() -> None:
    model = small_model(TOKENIZER.vocab_size, context=400)
    loaded = LoadedModel(model, TOKENIZER, model_info(), "m")
    said: list[str] = []
    figures = bench_decode(loaded, [*TEXTS, "x" * 500], say=said.append)
    assert [one.decoding for one in figures.decoded] == [
        *("greedy", "priority:10", "priority:30", "greedy:full")
    ]
    assert [one.lists for one in figures.decoded] == [3, 30, 90, 3]
    assert figures.functions == 3
    assert figures.prompt_tokens == sum(len(TOKENIZER.encode_prompt(text)) for text in TEXTS)
    assert len(said) == 4
    document = figures.document()
    assert document["shared_prompt_gain"] == pytest.approx(
        30 * figures.decoded[0].cpu_s / figures.decoded[2].cpu_s
    )
    assert all(row["lists_per_s"] > 0 for row in figures.rows())
    assert bench_decode(loaded, TEXTS, whole=False).decoded[-1].decoding == "priority:30"
