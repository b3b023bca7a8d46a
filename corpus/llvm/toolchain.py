"""Which LLVM is used: found once, then named in every row by its fingerprint.

The shared libLLVM that `opt` itself is linked with is the library that the sandbox loads, so that
what is measured in process and what `opt` says come from the same code.
"""

import ctypes
import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus.errors import CorpusError

SUPPORTED_MAJOR = 22
"""The pass space and every count belong to one major version of LLVM."""

_PREFIXES = (
    f"/usr/lib/llvm-{SUPPORTED_MAJOR}",
    f"/usr/local/llvm-{SUPPORTED_MAJOR}",
    f"/opt/llvm-{SUPPORTED_MAJOR}",
    f"/opt/homebrew/opt/llvm@{SUPPORTED_MAJOR}",
    "/usr/local",
)

ADDR_NO_RANDOMIZE = 0x0040000
"""Linux `personality(2)` flag that turns address-space randomisation off from the next exec on."""

_QUERY_PERSONALITY = 0xFFFFFFFF
_HOW_TO_GET = (
    f"install llvm-{SUPPORTED_MAJOR} and clang-{SUPPORTED_MAJOR}"
    f" (Debian: apt-get install llvm-{SUPPORTED_MAJOR} clang-{SUPPORTED_MAJOR}),"
    " or name a prefix with --llvm or PASSLAKE_LLVM"
)


class ToolchainMissing(CorpusError, ValueError):
    """No LLVM was found where one was looked for."""


class ToolchainWrongVersion(CorpusError, ValueError):
    """An LLVM was named or found, but not of the supported major version."""


class OtherToolchain(CorpusError, ValueError):
    """The worker's LLVM is not the one that the task was planned with."""


@dataclass(frozen=True)
class Toolchain:
    """One LLVM installation; equal fingerprints give equal counts.

    `prefix` holds `bin/opt`; `libllvm` is the shared library that `opt` loads; `target` is its
    default triple; `aslr_off` says whether this system lets a process turn address-space
    randomisation off, without which some passes order their work by pointer values.
    """

    prefix: Path
    version: str
    libllvm: Path
    libllvm_sha256: str
    target: str
    aslr_off: bool

    @property
    def fingerprint(self) -> str:
        """What rows carry.

        Version, target, 12 hex digits of the library's hash, and `-aslr` where randomisation cannot
        be turned off.
        """
        randomised = "" if self.aslr_off else "-aslr"
        return f"llvm-{self.version}-{self.target}-{self.libllvm_sha256[:12]}{randomised}"

    def tool(self, name: str) -> Path:
        """The path of `opt`, `clang`, `llvm-size` … of this installation.

        Raises ToolchainMissing where the installation lacks it.
        """
        path = self.prefix / "bin" / name
        if not path.exists():
            raise ToolchainMissing(f"{path}: not there; {_HOW_TO_GET}")
        return path


def planned_toolchain(prefix: str, fingerprint: str, plan: str) -> Toolchain:
    """The LLVM at `prefix`, for a worker: the one with this fingerprint.

    `plan` says in the message what it is needed for: "the task was planned".

    Raises OtherToolchain, and what `find_toolchain` raises.
    """
    toolchain = find_toolchain(prefix)
    if toolchain.fingerprint != fingerprint:
        raise OtherToolchain(
            f"{socket.gethostname()} has {toolchain.fingerprint}, {plan} with {fingerprint}:"
            " install the same LLVM everywhere"
        )
    return toolchain


