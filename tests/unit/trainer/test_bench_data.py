"""The figures of `bench trainer`: what reading gives, and two vocabularies on one ruler."""

from importlib import metadata

import pytest

from trainer import general_tokenizer as general
from trainer.bench_data import UTILISATION, bench_data, gpu_tokens_per_s
from trainer.errors import NoLabels
from trainer.recipes import small
from trainer.sample_snapshot import SAMPLE


def test_ours_needs_fewer_tokens_and_reading_keeps_a_gpu_busy() -> None:
    figures = bench_data(SAMPLE, vocabulary=2048, most_functions=200, seconds=0.2)
    assert (figures.train_functions, figures.held_out_functions) == (200, 200)
    assert figures.vocabulary == 2048
    assert figures.general_characters_per_token is not None
    assert figures.general_fitting is not None
    assert figures.characters_per_token > 2 * figures.general_characters_per_token
    assert 1 >= figures.fitting > figures.general_fitting > 0
    assert figures.read_ratio == figures.read_per_s / figures.gpu_per_s
    assert figures.read_ratio > 20
    assert {row["figure"]: row["value"] for row in figures.rows()} == figures.document()
    assert len(figures.lines()) == 3


def test_without_the_general_vocabulary_the_way_to_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(general, "distribution", absent)
    figures = bench_data(SAMPLE, vocabulary=1024, most_functions=20, seconds=0.01)
    assert figures.general_characters_per_token is None
    assert figures.general_fitting is None
    assert "pip install" in figures.lines()[-1]


def test_the_general_vocabulary_has_32000_tokens_and_digits_for_numbers() -> None:
    tokenizer = general.general_tokenizer()
    assert tokenizer is not None
    assert tokenizer.vocab_size == 32_000
    one, two = tokenizer.lengths(["%1", "%12345"])
    assert two - one == 4


def test_what_a_gpu_takes_follows_from_the_recipe() -> None:
    flops = small().shape.flops_per_token
    assert gpu_tokens_per_s() == pytest.approx(UTILISATION * 989e12 / flops)
    assert 300_000 < gpu_tokens_per_s() < 600_000


def test_a_snapshot_without_labels_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(NoLabels):
        bench_data(tmp_path_factory.mktemp("empty"))
