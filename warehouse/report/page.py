"""The page: one HTML file that loads nothing, with its charts, their library and their tables.

Its size is bounded whatever the lake's: every table has a fixed number of rows, names are cut, and
twelve functions are shown with 160 lines of each version.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse import storage
from warehouse.errors import BadReport
from warehouse.provenance import code_version
from warehouse.report.evidence import provenance
from warehouse.report.figures import figures
from warehouse.report.markup import data, percent, text
from warehouse.report.sections import cards, sections

if TYPE_CHECKING:
    from warehouse.lake import Lake
    from warehouse.report.figures import Figures
    from warehouse.report.parts import Figure, Section

_HERE = Path(__file__).parent

OBJECTIVES = ("instructions", "object_bytes")


def write_report(
    lake: Lake, path: Path, *, snapshot: str | None = None, objective: str = "instructions"
) -> int:
    """Write a report of a lake, or of one of its snapshots; its size in bytes.

    Raises:
        BadReport: the objective is none, or there is no such folder.
        SnapshotMissing, TableDamaged: as `sql.connect`.
        LakeFull, LakeUnwritable: the file cannot be written.
    """
    if objective not in OBJECTIVES:
        raise BadReport(f"--objective {objective}: there is {', '.join(OBJECTIVES)}")
    if not path.absolute().parent.is_dir() or path.is_dir():
        raise BadReport(f"-o {path}: give a file in a folder that exists")
    content = page(figures(lake, objective, snapshot), lake.folder.name).encode()
    storage.write_bytes(path.absolute(), content)
    return len(content)


def page(found: Figures, lake_name: str) -> str:
    """The whole page."""
    shown = sections(found)
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    library = _library() if any(one.figures for one in shown) else ""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none';"
        f" form-action 'none'; script-src {_hash(library)} {_hash(script)}"
    )
    title = f"Passlake: {lake_name}" + (f", snapshot {found.snapshot}" if found.snapshot else "")
    links = "".join(f'<a href="#{one.name}">{text(one.title)}</a>' for one in shown)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{text(policy, most=None)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<p class="brand">Passlake</p>
<h1>{_own(_heading(found))}</h1>
<p class="subject">{text(_subject(found, lake_name))}</p>
<div class="controls"><button id="theme" type="button">Theme: system</button>
<button id="tables" type="button" aria-pressed="false">Show all tables</button></div>
</header>
<main>
{_cards(found)}
<nav aria-label="Sections">{links}<a href="#provenance">Where this comes from</a></nav>
{"".join(map(_section, shown)) or _EMPTY}
<section id="provenance"><h2>Where this comes from</h2>
{provenance(found, _made(found))}
</section>
</main>
<script>{library}</script>
<script>{script}</script>
</body>
</html>
"""


_EMPTY = (
    "<section><p>Nothing was searched yet. <code>passlake corpus add</code> brings functions,"
    " <code>passlake tune</code> searches them.</p></section>"
)


def _heading(found: Figures) -> str:
    if not found.headline["functions"]:
        return "Nothing was searched yet"
    return f"Improvement over -Oz: {percent(found.headline['improvement_over_oz'])}"


def _subject(found: Figures, lake_name: str) -> str:
    state = f"snapshot {found.snapshot}" if found.snapshot else "present state"
    return f"{lake_name}/: {state} of the lake, by {found.unit}"


def _made(found: Figures) -> list[tuple[str, str]]:
    words = ["passlake report -o report.html"]
    if found.snapshot:
        words.append(f"--snapshot {found.snapshot}")
    if found.objective != OBJECTIVES[0]:
        words.append(f"--objective {found.objective}")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [("this page", " ".join(words)), ("made", f"{now}, by Passlake {code_version()}")]


def _cards(found: Figures) -> str:
    listed = "".join(
        f'<div class="card"><dt>{_own(what)}</dt><dd><b>{_own(much)}</b>'
        f"<span>{_own(detail)}</span></dd></div>"
        for what, much, detail in cards(found)
    )
    definition = (
        "Improvement over a baseline is sum(baseline) / sum(best) \N{MINUS SIGN} 1, pooled over all"
        " functions that were searched: neither a mean of percentages nor 1 \N{MINUS SIGN}"
        " best/baseline. -Oz is"
        " default&lt;Oz&gt; on functions marked minsize optsize, which is what clang -Oz gives."
    )
    return f'<dl class="cards">{listed}</dl><p class="definition">{definition}</p>'


def _own(words: str) -> str:
    """Words of ours as HTML; no line ends within -Oz."""
    return text(words.replace("-Oz", "\N{NON-BREAKING HYPHEN}Oz"))


def _section(one: Section) -> str:
    drawn = "".join(map(_figure, one.figures))
    kind = f' class="figures n{len(one.figures)}"' if one.figures else ""
    return (
        f'<section id="{one.name}"><h2>{text(one.title)}</h2>'
        f'<p class="lead">{text(one.lead, most=None)}</p>'
        f"<div{kind}>{drawn}</div>{one.after}</section>"
    )


def _figure(one: Figure) -> str:
    return (
        f'<figure><figcaption>{text(one.title)}</figcaption><div class="chart" id="{one.name}"'
        f' role="img" aria-label="{text(one.title)}; the table below has its data"></div>'
        f'<script type="application/json" data-chart="{one.name}">{data(one.chart)}</script>'
        f"<details><summary>Data</summary>{one.table}</details></figure>"
    )


def _library() -> str:
    # Seconds and tens of MB: only for who asked for a report.
    import vl_convert  # noqa: PLC0415

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    assert "</script" not in bundle.lower(), "the charting library would end its own element"
    return bundle


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
