"""The report in a real browser: it draws, its controls work, it fits, and nothing complains."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.browser import Browser, find
from warehouse.lake import Lake
from warehouse.report import write_report

PROGRAM = find()
PHONE_PX = 390

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium can be found here")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("browser")) as one:
        yield one


@pytest.fixture(scope="module")
def report(passlake: Path, golden_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a real campaign."""
    folder = tmp_path_factory.mktemp("report")
    lake = folder / "lake"
    subprocess.run(["cp", "-r", golden_corpus, lake], check=True)
    tune = ["tune", "--strategy", "random", "--evaluations", "40"]
    subprocess.run([passlake, "--lake", lake, *tune], check=True)
    written = ["report", "-o", folder / "report.html"]
    subprocess.run([passlake, "--lake", lake, *written], check=True)
    return folder / "report.html"


@needs_browser
@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_has_marks_and_nothing_complains(
    browser: Browser, report: Path, *, dark: bool
) -> None:
    browser.show(report, dark=dark)
    marks = "[...document.querySelectorAll('.chart')].map(one => one.querySelectorAll("
    marks += "'.mark-rect path, .mark-symbol path, .mark-line path').length)"
    counts = browser.value(marks)
    assert len(counts) == 13
    assert min(counts) > 0
    assert browser.errors == []


@needs_browser
def test_a_phone_scrolls_in_one_direction_only(browser: Browser, report: Path) -> None:
    browser.show(report, width=PHONE_PX, height=844)
    browser.value("document.getElementById('tables').click()")
    assert browser.value("document.documentElement.scrollWidth") == PHONE_PX
    wide = "[...document.querySelectorAll('svg')].filter(one => one.getBoundingClientRect().right"
    assert browser.value(f"{wide} > {PHONE_PX}).length") == 0


@needs_browser
def test_a_chart_takes_the_width_that_a_window_has(browser: Browser, report: Path) -> None:
    width = "document.querySelector('#cost-curve svg').getBoundingClientRect().width"
    browser.show(report, width=1280)
    wide = browser.value(width)
    browser.show(report, width=PHONE_PX)
    assert browser.value(width) < PHONE_PX < wide


@needs_browser
def test_the_controls_work(browser: Browser, report: Path) -> None:
    browser.show(report)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = browser.value(paper)
    theme = "document.getElementById('theme').click(), document.getElementById('theme').textContent"
    assert [browser.value(theme) for _ in range(2)] == ["Theme: light", "Theme: dark"]
    assert browser.value(paper) != light
    bar = "getComputedStyle(document.querySelector('#spread .mark-rect path')).fill"
    dark_bar = browser.value(bar)
    assert browser.value(theme) == "Theme: system"
    assert browser.value(bar) != dark_bar

    opened = "document.querySelectorAll('figure details[open]').length"
    tables = "document.getElementById('tables').click()"
    assert browser.value(opened) == 0
    browser.value(tables)
    assert browser.value(opened) == 13
    browser.value(tables)
    assert browser.value(opened) == 0

    shown = (
        "[...document.querySelectorAll('.win')].filter(one => one.offsetHeight).map(one => one.id)"
    )
    assert browser.value(shown) == ["win-0"]
    choose = "const one = document.getElementById('choose-win'); one.value = 'win-1';"
    browser.value(f"{{{choose} one.dispatchEvent(new Event('change'))}}")
    assert browser.value(shown) == ["win-1"]


@needs_browser
def test_it_prints_light_and_whole(browser: Browser, report: Path) -> None:
    browser.show(report, dark=True)
    printed = base64.b64decode(browser.ask("Page.printToPDF", printBackground=True)["data"])
    assert printed.startswith(b"%PDF-")
    browser.ask("Emulation.setEmulatedMedia", media="print")
    paper = browser.value("getComputedStyle(document.body).backgroundColor")
    hidden = browser.value(
        "[...document.querySelectorAll('.win')].filter(one => !one.offsetHeight)"
    )
    browser.ask("Emulation.setEmulatedMedia", media="")
    assert (paper, hidden) == ("rgb(255, 255, 255)", [])


@needs_browser
def test_an_empty_lake_has_a_page_too(browser: Browser, tmp_path: Path) -> None:
    lake = Lake.open(tmp_path / "empty", create=True)
    write_report(lake, tmp_path / "report.html")
    browser.show(tmp_path / "report.html", width=PHONE_PX)
    assert browser.value("document.querySelector('h1').textContent") == "Nothing was searched yet"
    assert browser.value("document.documentElement.scrollWidth") == PHONE_PX
    assert browser.errors == []


@needs_browser
def test_the_browser_hears_what_a_page_complains_about(browser: Browser, tmp_path: Path) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<html><script>console.error('one'); document.documentElement.dataset.drawn = 'yes';"
        "</script><img src='nothing.png'></html>"
    )
    browser.show(bad)
    browser.value("new Promise(resolve => setTimeout(resolve, 100))")
    assert len(browser.errors) >= 2
