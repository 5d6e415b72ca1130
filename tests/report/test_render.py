"""The page is whole, safe, the same every time, and says what the record says."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

from forwhom.findings.model import Method
from forwhom.findings.record import from_json, to_json
from forwhom.report.render import render

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
RECORDS = ["record", "one_arm", "empty", "nasty", "person", "crowd"]


@dataclass
class Node:
    tag: str
    attributes: dict[str, str | None]
    children: list[Node] = field(default_factory=list)
    words: str = ""

    def all(self, tag: str) -> list[Node]:
        found = [self] if self.tag == tag else []
        for child in self.children:
            found += child.all(tag)
        return found

    def text(self) -> str:
        return self.words + "".join(child.text() for child in self.children)


class Tree(HTMLParser):
    """Reads a page into nodes and refuses any tag that is not closed where it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("root", {})
        self.open = [self.root]
        self.feed(page)
        self.close()
        assert self.open == [self.root], f"not closed: {[node.tag for node in self.open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag}: {attrs}"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].words += data


@pytest.fixture(scope="module")
def pages(samples: ModuleType) -> dict[str, str]:
    records = {name: getattr(samples, name)() for name in RECORDS[:-1]}
    records["crowd"] = samples.wide(persons=120)
    return {name: render(record) for name, record in records.items()}


@pytest.fixture(scope="module")
def trees(pages: dict[str, str]) -> dict[str, Node]:
    return {name: Tree(page).root for name, page in pages.items()}


def plain(words: str) -> str:
    """With ordinary spaces: the page keeps numbers whole with spaces that do not break."""
    return words.replace("\u202f", " ").replace("\u00a0", " ")


def everything(node: Node) -> list[Node]:
    return [node, *(deeper for child in node.children for deeper in everything(child))]


