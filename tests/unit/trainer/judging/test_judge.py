"""The judge as a whole, on a small lake: real tasks, real opt, real gate."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import trainer.judge as judging
import warehouse
from autotune.drive import Silent
from autotune.errors import BadOption
from autotune.executors.inline import InlineExecutor
from cli.judge import judge as judge_command
from cli.options import Settings
from corpus.selection import Selection
from tests.unit.trainer.small_judge import TOOLCHAIN, judged, options, plant
from tests.unit.trainer.small_model import save_small_model
from trainer.errors import BadCheckpoint, BadMethod, ModelMissing, NoLabels
from trainer.judge import Judge, JudgeOptions
from trainer.judging import plan
from trainer.methods import registry
from trainer.methods.base import MethodSpec
from trainer.methods.broadcast import Broadcast
from warehouse import snapshot, sql
from warehouse.check import check
from warehouse.lake import Lake
from warehouse.leaderboard import leaderboard

CHEATS = [
    MethodSpec("deletes", "trainer.methods.tries:OneList", {"pass_list": "internalize,globaldce"}),
    MethodSpec("renames", "trainer.methods.tries:OneList", {"pass_list": "metarenamer"}),
    MethodSpec("invents", "trainer.methods.tries:OneList", {"pass_list": "function(no-such)"}),
]


def test_methods_stand_on_one_ruler_and_the_oracle_above_them(lake: Lake) -> None:
    before = check(lake).damages
    report = judged(lake, options("oz", "O3", "single", "coreset", "labels", "broadcast"))
    document = report.document()
    rows = {row["method"]: row for row in document["rows"]}
    names = ["oz", "labels", "O3", "single", "coreset:10", "coreset:30", "broadcast"]
    assert list(rows) == [*names, "oracle"]
    assert (document["functions"], document["functions_without_baseline"]) == (4, 0)
    assert rows["oz"]["improvement_over_oz"] == 0.0
    assert rows["oz"]["compilations"] == rows["O3"]["compilations"] == 0
    assert (rows["oz"]["functions_improved"], rows["oz"]["functions_regressed"]) == (0, 0)
    assert rows["labels"]["share_of_labels"] == 1.0
    assert rows["labels"]["functions_improved"] == rows["labels"]["agreed"] > 0
    assert (rows["coreset:10"]["compilations"], rows["coreset:30"]["compilations"]) == (44, 124)
    best = max(row["improvement_over_oz"] for row in document["rows"])
    assert rows["oracle"]["improvement_over_oz"] == best > 0
    board = {row.pop("method"): row for row in leaderboard(lake)}
    for name in names:
        one = board[f"judged {name}"]
        assert one == pytest.approx({key: rows[name][key] for key in one})
    assert check(lake).damages == before
    groups = [(one["by"], one["name"]) for one in document["groups"]]
    assert groups == [("origin", "directory"), ("size", "10 to 24"), ("size", "25 to 49")]


def test_cheats_are_refused_count_as_oz_and_are_told(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, *CHEATS)
    given = options("oz", "deletes", "renames", "invents")
    rows = {row["method"]: row for row in judged(lake, given).document()["rows"]}
    for cheat in ("deletes", "renames", "invents"):
        assert rows[cheat]["improvement_over_oz"] == 0.0
        assert (rows[cheat]["failed"], rows[cheat]["backup_compilations"]) == (4, 4)
    kept = sql.run(lake, "FROM judgements WHERE method = 'deletes'").to_pylist()
    assert {row["answered"] for row in kept} == {"internalize,globaldce"}
    assert {row["pass_list"] for row in kept} == {"default<Oz>"}
    assert all(row["instructions"] == row["oz_instructions"] for row in kept)
    assert all(row["refused"].startswith("invalid: external symbols") for row in kept)


def test_wrong_code_is_named_with_its_method_and_leaves_its_evidence(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "attributor,function(gvn),function(mem2reg)"
    method = MethodSpec("wrong", "trainer.methods.tries:OneList", {"pass_list": wrong})
    plant(monkeypatch, method)
    report = judged(lake, options("oz", "wrong"))
    (found,) = report.document()["wrong_code"]
    assert (found["pass_list"], found["methods"]) == (wrong, ["wrong"])
    row = next(one for one in report.document()["rows"] if one["method"] == "wrong")
    assert row["refuted"] == len(found["functions"]) > 0
    kept = sql.run(lake, "SELECT * FROM verdicts WHERE verdict = 'refuted'").to_pylist()
    assert wrong in {row["pass_list"] for row in kept}
    assert any("1 lists refused as wrong code" in line for line in report.lines())


def test_what_was_learned_is_kept_registered_and_used_again(lake: Lake, tmp_path: Path) -> None:
    said: list[str] = []
    given = options("broadcast", output=tmp_path / "models")
    judge = Judge(lake, TOOLCHAIN, given)
    first = judge.run(InlineExecutor(lake), progress=Silent(), say=said.append)
    (folder,) = (tmp_path / "models").iterdir()
    lists = json.loads((folder / "winners.json").read_text())
    assert lists
    assert said == [
        "broadcast: training on s",
        f"broadcast: {len(lists)} lists of 2 winners kept",
    ]
    (model,) = lake.read("models").to_pylist()
    assert (model["kind"], model["snapshot"], model["location"]) == ("broadcast", "s", str(folder))
    assert model["model_id"] == first.learned[0].model_id
    assert set(lake.read("judgements").column("model_id").to_pylist()) == {"", model["model_id"]}
    said.clear()
    again = judge.run(InlineExecutor(lake), progress=Silent(), say=said.append)
    assert (again.document(), said, lake.count("models")) == (first.document(), [], 1)
    (folder / "winners.json").write_text("[]")
    with pytest.raises(BadCheckpoint, match="was changed since it was trained: remove it"):
        judged(lake, given)


def test_methods_learn_from_the_training_split_alone(lake: Lake, tmp_path: Path) -> None:
    judged(lake, options("broadcast", output=tmp_path / "models"))
    (folder,) = (tmp_path / "models").iterdir()
    won = sql.run(
        lake,
        "SELECT b.pass_list FROM best AS b JOIN functions AS f USING (function_id)"
        " WHERE f.split = 'train' AND b.instructions < b.oz_instructions",
    )
    lists = json.loads((folder / "winners.json").read_text())
    assert sorted(lists) == sorted(set(won.column("pass_list").to_pylist()))


_TASKS_OF_MODELS = "SELECT task_id FROM judgements WHERE method LIKE 'model:%'"


def test_language_models_are_judged_by_their_folders(lake: Lake, tmp_path: Path) -> None:
    model_id = save_small_model(tmp_path / "model")
    given = options(
        "oz",
        "model:greedy",
        "model:priority:3",
        models=(str(tmp_path / "model"),),
        selection=Selection(split="test", max_instructions=17),
        understanding=True,
    )
    report = judged(lake, given)
    rows = {row["method"]: row for row in report.document()["rows"]}
    assert list(rows) == ["oz", "model:greedy", "model:priority:3", "oracle"]
    assert rows["model:greedy"]["model_id"] == model_id
    assert rows["model:greedy"]["compilations"] == 0
    assert rows["model:priority:3"]["functions_regressed"] == 0
    assert 0 < rows["model:priority:3"]["compilations_per_function"] <= 4
    (one,) = report.document()["understanding"]
    assert (one["model_id"], one["functions"]) == (model_id, rows["oz"]["functions"])
    assert any(about.startswith("what model") for about, _ in report.tables())
    tasks = set(sql.run(lake, _TASKS_OF_MODELS).column("task_id").to_pylist())
    assert len(tasks) == 1  # both methods: what one decodes serves the other
    kept = replace(given, understanding=False)
    assert judged(lake, kept).document()["understanding"] == [one]


FLAGS = "# as published\n-sroa -simplifycfg -newgvn -instcombine\ndefault<O1>\n"


def test_the_lists_of_a_file_are_judged_beside_the_others(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "lists.txt"
    file.write_text(FLAGS)
    said: list[str] = []
    given = options("oz", "imported", coreset=file)
    report = Judge(lake, TOOLCHAIN, given).run(
        InlineExecutor(lake), progress=Silent(), say=said.append
    )
    rows = {row["method"]: row for row in report.document()["rows"]}
    assert list(rows) == ["oz", "imported:10", "imported:45", "oracle"]
    assert rows["imported:10"]["compilations"] == 4 * (2 + 1)  # -Oz is tried, too
    assert rows["imported:10"]["functions_regressed"] == 0
    assert rows["imported:10"]["instructions_saved"] > 0
    assert any("2 lists" in line for line in said)


def test_coreset_nvp_learns_over_the_lists_of_a_file(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "lists.txt"
    file.write_text("default<O1>\nfunction(sroa),function(gvn)\n")
    given = options("imported_nvp:1", coreset=file, output=tmp_path / "models")
    report = judged(lake, given)
    (one,) = report.document()["models"]
    assert (one["kind"], one["results"]["lists"]) == ("imported_nvp", 3)
    rows = {row["method"]: row for row in report.document()["rows"]}
    assert list(rows) == ["oz", "imported_nvp:1", "oracle"]
    answers = set(sql.run(lake, "SELECT pass_list FROM judgements").column("pass_list").to_pylist())
    assert answers <= {"default<Oz>", "default<O1>", "function(sroa),function(gvn)"}


def test_a_file_that_is_named_stands_for_all_its_methods(lake: Lake, tmp_path: Path) -> None:
    judge = Judge(lake, TOOLCHAIN, options("oz", coreset=tmp_path / "lists.txt"))
    with pytest.raises(BadOption, match=r"lists\.txt cannot be read"):
        judge.run(InlineExecutor(lake), progress=Silent(), say=lambda _: None)
    with pytest.raises(BadMethod, match="--method imported:10: say whose lists: --coreset FILE"):
        judged(lake, options("imported:10"))


def test_the_deep_references_functions_need_no_lake(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallest = sorted(plan.read_reference(), key=lambda one: one.instructions)[:2]
    monkeypatch.setattr(plan, "read_reference", lambda: smallest)
    before = check(lake).damages
    report = judged(lake, options("oz", "single", "labels", reference=True))
    found = report.document()["reference"]
    rows = {row["method"]: row for row in found["rows"]}
    assert list(rows) == ["oz", "deep random", "single", "oracle"]
    assert (found["functions"], found["snapshot"]) == (2, "reference:2026-11-22")
    assert rows["deep random"]["compilations"] == sum(one.compilations for one in smallest)
    assert rows["deep random"]["cpu_s"] >= sum(one.cpu_s for one in smallest)
    assert rows["oz"]["functions"] == 2
    assert {row["functions"] for row in leaderboard(lake) if row["method"] == "judged oz"} == {4}
    snapshot.create(lake, "t")  # on another snapshot the reference need not be judged again
    again = judged(lake, options("oz", reference=True, snapshot="t"))
    assert lake.count("judgements") == (3 * 4 + 3 * 2) + 4
    assert again.document()["reference"]["rows"][0] == rows["oz"]
    assert check(lake).damages == before


def test_a_method_that_fails_is_set_aside_and_the_others_stand(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = MethodSpec("broken", "trainer.methods.tries:broadcast", {"folder": "/nowhere"})
    plant(monkeypatch, broken)
    report = judged(lake, options("oz", "labels", "O3", "broken"))
    assert [row["method"] for row in report.document()["rows"]] == [
        *("oz", "labels", "O3", "oracle")
    ]
    assert "FileNotFoundError" in report.document()["tasks_set_aside"][0]["reason"]
    assert any(line.startswith("task ") for line in report.lines())


def test_who_finds_nothing_to_learn_is_left_out_unless_it_was_asked_for(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Idle(Broadcast):
        def train(self, *_: object, **__: object) -> dict[str, Any]:
            raise NoLabels("nothing to learn from")

    monkeypatch.setattr(judging, "learner", lambda _: Idle())
    monkeypatch.setattr(judging, "LEARNERS", {"broadcast": ""})
    monkeypatch.setattr(judging, "built_in", lambda seed: registry.built_in(seed)[:1])
    said: list[str] = []
    report = Judge(lake, TOOLCHAIN, options()).run(
        InlineExecutor(lake), progress=Silent(), say=said.append
    )
    assert said[-1] == "broadcast: left out: nothing to learn from"
    assert [row["method"] for row in report.document()["rows"]] == ["oz", "labels", "oracle"]
    with pytest.raises(NoLabels, match="nothing to learn from"):
        judged(lake, options("broadcast"))
    assert not any((lake.folder.parent / "models").iterdir())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"methods": ("nothing",)}, BadMethod, "--method nothing: there is oz, O3, single"),
        (
            {"methods": ("random:7",)},
            BadMethod,
            "--method random:7: of random there is random:10, ",
        ),
        ({"models": ("nobody",)}, ModelMissing, "--model nobody: no such folder, and no one model"),
        ({"snapshot": "t"}, ValueError, "no snapshot t in"),
        (
            {"selection": Selection(split="valid", program="none")},
            ValueError,
            "no function matches",
        ),
    ],
)
def test_what_cannot_be_judged_is_told(
    lake: Lake, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    given = {"methods": ("oz",), **change}
    with pytest.raises(error, match=message):
        judged(lake, options(*given.pop("methods"), **given))


def test_functions_that_methods_learn_from_judge_nothing() -> None:
    with pytest.raises(NoLabels, match="--split train: methods learn from it"):
        JudgeOptions(Selection(split="train"))


def test_without_a_snapshot_nothing_is_judged(golden_lake: Lake) -> None:
    with pytest.raises(NoLabels, match="has no snapshot to judge on: passlake snapshot create"):
        Judge(golden_lake, TOOLCHAIN, options("oz"))


def test_functions_that_nobody_searched_are_no_test(golden_lake: Lake) -> None:
    snapshot.create(golden_lake, "s")
    state = warehouse.open(golden_lake.location).snapshot("s")
    with state, pytest.raises(NoLabels, match="none of the 43 functions that match"):
        plan.snapshot_block(golden_lake, state, "s", Selection(), TOOLCHAIN)


def test_the_command_prints_tables_or_one_document(lake: Lake, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(judge_command)
    app.callback()(lambda: None)
    asked = [
        *("judge", "--method", "oz", "--method", "single", "--model", "none", "--workers", "1"),
        *("--no-reference", "--output", str(tmp_path / "models")),
        *("--plot", str(tmp_path / "gain.svg")),
    ]
    settings = Settings(lake.location, None)
    shown = CliRunner().invoke(app, asked, obj=settings)
    assert shown.exit_code == 0, shown.output
    assert "4 functions of 1 programs, s:" in shown.stdout
    assert "over oz in %, by size" in shown.stdout
    assert "single" in (tmp_path / "gain.svg").read_text()
    document = json.loads(CliRunner().invoke(app, [*asked, "--json"], obj=settings).stdout)
    assert [row["method"] for row in document["rows"]] == ["oz", "single", "oracle"]
