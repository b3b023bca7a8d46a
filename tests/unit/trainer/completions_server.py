"""A server of completions on this machine, for tests: it answers as vLLM does, by a table."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Complete = Callable[[Body], Any]


class Served:
    """What a server was asked, and where it is; `status` is what it answers with."""

    def __init__(self, complete: Complete) -> None:
        self.complete = complete
        self.asked: list[Body] = []
        self.keys: list[str | None] = []
        self.models = ["mine"]
        self.status = 200
        self.url = ""


@contextmanager
def serving(complete: Complete) -> Iterator[Served]:
    """Serve on a free port of the loopback interface until the block ends."""
    served = Served(complete)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.keys.append(self.headers.get("Authorization"))
            self._say({"object": "list", "data": [{"id": name} for name in served.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            served.asked.append(body)
            self._say(served.complete(body))

        def _say(self, document: Any) -> None:  # noqa: ANN401
            said = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(served.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def choice(index: int, tokens: list[int], logs: list[float], finish: str = "stop") -> Body:
    """One choice, in the fields of vLLM 0.26."""
    return {
        "index": index,
        "text": "".join(f"<{token}>" for token in tokens),
        "logprobs": {
            "text_offset": list(range(len(tokens))),
            "token_logprobs": logs,
            "tokens": [f"token_id:{token}" for token in tokens],
            "top_logprobs": [{f"token_id:{t}": log} for t, log in zip(tokens, logs, strict=False)],
        },
        "finish_reason": finish,
        "stop_reason": tokens[-1] if tokens and finish == "stop" else None,
        "prompt_logprobs": None,
    }


def completion(choices: list[Body]) -> Body:
    """A whole answer."""
    return {"id": "cmpl-1", "object": "text_completion", "model": "mine", "choices": choices}
