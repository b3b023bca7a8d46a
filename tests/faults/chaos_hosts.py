"""Hosts on this machine: network namespaces, joined by a switch in a namespace of its own.

No address exists outside of them. A host is cut off at the switch, so that its packets are lost
while its own interface stays up, as behind a broken switch. Needs root and `ip` (iproute2).
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.faults.processes import below

_SUBNET = "10.77.0"


def ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
    return done.stdout


class Host:
    """A namespace with one interface; `address` is its IPv4 address, `number` counts from 1."""

    def __init__(self, network: str, number: int) -> None:
        self.namespace = f"{network}-{number}"
        self.address = f"{_SUBNET}.{number}"
        self._switch = f"{network}-0"
        self._port = f"port{number}"
        ip("netns", "add", self.namespace)
        inside = ("-n", self.namespace)
        ip(*inside, *f"link add eth0 type veth peer name {self._port} netns {self._switch}".split())
        ip(*inside, *f"address add {self.address}/24 dev eth0".split())
        for link in ("lo", "eth0"):
            ip(*inside, "link", "set", link, "up")
        # To nowhere: programs ask for the way to some address to learn which one is theirs.
        ip(*inside, *f"route add default via {_SUBNET}.254".split())
        self.heal()

    def cut(self) -> None:
        """Lose every packet to and from it."""
        ip("-n", self._switch, "link", "set", self._port, "nomaster")

    def heal(self) -> None:
        """Let packets pass again."""
        ip("-n", self._switch, "link", "set", self._port, "master", "bridge", "up")

    def start(
        self, command: list[str], environment: dict[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """A process on this host, with the file systems that all hosts share.

        What it says goes to `log`, what it answers to a file beside it that ends in `.out`.
        """
        with log.open("wb") as messages, log.with_suffix(".out").open("wb") as output:
            return subprocess.Popen(
                ["nsenter", f"--net=/run/netns/{self.namespace}", *command],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=messages,
                start_new_session=True,
            )

    def remove(self) -> None:
        """End what runs there; the namespace and its interface go with it."""
        deadline = time.monotonic() + 20
        while pids := ip("netns", "pids", self.namespace).split():
            for pid in map(int, pids):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            assert time.monotonic() < deadline, f"{pids} do not end"
            time.sleep(0.05)
        ip("netns", "delete", self.namespace)


@contextmanager
def network(count: int) -> Iterator[list[Host]]:
    """So many hosts, for the length of the block."""
    name = f"chaos-{os.getpid()}"
    switch = f"{name}-0"
    hosts: list[Host] = []
    ip("netns", "add", switch)
    try:
        ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", switch, "link", "set", "bridge", "up")
        for number in range(1, count + 1):
            hosts.append(Host(name, number))  # noqa: PERF401 - those that were made are removed
        yield hosts
    finally:
        for host in hosts:
            host.remove()
        ip("netns", "delete", switch)


def tree(process: subprocess.Popen[bytes]) -> dict[int, str]:
    """A process that was started here and all that descend from it, with their command lines."""
    if process.poll() is not None:
        return {}
    return {process.pid: " ".join(map(str, process.args))} | below(process.pid)


def send(pids: list[int], number: int) -> None:
    """Send a signal to each that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
