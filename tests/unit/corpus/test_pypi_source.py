"""With a folder of archives as the index, as pip's own `find-links` has it: no network."""

import io
import os
import tarfile
import time
from pathlib import Path

import pytest

from corpus.sources import pypi
from corpus.sources.base import SourceError
from corpus.sources.pypi import PypiSource, license_of

SETUP = "import pathlib, sys\npathlib.Path({canary!r}).write_text('run')\n"
CLASSIFIER = "Classifier: License :: OSI Approved :: "


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def release(index: Path, version: str, canary: Path) -> None:
    top = f"hello_c-{version}"
    setup = SETUP.format(canary=str(canary))
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {
        "PKG-INFO": f"Metadata-Version: 2.4\nVersion: {version}\nLicense-Expression: ISC\n\n",
        "pyproject.toml": build,
        "backend.py": setup,
        "setup.py": setup,
        "src/hello.c": "#include <Python.h>\nPyObject *hello(void) { return Py_None; }\n",
    }
    with tarfile.open(index / f"{top}.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))


def test_the_newest_release_is_fetched_and_none_of_it_is_run(index: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    for version in ("1.0", "2.0"):
        release(index, version, canary)
    source = PypiSource("Hello.C")
    source.fetch()
    [unit] = source.units()
    assert (unit.program, unit.version, unit.license) == ("hello-c", "2.0", "ISC")
    assert (unit.path, unit.origin) == ("src/hello.c", "pypi")
    assert not canary.exists()


def test_a_version_is_fetched_once_and_a_name_again_after_a_day(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(index, "1.0", tmp_path / "canary")
    asked = []

    def download(requirement: str, folder: Path) -> Path:
        asked.append(requirement)
        [archive] = index.iterdir()
        (folder / archive.name).write_bytes(archive.read_bytes())
        return folder / archive.name

    monkeypatch.setattr(pypi, "_download", download)
    for _ in range(2):
        PypiSource("hello-c", "1.0").fetch()
        PypiSource("hello-c").fetch()
    assert asked == ["hello-c==1.0", "hello-c"]
    yesterday = time.time() - 25 * 3600
    for name in ("hello-c", "hello-c==1.0"):
        os.utime(tmp_path / "cache" / "passlake" / "pypi" / f"{name}.name", (yesterday, yesterday))
    PypiSource("hello-c", "1.0").fetch()
    PypiSource("hello-c").fetch()
    assert asked == ["hello-c==1.0", "hello-c", "hello-c"]


def test_a_package_that_is_not_there_is_one_clear_line(index: Path) -> None:
    assert list(index.iterdir()) == []
    with pytest.raises(SourceError, match="pypi:hello-c==9: the index has no source") as refused:
        PypiSource("hello-c", "9").fetch()
    assert "\n" not in str(refused.value)


def test_headers_of_python_are_found_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pypi.sysconfig, "get_path", lambda _: str(tmp_path))
    monkeypatch.setattr(pypi, "_system_headers", list)
    assert pypi.python_headers() is None
    (tmp_path / "Python.h").touch()
    assert pypi.python_headers() == tmp_path


@pytest.mark.parametrize(
    ("metadata", "expression"),
    [
        ("License-Expression: MIT AND Zlib\nLicense: x\n", "MIT AND Zlib"),
        (f"{CLASSIFIER}MIT License\nLicense: x\n", "MIT"),
        (f"{CLASSIFIER}MIT License\n{CLASSIFIER}Apache Software License\n", "MIT OR Apache-2.0"),
        ("License: The MIT License\n", "MIT"),
        ("License: Apache-2.0\n", "Apache-2.0"),
        ("License: UNKNOWN\n", "NOASSERTION"),
        (f"License: {'Permission is hereby granted ' * 9}\n", "NOASSERTION"),
        ("", "NOASSERTION"),
    ],
)
def test_a_licence_is_read_from_the_metadata(metadata: str, expression: str) -> None:
    assert license_of(metadata) == expression
