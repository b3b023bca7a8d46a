"""A server of OpenAI's completions, as vLLM is one: its models, its answers, its failures."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from trainer.errors import ServerRefused, ServerUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

KEY: Final = "PASSLAKE_SERVER_KEY"
"""The environment's name for what a server wants to see as its `--api-key`."""

_WAIT_S: Final = 600.0
"""For one request: a busy server takes long, and a hanging one must end some time."""

_SHOWN: Final = 200
_OK: Final = 200
_SERVERS_FAULT: Final = 500

Body = dict[str, Any]


class CompletionsServer:
    """One model on one server. `url` is the server's, `name` the model's there."""

    def __init__(self, url: str, name: str | None = None) -> None:
        """Without a name, the only model that the server has.

        Raises ServerRefused and ServerUnreachable.
        """
        self.url = url.rstrip("/").removesuffix("/v1")
        self._client = _client()
        self.name = self._served(name)

    def complete(self, body: Mapping[str, Any]) -> list[Body]:
        """The choices for a request, in the order of its prompts.

        Raises ServerRefused and ServerUnreachable.
        """
        choices = self._request("POST", "/v1/completions", body).get("choices")
        try:
            assert isinstance(choices, list)
            return sorted(choices, key=lambda choice: int(choice["index"]))
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise ServerRefused(f"{self.url} gave no choices: {shown(choices)}") from error

    def _served(self, name: str | None) -> str:
        """The name of the model on the server."""
        models = self._request("GET", "/v1/models", None).get("data")
        try:
            known = [str(one["id"]) for one in models or []]
        except (KeyError, TypeError) as error:
            raise ServerRefused(f"{self.url} gave no models: {shown(models)}") from error
        if name is None and len(known) == 1:
            return known[0]
        if name not in known:
            asked = "--served-name" if name is None else f"--served-name {name}"
            raise ServerRefused(f"{asked}: {self.url} serves {', '.join(known) or 'nothing'}")
        return name

    def _request(self, verb: str, path: str, body: Mapping[str, Any] | None) -> Body:
        import httpx2

        url = self.url + path
        try:
            response = self._client.request(verb, url, json=body)
        except httpx2.InvalidURL as error:
            raise ServerRefused(f"--server {self.url}: {error}") from error
        except httpx2.HTTPError as error:
            why = str(error) or type(error).__name__
            raise ServerUnreachable(
                f"--server {self.url} does not answer ({why}); once it does, the same command"
                " continues"
            ) from error
        if response.status_code >= _SERVERS_FAULT:
            raise ServerUnreachable(
                f"{url} failed with status {response.status_code}: {shown(response.text)}"
            )
        if response.status_code != _OK:
            raise ServerRefused(
                f"{url} refused with status {response.status_code}: {shown(response.text)}"
            )
        try:
            document = response.json()
        except ValueError as error:
            raise ServerRefused(f"{url} gave no JSON: {shown(response.text)}") from error
        if not isinstance(document, dict):
            raise ServerRefused(f"{url} gave no JSON object: {shown(document)}")
        return document


def _client() -> httpx2.Client:
    import httpx2

    key = os.environ.get(KEY)
    return httpx2.Client(
        timeout=_WAIT_S,
        transport=httpx2.HTTPTransport(retries=2),  # of connections, before anything was asked
        headers={"Authorization": f"Bearer {key}"} if key else {},
    )


def shown(what: object) -> str:
    """The beginning of something in one line."""
    text = what if isinstance(what, str) else repr(what)
    return " ".join(text.split())[:_SHOWN]
