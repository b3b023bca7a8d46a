"""The report's page: complete in itself, bounded, and safe whatever a lake's texts hold."""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.warehouse.small_campaign import CAMPAIGN, MakeRow, commit_task, grow_and_tune
from warehouse import snapshot
from warehouse.errors import BadReport, SnapshotMissing
from warehouse.lake import Lake
from warehouse.report import code, markup, write_report
from warehouse.report.charts import labels
from warehouse.report.figures import figures
from warehouse.report.page import page

HOSTILE = "</script><img src=x onerror=alert(1)><!-- \u202e\x07 '\"& -->"

TEXTS = ("name", "program", "language", "origin", "license", "split", "ir")


class Reader(HTMLParser):
    """Every start tag with its attributes, and the text in script elements."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._in_script = False
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script &= tag != "script"

    def handle_data(self, data: str) -> None:
        self.scripts += [(attributes, data) for _, attributes in self.tags[-1:]] * self._in_script


@pytest.fixture
def written(lake: Lake, row: MakeRow, tmp_path: Path) -> str:
    """A report of a small campaign."""
    grow_and_tune(lake, row, 3)
    assert write_report(lake, tmp_path / "report.html") == (tmp_path / "report.html").stat().st_size
    return (tmp_path / "report.html").read_text()


def test_the_figures_are_those_of_the_lake(lake: Lake, row: MakeRow) -> None:
    grow_and_tune(lake, row, 3)
    found = figures(lake, "instructions")
    head = found.headline
    assert (head["functions"], head["functions_improved"], head["oz"], head["value"]) == (
        *(3, 3),
        *(30, 24),
    )
    assert head["improvement_over_oz"] == pytest.approx(30 / 24 - 1)
    assert head["improvement_over_oz_plain"] == pytest.approx(33 / 24 - 1)
    assert (head["evaluations"], head["cpu_s"]) == (900, 4.5)
    rows = found.rows
    assert rows["distribution"] == [{"percent": 20, "functions": 3, "saved": 6}]
    assert [one["share"] for one in rows["passes"]] == [1.0]
    assert rows["outcomes"] == [
        {"strategy": "random", "outcome": "ok", "evaluations": 9, "cpu_s": 0.00225}
    ]
    assert [(one["gate"], one["functions"]) for one in rows["gate"]] == [("not_run", 3)]
    assert rows["by_program"][0] | {"improvement_over_oz": 0} == {
        "program": "zlib",
        "programs": 1,
        "functions": 3,
        "functions_improved": 3,
        "saved": 6,
        "improvement_over_oz": 0,
    }
    assert [one["campaign_id"] for one in rows["campaigns"]] == [CAMPAIGN]
    assert len(rows["wins"]) == 3


def test_order_counts_in_the_map_of_pairs(lake: Lake, row: MakeRow) -> None:
    grow_and_tune(lake, row, 2)
    same = {"campaign_id": CAMPAIGN, "task_id": "t9", "instructions": 5}
    lists = {"f0": "function(a),function(b),function(a)", "f1": "function(a),function(b)"}
    winners = [
        row("winners", function_id=name, pass_list=one, num_passes=3, **same)
        for name, one in lists.items()
    ]
    commit_task(lake, CAMPAIGN, "t9", 3, winners=winners)
    pairs = figures(lake, "instructions").rows["pairs"]
    assert {(one["earlier"], one["later"]): one["functions"] for one in pairs} == {
        ("function(a)", "function(a)"): 1,
        ("function(a)", "function(b)"): 2,
        ("function(b)", "function(a)"): 1,
    }


def test_bytes_have_a_report_of_their_own(lake: Lake, row: MakeRow) -> None:
    grow_and_tune(lake, row, 1)
    same = {"campaign_id": CAMPAIGN, "task_id": "t9", "function_id": "f0"}
    winner = row("winners", objective="object_bytes", object_bytes=50, **same)
    commit_task(lake, CAMPAIGN, "t9", 2, winners=[winner])
    found = figures(lake, "object_bytes")
    assert (found.headline["value"], found.headline["oz"], found.unit) == (50, 100, "bytes")


def test_a_snapshot_has_a_report_of_its_own(lake: Lake, row: MakeRow) -> None:
    grow_and_tune(lake, row, 1)
    snapshot.create(lake, "first")
    commit_task(lake, "corpus", "more", 1, functions=[row("functions", function_id="f9")])
    assert figures(lake, "instructions", "first").headline["functions_held"] == 1
    assert figures(lake, "instructions").headline["functions_held"] == 2


def test_nothing_but_the_written_scripts_may_run_and_nothing_is_loaded(written: str) -> None:
    found = Reader(written)
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in found.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    running = [text for attributes, text in found.scripts if "type" not in attributes]
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in running]
    assert policy.endswith("script-src " + " ".join(f"'sha256-{one}'" for one in digests))
    assert policy.startswith("default-src 'none';")
    loading = {"src", "srcset", "data", "action", "poster"}
    assert [one for one in found.tags if loading & one[1].keys()] == []
    links = [attributes.get("href") or "" for _, attributes in found.tags]
    assert [link for link in links if link and not link.startswith("#")] == []
    assert [tag for tag, _ in found.tags if tag in {"link", "iframe", "object", "base"}] == []


def test_every_chart_has_a_table_below_it(written: str) -> None:
    figures_ = written.split("<figure>")[1:]
    assert len(figures_) == 13
    assert ["<table>" in one.split("</figure>")[0] for one in figures_] == [True] * 13
    specs = re.findall(r'data-chart="[^"]+">(.*?)</script>', written)
    assert [json.loads(one)["width"] for one in specs] == ["container"] * 13


def test_texts_of_strangers_stay_texts(lake: Lake, row: MakeRow, put: Callable[..., None]) -> None:
    same = {"toolchain": HOSTILE, "strategy": HOSTILE, "campaign_id": HOSTILE}
    put(
        functions=[
            row(
                "functions",
                **dict.fromkeys(TEXTS, HOSTILE),
            )
        ],
        losses=[row("losses", program=HOSTILE, stage=HOSTILE, reason=HOSTILE, count=1)],
        winners=[row("winners", pass_list=HOSTILE, optimised_ir=HOSTILE, **same)],
        evaluations=[row("evaluations", campaign_id=HOSTILE, strategy=HOSTILE, outcome="ok")],
        verdicts=[row("verdicts", kind=HOSTILE, verdict="agreed", reason=HOSTILE)],
        campaigns=[
            row(
                "campaigns",
                **same,
                kind="tune",
                function_ids=["f1"],
                options="{}",
                started_at=row("tasks")["committed_at"],
            )
        ],
    )
    content = page(figures(lake, "instructions"), HOSTILE)
    found = Reader(content)
    assert [one for one in found.tags if one[0] == "img"] == []
    assert [one for one in found.tags if any(name.startswith("on") for name in one[1])] == []
    assert "\u202e" not in content
    assert "\x07" not in content
    assert len(found.scripts) == 13 + 2
    assert content.count("\\u{202e}") > 10


@pytest.mark.parametrize("held", [0, 2])
def test_a_lake_without_searches_says_what_to_do(lake: Lake, row: MakeRow, held: int) -> None:
    functions = [row("functions", function_id=f"f{number}") for number in range(held)]
    commit_task(lake, "corpus", "grow", 0, functions=functions)
    content = page(figures(lake, "instructions"), "lake")
    assert "<h1>Nothing was searched yet</h1>" in content
    assert f"<b>{held}</b>" in content


def test_what_cannot_be_written_is_refused(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(BadReport, match="a file in a folder that exists"):
        write_report(lake, tmp_path / "none" / "report.html")
    with pytest.raises(BadReport, match="a file in a folder that exists"):
        write_report(lake, tmp_path)
    with pytest.raises(BadReport, match="--objective speed: there is instructions, object_bytes"):
        write_report(lake, tmp_path / "report.html", objective="speed")
    with pytest.raises(SnapshotMissing, match="no snapshot none"):
        write_report(lake, tmp_path / "report.html", snapshot="none")


def test_a_page_is_bounded_whatever_the_code_is() -> None:
    long = "\n".join(f"  %{number} = add i32 %a, {number}" * 50 for number in range(5000))
    shown = code.side_by_side(long, "")
    assert "4,840 more lines before." in shown
    assert len(shown) < 100_000


def test_lines_that_differ_in_local_names_are_the_same_line() -> None:
    shown = code.side_by_side(
        "define i32 @f() {\n  %1 = add i32 %a, 1\n  ret i32 %1\n}",
        "define i32 @f() {\n  %x = add i32 %b, 1\n  store i32 0, ptr @g\n  ret i32 %x\n}",
    )
    assert re.findall(r"<td class='(\w+)'", shown) == [
        *("same", "same", "same", "same", "none", "new", "same", "same", "same", "same")
    ]


def test_passes_are_labelled_without_wrappers_and_never_alike() -> None:
    long = "function(simplifycfg<a;b;c;d;e;f;g;h;i;j;k;l;m;{}>)"
    given_ = ["function(sroa)", "cgscc(function(sroa))", "function(loop-mssa(licm))"]
    found = labels([*given_, long.format(1), long.format(2)], 20)
    assert list(found.values())[:3] == ["sroa", "sroa… 2", "licm"]
    assert len(set(found.values())) == 5


@given(st.text())
def test_any_text_comes_back_as_text_and_adds_no_tag(said: str) -> None:
    found = Reader(f"<p title='{markup.text(said)}'>{markup.text(said, most=None)}</p>")
    assert [tag for tag, _ in found.tags] == ["p"]
    assert Reader(f"<script>{markup.data([said])}</script>").tags == [("script", {})]
    assert json.loads(markup.data([said])) == [said]


def test_judged_methods_have_a_section_of_their_own(lake: Lake, row: MakeRow) -> None:
    grow_and_tune(lake, row, 2)
    same = {"model_id": "", "instructions": 9, "compilations": 10, "task_id": "t9"}
    judgements = [
        row("judgements", method=method, function_id=function, snapshot=snapshot, **same)
        for method in ("portfolio", "<b>net</b>")
        for function, snapshot in (
            ("f0", "s"),
            ("f1", "s"),
            ("f0", "smaller"),
            ("x", "reference:1"),
        )
    ]
    commit_task(lake, "judge", "t9", 0, judgements=judgements)
    found = figures(lake, "instructions")
    shown = [(one["snapshot"], one["functions"]) for one in found.rows["judged"]]
    assert shown == [("s", 2), ("s", 2), ("reference:1", 1), ("reference:1", 1)]
    html = page(found, "lake")
    assert "Methods on unseen programs" in html
    assert "<b>net</b>" not in html
    assert "&lt;b&gt;net&lt;/b&gt;" in html
