"""Campaigns: a search on each function of a selection that is frozen when it starts.

A campaign is named by what decides its rows: options, seed, toolchain, pass space, function ids and
what was known when it started (`autotune/knowledge.py`). The pass space is the one of this release
less what the gate's verdicts barred until then. Giving the same command again therefore continues
it, and after its end does nothing: `start` finds a campaign that was started by it, with what was
known and barred then. The version of the code is recorded with it but is no part of its name.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow.compute as pc

from autotune.drive import Noting, Progress, SetAside, Silent, drive
from autotune.errors import NothingToTune
from autotune.executors.base import Executor
from autotune.gate.barring import bars_of
from autotune.knowledge import NO_BARS, Knowledge, pin
from autotune.pass_rows import record_pass_space
from autotune.search.registry import learns_nothing
from autotune.search_pieces import SearchPieces
from autotune.tune_options import TuneOptions
from corpus.llvm.baselines import OZ
from corpus.llvm.passes import PassSpace
from corpus.llvm.sandbox.savings import Savings
from corpus.llvm.toolchain import Toolchain
from warehouse import pulled, schema
from warehouse.lake import Lake
from warehouse.provenance import code_version
from warehouse.task import Task

TASK_COST_S = 10.0
"""Expected CPU seconds of one task: long against its start-up (0.2 s), short against a campaign."""

_ENTRY = "autotune.worker:search_task"
_FIXED_COST_S = 0.05
_EVALUATION_COST_S = 100e-6
_INSTRUCTION_COST_S = 12e-6
"""One evaluation's cost, from functions of 11 to 39 instructions: 0.2 to 0.6 ms. Shapes tasks."""

_PORTFOLIO_COST_S = 5e-3
"""What a search that ends by itself costs for each instruction, roughly. Shapes tasks."""


