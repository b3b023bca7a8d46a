"""A campaign that is followed: its events add up to what it reports."""

import json
import subprocess
from pathlib import Path

from warehouse.lake import Lake


def test_the_events_of_a_campaign_add_up_to_its_report(
    passlake: Path, golden_lake: Lake, tmp_path: Path
) -> None:
    tune = ["tune", "--strategy", "random", "--evaluations", "5", "--sample", "4", "--json"]
    followed = [*tune, "--events", str(tmp_path / "events"), "--metrics-port", "0"]
    command = [passlake, "--lake", golden_lake.location]
    done = subprocess.run([*command, *followed], capture_output=True, text=True, check=True)
    again = subprocess.run([*command, *followed], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert json.loads(again.stdout)["campaign_id"] == report["campaign_id"]
    lines = [json.loads(line) for line in (tmp_path / "events").read_text().splitlines()]
    ended = [line for line in lines if line["event"] == "done"]
    state = ended[-1]["state"]
    assert (state["share"], state["functions"]) == (1.0, report["functions"])
    assert state["functions_improved"] == report["functions_improved"]
    assert (
        state["evaluations"] == sum(state["outcomes"].values()) == golden_lake.count("evaluations")
    )
    named = [line["event"] for line in lines]
    tasks = len(ended)
    first = ["started", *["done"] * tasks, "ended"]
    assert named == [*first, "started", *["skipped"] * tasks, "ended"]
