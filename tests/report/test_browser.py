"""In a real browser: no errors, no requests, no accessibility violations, nothing wider than the screen."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.person import person, row_of
from forwhom.analysis.one_person.shared import prepare
from forwhom.io.folder import read_and_score
from forwhom.report.render import render

playwright = pytest.importorskip("playwright.sync_api")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RECORDS = ["record", "one_arm", "nasty", "person", "arms", "crowd"]


def chromium() -> str:
    found = os.environ.get("FORWHOM_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.skip("no chromium here")
    return str(found)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(samples: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    records = {name: getattr(samples, name)() for name in RECORDS[:-2]} | {"crowd": samples.wide(persons=60)}
    records["arms"] = samples.three_arms()
    for name, record in records.items():
        (folder / f"{name}.html").write_text(render(record), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in records}


class Opened:
    """A page, and everything it complained about or asked for."""

    def __init__(self, browser: Any, path: Path, width: int = 1280, scheme: str = "light", **more: Any) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.page.close()


@pytest.mark.parametrize("name", RECORDS)
def test_opens_quietly_and_asks_for_nothing(browser: Any, files: dict[str, Path], name: str) -> None:
    with Opened(browser, files[name]) as opened:
        assert opened.complaints == []
        assert opened.requests == [files[name].as_uri()]


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen(browser: Any, files: dict[str, Path], name: str, width: int) -> None:
    with Opened(browser, files[name], width) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("record", 1280, "light"),
        ("record", 375, "dark"),
        ("one_arm", 1280, "dark"),
        ("person", 390, "light"),
        ("person", 1280, "dark"),
        ("arms", 1280, "light"),
    ],
)
def test_no_accessibility_violations(browser: Any, files: dict[str, Path], name: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with Opened(browser, files[name], width, scheme) as opened:
        opened.page.evaluate("document.querySelectorAll('details:not(.long)').forEach(d => d.open = true)")
        results = axe.Axe().run(opened.page)
        assert results.violations_count == 0, results.generate_report()


def test_the_keyboard_reaches_the_toggle_and_the_person_picker(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["record"]) as opened:
        reached = []
        for _ in range(200):
            opened.page.keyboard.press("Tab")
            reached.append(opened.page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert reached[0] == "skip"
        assert "theme" in reached
        assert "figure-outcome.trajectory.bdi2-pick" in reached


def test_the_toggle_turns_the_page_dark_and_back(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["record"]) as opened:
        colour = "getComputedStyle(document.body).backgroundColor"
        light = opened.page.evaluate(colour)
        opened.page.focus("#theme")
        opened.page.keyboard.press("Enter")
        dark = opened.page.evaluate(colour)
        assert dark != light
        assert opened.page.inner_text("#theme") == "Light page"
        opened.page.keyboard.press("Enter")
        assert opened.page.evaluate(colour) == light


@pytest.mark.parametrize("width", [1280, 375])
def test_picking_a_person_shows_line_and_values(browser: Any, files: dict[str, Path], width: int) -> None:
    with Opened(browser, files["record"], width) as opened:
        figure = opened.page.locator("[id='figure-outcome.trajectory.bdi2']")
        figure.locator("select").select_option("0")
        assert figure.locator("output").inner_text() == "Treatment as usual: score at month 0: 29, 2: 2, 3: 2"
        visible = figure.locator("svg.wide" if width > 640 else "svg.narrow")
        assert (visible.locator(".picked").get_attribute("d") or "").startswith("M")
        figure.locator("select").select_option("")
        assert visible.locator(".picked").get_attribute("d") == ""


def test_pointing_at_a_line_names_the_person(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["record"]) as opened:
        figure = opened.page.locator("[id='figure-outcome.reliable_change.bdi2']")
        svg = figure.locator("svg.wide")
        svg.scroll_into_view_if_needed()
        box = svg.bounding_box()
        place = opened.page.evaluate(
            "JSON.parse(document.querySelector(\"[id='figure-outcome.reliable_change.bdi2'] script\").textContent).wide[5]"
        )
        scale = box["width"] / 700
        opened.page.mouse.move(box["x"] + place[0] * scale, box["y"] + place[1] * scale)
        opened.page.wait_for_function(
            "document.querySelector(\"[id='figure-outcome.reliable_change.bdi2'] select\").value !== ''"
        )
        assert "at baseline" in figure.locator("output").inner_text()


def test_print_opens_the_tables_but_for_long_ones(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["record"]) as opened:
        opened.page.emulate_media(media="print")
        opened.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert opened.page.evaluate("document.querySelectorAll('details.data:not(.long):not([open])').length") == 0
        assert not opened.page.locator("details.long").first.is_visible()
        assert not opened.page.locator("nav").is_visible()
        assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_everything_is_there_without_script(browser: Any, files: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(files["record"].as_uri())
    assert page.locator("svg.wide").first.is_visible()
    assert not page.locator("#theme").is_visible()
    assert not page.locator(".picker").first.is_visible()
    context.close()


def test_picking_a_person_among_the_expected_differences(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["record"]) as opened:
        figure = opened.page.locator("[id='figure-for_whom.individual.bdi2']")
        figure.locator("select").select_option("3")
        assert figure.locator("output").inner_text().startswith("Beat the Blues − Treatment as usual: ")
        assert (figure.locator("svg.wide .picked").get_attribute("d") or "").startswith("M")


def test_a_real_page_of_one_person_prints_on_two_pages(browser: Any, tmp_path: Path, root: Path) -> None:
    """With the cautions, the rules and the long captions that real pages have."""
    study = read_and_score(root / "examples" / "beat-the-blues")
    page = tmp_path / "real.html"
    page.write_text(render(person(prepare(study, Asking()), row_of(study, "9"))), encoding="utf-8")
    with Opened(browser, page) as opened:
        paper = opened.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 2


def test_one_person_prints_on_two_pages(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["person"]) as opened:
        paper = opened.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) <= 2


@pytest.mark.parametrize("name", ["record", "person", "arms"])
def test_no_words_of_a_picture_leave_it_or_lie_on_others(browser: Any, files: dict[str, Path], name: str) -> None:
    """As really set, with the fonts of this machine: texts end inside the drawing, and no two cover each other."""
    script = """
    () => {
      const wrong = [];
      document.querySelectorAll("article[id^='for_whom'] svg.wide, article[id^='one_person'] svg.wide").forEach(svg => {
        const frame = svg.getBoundingClientRect(), boxes = [];
        svg.querySelectorAll("text").forEach(t => {
          const b = t.getBoundingClientRect();
          if (b.right > frame.right + 2 || b.left < frame.left - 2) wrong.push("outside: " + t.textContent);
          boxes.push([b, t.textContent]);
        });
        boxes.forEach(([a, s], i) => boxes.slice(i + 1).forEach(([b, u]) => {
          const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (x > 3 && y > 5) wrong.push("on each other: " + s + " | " + u);
        }));
      });
      return wrong;
    }
    """
    for width in (1280, 390):
        with Opened(browser, files[name], width) as opened:
            found = opened.page.evaluate(script if width > 640 else script.replace("svg.wide", "svg.narrow"))
            assert found == []