@dataclass(frozen=True)
class Campaign:
    """A frozen campaign: `toolchain` and `pass_space` are the fingerprint and the version.

    `knowledge` is None where the strategy learns nothing from earlier campaigns. `bars` are the
    passes, by complete text, that verdicts took out of the release's own pass space, and why.
    """

    options: TuneOptions
    toolchain: str
    pass_space: str
    function_ids: tuple[str, ...]
    knowledge: Knowledge | None = None
    bars: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def freeze(
        cls,
        options: TuneOptions,
        toolchain: Toolchain,
        function_ids: Sequence[str],
        knowledge: Knowledge | None = None,
    ) -> "Campaign":
        """The campaign of these options, tools, functions and knowledge, new or not."""
        space = PassSpace.load()
        return cls(options, toolchain.fingerprint, space.version, tuple(function_ids), knowledge)

    @classmethod
    def start(
        cls, lake: Lake, options: TuneOptions, toolchain: Toolchain, function_ids: Sequence[str]
    ) -> "Campaign":
        """The campaign that this command has started before, or a new one with what is known now.

        A coreset that was learned or imported since makes a new one, unless `options` name theirs.
        So does a campaign that was pulled from another lake and learned from it: what it knew is a
        state of that lake.

        Raises NoCoreset, and BadOption when the campaign to continue knows what another Passlake
        ships.
        """
        plain = cls.freeze(options, toolchain, function_ids)
        learns = not learns_nothing(options.strategy)
        knowledge = pin(lake, options.objective, options.coreset) if learns else None
        command = plain.command(knowledge)
        of_strategy = pc.field("strategy") == options.strategy
        columns = ["campaign_id", "options"]
        elsewhere = pulled.campaigns(lake) if learns else set()
        for row in lake.read("campaigns", columns=columns, where=of_strategy).to_pylist():
            recorded = json.loads(row["options"])
            if row["campaign_id"] in elsewhere:
                continue
            # A strategy that learns nothing left no command when nothing was ever barred.
            if recorded.get("command") == command or row["campaign_id"] == plain.campaign_id:
                pins = recorded.get("knowledge")
                knowledge = Knowledge.of_document(pins) if pins else None
                return replace(plain, knowledge=knowledge).without(recorded.get("barred", NO_BARS))
        return replace(plain, knowledge=knowledge).without(bars_of(lake, toolchain.fingerprint))

    def without(self, bars: Mapping[str, str]) -> "Campaign":
        """This campaign, which has the release's own pass space, less the passes of `bars`."""
        return replace(self, pass_space=PassSpace.load().without(bars).version, bars=bars)

    @property
    def campaign_id(self) -> str:
        """16 hex digits of the hash of all that decides the campaign's rows."""
        return _digest(
            [*self._asked, *([self.knowledge.document()] if self.knowledge is not None else [])]
        )

    @property
    def _asked(self) -> list[Any]:
        return [
            self.options.document(),
            self.toolchain,
            self.pass_space,
            list(self.function_ids),
        ]

    def command(self, knowledge: Knowledge | None) -> str:
        """What is the same when the same command is given again, whatever was barred since."""
        unbarred = replace(self, pass_space=PassSpace.load().version) if self.bars else self
        coreset = [knowledge.coreset] if knowledge is not None else []
        return _digest([*unbarred._asked, *coreset])  # noqa: SLF001 - its own

    def recorded_options(self) -> str:
        """The JSON text that the lake keeps of the options, the knowledge and the bars."""
        recorded = self.options.document()
        if self.knowledge is not None or self.bars:
            recorded["command"] = self.command(self.knowledge)
        if self.knowledge is not None:
            recorded["knowledge"] = self.knowledge.document()
        if self.bars:
            recorded["barred"] = dict(self.bars)
        return json.dumps(recorded)

    def tasks(self, sizes: dict[str, int], llvm: str) -> Sequence[Task]:
        """Its searches in tasks of about TASK_COST_S, the most expensive task first.

        `sizes`: instructions by function id; `llvm`: the prefix where workers find the toolchain.
        How functions are grouped depends on nothing that another run of the command may change.
        """
        groups: list[list[str]] = [[]]
        costs = [0.0]
        for function_id in self.function_ids:
            cost_s = self._cost_s(sizes[function_id])
            if groups[-1] and costs[-1] + cost_s > TASK_COST_S:
                groups.append([])
                costs.append(0.0)
            groups[-1].append(function_id)
            costs[-1] += cost_s
        tasks = [
            Task(
                task_id=hashlib.sha256(f"{self.campaign_id} {group}".encode()).hexdigest()[:16],
                entry=_ENTRY,
                payload={
                    "campaign_id": self.campaign_id,
                    "options": self.options.document(),
                    "knowledge": self.knowledge.document() if self.knowledge else None,
                    "toolchain": self.toolchain,
                    "pass_space": self.pass_space,
                    "barred": dict(self.bars),
                    "llvm": llvm,
                    "function_ids": group,
                },
                cost_s=cost_s,
            )
            for group, cost_s in zip(groups, costs, strict=True)
        ]
        return sorted(tasks, key=lambda task: (-task.cost_s, task.task_id))

    def _cost_s(self, instructions: int) -> float:
        if self.options.cpu_seconds is not None:
            return self.options.cpu_seconds + _FIXED_COST_S
        if self.options.evaluations is None:
            return _FIXED_COST_S + instructions * _PORTFOLIO_COST_S
        each_s = _EVALUATION_COST_S + instructions * _INSTRUCTION_COST_S
        return _FIXED_COST_S + self.options.evaluations * each_s


@dataclass(frozen=True)
class CampaignReport:
    """What a campaign came to.

    `outcome`: functions that were searched, and how many of them beat -Oz; `gate`: of how many of
    these it says what. `saved` is what the engine did not run twice, `gate_cpu_s` what judging
    cost, both in the tasks that ended in this run of the command.
    """

    campaign_id: str
    outcome: tuple[int, int]
    gate: Mapping[str, int]
    set_aside: Sequence[SetAside]
    saved: Savings = field(compare=False)  # of this run, not of the campaign
    gate_cpu_s: float = field(compare=False)

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        functions, improved = self.outcome
        return {
            "campaign_id": self.campaign_id,
            "functions": functions,
            "functions_improved": improved,
            "gate": dict(self.gate),
            "gate_cpu_s": round(self.gate_cpu_s, 3),
            "saved": asdict(self.saved),
            "tasks_set_aside": [one.document() for one in self.set_aside],
        }

    def lines(self) -> Sequence[str]:
        """For a person."""
        functions, improved = self.outcome
        lost = [str(one) for one in self.set_aside]
        said = f"campaign {self.campaign_id}: {functions} functions, {improved} smaller than -Oz"
        if self.gate:
            said += f" ({', '.join(f'{count} {state}' for state, count in self.gate.items())})"
        saved = self.saved
        spared = (
            f"{saved.asked} passes asked for in {saved.evaluations} lists, {saved.ran} run:"
            f" {saved.saved_s:.1f} CPU seconds saved"
        )
        return [*lost, *([spared] if saved.evaluations else []), said]


