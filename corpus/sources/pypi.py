"""Source distributions of Python packages: the C and C++ of their extension modules.

Nothing of a package is run: its archive is fetched (`sdist.py`) and unpacked (`unpack.py`), and its
extensions are compiled as a tree that was never configured, with Python's own headers.
"""

import json
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

from corpus.sources.archive import Release, refuse_empty, release_units, top_folder
from corpus.sources.base import UNKNOWN_LICENSE, Source, SourceError, TranslationUnit
from corpus.sources.cache import cache_folder
from corpus.sources.copyright import spdx
from corpus.sources.unpack import Unpacked, unpacked

ORIGIN = "pypi"

_NEWEST_IS_FRESH_S = 24 * 3600
_FETCH_WALL_S = 600
_NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:==(?P<version>[\w.!+-]+))?")
_SPDX_OF_CLASSIFIER = {
    "Academic Free License (AFL)": "AFL-3.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}
"""Trove's classifiers under `License :: OSI Approved`; "BSD License" says no variant: the usual."""

_LONGEST_LICENSE_NAME = 40
"""A License field may hold a licence's whole text; only a name is read."""


def sources_of(rest: str, spec: str) -> list[Source]:
    """`pypi:NAME`, `pypi:NAME==VERSION`. Raises SourceError for what is neither."""
    match = _NAME.fullmatch(rest)
    if match is None:
        raise SourceError(f"{spec}: write pypi:NAME or pypi:NAME==VERSION, as pypi:ujson==5.10.0")
    return [PypiSource(match["name"], match["version"] or "")]


class PypiSource:
    """The source distribution of a package: a version, or the newest that the index offers."""

    def __init__(self, name: str, version: str = "") -> None:
        self._requirement = f"{name}=={version}" if version else name
        self._pinned = bool(version)
        self._program = re.sub(r"[-_.]+", "-", name).lower()
        self._unpacked: Unpacked | None = None

    def fetch(self) -> None:
        """Download and unpack it, unless that was done: for a name alone, within a day.

        Raises SourceError: no such package, no source distribution, no C or C++ in it, no network.
        """
        cache = cache_folder("pypi")
        try:
            found = unpacked(self._archive(cache), cache)
        except OSError as error:
            raise SourceError(
                f"{cache}: cannot be used ({error.strerror}); set XDG_CACHE_HOME to a folder"
                " that can be written"
            ) from error
        refuse_empty(found, f"pypi:{self._requirement}")
        self._unpacked = found

    def units(self) -> Iterator[TranslationUnit]:
        """Its C and C++ files in the order of their paths, then what was refused."""
        assert self._unpacked is not None, "fetch() comes first"
        metadata = top_folder(self._unpacked.root) / "PKG-INFO"
        text = metadata.read_text(errors="replace") if metadata.is_file() else ""
        headers = python_headers()
        release = Release(
            program=self._program,
            version=HeaderParser().parsestr(text).get("Version", "").strip(),
            origin=ORIGIN,
            license=license_of(text),
            flags=("-isystem", str(headers)) if headers else (),
            context=f"Python {sysconfig.get_python_version()} " if headers else "",
        )
        yield from release_units(self._unpacked, release)

    def _archive(self, cache: Path) -> Path:
        """The downloaded archive. Raises SourceError and OSError."""
        cache.mkdir(parents=True, exist_ok=True)
        known = cache / f"{self._requirement}.name"
        if known.is_file():
            archive = cache / known.read_text()
            fresh = time.time() - known.stat().st_mtime < _NEWEST_IS_FRESH_S
            if archive.is_file() and (fresh or self._pinned):
                return archive
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as scratch:
            fetched = _download(self._requirement, Path(scratch))
            archive = fetched.rename(cache / fetched.name)
            name = Path(scratch, "name")
            name.write_text(archive.name)
            name.rename(known)
        return archive


def license_of(metadata: str) -> str:
    """The SPDX expression that a package's PKG-INFO declares: as such, classified, or by name."""
    fields = HeaderParser().parsestr(metadata)
    expression = fields.get("License-Expression", "").strip()
    if expression:
        return expression
    classified = [
        _SPDX_OF_CLASSIFIER[name]
        for classifier in fields.get_all("Classifier", [])
        if (name := classifier.rpartition(" :: ")[2].strip()) in _SPDX_OF_CLASSIFIER
    ]
    if classified:
        return " OR ".join(dict.fromkeys(classified))
    name = fields.get("License", "").strip()
    if name.upper() in {"", "UNKNOWN"} or "\n" in name or len(name) > _LONGEST_LICENSE_NAME:
        return UNKNOWN_LICENSE
    return spdx(re.sub(r"(?i)^the |\s+licen[sc]e$", "", name))


def python_headers() -> Path | None:
    """The folder of Python.h: this interpreter's, else one that the system has."""
    candidates = [Path(sysconfig.get_path("include")), *_system_headers()]
    return next((folder for folder in candidates if (folder / "Python.h").is_file()), None)


def _system_headers() -> list[Path]:
    return sorted(Path("/usr/include").glob("python3.*"), reverse=True)


def _download(requirement: str, folder: Path) -> Path:
    program = str(Path(__file__).with_name("sdist.py"))
    try:
        run = subprocess.run(
            [sys.executable, "-I", program, requirement, str(folder)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_FETCH_WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            f"pypi:{requirement}: no end within {_FETCH_WALL_S} s; try again"
        ) from error
    lines = run.stdout.splitlines() or [""]
    try:
        answer = json.loads(lines[-1])
    except ValueError:
        said = (run.stderr.strip().splitlines() or ["no answer"])[-1]
        answer = {"error": f"pip broke down ({said})"}
    if "error" in answer:
        raise SourceError(f"pypi:{requirement}: {answer['error']}")
    return Path(answer["file"])
