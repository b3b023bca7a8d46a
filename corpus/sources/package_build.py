"""A source package, configured and built once in a scratch copy, for what only that brings forth.

Debian's own recipe (debian/rules) is run, without tests and documentation, in a root file system
of the package's build dependencies, in isolation. Kept are the tree with its generated headers and
sources, and how each file was compiled; objects and programs go. The copy always stands in the same
place, so that what the build writes down about its surroundings is the same everywhere.

A build that was made is kept for good: what it found does not change when the repositories do.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from corpus.sources.apt import Apt, locked
from corpus.sources.binaries import CannotBeBuilt, build_dependencies, unpack_binaries
from corpus.sources.build_root import build_root
from corpus.sources.isolation import Isolation, isolation_problem, run_isolated
from corpus.sources.recorder import RECORDER, SEEN_AT, Command, read_records, write_stand_ins
from corpus.sources.watch import Limits

AT = "/build"
SOURCE_AT = f"{AT}/source"
"""Where the scratch copy of the source tree stands in the isolation."""

LIMITS = Limits(wall_s=900.0, memory_bytes=4 << 30, processes=256, disk_bytes=2 << 30)
"""For one build; SQLite's takes 20 s."""

_OPTIONS = "nocheck nodoc noopt parallel=1 terse"
"""For debian/rules (Debian Policy, 4.9.1). One job at a time: results must not depend on luck."""

_ENVIRONMENT = {
    "DEB_BUILD_OPTIONS": _OPTIONS,
    "DEB_BUILD_PROFILES": "nocheck nodoc",
    "DEB_RULES_REQUIRES_ROOT": "no",
    "MAKEFLAGS": "k",  # what can be made is made, also where manual pages cannot
    "PASSLAKE_RECORD": f"{AT}/record",
    "PATH": f"{SEEN_AT}:/usr/sbin:/usr/bin:/sbin:/bin",
    "PERL_HASH_SEED": "0",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}

# Very old recipes know no build-arch; those of debhelper take any target.
_SCRIPT = """
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp) && export SOURCE_DATE_EPOCH
chmod +x debian/rules
target=build
if grep -Eq '^(%|[^#=]*build-arch[^=]*):' debian/rules; then
    target=build-arch
fi
debian/rules $target
status=$?
times > ../times
exit $status
"""

_OBJECT_MAGIC = (b"\x7fELF", b"!<arch>", b"!<thin>")


@dataclass(frozen=True)
class PackageBuild:
    """What a build left: the `source` tree and the `root` to compile it against, both in one
    folder; `commands`, as seen in the isolation; `digest` of what all of it was made from.
    `problem`: what kept the build from coming to its end; empty where it did.
    """

    source: Path
    root: Path
    commands: tuple[Command, ...]
    digest: str
    problem: str


def build_package(apt: Apt, tree: Path, name: str, version: str) -> PackageBuild:
    """The build of the source package unpacked at `tree`, made unless it is there.

    Raises CannotBeBuilt where it cannot be: no isolation here, dependencies that are not to be
    had, no end within the limits. Raises SourceError where trying again may help: no network.
    """
    home = apt.cache / "built"
    home.mkdir(exist_ok=True)
    place = home / f"{tree.name}.{RECORDER}"
    with _alone(home / f"{tree.name}.lock"):
        if not (place / "build.json").is_file():
            if isolation_problem():
                raise CannotBeBuilt(isolation_problem())
            _build(apt, tree, name, version, place)
        return _read(place)


def _build(apt: Apt, tree: Path, name: str, version: str, place: Path) -> None:
    with locked(apt.cache):
        packages = build_dependencies(apt, name, version)
        folders = unpack_binaries(apt, packages)
        roots = apt.cache / "roots"
        roots.mkdir(exist_ok=True)
        root = build_root(folders, roots)
    with _emptied(place.with_name(f"{place.name}-unfinished")) as unfinished:
        scratch, stand_ins = unfinished / "build", unfinished / "recorder"
        stand_ins.mkdir(parents=True)
        write_stand_ins(root, stand_ins)
        (scratch / "record").mkdir(parents=True)
        shutil.copytree(tree, scratch / "source", symlinks=True)
        run = run_isolated(
            ["/bin/sh", "-c", _SCRIPT],
            Isolation(
                folder=scratch,
                at=AT,
                start_in=SOURCE_AT,
                root=root,
                readable={stand_ins: SEEN_AT},
                environment=_ENVIRONMENT,
                limits=LIMITS,
            ),
        )
        if run.stopped:
            # What a build has done by then depends on the machine's speed: nothing of it is kept.
            raise CannotBeBuilt(f"building it was ended: {run.stopped}")
        commands = read_records(scratch / "record")
        shutil.rmtree(scratch / "record")
        _make_readable(scratch)
        _drop_objects(scratch)
        (scratch / "root").symlink_to(os.path.relpath(root, place))
        (scratch / "log").write_text(run.output)
        facts = {
            "packages": [package.folder_name for package in packages],
            "problem": _problem(run.status, run.output),
            "commands": [[command.folder, *command.arguments] for command in commands],
        }
        (scratch / "build.json").write_text(json.dumps(facts, indent=0))
        shutil.rmtree(place, ignore_errors=True)
        scratch.rename(place)


def _read(place: Path) -> PackageBuild:
    facts = json.loads((place / "build.json").read_text())
    made_from = "\0".join((place.name, *facts["packages"]))
    return PackageBuild(
        source=place / "source",
        root=place / "root",
        commands=tuple(Command(folder, tuple(words)) for folder, *words in facts["commands"]),
        digest=blake2b(made_from.encode(), digest_size=8).hexdigest(),
        problem=facts["problem"],
    )


def _problem(status: int, output: str) -> str:
    if status == 0:
        return ""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line.lower()]
    return (errors or lines or [f"exit status {status}"])[0][:200]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _emptied(folder: Path) -> Iterator[Path]:
    """A folder for this time only; what somebody who was killed left in it goes first."""
    _remove(folder)
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    if folder.is_dir():
        _make_readable(folder)
        shutil.rmtree(folder)


def _make_readable(folder: Path) -> None:
    """A build may have closed folders, even to whoever owns them."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(0o755)


def _drop_objects(folder: Path) -> None:
    for place, _, files in os.walk(folder):
        for name in files:
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    magic = file.read(8)
            except OSError:
                continue
            if magic.startswith(_OBJECT_MAGIC):
                path.unlink()