def record_campaign(lake: Lake, campaign: Campaign, space: PassSpace) -> None:
    """Write the campaign and its pass space into their tables, unless they are there."""
    record_pass_space(lake, space)
    options = campaign.options
    # First, so that a row whose commit was cut off is seen and not written again.
    sequence = lake.recover(campaign.campaign_id)
    if campaign.campaign_id not in lake.existing("campaigns", "campaign_id"):
        row = {
            "campaign_id": campaign.campaign_id,
            "kind": "tune",
            "strategy": options.strategy,
            "objective": options.objective,
            "evaluations_per_function": options.evaluations,
            "cpu_seconds_per_function": options.cpu_seconds,
            "seed": options.seed,
            "toolchain": campaign.toolchain,
            "pass_space": campaign.pass_space,
            "function_ids": list(campaign.function_ids),
            "options": campaign.recorded_options(),
            "code_version": code_version(),
            "started_at": datetime.now(UTC),
        }
        rows = schema.table_of("campaigns", [row])
        staged = lake.stage("campaigns", rows, name=campaign.campaign_id)
        lake.commit(campaign.campaign_id, sequence, [staged])


def run_campaign(
    lake: Lake,
    campaign: Campaign,
    toolchain: Toolchain,
    executor: Executor,
    *,
    progress: Progress | None = None,
) -> "CampaignReport":
    """Start a campaign or continue it, to its end.

    Raises NothingToTune, Held when another process drives it, and what `drive` raises.
    """
    if not campaign.function_ids:
        raise NothingToTune(f"{lake.location}: no function is selected; add some with corpus add")
    campaign_id = campaign.campaign_id
    with lake.hold(f"campaign-{campaign_id}"):
        record_campaign(lake, campaign, PassSpace.load().without(campaign.bars))
        tasks = campaign.tasks(_sizes(lake, campaign.function_ids), str(toolchain.prefix))
        notes: list[dict[str, Any]] = []
        noting = Noting(progress or Silent(), notes.append)
        cut = SearchPieces(lake)
        set_aside = drive(lake, campaign_id, tasks, executor, cut=cut, progress=noting)
        functions, states = _outcome(lake, campaign_id)
        return CampaignReport(
            campaign_id,
            (functions, sum(states.values())),
            states,
            set_aside,
            sum((Savings(**one["saved"]) for one in notes), start=Savings()),
            sum(one["gate_cpu_s"] for one in notes),
        )


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _sizes(lake: Lake, function_ids: Sequence[str]) -> dict[str, int]:
    columns = ["function_id", "instructions"]
    wanted = pc.field("function_id").isin(list(function_ids))
    rows = lake.read("functions", columns=columns, where=wanted)
    return dict(zip(*(rows.column(name).to_pylist() for name in columns), strict=True))


def _outcome(lake: Lake, campaign_id: str) -> tuple[int, Mapping[str, int]]:
    """Functions of the campaign that were searched, and those that beat -Oz by the gate's state."""
    of_campaign = pc.field("campaign_id") == campaign_id
    columns = ["function_id", "pass_list", "gate", "compilations"]
    rows = lake.read("winners", columns=columns, where=of_campaign).to_pylist()
    # A row that took a refuted one's place counts from the start of the search.
    last = {row["function_id"]: row for row in sorted(rows, key=lambda row: row["compilations"])}
    states = Counter(row["gate"] for row in last.values() if row["pass_list"] != OZ)
    return len(last), dict(sorted(states.items()))
