"""Runs the steps of the Dockerfile where no image can be built: in root file systems of their own.

    sudo .venv/bin/python tests/benchmarks/scratch_image.py worker FOLDER

Needs debootstrap and root. Each stage is a folder under FOLDER; RUN runs in it by chroot with the
stage's own environment, COPY copies what .dockerignore lets through or another stage has. What is
not shown this way: layers, the entry point's start, and a container runtime's isolation. Prints the
steps with their time; at the end the last stage's user, environment and command.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUITES = {"debian:12-slim": "bookworm"}
# What makes this machine's own packages reachable makes them reachable inside, too.
OF_THE_MACHINE = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = re.compile(r"(PIP_.*|https?_proxy|HTTPS?_PROXY|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)")


@dataclass
class Stage:
    """A root file system that is being made."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    shell: list[str] = field(default_factory=lambda: ["/bin/sh", "-c"])
    user: str = ""
    workdir: str = "/"
    command: list[str] = field(default_factory=list)

    def run(self, script: str) -> None:
        """Run a script as RUN does, as the stage's user."""
        values = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        values |= {key: value for key, value in os.environ.items() if PASSED_ON.fullmatch(key)}
        values |= {"HOME": "/root"} | self.arguments | self.environment
        as_user = [f"--userspec={self.user}"] if self.user else []
        entered = [*self.shell, f"cd {shlex.quote(self.workdir)} && {script}"]
        for name in OF_THE_MACHINE:
            if Path(name).exists():
                self.path(name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(name, self.path(name))
        subprocess.run(["mount", "--bind", "/proc", self.folder / "proc"], check=True)
        try:
            subprocess.run(["chroot", *as_user, self.folder, *entered], env=values, check=True)
        finally:
            subprocess.run(["umount", "--lazy", self.folder / "proc"], check=True)

    def path(self, name: str) -> Path:
        """A path of the stage, seen from outside."""
        return self.folder / os.path.normpath(Path(self.workdir) / name).lstrip("/")


def instructions(text: str) -> list[tuple[str, str]]:
    """The Dockerfile's instructions, with comments gone and lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(name.upper(), rest) for name, rest in found]


def context(folder: Path) -> Path:
    """A folder with what .dockerignore lets through (names on its top level only)."""
    folder.mkdir(parents=True)
    kept = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for name in kept:
        source, target = ROOT / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def begin(base: Path | str, folder: Path) -> Stage:
    """A new stage: a copy of another, or a minimal system."""
    if isinstance(base, Path):
        subprocess.run(["cp", "-a", "--reflink=auto", base, folder], check=True)
    else:
        subprocess.run(
            ["debootstrap", "--variant=minbase", SUITES[base], folder],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        shutil.copytree("/etc/apt/sources.list.d", folder / "etc/apt/sources.list.d",
                        dirs_exist_ok=True)  # fmt: skip
        for part in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            shutil.copy(part, folder / "etc/apt/apt.conf.d")
    return Stage(folder)


def build(target: str, folder: Path) -> Stage:  # noqa: C901, PLR0912 - one case an instruction
    """Run the stages up to `target`."""
    given = context(folder / "context")
    stages: dict[str, Stage] = {}
    globals_: dict[str, str] = {}
    now: Stage | None = None
    for name, rest in instructions((ROOT / "Dockerfile").read_text()):
        started = time.monotonic()
        match name, shlex.split(rest) if name not in ("RUN", "SHELL", "ENTRYPOINT", "CMD") else []:
            case "ARG", [one] if now is None:
                key, _, value = one.partition("=")
                globals_[key] = value
            case "FROM", [base, _, stage]:
                if target in stages:
                    break
                base = globals_.get(base.strip("${}"), base)
                known = stages.get(base)
                now = begin(known.folder if known else base, folder / stage)
                if known:
                    now.environment, now.shell = dict(known.environment), known.shell
                    now.user, now.workdir, now.command = known.user, known.workdir, known.command
                stages[stage] = now
            case "ARG", [one]:
                key, _, value = one.partition("=")
                now.arguments[key] = os.environ.get(key, value)
            case "ENV", pairs:
                for pair in pairs:
                    key, _, value = pair.partition("=")
                    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                    now.environment[key] = value.replace("$PATH", path)
            case "SHELL", _:
                now.shell = json.loads(rest)
            case "USER", [user]:
                now.user = user
            case "WORKDIR", [workdir]:
                now.workdir = workdir
                now.path(".").mkdir(parents=True, exist_ok=True)
            case "COPY", [*options, source, to]:
                origin = stages[options[0].split("=")[1]].folder if options else given
                subprocess.run(
                    ["cp", "-a", "-T", origin / source.lstrip("/"), now.path(to)]
                    if (origin / source.lstrip("/")).is_dir()
                    else ["cp", "-a", origin / source.lstrip("/"), now.path(to)],
                    check=True,
                )
            case "RUN", _:
                now.run(rest)
            case _:
                now.command += json.loads(rest)
        sys.stdout.write(f"{time.monotonic() - started:6.1f} s  {name} {rest[:90]}\n")
        sys.stdout.flush()
    return stages[target]


def main() -> None:
    """Build, then say what was built."""
    target, folder = sys.argv[1], Path(sys.argv[2]).resolve()
    folder.mkdir(parents=True)
    stage = build(target, folder)
    size = subprocess.run(["du", "-sm", stage.folder], capture_output=True, text=True, check=True)
    size_mb = size.stdout.split()[0]
    sys.stdout.write(f"{stage.folder}: {size_mb} MB, user {stage.user}, {stage.command}\n")
    sys.stdout.write(json.dumps(stage.environment) + "\n")


if __name__ == "__main__":
    main()