@pytest.mark.parametrize("name", RECORDS)
def test_ids_are_unique_and_every_reference_arrives(trees: dict[str, Node], name: str) -> None:
    nodes = everything(trees[name])
    ids = [node.attributes["id"] for node in nodes if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    for node in nodes:
        for key in ("aria-labelledby", "for"):
            if key in node.attributes:
                assert node.attributes[key] in ids
        target = node.attributes.get("href")
        if target is not None:
            assert target.startswith("#")
            assert target[1:] in ids


@pytest.mark.parametrize("name", RECORDS)
def test_headings_begin_with_one_title_and_skip_no_level(trees: dict[str, Node], name: str) -> None:
    levels = [int(node.tag[1]) for node in everything(trees[name]) if re.fullmatch(r"h[1-6]", node.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


@pytest.mark.parametrize("name", RECORDS)
def test_landmarks_language_and_skip_link(trees: dict[str, Node], name: str) -> None:
    root = trees[name]
    assert root.all("html")[0].attributes["lang"] == "en"
    assert [len(root.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    assert root.all("body")[0].children[0].attributes == {"class": "skip", "href": "#main"}


@pytest.mark.parametrize("name", RECORDS)
def test_needs_nothing_from_elsewhere(pages: dict[str, str], trees: dict[str, Node], name: str) -> None:
    for node in everything(trees[name]):
        assert node.tag not in {"link", "img", "iframe", "object", "embed", "base", "image", "use"}
        assert "src" not in node.attributes
        assert not [key for key in node.attributes if key.startswith("on")]
    style = "".join(node.text() for node in trees[name].all("style"))
    assert "@import" not in style
    assert "url(" not in style
    assert "{{" not in pages[name]


@pytest.mark.parametrize("name", RECORDS)
def test_scripts_are_ours_and_data_cannot_leave_its_element(trees: dict[str, Node], name: str) -> None:
    ours, data = [], []
    for node in trees[name].all("script"):
        (data if node.attributes.get("type") == "application/json" else ours).append(node)
    assert len(ours) == 1
    assert "alert(" not in ours[0].text()
    for node in data:
        people = json.loads(node.text())
        assert len(people["ids"]) == len(people["says"]) == len(people["wide"]) == len(people["narrow"])
        assert all(len(places) % 2 == 0 for places in people["wide"] + people["narrow"])


def test_hostile_texts_are_shown_as_texts(samples: ModuleType, pages: dict[str, str], trees: dict[str, Node]) -> None:
    title = trees["nasty"].all("h1")[0].text()
    assert title.endswith(samples.NASTY)
    assert "<script>alert" not in pages["nasty"]
    assert "<img" not in pages["nasty"]
    blobs = [node for node in trees["nasty"].all("script") if node.attributes.get("type") == "application/json"]
    assert len(blobs) == 3
    assert all(samples.NASTY in json.loads(blob.text())["ids"][0] for blob in blobs)


@pytest.mark.parametrize("name", RECORDS)
def test_every_picture_speaks_and_has_its_table(trees: dict[str, Node], name: str) -> None:
    for figure in trees[name].all("figure"):
        drawings = figure.all("svg")
        classes = [svg.attributes["class"] for svg in drawings]
        assert set(classes) == {"picture wide", "picture narrow"}
        assert classes == sorted(classes, reverse=True)
        for svg in drawings:
            assert svg.attributes["role"] == "img"
            assert (svg.attributes["aria-label"] or "").endswith(".")
            assert "nan" not in str([node.attributes for node in everything(svg)])
            assert "None" not in svg.text()
        assert figure.all("figcaption")
        assert figure.all("details")


@pytest.mark.parametrize("name", RECORDS)
def test_rows_of_tables_are_as_long_as_their_heads(trees: dict[str, Node], name: str) -> None:
    for table in trees[name].all("table"):
        assert table.all("caption")
        head = len(table.all("thead")[0].all("th"))
        for row in table.all("tbody")[0].all("tr"):
            assert len(row.all("th")) + len(row.all("td")) == head


def test_the_page_is_drawn_from_the_file_alone_and_always_alike(samples: ModuleType, pages: dict[str, str]) -> None:
    assert render(from_json(to_json(samples.record()))) == pages["record"]


def test_chapters_in_order_and_those_not_asked(trees: dict[str, Node]) -> None:
    ids = [node.attributes.get("id") for node in trees["record"].all("section")]
    assert ids == [
        "glance", "chapter-measurement", "chapter-outcome", "chapter-for_whom", "chapter-how", "chapter-one_person",
        "chapter-evidence", "chapter-session", "chapter-case", "chapter-programme", "not-asked", "methods", "cautions", "provenance",
    ]  # fmt: skip
    box = next(node for node in trees["record"].all("section") if node.attributes.get("id") == "not-asked")
    assert "in what company" in box.text()
    assert "how it works" not in box.text()


def test_a_later_chapter_gets_its_room(samples: ModuleType) -> None:
    later = samples.finding("company.support.bdi2", "Does support matter?", "It does.")
    record = replace(samples.record(), findings=(*samples.record().findings, later))
    root = Tree(render(record)).root
    room = next(node for node in root.all("section") if node.attributes.get("id") == "chapter-company")
    assert [node.attributes["id"] for node in room.all("article")] == ["company.support.bdi2"]
    boxes = [node.text() for node in root.all("section") if node.attributes.get("id") == "not-asked"]
    assert all("in what company" not in text for text in boxes)


def test_every_finding_says_question_status_plan_people_and_number(samples: ModuleType, trees: dict[str, Node]) -> None:
    articles = {node.attributes["id"]: node for node in trees["record"].all("article")}
    words = {"answered": "Answered", "declined": "Declined", "not_applicable": "Not applicable"}
    for finding in samples.record().findings:
        article = articles[finding.id]
        text = plain(article.text())
        assert finding.question in article.all("h3")[0].text()
        assert finding.statement in text
        answered_session = finding.chapter == "session" and finding.status == "answered"
        status = "From what was coded" if answered_session else words[finding.status]
        assert status in article.all("p")[0].text()
        assert finding.registered in article.all("p")[0].text()
        assert all(caution.text in text for caution in finding.cautions)
        assert finding.would_take is None or finding.would_take in text
        assert all(left.why in text for left in finding.population.left_out)
        assert all(e.name in text for e in finding.estimates)
        assert all(e.why_absent in text for e in finding.estimates if e.why_absent)


def test_the_primary_finding_comes_first(trees: dict[str, Node]) -> None:
    glance = trees["record"].all("section")[0]
    first = glance.all("h3")[0].all("a")[0]
    assert first.attributes["href"] == "#outcome.arm_difference.bdi2"
    assert "Primary outcome" in glance.text()
    assert "−4.7" in glance.text()
    assert "−9.9 to 0.4" in glance.text()


def test_open_limits_are_said_to_be_open(trees: dict[str, Node]) -> None:
    leaving = next(node for node in trees["record"].all("article") if node.attributes["id"] == "outcome.leaving")
    assert "5.1 to ∞" in leaving.text()


def test_methods_name_each_way_of_working_once(samples: ModuleType) -> None:
    record = samples.record()
    same = Method("One way", {"option": "as used"}, ("Somebody 2001.", "Somebody 2002."))
    record = replace(record, findings=tuple(replace(finding, method=same) for finding in record.findings))
    methods = next(node for node in Tree(render(record)).root.all("section") if node.attributes.get("id") == "methods")
    assert len([h for h in methods.all("h3") if "One way" in h.text()]) == 1
    assert [li.text() for li in methods.all("ol")[0].all("li")] == ["Somebody 2001.", "Somebody 2002."]
    answered = sum(finding.status == "answered" or finding.detail is not None for finding in record.findings)
    assert len([a for a in methods.all("a") if not a.attributes["href"].startswith("#reference-")]) == answered


def test_cautions_and_rows_set_aside_are_listed_with_their_findings(trees: dict[str, Node]) -> None:
    section = next(node for node in trees["record"].all("section") if node.attributes.get("id") == "cautions")
    missing = next(li for li in section.all("li") if "Almost half" in li.text())
    assert [a.attributes["href"] for a in missing.all("a")] == ["#outcome.missing.bdi2", "#outcome.arm_difference.bdi2"]
    assert "3 rows have no score" in section.text()


def test_finding_ids_that_are_no_html_ids(samples: ModuleType) -> None:
    odd = samples.finding('outcome.events.self harm"><b>', "Q?", "S.")
    alike = samples.finding("outcome.events.self harm'><b>", "Q?", "S.")
    record = replace(samples.record(), findings=(odd, alike))
    ids = [node.attributes["id"] for node in Tree(render(record)).root.all("article")]
    assert len(set(ids)) == 2
    assert all(re.fullmatch(r"[\w.-]+", id_ or "") for id_ in ids)


def test_small_enough_for_a_thousand_people(samples: ModuleType) -> None:
    assert len(render(samples.wide(persons=1000, arms=3, occasions=12)).encode()) < 3_000_000


# ── colours ──────────────────────────────────────────────────────────────────────────────────────


def contrast(first: str, second: str) -> float:
    """Contrast ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("sheet", ["style.css", "dark.css"])
def test_contrast(root: Path, sheet: str) -> None:
    text = (root / "src" / "forwhom" / "report" / "templates" / sheet).read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", text))
    read = ["ink", "quiet", "accent", "warn", *(f"arm{k}" for k in range(6))]
    for name in read:
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
        assert contrast(colours[name], colours["sheet"]) >= 4.5 or name.startswith("arm"), name
    for name in ("recovered", "improved", "unchanged", "worse", "category"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
    assert contrast(colours["onblock"], colours["category"]) >= 4.5


def test_computes_nothing(root: Path) -> None:
    for path in (root / "src" / "forwhom" / "report").rglob("*.py"):
        assert not re.search(
            r"^\s*(import|from) (numpy|scipy|statistics|polars)", path.read_text(encoding="utf-8"), re.M
        )
