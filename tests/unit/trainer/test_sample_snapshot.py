"""The small data set that is shipped, and how it is made."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from corpus.llvm.passes import PassSpace
from corpus.normalise import normalise
from trainer.labels import read_labels
from trainer.sample import Sample, SampleFormat, from_text, passes_of, to_text
from trainer.sample_snapshot import MOST_BYTES, SAMPLE, main
from trainer.tokenizer import train_tokenizer
from warehouse import snapshot
from warehouse.lake import Lake

Put = Callable[..., None]


def test_it_is_small_and_of_generated_programs_alone() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*.*")) < MOST_BYTES
    labels = [one for split in ("train", "valid", "test") for one in read_labels(SAMPLE, split)]
    assert {one.origin for one in labels} == {"csmith"}
    assert len(labels) == pq.read_table(SAMPLE / "functions").num_rows > 1500
    programs = [
        {one.program for one in labels if one.split == split}
        for split in ("train", "valid", "test")
    ]
    assert len(set.union(*programs)) == sum(map(len, programs))


def test_its_texts_are_those_of_this_normaliser_and_its_passes_of_this_space() -> None:
    texts = {one.text for one in PassSpace.load().passes}
    for label in read_labels(SAMPLE, "valid"):
        assert label.text == normalise(label.ir)
        assert set(passes_of(label.pass_list)) <= texts


def test_its_samples_come_back_from_text_and_tokens() -> None:
    samples = [Sample.of(one) for one in read_labels(SAMPLE, "valid")]
    assert [from_text(to_text(one)) for one in samples] == samples
    tokenizer = train_tokenizer(
        [one.text for one in samples], [one.text for one in PassSpace.load().passes], 1024
    )
    everything = SampleFormat(object_bytes=True)
    for sample, encoded in zip(samples, tokenizer.encode_samples(samples, everything), strict=True):
        answer = encoded.tokens[len(tokenizer.encode_prompt(sample.text)) :]
        assert tokenizer.decode_answer(answer) == sample.answer


def test_it_is_made_of_what_a_snapshot_knows_of_generated_programs(
    lake: Lake, put: Put, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = list(read_labels(SAMPLE, "test"))[:3]
    rows = [
        {
            "function_id": one.function_id,
            "program": one.program,
            "origin": origin,
            "split": one.split,
            "ir": one.ir,
            "text": one.text,
        }
        for one, origin in zip(labels, ("csmith", "debian", "csmith"), strict=True)
    ]
    lists = [
        {"function_id": one.function_id, "objective": "instructions", "pass_list": one.pass_list}
        for one in labels[:2]
    ]
    put(functions=rows, winners=lists)
    snapshot.create(lake, "s")
    assert main([str(lake.location), "s", str(tmp_path / "made")]) == 0
    assert "bytes" in capsys.readouterr().err
    made = list(read_labels(tmp_path / "made", "test"))
    assert [(one.function_id, one.pass_list) for one in made] == [
        (labels[0].function_id, labels[0].pass_list)
    ]
    assert "1 test" in (tmp_path / "made/README.md").read_text()


def test_what_it_needs_is_said(
    tmp_path: Path, lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    snapshot.create(lake, "empty")
    assert main([str(lake.location), "empty", str(tmp_path / "s")]) == 2
    assert "no searched function of a generated program" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()
