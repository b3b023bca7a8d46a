"""The tokenizer: any string comes back, passes and marks are tokens, and others open it alike."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, LlamaConfig

from corpus.golden import golden_functions
from corpus.llvm.passes import PassSpace
from corpus.normalise import normalise
from trainer.errors import BadAnswer, BadTokenizer, NoRoom, UnknownPass
from trainer.sample import (
    END,
    MARKS,
    Answer,
    Part,
    PassSample,
    Sample,
    SampleFormat,
    pass_mark,
    to_text,
)
from trainer.tokenizer import IrTokenizer, train_tokenizer

PASS_TEXTS = [one.text for one in PassSpace.load().passes]
TEXTS = [normalise(one.ir) for one in golden_functions()] * 4
VOCABULARY = len(PASS_TEXTS) + 1024
TOKENIZER = train_tokenizer(TEXTS, PASS_TEXTS, VOCABULARY)
WHOLE = SampleFormat(object_bytes=True)

irs = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            [
                *MARKS,
                pass_mark("default<Oz>"),
                "<|",
                "\n%12 = load i32, ptr %3",
                "\n",
                "i32",
                "@llvm.a",
            ]
        ),
        st.integers(0, 10**12).map(str),
    ),
    max_size=6,
).map("".join)
lists = st.lists(st.sampled_from(PASS_TEXTS), max_size=5).map(",".join)
answers = st.builds(
    Answer, lists, st.just(12), st.just(7), st.just(300), st.just(45), st.none() | irs
)
samples = st.one_of(
    st.builds(Sample, irs, answers),
    st.builds(PassSample, irs, st.sampled_from(PASS_TEXTS), irs),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokenizer") / "saved"
    TOKENIZER.save(folder)
    return folder


@pytest.fixture(scope="module")
def opened(saved: Path) -> object:
    """The saved tokenizer as any program opens it."""
    return AutoTokenizer.from_pretrained(saved)


@given(irs)
def test_any_text_comes_back_and_holds_no_mark(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.decode(ids) == text
    assert not {TOKENIZER.marks[one] for one in MARKS} & set(ids)
    assert not set(TOKENIZER.passes.values()) & set(ids)


@given(st.lists(irs, max_size=4))
def test_many_texts_are_encoded_as_each_alone(texts: list[str]) -> None:
    assert TOKENIZER.encode_many(texts) == [TOKENIZER.encode(one) for one in texts]


@given(samples)
def test_a_sample_comes_back_from_its_tokens(sample: Sample | PassSample) -> None:
    encoded = TOKENIZER.encode_sample(sample, WHOLE)
    assert TOKENIZER.decode(encoded.tokens) == to_text(sample)
    assert len(encoded) == len(encoded.parts)


@given(irs, answers)
def test_an_answer_comes_back_from_what_follows_the_prompt(text: str, answer: Answer) -> None:
    encoded = TOKENIZER.encode_sample(Sample(text, answer), WHOLE)
    prompt = TOKENIZER.encode_prompt(text)
    assert encoded.tokens[: len(prompt)].tolist() == prompt
    assert TOKENIZER.decode_answer(encoded.tokens[len(prompt) :]) == answer


@given(samples)
def test_another_program_encodes_a_samples_text_to_the_same_tokens(
    opened: object, sample: Sample | PassSample
) -> None:
    ids = opened(to_text(sample))["input_ids"]  # type: ignore[operator]
    assert ids == TOKENIZER.encode_sample(sample, WHOLE).tokens.tolist()


def test_another_program_knows_padding_and_end(opened: object) -> None:
    assert opened.pad_token_id == TOKENIZER.pad_id  # type: ignore[attr-defined]
    assert opened.eos_token_id == TOKENIZER.end_id  # type: ignore[attr-defined]
    assert len(opened) == TOKENIZER.vocab_size  # type: ignore[arg-type]


def test_another_program_opens_it_beside_a_llama(saved: Path) -> None:
    LlamaConfig(vocab_size=TOKENIZER.vocab_size).save_pretrained(saved)
    beside = AutoTokenizer.from_pretrained(saved)
    assert [beside(one)["input_ids"] for one in TEXTS] == TOKENIZER.encode_many(TEXTS)


def test_every_pass_and_mark_is_one_token_and_the_list_ends_with_no_pass() -> None:
    answer = Answer(",".join(PASS_TEXTS), 12, 7, optimised_text="ret\n")
    encoded = TOKENIZER.encode_sample(Sample("define\n", answer))
    ids = encoded.tokens[encoded.parts == Part.LIST].tolist()
    assert ids == [TOKENIZER.passes[one] for one in PASS_TEXTS]
    assert len(set(ids)) == len(PASS_TEXTS)
    after_list = encoded.tokens.tolist().index(ids[-1]) + 1
    assert encoded.tokens[after_list] == TOKENIZER.marks["<|before|>"]
    parts = [Part(part) for part in dict.fromkeys(encoded.parts.tolist())]
    assert parts == [Part.PROMPT, Part.LIST, Part.COUNTS, Part.IR, Part.END]
    assert encoded.tokens[-1] == TOKENIZER.end_id


@given(st.integers(0, 10**18))
def test_a_number_is_one_token_a_digit(number: int) -> None:
    before, after = TOKENIZER.encode("store i64 "), TOKENIZER.encode(", ptr %")
    ids = TOKENIZER.encode(f"store i64 {number}, ptr %{number}")
    digits = [TOKENIZER.encode(digit)[0] for digit in str(number)]
    assert ids == [*before, *digits, *after, *digits]


def test_but_for_types_and_intrinsics_no_token_holds_a_digit_and_more() -> None:
    words = re.compile(r"(?<![\w.%@$-])i(1|8|16|32|64|128)(?![\w.])|@llvm[.\w]*")
    texts = [words.sub("word", text) for text in TEXTS]
    tokens = {TOKENIZER.decode([one]) for ids in TOKENIZER.encode_many(texts) for one in ids}
    assert {one for one in tokens if re.search(r"\d", one)} == set("0123456789")


def test_the_phrases_of_ir_are_single_tokens() -> None:
    assert len(TOKENIZER.encode("\n%7 = load i32, ptr %2, align 4")) == 6


def test_training_is_the_same_whatever_the_order_and_depends_on_the_texts() -> None:
    again = train_tokenizer(reversed(TEXTS), PASS_TEXTS, VOCABULARY)
    assert again.digest == TOKENIZER.digest
    assert train_tokenizer(TEXTS[:5], PASS_TEXTS, VOCABULARY).digest != TOKENIZER.digest


def test_of_more_texts_than_are_learned_from_the_seed_draws() -> None:
    def digest(texts: list[str], seed: int) -> str:
        return train_tokenizer(texts, [], 600, seed, most_characters=60_000).digest

    assert digest(TEXTS, 1) == digest(TEXTS[::-1], 1)
    assert digest(TEXTS, 1) != digest(TEXTS, 2)


def test_the_vocabulary_is_as_large_as_asked_and_reserved_tokens_fill_it() -> None:
    large = train_tokenizer(TEXTS, PASS_TEXTS, 32_000)
    assert large.vocab_size == 32_000
    assert large.reserved > 20_000
    small = train_tokenizer(TEXTS, [], 600)
    assert (small.vocab_size, small.reserved) == (600, 0)


def test_a_vocabulary_without_room_for_passes_is_refused() -> None:
    with pytest.raises(BadTokenizer, match="too small"):
        train_tokenizer(TEXTS, PASS_TEXTS, 300)


def test_a_list_with_an_unknown_pass_is_refused_by_name() -> None:
    with pytest.raises(UnknownPass, match=r"function\(no-such\)"):
        TOKENIZER.encode_sample(Sample("define\n", Answer("function(no-such)")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12<|end|>",
        "<|before|>12<|after|>7",
        "<|before|><|after|>7<|end|>",
        "<|optimised|>ret\n<|before|>12<|after|>7<|end|>",
        "<|before|>12<|after|>7<|function(sroa)|><|end|>",
    ],
)
def test_tokens_that_are_no_answer_are_refused(opened: object, text: str) -> None:
    ids = opened(text)["input_ids"]  # type: ignore[operator]
    with pytest.raises(BadAnswer):
        TOKENIZER.decode_answer(ids)


def test_an_answer_with_text_like_a_mark_is_refused() -> None:
    ids = [TOKENIZER.marks["<|optimised|>"], *TOKENIZER.encode("<|end|>"), TOKENIZER.end_id]
    with pytest.raises(BadAnswer, match="escaped"):
        TOKENIZER.decode_answer(ids)


def test_what_comes_behind_the_end_mark_does_not_matter() -> None:
    assert TOKENIZER.decode_answer([TOKENIZER.end_id, *TOKENIZER.encode("x")]) == Answer("")


def test_a_saved_tokenizer_is_the_same_when_loaded(saved: Path) -> None:
    loaded = IrTokenizer.load(saved)
    assert loaded.digest == TOKENIZER.digest
    assert loaded.passes == TOKENIZER.passes
    assert loaded.marks == TOKENIZER.marks
    assert loaded.encode_many(TEXTS) == TOKENIZER.encode_many(TEXTS)


def break_text(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(path.read_text().replace("align", "alogn", 1))


def cut_text(folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:1000])


def drop_digest(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{}")


def drop_config(folder: Path) -> None:
    (folder / "tokenizer_config.json").unlink()


def other_tokenizer(folder: Path) -> None:
    path = folder / "tokenizer.json"
    values = json.loads(path.read_text())
    values["added_tokens"] = []
    path.write_text(json.dumps(values))


@pytest.mark.parametrize(
    "damage", [break_text, cut_text, drop_digest, drop_config, other_tokenizer]
)
def test_a_damaged_tokenizer_is_refused_in_one_line(tmp_path: Path, damage: object) -> None:
    TOKENIZER.save(tmp_path / "t")
    damage(tmp_path / "t")  # type: ignore[operator]
    with pytest.raises(BadTokenizer) as caught:
        IrTokenizer.load(tmp_path / "t")
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(NoRoom, match="no room left"):
        TOKENIZER.save(tmp_path / "t")


def test_the_end_mark_is_the_end() -> None:
    assert TOKENIZER.decode([TOKENIZER.end_id]) == END
