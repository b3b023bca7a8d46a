"""A root file system to build in, put together from unpacked packages by links.

It holds what the package's build dependencies bring and nothing of this machine, so configuring
finds the same everywhere; and its headers are those that the package is compiled against.

Packages' scripts never run; of what they would do, building needs the few links listed here.
"""

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
"""Folders that are links into /usr; older packages still bring files by the short name."""

_LINKS = {
    "awk": r"mawk|gawk|original-awk",
    "automake": r"automake-1\.\d+",
    "aclocal": r"aclocal-1\.\d+",
    "cc": "gcc",
    "c++": r"g\+\+",
    "c89": "c89-gcc",
    "c99": "c99-gcc",
    "lex": "flex",
    "sh": "dash|bash",
    "which": r"which\.debianutils",
    "yacc": r"bison\.yacc|byacc",
    "nawk": "mawk|gawk",
    "fakeroot": "fakeroot-sysv",
    "xsubpp": r"xsubpp.*",
}
"""Commands that packages offer through links which their scripts make: name and by whom; of
several, the last in order of their names."""


def build_root(packages: Sequence[Path], home: Path) -> Path:
    """The root file system of these packages under `home`, made unless it is there.

    Packages come as folders on the same file system as `home`.
    """
    digest = blake2b(digest_size=10)
    for package in packages:
        digest.update(f"{package.name}\0".encode())
    root = home / digest.hexdigest()
    if not root.is_dir():
        unfinished = home / f".{root.name}-{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        _assemble(packages, unfinished)
        unfinished.rename(root)
    return root


def _assemble(packages: Sequence[Path], root: Path) -> None:
    for name in _MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for package in packages:
        for place, folders, files in os.walk(package):
            inside = Path(place).relative_to(package)
            here = root / (
                "usr" / inside if inside.parts[:1] and inside.parts[0] in _MERGED else inside
            )
            here.mkdir(parents=True, exist_ok=True)
            links = [name for name in folders if Path(place, name).is_symlink()]
            for name in (*files, *links):
                with suppress(FileExistsError):
                    os.link(Path(place, name), here / name, follow_symlinks=False)
    commands = sorted(entry.name for entry in (root / "usr" / "bin").iterdir())
    for name, offered_by in _LINKS.items():
        offering = [command for command in commands if re.fullmatch(offered_by, command)]
        if name not in commands and offering:
            (root / "usr" / "bin" / name).symlink_to(offering[-1])
