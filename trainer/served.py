"""Lists from a model on a server: vLLM, or any that speaks OpenAI's completions.

    vllm serve FOLDER --served-model-name mine
    passlake predict --model FOLDER --server http://127.0.0.1:8000 --served-name mine

Prompts go as tokens, so the server's reading of marks plays no part, and answers come back as
tokens: vLLM says `token_id:17` where `return_tokens_as_token_ids` is asked for. A pass is one
token, so a list needs no grammar over characters (structured outputs by regular expression, which
see no special tokens): `allowed_token_ids` are the passes and what may end a list. What comes back
is read strictly all the same, since a server may ignore what it does not know: what is no list is
counted and answered with `default<Oz>`.

That the server has the model of the folder is its owner's word; the folder gives the tokenizer and
the model's name in the tables.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from corpus.llvm.baselines import OZ
from trainer.answering import Prediction
from trainer.answers import confidence
from trainer.completions import Body, CompletionsServer, shown
from trainer.constraint import MOST_PASSES, ListGrammar
from trainer.decode import NOT_ASKED
from trainer.decoding import PRIORITY, SAMPLED, Decoding
from trainer.errors import BadAnswer, BadCheckpoint, BadDecoding, ServerRefused
from trainer.model import read_info
from trainer.tokenizer import IrTokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_PROMPTS: Final = 64
"""Prompts in one request: the server batches them as it likes."""

_WHOLE: Final = 16
"""The same for whole answers, which take long and want prompts of like length."""

_TOKEN_ID: Final = "token_id:"  # noqa: S105 - a token of text


class ServedModel:
    """An `Answerer` through HTTP."""

    on_gpu = False
    """The server's time is not ours to count."""

    def __init__(  # noqa: PLR0913 - what is asked, and of whom
        self,
        server: CompletionsServer,
        tokenizer: IrTokenizer,
        decoding: Decoding,
        *,
        model_id: str,
        context: int,
        seed: int = 0,
    ) -> None:
        """`context` is in tokens. Raises BadDecoding."""
        if decoding.kind == PRIORITY:
            raise BadDecoding(
                f"--decoding {decoding.name} needs the network's probabilities at each step: with"
                f" --server there are greedy and {SAMPLED}:N"
            )
        self.model_id = model_id
        self._server = server
        self._tokenizer = tokenizer
        self._grammar = ListGrammar(tokenizer)
        self._entries = {token: entry for entry, token in enumerate(self._grammar.tokens)}
        self._context = context
        self._decoding = decoding
        self._seed = seed

    @classmethod
    def of(
        cls, folder: Path, base_url: str, served_name: str | None, decoding: Decoding, *, seed: int
    ) -> ServedModel:
        """The model that was saved in a folder, on a server.

        Raises ServerRefused and ServerUnreachable, and ModelMissing, BadCheckpoint or BadTokenizer
        where the folder is none.
        """
        info = read_info(folder)
        try:
            config = json.loads((folder / "config.json").read_bytes())
            context = int(config["max_position_embeddings"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadCheckpoint(f"{folder / 'config.json'} is no model's: {error}") from error
        return cls(
            CompletionsServer(base_url, served_name),
            IrTokenizer.load(folder),
            decoding,
            model_id=str(info["model_id"]),
            context=context,
            seed=seed,
        )

    def answer(self, texts: Sequence[str]) -> list[list[Prediction]]:
        """As the protocol says. Raises ServerRefused and ServerUnreachable."""
        answers = [[Prediction.of_list(NOT_ASKED)] for _ in texts]
        prompts = [self._tokenizer.encode_prompt(text) for text in texts]
        fitting = [
            place
            for place, prompt in enumerate(prompts)
            if len(prompt) + MOST_PASSES + 1 <= self._context
        ]
        # A request has one limit for all its answers: the room behind its longest prompt.
        fitting.sort(key=lambda place: len(prompts[place]))
        size = _WHOLE if self._decoding.full else _PROMPTS
        for start in range(0, len(fitting), size):
            some = fitting[start : start + size]
            choices = self._asked([prompts[place] for place in some])
            for place, said in zip(some, choices, strict=True):
                answers[place] = self._understood(texts[place], said)
        return answers

    def _asked(self, prompts: Sequence[Sequence[int]]) -> list[list[Body]]:
        """The choices for each prompt."""
        number = self._decoding.samples
        body: Body = {
            "model": self._server.name,
            "prompt": [list(prompt) for prompt in prompts],
            "n": number,
            "temperature": 1.0 if self._decoding.kind == SAMPLED else 0.0,
            "seed": self._seed,
            "logprobs": 1,
            "return_tokens_as_token_ids": True,
            "skip_special_tokens": False,
        }
        if self._decoding.full:
            body["max_tokens"] = self._context - max(map(len, prompts))
            body["stop_token_ids"] = [self._tokenizer.end_id]
        else:
            ends = sorted(self._tokenizer.marks.values())
            body["max_tokens"] = MOST_PASSES + 1
            body["stop_token_ids"] = ends
            body["allowed_token_ids"] = sorted({*self._grammar.tokens, *ends})
        choices = self._server.complete(body)
        if len(choices) != number * len(prompts):
            raise ServerRefused(
                f"{self._server.url} gave {len(choices)} answers to {len(prompts)} prompts that ask"
                f" for {number} each"
            )
        return [choices[start : start + number] for start in range(0, len(choices), number)]

    def _understood(self, text: str, choices: Sequence[Body]) -> list[Prediction]:
        """What choices say: each list once, the likeliest first; -Oz where none says anything."""
        found: dict[str, Prediction] = {}
        all_understood = True
        for choice in choices:
            try:
                one = self._read(text, choice)
            except BadAnswer:
                all_understood = False
            else:
                found.setdefault(one.pass_list, one)
        if not found:
            return [Prediction(OZ, 0.0, understood=False)]
        best_first = sorted(found.values(), key=lambda one: -one.log_probability)
        return [replace(one, understood=all_understood) for one in best_first]

    def _read(self, text: str, choice: Body) -> Prediction:
        """The answer of one choice. Raises BadAnswer."""
        tokens, logs = self._tokens(choice)
        length = next(
            (place for place, one in enumerate(tokens) if one not in self._entries), len(tokens)
        )
        if length == len(tokens) and choice.get("finish_reason") != "stop":
            raise BadAnswer("a list without an end")
        entries = [self._entries[one] for one in tokens[:length]]
        if not self._grammar.accepts(entries):
            raise BadAnswer("no list, or one with a level twice")
        pass_list = self._grammar.text(entries)
        log_probability = float(sum(logs[: length + 1]))
        if not self._decoding.full:
            return Prediction(pass_list, log_probability)
        ended = (
            tokens if tokens[-1] == self._tokenizer.end_id else [*tokens, self._tokenizer.end_id]
        )
        if choice.get("finish_reason") != "stop":
            raise BadAnswer("an answer without an end")
        answer = self._tokenizer.decode_answer(ended)
        return Prediction(
            pass_list,
            log_probability,
            instructions_before=answer.before,
            instructions_after=answer.after,
            text=answer.optimised_text,
            confidence=confidence(text, answer),
        )

    def _tokens(self, choice: Body) -> tuple[list[int], list[float]]:
        """The tokens of a choice with their log-probabilities. Raises BadAnswer."""
        try:
            said = choice["logprobs"]["tokens"]
            logs = [float(log) for log in choice["logprobs"]["token_logprobs"]]
            tokens = [self._token(one) for one in said]
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"no tokens in a choice: {shown(choice)}") from error
        if not tokens or len(logs) != len(tokens):
            raise BadAnswer(f"no probability for each token: {shown(choice)}")
        return tokens, logs

    def _token(self, said: str) -> int:
        """`token_id:17`, or, of servers that do not know that, the mark or pass itself."""
        if said.startswith(_TOKEN_ID):
            return int(said.removeprefix(_TOKEN_ID))
        return self._tokenizer.passes.get(said[2:-2], self._tokenizer.marks.get(said, -1))
