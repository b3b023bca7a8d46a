"""Samples: record and text are each other's image, whatever strings the IR holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.llvm.passes import PassSpace
from trainer.errors import BadAnswer, BadSample
from trainer.labels import Label
from trainer.sample import (
    MARKS,
    Answer,
    PassSample,
    Sample,
    SampleFormat,
    answer_of,
    escaped,
    from_text,
    pass_mark,
    to_text,
    unescaped,
)

PASS_TEXTS = [one.text for one in PassSpace.load().passes]

# What could be taken for a mark is drawn far more often than chance would.
irs = st.lists(
    st.one_of(
        st.text(max_size=5),
        st.sampled_from([*MARKS, "<|", "|>", "<\\|", "<", "\\", "|", pass_mark("default<Oz>")]),
    ),
    max_size=6,
).map("".join)
counts = st.none() | st.tuples(st.integers(0, 10**9 - 1), st.integers(0, 10**9 - 1))
lists = st.none() | st.lists(st.sampled_from(PASS_TEXTS), max_size=5).map(",".join)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    before, after = draw(counts) or (None, None)
    bytes_before, bytes_after = draw(counts) or (None, None)
    return Answer(draw(lists), before, after, bytes_before, bytes_after, draw(st.none() | irs))


samples = st.one_of(
    st.builds(Sample, irs, answers()),
    st.builds(PassSample, irs, st.sampled_from(PASS_TEXTS), irs),
)


@given(samples)
def test_a_sample_comes_back_from_its_text(sample: Sample | PassSample) -> None:
    assert from_text(to_text(sample)) == sample


@given(irs)
def test_escaped_ir_holds_no_mark_and_comes_back(ir: str) -> None:
    assert "<|" not in escaped(ir)
    assert unescaped(escaped(ir)) == ir


@given(irs)
def test_what_is_no_sample_is_refused_or_comes_back(text: str) -> None:
    try:
        sample = from_text(text)
    except BadSample:
        return
    assert to_text(sample) == text


def test_a_sample_reads_as_the_manual_says() -> None:
    answer = Answer("function(sroa),default<Oz>", 39, 17, optimised_text="ret\n")
    assert to_text(Sample("define\n", answer)) == (
        "define\n<|passes|><|function(sroa)|><|default<Oz>|><|before|>39<|after|>17"
        "<|optimised|>ret\n<|end|>"
    )
    assert to_text(PassSample("define\n", "function(sroa)", "ret\n")) == (
        "define\n<|apply|><|function(sroa)|><|optimised|>ret\n<|end|>"
    )


LABEL = Label(
    function_id="f1",
    program="p",
    origin="csmith",
    split="train",
    text="text",
    ir="ir",
    instructions=39,
    object_bytes=100,
    pass_list="function(sroa)",  # noqa: S106  (no password)
    optimised_instructions=17,
    optimised_object_bytes=50,
    oz_instructions=18,
    oz_object_bytes=52,
    oz_plain_instructions=19,
    optimised_text="after",
    gate="agreed",
    stable=True,
)


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        (SampleFormat(), Answer("function(sroa)", 39, 17, None, None, "after")),
        (SampleFormat(optimised_ir=False), Answer("function(sroa)", 39, 17)),
        (SampleFormat(counts=False, optimised_ir=False), Answer("function(sroa)")),
        (SampleFormat(object_bytes=True), Answer("function(sroa)", 39, 17, 100, 50, "after")),
    ],
)
def test_each_auxiliary_can_be_left_out(what: SampleFormat, answer: Answer) -> None:
    assert Sample.of(LABEL).only(what) == Sample("text", answer)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        "<|passes|>",
        "<|passes|>no mark<|end|>",
        "<|passes|><|function(sroa)|>",
        "<|passes|><|end|>behind",
        "<|before|>1<|after|>2<|passes|><|end|>",
        "<|after|>2<|before|>1<|end|>",
        "<|before|>1<|end|>",
        "<|before|>01<|after|>2<|end|>",
        "<|before|>-1<|after|>2<|end|>",
        "<|before|>" + "9" * 5000 + "<|after|>2<|end|>",
        "<|passes|><|function(|><|end|>",
        "<|end|><|end|>",
        "<|pad|><|end|>",
    ],
)
def test_what_is_no_answer_is_refused(text: str) -> None:
    with pytest.raises(BadAnswer):
        answer_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "no mark",
        "ir<|apply|><|optimised|>ir<|end|>",
        "ir<|apply|><|a,b|><|optimised|>ir<|end|>",
        "ir<|apply|><|a|>text<|optimised|>ir<|end|>",
        "ir<|passes|><|a,b|><|end|>",
        "<\\||passes|>",
    ],
)
def test_what_is_no_sample_is_refused(text: str) -> None:
    with pytest.raises(BadSample):
        from_text(text)


@pytest.mark.parametrize(
    "values",
    [
        {"before": 1},
        {"before": 1, "after": -1},
        {"bytes_after": 1},
        {"pass_list": "function(sroa"},
        {"pass_list": "function(sroa), function(gvn)"},
    ],
)
def test_an_answer_that_cannot_be_said_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadAnswer):
        Answer(**values)  # type: ignore[arg-type]
