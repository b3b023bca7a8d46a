"""Object stores of this machine, each with a bucket, and the environment that leads to them.

S3 is moto's server. Azure's is Azurite of 3.37 or newer (older ones list from the beginning,
whatever they are asked), in the environment or on the path; the tests on it are skipped without it:

    npm install --prefix .venv/azurite azurite@3.37.0

In the place of Google's there is a stand-in of ours.
"""

import base64
import hashlib
import hmac
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_STARTS_S = 60.0

AZURITE = shutil.which(
    "azurite-blob", path=f"{sys.prefix}/azurite/node_modules/.bin:{os.environ['PATH']}"
)
_ACCOUNT = "devstoreaccount1"  # and its key, as Azurite's manual has them
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def _serving(
    command: Sequence[str], settings: Mapping[str, str], bucket: urllib.request.Request
) -> Iterator[None]:
    """A server with a bucket, and the environment that leads to it, for the length of the block."""
    with (
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server,
    ):
        for name, value in {**settings, "PYTHONPATH": str(ROOT)}.items():
            patch.setenv(name, value)
        try:
            _ask(bucket)
            yield
        finally:
            server.terminate()


def _ask(asked: urllib.request.Request) -> None:
    deadline = time.monotonic() + _STARTS_S
    while True:
        try:
            urllib.request.urlopen(asked).close()  # noqa: S310  (our own server)
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a bucket."""
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    settings = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    bucket = urllib.request.Request(f"{endpoint}/lakes", method="PUT")  # noqa: S310
    with _serving(command, settings, bucket):
        yield "s3://lakes"


@pytest.fixture(scope="session")
def az(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a container."""
    if AZURITE is None:
        pytest.skip("no azurite-blob: npm install --prefix .venv/azurite azurite@3.37.0")
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    settings = {
        "AZURE_STORAGE_ACCOUNT_NAME": _ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": _KEY,
        "AZURE_STORAGE_ENDPOINT": endpoint,
        "AZURE_ALLOW_HTTP": "true",
    }
    folder = str(tmp_path_factory.mktemp("azurite"))
    # Its version of the protocol lags behind the one that clients ask for.
    options = ["--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", folder]
    command = [AZURITE, *options, "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    with _serving(command, settings, _make_container(endpoint)):
        yield "az://lakes"


@pytest.fixture(scope="session")
def gs() -> Iterator[str]:
    """The address of a bucket."""
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    keys = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
    account = {"gcs_base_url": endpoint, "disable_oauth": True, **keys}
    command = [sys.executable, str(Path(__file__).with_name("google_server.py")), str(port)]
    bucket = urllib.request.Request(f"{endpoint}/lakes")  # noqa: S310
    with _serving(command, {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}, bucket):
        yield "gs://lakes"


def _make_container(endpoint: str) -> urllib.request.Request:
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": now, "x-ms-version": "2021-08-06"}
    told = "\n".join(f"{name}:{value}" for name, value in headers.items())
    text = f"PUT{chr(10) * 12}{told}\n/{_ACCOUNT}/{_ACCOUNT}/lakes\nrestype:container"
    digest = hmac.new(base64.b64decode(_KEY), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
    address = f"{endpoint}/lakes?restype=container"
    return urllib.request.Request(address, method="PUT", headers=headers)  # noqa: S310


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """The address of a bucket in the kind of store that a test asks for."""
    address: str = request.getfixturevalue(getattr(request, "param", "s3"))
    return address


@pytest.fixture
def address(store: str, request: pytest.FixtureRequest) -> str:
    """Where no lake is yet, another place for each test."""
    return f"{store}/{request.node.name.partition('[')[0]}/{os.getpid()}"
