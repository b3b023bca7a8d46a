"""What this machine has of what Passlake needs, and how to get the rest."""

import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.llvm.execution import UNLOCKED, RunningRefused, lock
from corpus.llvm.passes import PassSpace
from corpus.llvm.process import run_tool
from corpus.llvm.sandbox.supervisor import MachineFault, Sandbox
from corpus.llvm.toolchain import Toolchain, ToolchainMissing, ToolchainWrongVersion, find_toolchain
from corpus.sources.isolation import isolation_problem
from warehouse.provenance import code_version

_SMALLEST = b"define i32 @f(i32 %0) minsize optsize {\n  %2 = add i32 %0, 0\n  ret i32 %2\n}\n"


@dataclass(frozen=True)
class Check:
    """One thing that was looked for.

    `fix` says how to get it where it is missing; without a `required` one Passlake cannot tune.
    """

    name: str
    found: bool
    detail: str
    required: bool
    fix: str = ""


def examine(llvm: str | None) -> Iterator[Check]:
    """Look for everything, in the order in which it is needed."""
    yield Check("passlake", found=True, detail=code_version(), required=True)
    yield Check("python", found=True, detail=platform.python_version(), required=True)
    cores = len(os.sched_getaffinity(0))
    yield Check("cores", found=True, detail=f"{cores} of {os.cpu_count()} usable", required=True)
    try:
        toolchain = find_toolchain(llvm)
    except (ToolchainMissing, ToolchainWrongVersion) as error:
        yield Check("llvm", found=False, detail="", required=True, fix=str(error))
    else:
        yield Check("llvm", found=True, detail=toolchain.fingerprint, required=True)
        yield from _parts(toolchain)
    yield _csmith()
    yield _program("dpkg-source", "Debian source packages", "install dpkg-dev")
    problem = isolation_problem()
    yield Check(
        "build isolation",
        not problem,
        "builds of packages can be isolated" if not problem else "packages are not built",
        required=False,
        fix=problem,
    )


def _parts(toolchain: Toolchain) -> Iterator[Check]:
    for tool, use in (("opt", "confirmation"), ("clang", "C and C++ sources")):
        path = toolchain.prefix / "bin" / tool
        fix = f"install {tool}-22, needed for {use}"
        yield Check(tool, path.exists(), str(path), required=tool == "opt", fix=fix)
    yield Check(
        "address randomisation",
        toolchain.aslr_off,
        "can be turned off" if toolchain.aslr_off else "cannot be turned off",
        required=False,
        fix="allow personality(2) in the container's seccomp profile: counts vary a little else",
    )
    yield _sandbox(toolchain)
    yield _locking(toolchain)
    listed = run_tool([toolchain.tool("opt"), "--print-passes"], wall_s=60).stdout.decode()
    space = PassSpace.load()
    unknown = space.unknown_passes(listed)
    yield Check(
        "pass space",
        not unknown,
        f"{space.version}, {len(space.passes)} usable, {len(space.barred)} barred",
        required=False,
        fix=f"this opt offers passes that the space does not name: {', '.join(unknown)}",
    )


def _sandbox(toolchain: Toolchain) -> Check:
    try:
        with Sandbox(toolchain) as sandbox, sandbox.session() as session:
            session.load(_SMALLEST)
            (measured,) = session.evaluate(["function(instsimplify)"])
    except MachineFault as error:
        return Check("sandbox", found=False, detail="", required=True, fix=str(error))
    works = measured.instructions == 1
    return Check("sandbox", works, "runs passes", required=True, fix=f"it measured {measured}")


def _locking(toolchain: Toolchain) -> Check:
    """Whether what the gate runs is locked in; without it nothing is run unless asked for."""
    name = "locked execution"
    try:
        with Sandbox(toolchain) as sandbox:
            held = lock(sandbox)
    except (MachineFault, RunningRefused):
        fix = f"allow seccomp filters in the container's profile; {UNLOCKED}=1 runs code unlocked"
        return Check(name, found=False, detail="the gate runs nothing", required=False, fix=fix)
    return Check(name, found=True, detail=held, required=False)


def _csmith() -> Check:
    return _program("csmith", "csmith:COUNT sources", "install csmith and libcsmith-dev")


def _program(name: str, use: str, fix: str) -> Check:
    path = shutil.which(name)
    return Check(name, path is not None, path or f"for {use}", required=False, fix=fix)
