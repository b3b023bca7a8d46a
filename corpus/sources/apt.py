"""apt as any user may run it: with its lists, cache and repositories in a folder of his own.

Nothing under /etc or /var is changed. The repositories are the machine's own, turned into
repositories of sources.
"""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

from corpus.sources.base import SourceError

_LISTS_ARE_FRESH_S = 24 * 3600
_UPDATE_WALL_S = 300
_FETCH_WALL_S = 600
_FORWARDED = ("PATH", "HOME", "http_proxy", "https_proxy", "no_proxy", "TMPDIR")


def cache_folder() -> Path:
    """Where packages and apt's lists are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "passlake" / "debian"


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """One process at a time: apt's own lock makes the second one fail instead of wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Apt:
    """apt with everything that it writes in `cache`."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._sources = cache / "sources.d"
        self._stamp = cache / "updated"

    def unpacked(self, name: str) -> Path:
        """The folder `SOURCE_VERSION` of the unpacked package; `%` stands for the version's colon.

        Raises SourceError.
        """
        updated = self._update(force=False)
        known = self._cache / "names" / name
        if known.is_file() and known.stat().st_mtime >= self._stamp.stat().st_mtime:
            folder = self._cache / known.read_text()
            if folder.is_dir():
                return folder
        with tempfile.TemporaryDirectory(dir=self._cache, prefix="fetch-") as scratch:
            run = self._download(name, Path(scratch))
            if run.returncode != 0 and not updated and "404" in run.stderr:
                # A point release has replaced what the cached lists name.
                self._update(force=True)
                run = self._download(name, Path(scratch))
            if run.returncode != 0:
                raise SourceError(f"debian:{name}: {_complaint(run.stderr)}")
            folder = self._unpack(name, Path(scratch))
        known.parent.mkdir(exist_ok=True)
        known.write_text(folder.name)
        return folder

    def _unpack(self, name: str, scratch: Path) -> Path:
        description = next(scratch.glob("*.dsc"), None)
        if description is None:
            raise SourceError(f"debian:{name}: apt-get source left no .dsc file")
        fields = dict(
            re.findall(r"^(Source|Version): (.+)$", description.read_text(), re.MULTILINE)
        )
        folder = self._cache / f"{fields['Source']}_{fields['Version'].replace(':', '%')}"
        if not folder.is_dir():
            run = _run(
                ["dpkg-source", "--no-check", "--no-copy", "-x", description.name, "unpacked"],
                scratch,
                _FETCH_WALL_S,
            )
            if run.returncode != 0:
                raise SourceError(f"debian:{name}: dpkg-source: {_complaint(run.stderr)}")
            (scratch / "unpacked").rename(folder)
        return folder

    def _download(self, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return self._apt_get(["source", "--download-only", name], folder, _FETCH_WALL_S)

    def _update(self, *, force: bool) -> bool:
        """Fetch the lists of sources when they are old; whether that was done now."""
        repositories = source_repositories(self._cache)
        text = "".join(repositories.values())
        digest = blake2b(text.encode(), digest_size=8).hexdigest()
        if self._stamp.is_file() and not force:
            age_s = time.time() - self._stamp.stat().st_mtime
            if age_s < _LISTS_ARE_FRESH_S and self._stamp.read_text() == digest:
                return False
        shutil.rmtree(self._sources, ignore_errors=True)
        for folder in (self._sources, self._lists / "partial", self._archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        for file_name, contents in repositories.items():
            (self._sources / file_name).write_text(contents)
        run = self._apt_get(["update"], self._cache, _UPDATE_WALL_S)
        if not any(self._lists.glob("*_Sources*")):
            raise SourceError(
                "apt-get update found no list of sources; is there a network, and do the"
                f" repositories offer deb-src? apt says: {_complaint(run.stderr)}"
            )
        self._stamp.write_text(digest)
        return True

    @property
    def _lists(self) -> Path:
        return self._cache / "lists"

    @property
    def _archives(self) -> Path:
        return self._cache / "cache" / "archives"

    def _apt_get(
        self, arguments: Sequence[str], folder: Path, wall_s: float
    ) -> subprocess.CompletedProcess[str]:
        # Options on the command line are the only ones that /etc/apt/apt.conf.d cannot overrule.
        options = {
            "Dir::State::lists": f"{self._lists}/",
            "Dir::Cache": f"{self._cache}/cache/",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": f"{self._sources}/",
            "Acquire::Retries": "2",
        }
        settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return _run(["apt-get", "-q", *settings, *arguments], folder, wall_s)


def source_repositories(folder: Path) -> dict[str, str]:
    """The machine's repositories as repositories of sources: contents by file name."""
    run = _run(
        [
            "apt-config",
            "shell",
            "list",
            "Dir::Etc::sourcelist/f",
            "parts",
            "Dir::Etc::sourceparts/d",
        ],
        folder,
        _UPDATE_WALL_S,
    )
    named = dict(re.findall(r"^(list|parts)='(.*)'$", run.stdout, re.MULTILINE))
    files = [Path(named["list"])] if "list" in named else []
    files += sorted(Path(named["parts"]).glob("*")) if "parts" in named else []
    one_line: list[str] = []
    stanzas: list[str] = []
    for file in files:
        if file.suffix == ".list" and file.is_file():
            one_line += deb_src_lines(file.read_text(errors="replace"))
        elif file.suffix == ".sources" and file.is_file():
            stanzas += deb_src_stanzas(file.read_text(errors="replace"))
    return {
        "passlake.list": "".join(f"{line}\n" for line in dict.fromkeys(one_line)),
        "passlake.sources": "\n".join(f"{stanza}\n" for stanza in dict.fromkeys(stanzas)),
    }


def deb_src_lines(text: str) -> list[str]:
    """The `deb` and `deb-src` lines of a .list file, each as `deb-src`."""
    return [
        f"deb-src {match.group(1)}"
        for match in re.finditer(r"^\s*deb(?:-src)?\s+(.+)$", text, re.MULTILINE)
    ]


def deb_src_stanzas(text: str) -> list[str]:
    """The stanzas of a .sources file, each with `Types: deb-src`."""
    stanzas = []
    for stanza in re.split(r"\n\s*\n", text):
        lines = [line for line in stanza.splitlines() if line.strip() and line[0] != "#"]
        if any(line.lower().startswith("types:") for line in lines):
            rest = [line for line in lines if not line.lower().startswith("types:")]
            stanzas.append("\n".join(("Types: deb-src", *rest)))
    return stanzas


def _run(command: Sequence[str], folder: Path, wall_s: float) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in _FORWARDED if name in os.environ}
    try:
        return subprocess.run(
            command,
            cwd=folder,
            env=environment | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=wall_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SourceError(f"{command[0]}: no end within {wall_s:g} s; try again") from error


def _complaint(stderr: str) -> str:
    """The first error line; apt's warnings, such as those on its user _apt, are none."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:") or "error" in line.lower()]
    return (errors or lines or ["it gave no reason"])[0].removeprefix("E: ")