def find_toolchain(explicit: str | os.PathLike[str] | None = None) -> Toolchain:
    """The LLVM to use: `explicit`, else PASSLAKE_LLVM, else PATH, else the usual prefixes.

    `explicit` and PASSLAKE_LLVM name a prefix (`/usr/lib/llvm-22`), its `bin`, or a tool in it, and
    are binding: when they are wrong nothing else is tried. Raises ToolchainMissing and
    ToolchainWrongVersion.
    """
    named = explicit or os.environ.get("PASSLAKE_LLVM")
    if named:
        return _inspect(_opt_of(Path(named)))
    other: list[str] = []
    for opt in _candidates():
        version, _ = _version_of(opt)
        if _major(version) == SUPPORTED_MAJOR:
            return _inspect(opt)
        other.append(f"{opt} is {version}")
    if other:
        raise ToolchainWrongVersion(
            f"LLVM {SUPPORTED_MAJOR} is needed, but {', '.join(other)}; {_HOW_TO_GET}"
        )
    raise ToolchainMissing(f"no LLVM {SUPPORTED_MAJOR} found; {_HOW_TO_GET}")


def _opt_of(named: Path) -> Path:
    for opt in (named / "bin" / "opt", named / "opt", named.parent / "opt"):
        if opt.is_file():
            return opt
    raise ToolchainMissing(f"{named}: no opt in it; {_HOW_TO_GET}")


def _candidates() -> Iterator[Path]:
    seen: set[Path] = set()
    on_path = [shutil.which(name) for name in (f"opt-{SUPPORTED_MAJOR}", "opt")]
    for found in [*on_path, *(f"{prefix}/bin/opt" for prefix in _PREFIXES)]:
        if found is None:
            continue
        opt = Path(found).resolve()
        # `opt-22` links to `llvm-22/bin/opt`; a distribution may also rename the tool itself,
        # and then its siblings are not where `tool` looks for them.
        if opt.name == "opt" and opt.is_file() and opt not in seen:
            seen.add(opt)
            yield opt


@cache
def _version_of(opt: Path) -> tuple[str, str]:
    """Version and default target triple, as `opt --version` prints them."""
    try:
        said = subprocess.run(
            [opt, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainMissing(f"{opt}: cannot be run ({error}); {_HOW_TO_GET}") from error
    version = re.search(r"LLVM version (\S+)", said)
    target = re.search(r"Default target: (\S+)", said)
    if version is None or target is None:
        raise ToolchainMissing(f"{opt}: does not say its version; {_HOW_TO_GET}")
    return version[1], target[1]


def _major(version: str) -> int:
    digits = re.match(r"\d+", version)
    return int(digits[0]) if digits else 0


@cache
def _inspect(opt: Path) -> Toolchain:
    version, target = _version_of(opt)
    if _major(version) != SUPPORTED_MAJOR:
        raise ToolchainWrongVersion(
            f"{opt}: LLVM {version}, but {SUPPORTED_MAJOR} is needed; {_HOW_TO_GET}"
        )
    libllvm = _library_of(opt)
    with libllvm.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Toolchain(opt.parent.parent, version, libllvm, digest, target, aslr_can_be_off())


def _library_of(opt: Path) -> Path:
    """The libLLVM that the dynamic linker gives to `opt`."""
    try:
        said = subprocess.run(
            ["/usr/bin/ldd", opt], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainMissing(f"{opt}: ldd cannot say its libraries ({error})") from error
    found = re.search(r"libLLVM\S* => (\S+)", said)
    if found is None:
        raise ToolchainMissing(f"{opt}: not linked with a shared libLLVM; {_HOW_TO_GET}")
    return Path(found[1]).resolve()


def aslr_can_be_off() -> bool:
    """Whether this process could turn it off; puts things back at once.

    Asks the kernel, since a seccomp profile may refuse.
    """
    personality = getattr(ctypes.CDLL(None), "personality", None)
    if personality is None:
        return False
    personality.argtypes = [ctypes.c_ulong]
    before = personality(_QUERY_PERSONALITY)
    if before < 0 or personality(before | ADDR_NO_RANDOMIZE) < 0:
        return False
    off = bool(personality(_QUERY_PERSONALITY) & ADDR_NO_RANDOMIZE)
    personality(before)
    return off
