"""What it takes to build a source package: binary packages, fetched and unpacked side by side.

apt works it out as if nothing were installed, so the answer depends on the repositories and not on
the machine. Nothing is installed and no package's script runs; each package is unpacked into a
folder of its own, once.
"""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from corpus.sources.apt import FETCH_WALL_S, Apt, complaint, run_tool
from corpus.sources.base import SourceError

MAX_DOWNLOAD_BYTES = 600 << 20
"""Of all packages that building one takes; a C compiler and what it needs is 110 MB."""

_URI_LINE = re.compile(r"^'[^']*' ([^\s_]+)_([^\s_]+)_([^\s_]+)\.deb (\d+) ", re.MULTILINE)

_READ_BY_NOBODY = ("doc", "man", "info", "locale", "lintian")
"""Folders of /usr/share that no build looks at."""


class CannotBeBuilt(SourceError):
    """The repositories do not have what building this package takes, or it is too much."""


@dataclass(frozen=True, slots=True, order=True)
class Binary:
    """A binary package in one version; `size` bytes to download."""

    name: str
    version: str
    architecture: str
    size: int

    @property
    def folder_name(self) -> str:
        """Names its contents among unpacked packages; `%` stands for the version's colon."""
        return f"{self.name}_{self.version.replace(':', '%')}_{self.architecture}"


def build_dependencies(apt: Apt, source: str, version: str) -> list[Binary]:
    """All packages of a minimal system that can build this one, sorted.

    What only documentation and tests take is left out. Raises CannotBeBuilt.
    """
    needed = _would_install(apt, ["build-dep", "--arch-only", f"{source}={version}"])
    needed |= _would_install(apt, ["install", "?essential"])
    size = sum(package.size for package in needed)
    if size > MAX_DOWNLOAD_BYTES:
        raise CannotBeBuilt(
            f"building it takes {size >> 20} MiB of packages, over {MAX_DOWNLOAD_BYTES >> 20} MiB"
        )
    return sorted(needed)


def unpack_binaries(apt: Apt, packages: Sequence[Binary]) -> list[Path]:
    """The folders with the contents of these packages, fetched where they are not there yet.

    Raises SourceError.
    """
    home = apt.cache / "packages"
    home.mkdir(exist_ok=True)
    missing = [package for package in packages if not (home / package.folder_name).is_dir()]
    if missing:
        with tempfile.TemporaryDirectory(dir=apt.cache, prefix="fetch-") as scratch:
            wanted = [f"{package.name}={package.version}" for package in missing]
            run = apt.get(["download", *wanted], Path(scratch))
            if run.returncode != 0:
                raise SourceError(f"apt-get download: {complaint(run.stderr)}")
            for package in missing:
                _unpack(package, Path(scratch), home)
    return [home / package.folder_name for package in packages]


def _would_install(apt: Apt, arguments: Sequence[str]) -> set[Binary]:
    profiles = ["-o", "APT::Build-Profiles=nodoc,nocheck"]
    run = apt.get(
        ["--print-uris", "--yes", "--no-install-recommends", *profiles, *arguments], apt.cache
    )
    if run.returncode != 0:
        raise CannotBeBuilt(f"apt-get {arguments[0]}: {complaint(run.stderr)}")
    return {
        Binary(name, unquote(version), architecture, int(size))
        for name, version, architecture, size in _URI_LINE.findall(run.stdout)
    }


def _unpack(package: Binary, scratch: Path, home: Path) -> None:
    encoded = package.version.replace(":", "%3a")
    archive = scratch / f"{package.name}_{encoded}_{package.architecture}.deb"
    contents = scratch / package.folder_name
    run = run_tool(["dpkg-deb", "--extract", str(archive), str(contents)], scratch, FETCH_WALL_S)
    if run.returncode != 0:
        raise SourceError(f"{archive.name}: dpkg-deb: {complaint(run.stderr)}")
    for name in _READ_BY_NOBODY:
        shutil.rmtree(contents / "usr" / "share" / name, ignore_errors=True)
    archive.unlink()
    contents.rename(home / package.folder_name)
