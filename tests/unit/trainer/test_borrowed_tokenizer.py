"""A general-purpose vocabulary behind the marks of samples: it cuts as its own program does."""

from importlib import metadata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.golden import golden_functions
from corpus.llvm.passes import PassSpace
from corpus.normalise import normalise
from trainer import general_tokenizer as general
from trainer.borrowed_tokenizer import borrow_tokenizer
from trainer.errors import BadTokenizer
from trainer.sample import MARKS, Answer, PassSample, Sample, from_text, to_text

PASS_TEXTS = [one.text for one in PassSpace.load().passes]
TEXTS = [normalise(one.ir) for one in golden_functions()]
LEAST = len(MARKS) + len(PASS_TEXTS) + 256
TOKENIZER = borrow_tokenizer(TEXTS, PASS_TEXTS, LEAST + 2000)


def test_training_texts_are_cut_as_sentencepiece_cuts_them() -> None:
    found = general.general_tokenizer()
    assert found is not None
    # Two tokens are the line break in front, which keeps sentencepiece from adding a space.
    theirs = [length - 2 for length in found.lengths([f"\n{text}" for text in TEXTS])]
    assert [len(ids) for ids in TOKENIZER.encode_many(TEXTS)] == theirs
    assert TOKENIZER.reserved > 0


@given(st.text(max_size=40) | st.sampled_from([*TEXTS[:5], *MARKS, "<0x0A>", "▁", "a  b\n\t%12"]))
def test_any_text_comes_back_and_holds_no_mark(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.decode(ids) == text
    assert not set(ids) & {*TOKENIZER.marks.values(), *TOKENIZER.passes.values()}


def test_samples_come_back_and_digits_are_tokens() -> None:
    answer = Answer("function(sroa),default<Oz>", 1234567890 % 10**9, 7, None, None, TEXTS[1])
    for sample in (Sample(TEXTS[0], answer), PassSample(TEXTS[0], PASS_TEXTS[0], TEXTS[1])):
        tokens = TOKENIZER.encode_sample(sample).tokens
        assert from_text(TOKENIZER.decode(tokens.tolist())) == sample
        assert TOKENIZER.decode(tokens.tolist()) == to_text(sample)
    assert [len(TOKENIZER.encode(digit)) for digit in "0123456789"] == [1] * 10


def test_where_not_all_fits_the_commonest_are_kept() -> None:
    few = borrow_tokenizer(TEXTS, PASS_TEXTS, LEAST + 120)
    assert few.vocab_size == LEAST + 120
    more, most = (sum(map(len, tokenizer.encode_many(TEXTS))) for tokenizer in (few, TOKENIZER))
    assert most < more < 2 * most
    assert borrow_tokenizer(reversed(TEXTS), PASS_TEXTS, LEAST + 120).digest == few.digest


def test_a_vocabulary_without_room_for_passes_is_refused() -> None:
    with pytest.raises(BadTokenizer, match=f"and 256 bytes take {LEAST}"):
        borrow_tokenizer(TEXTS, PASS_TEXTS, LEAST - 1)


def test_without_the_vocabulary_the_way_to_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(general, "distribution", absent)
    with pytest.raises(BadTokenizer, match="pip install"):
        borrow_tokenizer(TEXTS, PASS_TEXTS, LEAST)
