"""An S3 server of this machine, with a bucket, and the environment that leads to it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_STARTS_S = 60.0


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """The address of a bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "PYTHONPATH": str(ROOT),
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server,
    ):
        for name, value in settings.items():
            patch.setenv(name, value)
        try:
            _make_bucket(f"{endpoint}/lakes")
            yield "s3://lakes"
        finally:
            server.terminate()


def _make_bucket(address: str) -> None:
    deadline = time.monotonic() + _STARTS_S
    while True:
        try:
            asked = urllib.request.Request(address, method="PUT")  # noqa: S310  (our own server)
            urllib.request.urlopen(asked).close()  # noqa: S310
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def address(store: str, request: pytest.FixtureRequest) -> str:
    """Where no lake is yet, another place for each test."""
    return f"{store}/{request.node.name.partition('[')[0]}/{os.getpid()}"
