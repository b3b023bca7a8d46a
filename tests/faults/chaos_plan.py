"""What goes wrong in a run, drawn by a seed: how much of it, when and to whom.

A fault that comes once is tied to the share of the campaign's tasks that are committed, so that it
falls into the campaign however fast the machine is; workers are killed by the clock.
"""

import random
from dataclasses import dataclass
from typing import Literal

KINDS = ("workers", "scheduler", "driver", "network", "slow", "disk")
"""`workers` are killed again and again; the others happen once: the scheduler or head killed, the
driver killed, a host cut off, a worker slowed down, the lake's disk full."""

MOST_KILLS = 6
"""Then workers are left alone: on a busy machine one may be killed before it has begun anything."""

_LASTS_S = {
    "scheduler": (0.5, 3.0),
    "driver": (0.1, 2.0),
    "network": (3.0, 18.0),  # heals before, or after, the engine has noticed
    "slow": (5.0, 12.0),
    "disk": (2.0, 5.0),
}
"""Until it is started again, healed or freed."""

Victim = Literal["worker", "task", "machine"]


@dataclass(frozen=True)
class Fault:
    """Begins when `at_done` of the tasks are committed; `target` is taken modulo what there is."""

    kind: str
    at_done: float
    lasts_s: float
    target: int


@dataclass(frozen=True)
class Kill:
    """`after_s` seconds after the one before: an engine's worker, a task's process, a machine."""

    after_s: float
    what: Victim
    target: int
    restart_s: float


@dataclass(frozen=True)
class Plan:
    """The faults of one run, in the order in which they begin."""

    faults: tuple[Fault, ...]
    kills: tuple[Kill, ...]


def draw(seed: int, run: int, kinds: tuple[str, ...]) -> Plan:
    """The plan of a run, the same for the same arguments."""
    chance = random.Random(f"{seed} {run}")
    drawn = tuple(
        Fault(kind, chance.uniform(0.03, 0.8), chance.uniform(*lasts_s), chance.randrange(1000))
        for kind, lasts_s in _LASTS_S.items()
    )
    victims: tuple[Victim, ...] = ("worker", "task", "machine")
    kills = tuple(
        Kill(
            chance.uniform(2.5, 7.0),
            chance.choices(victims, (5, 3, 2))[0],
            chance.randrange(1000),
            chance.uniform(0.1, 1.5),
        )
        for _ in range(MOST_KILLS)
    )
    return Plan(
        tuple(sorted((one for one in drawn if one.kind in kinds), key=lambda one: one.at_done)),
        kills if "workers" in kinds else (),
    )
