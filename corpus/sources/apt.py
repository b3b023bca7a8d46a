"""apt as any user may run it: with its lists, cache and repositories in a folder of his own.

Nothing under /etc or /var is changed, and nothing is installed. The repositories are the machine's
own, asked for sources too.
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
from corpus.sources.repositories import machine_repositories

_LISTS_ARE_FRESH_S = 24 * 3600
_UPDATE_WALL_S = 300
FETCH_WALL_S = 600
_FORWARDED = ("PATH", "HOME", "http_proxy", "https_proxy", "no_proxy", "TMPDIR")
_SECTION_LINE = re.compile(r"^Section:\s*(?:\S+/)?(\S+)\s*$", re.MULTILINE)
_PACKAGE_LINE = re.compile(r"^Package:\s*(\S+)\s*$", re.MULTILINE)


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """One process at a time: apt's own lock makes the second one fail instead of wait."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Gone(SourceError):
    """A package that the repository lists and no longer has."""


class Apt:
    """apt with everything that it writes in `cache`."""

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self._sources = cache / "sources.d"
        self._stamp = cache / "updated"

    def unpacked(self, name: str, version: str = "") -> Path:
        """The folder `SOURCE_VERSION` of the unpacked package; `%` stands for the version's colon.

        Without a version, the newest that there is. Raises SourceError.
        """
        wanted = f"{name}={version}" if version else name
        known = self.cache / "names" / wanted.replace(":", "%")
        # A version never changes; which one is the newest does.
        updated = False if version and known.is_file() else self._update(force=False)
        if known.is_file() and (version or known.stat().st_mtime >= self._stamp.stat().st_mtime):
            folder = self.cache / known.read_text()
            if folder.is_dir():
                return folder
        with tempfile.TemporaryDirectory(dir=self.cache, prefix="fetch-") as scratch:
            run = self._download(wanted, Path(scratch))
            if run.returncode != 0 and not updated and "404" in run.stderr:
                # A point release has replaced what the cached lists name.
                self._update(force=True)
                run = self._download(wanted, Path(scratch))
            if run.returncode != 0:
                kind = Gone if "404" in run.stderr else SourceError
                raise kind(f"debian:{wanted}: {complaint(run.stderr)}")
            folder = self._unpack(wanted, Path(scratch))
        known.parent.mkdir(exist_ok=True)
        known.write_text(folder.name)
        return folder

    def section(self, name: str) -> list[str]:
        """The source packages of a section of the archive, such as `libs`, sorted.

        Raises SourceError where there are none.
        """
        self._update(force=False)
        found: set[str] = set()
        known: set[str] = set()
        for listed in sorted(self._lists.glob("*_Sources")):
            for stanza in listed.read_text(errors="replace").split("\n\n"):
                package, section = _PACKAGE_LINE.search(stanza), _SECTION_LINE.search(stanza)
                if package and section:
                    known.add(section.group(1))
                    if section.group(1) == name:
                        found.add(package.group(1))
        if not found:
            raise SourceError(
                f"debian:section/{name}: no such section; there are {', '.join(sorted(known))}"
            )
        return sorted(found)

    def get(
        self, arguments: Sequence[str], folder: Path, wall_s: float = FETCH_WALL_S
    ) -> subprocess.CompletedProcess[str]:
        """Run apt-get in `folder`. Raises SourceError when it does not end."""
        # Options on the command line are the only ones that /etc/apt/apt.conf.d cannot overrule.
        options = {
            "Dir::State::lists": f"{self._lists}/",
            "Dir::State::status": f"{self._status}",
            "Dir::State::extended_states": f"{self.cache}/extended_states",
            "Dir::Cache": f"{self.cache}/cache/",
            # Images for containers turn these off; reading the lists anew takes a second a call.
            "Dir::Cache::pkgcache": "pkgcache.bin",
            "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": f"{self._sources}/",
            "Acquire::Retries": "2",
            "Acquire::GzipIndexes": "false",
        }
        settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return run_tool(["apt-get", "-q", *settings, *arguments], folder, wall_s)

    def _unpack(self, name: str, scratch: Path) -> Path:
        description = next(scratch.glob("*.dsc"), None)
        if description is None:
            raise SourceError(f"debian:{name}: apt-get source left no .dsc file")
        fields = dict(
            re.findall(r"^(Source|Version): (.+)$", description.read_text(), re.MULTILINE)
        )
        folder = self.cache / f"{fields['Source']}_{fields['Version'].replace(':', '%')}"
        if not folder.is_dir():
            run = run_tool(
                ["dpkg-source", "--no-check", "--no-copy", "-x", description.name, "unpacked"],
                scratch,
                FETCH_WALL_S,
            )
            if run.returncode != 0:
                raise SourceError(f"debian:{name}: dpkg-source: {complaint(run.stderr)}")
            (scratch / "unpacked").rename(folder)
        return folder

    def _download(self, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
        return self.get(["source", "--download-only", name], folder)

    def _update(self, *, force: bool) -> bool:
        """Fetch the lists of packages when they are old; whether that was done now."""
        repositories = machine_repositories(
            lambda command: run_tool(command, self.cache, _UPDATE_WALL_S).stdout
        )
        text = "".join(repositories.values())
        digest = blake2b(text.encode(), digest_size=8).hexdigest()
        if self._stamp.is_file() and not force:
            age_s = time.time() - self._stamp.stat().st_mtime
            if age_s < _LISTS_ARE_FRESH_S and self._stamp.read_text() == digest:
                return False
        shutil.rmtree(self._sources, ignore_errors=True)
        for folder in (self._sources, self._lists / "partial", self._archives / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        self._status.touch()
        for file_name, contents in repositories.items():
            (self._sources / file_name).write_text(contents)
        run = self.get(["update"], self.cache, _UPDATE_WALL_S)
        if not any(self._lists.glob("*_Sources*")):
            raise SourceError(
                "apt-get update found no list of sources; is there a network, and do the"
                f" repositories offer deb-src? apt says: {complaint(run.stderr)}"
            )
        self._stamp.write_text(digest)
        return True

    @property
    def _lists(self) -> Path:
        return self.cache / "lists"

    @property
    def _archives(self) -> Path:
        return self.cache / "cache" / "archives"

    @property
    def _status(self) -> Path:
        """An empty file: for this apt nothing is installed, so all that is needed is named."""
        return self.cache / "status"


def run_tool(
    command: Sequence[str], folder: Path, wall_s: float
) -> subprocess.CompletedProcess[str]:
    """Run one of Debian's tools with little of the caller's environment.

    Raises SourceError when it does not end within `wall_s` seconds.
    """
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


def complaint(stderr: str) -> str:
    """The first line of an error in what a tool said; apt's many warnings are none."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:") or "error" in line.lower()]
    return (errors or lines or ["it gave no reason"])[0].removeprefix("E: ")
