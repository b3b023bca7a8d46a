"""Lists through HTTP: a real server that plays vLLM's protocol, or something else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.trainer.completions_server import Body, Served, choice, completion, serving
from tests.unit.trainer.small_model import (
    CLAMP,
    NOTHING,
    SUM,
    TEXTS,
    save_small_model,
    small_tokenizer,
)
from trainer.completions import KEY, CompletionsServer
from trainer.decoding import Decoding
from trainer.errors import BadCheckpoint, BadDecoding, ServerRefused, ServerUnreachable
from trainer.sample import Answer, Sample
from trainer.served import ServedModel

TOKENIZER = small_tokenizer()
SROA, OZ = TOKENIZER.passes["function(sroa)"], TOKENIZER.passes["default<Oz>"]
BEFORE = TOKENIZER.marks["<|before|>"]
GREEDY = Decoding()


def says(*tokens: int, finish: str = "stop") -> Any:  # noqa: ANN401
    """Plays of a server that says the same to every prompt."""

    def complete(body: Body) -> Body:
        number = body["n"] * len(body["prompt"])
        return completion(
            [choice(one, [*tokens], [-0.5] * len(tokens), finish) for one in range(number)]
        )

    return complete


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(says(SROA, BEFORE)) as server:
        yield server


def model(served: Served, decoding: Decoding = GREEDY, context: int = 512) -> ServedModel:
    return ServedModel(
        CompletionsServer(served.url),
        TOKENIZER,
        decoding,
        model_id="m0",
        context=context,
        seed=7,
    )


def test_prompts_go_as_tokens_and_answers_come_back_to_their_texts(served: Served) -> None:
    """Only passes and what may end a list are allowed; no server owes an order."""
    passes = list(TOKENIZER.passes.values())
    served.complete = lambda body: completion(
        [
            choice(place, [passes[place], BEFORE], [-1.0, -1.0])
            for place in reversed(range(len(body["prompt"])))
        ]
    )
    texts = sorted(TEXTS, key=len)
    found = model(served).answer(texts)
    assert [one.pass_list for (one,) in found] == list(TOKENIZER.passes)[: len(texts)]
    (asked,) = served.asked
    assert asked["prompt"] == [TOKENIZER.encode_prompt(text) for text in texts]
    assert (asked["model"], asked["temperature"], asked["n"]) == ("mine", 0, 1)
    assert set(asked["allowed_token_ids"]) == {*passes, *TOKENIZER.marks.values()}
    assert asked["return_tokens_as_token_ids"]


def test_what_a_server_says_is_read_as_a_list_with_its_probability(served: Served) -> None:
    served.complete = says(SROA, OZ, BEFORE)
    ((one,),) = model(served).answer([CLAMP])
    assert one.pass_list.split(",") == ["function(sroa)", "default<Oz>"]
    assert one.log_probability == pytest.approx(-1.5)
    assert one.understood


def test_a_stop_token_may_be_left_out_of_the_answer(served: Served) -> None:
    served.complete = says(SROA)
    ((one,),) = model(served).answer([CLAMP])
    assert (one.pass_list, one.understood) == ("function(sroa)", True)


@pytest.mark.parametrize(
    "complete",
    [
        says(SROA, finish="length"),
        says(BEFORE),
        says(OZ, OZ, BEFORE),
        says(*[SROA] * 25, BEFORE),
        says(),
        lambda _: completion([{"index": 0, "text": "sroa", "logprobs": None}]),
        lambda _: completion([{**choice(0, [SROA], [-1.0]), "logprobs": {"tokens": ["x"]}}]),
        lambda _: completion([choice(0, [SROA, BEFORE], [-1.0])]),
    ],
)
def test_what_is_no_list_is_oz_and_counted(served: Served, complete: Any) -> None:  # noqa: ANN401
    served.complete = complete
    ((one,),) = model(served).answer([CLAMP])
    assert (one.pass_list, one.understood, one.fits) == ("default<Oz>", False, True)


def test_drawn_samples_come_once_each_the_likeliest_first(served: Served) -> None:
    def complete(body: Body) -> Body:
        assert (body["n"], body["temperature"], body["seed"]) == (4, 1.0, 7)
        return completion(
            [
                choice(0, [OZ, BEFORE], [-2.0, 0.0]),
                choice(1, [SROA, BEFORE], [-1.0, 0.0]),
                choice(2, [OZ, BEFORE], [-2.0, 0.0]),
                choice(3, [BEFORE], [-9.0]),
            ]
        )

    served.complete = complete
    (found,) = model(served, Decoding.named("sampled:4")).answer([CLAMP])
    assert [(one.pass_list, one.log_probability) for one in found] == [
        ("function(sroa)", -1.0),
        ("default<Oz>", -2.0),
    ]
    assert not any(one.understood for one in found)


def test_whole_answers_are_read_with_counts_ir_and_confidence(served: Served) -> None:
    answer = Answer("function(sroa)", 3, 1, optimised_text=NOTHING)
    encoded = TOKENIZER.encode_sample(Sample(CLAMP, answer))
    start = len(TOKENIZER.encode_prompt(CLAMP))
    served.complete = says(*[int(token) for token in encoded.tokens[start:]])
    ((one,),) = model(served, Decoding.named("greedy", full=True)).answer([CLAMP])
    assert (one.instructions_before, one.instructions_after, one.text) == (3, 1, NOTHING)
    assert one.confidence == 1
    assert "allowed_token_ids" not in served.asked[0]
    assert served.asked[0]["max_tokens"] == 512 - start
    served.complete = says(SROA, BEFORE, TOKENIZER.end_id)
    ((bad,),) = model(served, Decoding.named("greedy", full=True)).answer([CLAMP])
    assert not bad.understood


def test_marks_and_passes_by_name_are_understood_too(served: Served) -> None:
    """As servers say that know no `return_tokens_as_token_ids`."""
    one = choice(0, [SROA, BEFORE], [-1.0, -0.1])
    one["logprobs"]["tokens"] = ["<|function(sroa)|>", "<|before|>"]
    served.complete = lambda _: completion([one])
    ((found,),) = model(served).answer([CLAMP])
    assert found.pass_list.split(",") == ["function(sroa)"]


def test_a_prompt_that_does_not_fit_is_not_sent(served: Served) -> None:
    served.complete = says(SROA, BEFORE)
    fits = len(TOKENIZER.encode_prompt(NOTHING)) + 25
    found = model(served, context=fits).answer([SUM, NOTHING])
    assert [one.fits for (one,) in found] == [False, True]
    assert [one.pass_list for (one,) in found] == ["default<Oz>", "function(sroa)"]
    assert len(served.asked[0]["prompt"]) == 1


def test_many_prompts_go_in_requests_of_some(served: Served) -> None:
    served.complete = says(SROA, BEFORE)
    found = model(served).answer([NOTHING] * 130)
    assert len(found) == 130
    assert [len(asked["prompt"]) for asked in served.asked] == [64, 64, 2]


def test_a_model_that_the_server_does_not_have_is_named(served: Served) -> None:
    with pytest.raises(ServerRefused, match=r"--served-name other: .* serves mine"):
        CompletionsServer(served.url, "other")
    served.models = ["a", "b"]
    with pytest.raises(ServerRefused, match="serves a, b"):
        CompletionsServer(served.url)
    assert CompletionsServer(served.url + "/v1/", "b").name == "b"


def test_a_key_from_the_environment_is_shown_to_the_server(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    CompletionsServer(served.url)
    monkeypatch.setenv(KEY, "open sesame")
    CompletionsServer(served.url)
    assert served.keys == [None, "Bearer open sesame"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, {"message": "too long"}, "refused with status 400: .*too long"),
        (200, b"<html>", "no JSON"),
        (200, ["?"], "no JSON object"),
        (200, {"choices": None}, "no choices"),
        (200, {"choices": [{}]}, "no choices"),
        (200, {"choices": []}, "0 answers to 1 prompts"),
    ],
)
def test_a_server_that_says_something_else_is_refused_in_one_line(
    served: Served,
    status: int,
    body: Any,  # noqa: ANN401
    said: str,
) -> None:
    asking = model(served)
    served.complete = lambda _: body
    served.status = status
    with pytest.raises(ServerRefused, match=said):
        asking.answer([CLAMP])


def test_a_server_that_fails_or_is_not_there_is_told_apart_from_one_that_refuses(
    served: Served,
) -> None:
    asking = model(served)
    served.status = 503
    with pytest.raises(ServerUnreachable, match="status 503"):
        asking.answer([CLAMP])
    with pytest.raises(ServerUnreachable, match="does not answer"):
        CompletionsServer("http://127.0.0.1:1")
    with pytest.raises(ServerRefused, match="--server"):
        CompletionsServer("http://127.0.0.1:port")


def test_priority_sampling_is_not_for_servers(served: Served) -> None:
    with pytest.raises(BadDecoding, match="sampled:N"):
        model(served, Decoding.named("priority:3"))


def test_a_saved_model_gives_tokenizer_context_and_name(served: Served, tmp_path: Path) -> None:
    model_id = save_small_model(tmp_path / "model", context=99)
    one = ServedModel.of(tmp_path / "model", served.url, None, GREEDY, seed=0)
    assert one.model_id == model_id
    served.complete = says(SROA, BEFORE)
    assert [each.fits for (each,) in one.answer([SUM, NOTHING])] == [False, True]
    (tmp_path / "model/config.json").write_text(json.dumps({}))
    with pytest.raises(BadCheckpoint, match=r"config\.json"):
        ServedModel.of(tmp_path / "model", served.url, None, GREEDY, seed=0)
