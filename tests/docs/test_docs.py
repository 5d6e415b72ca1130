"""The documentation says what the programme does: every command, question, key and caution is in it, and it runs."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import typer

from forwhom import read_study
from forwhom.analysis.answer import answer
from forwhom.analysis.questions import QUESTIONS
from forwhom.cli import app
from forwhom.findings import Finding
from forwhom.findings.kinds import Detail
from forwhom.instruments.loading import names

TWO_COMMANDS = [
    "pip install -c constraints.txt . && forwhom demo",
    "pip install -c constraints.txt -e '.[test]' && pytest",
]
FRAMES_ONLY = {"frame"}
"""Keys of `Study.from_frames` that no study.toml has."""


def pages(root: Path) -> list[Path]:
    """README and every page of the site."""
    return [root / "README.md", *sorted((root / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> Iterator[str]:
    """Fenced blocks of one language, indented ones too."""
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        yield re.sub(rf"^{match[1]}", "", match[2], flags=re.MULTILINE)


def squeezed(text: str) -> str:
    """Text without the boxes of the terminal and without line breaks."""
    return " ".join(re.sub(r"[─│╭╮╰╯├┤┌┐└┘┬┴┼]", " ", text).split())


# ── the command line ─────────────────────────────────────────────────────────────────────────────


def commands() -> dict[str, typer.core.TyperCommand]:
    return dict(typer.main.get_command(app).commands)


def section(page: str, command: str) -> str:
    """What the page says under the heading of one command."""
    parts = re.split(r"^## forwhom ", page, flags=re.MULTILINE)
    found = [part for part in parts if part.startswith(f"{command}\n")]
    assert found, f"docs/reference/command-line.md has no section '## forwhom {command}'"
    return squeezed(found[0])


def test_every_command_and_option_is_on_the_page_of_the_command_line(root: Path) -> None:
    page = (root / "docs/reference/command-line.md").read_text(encoding="utf-8")
    absent = []
    for name, command in commands().items():
        here = section(page, name)
        first = squeezed(str(command.help).split("\n\n")[0])
        absent += [] if first in here else [f"{name}: {first}"]
        for parameter in command.params:
            options = [option for option in parameter.opts if option.startswith("-")]
            for option in options or [str(parameter.metavar or parameter.name)]:
                absent += [] if option.strip("[]") in here else [f"{name}: {option}"]
            said = squeezed(getattr(parameter, "help", None) or "")
            # The terminal breaks a sentence between cells of the table; its words stay in order.
            absent += [] if all(word in here for word in said.split()) else [f"{name}: {said}"]
    assert absent == []


def test_the_page_has_no_command_that_does_not_exist(root: Path) -> None:
    page = (root / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## forwhom (\S+)$", page, re.MULTILINE)) == set(commands())


def test_every_command_of_a_group_has_a_heading(root: Path) -> None:
    page = (root / "docs/reference/command-line.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (?:forwhom )?(.*)$", page, re.MULTILINE)
    names = [name for group, command in commands().items() for name in _below(group, command)]
    assert "evidence grade" in names
    assert [name for name in names if not any(re.match(rf"{name}\b", heading) for heading in headings)] == []


def _below(name: str, command: typer.core.TyperCommand) -> list[str]:
    inner = getattr(command, "commands", {})
    return [each for one, below in inner.items() for each in [f"{name} {one}", *_below(f"{name} {one}", below)]]


def test_every_command_in_a_shell_block_exists_with_its_options(root: Path) -> None:
    known = commands()
    wrong = []
    for path in pages(root):
        for block in blocks(path, "sh"):
            for line in re.findall(r"\bforwhom +(?!demo\b)([a-z]+)([^|&#\n]*)", block):
                if line[0] not in known:
                    wrong.append(f"{path.name}: forwhom {line[0]}")
                    continue
                whole = list(_with_groups(known[line[0]]))
                options = {option for each in whole for parameter in each.params for option in parameter.opts}
                wrong += [
                    f"{path.name}: forwhom {line[0]} {o}" for o in re.findall(r"--[a-z-]+", line[1]) if o not in options
                ]
    assert wrong == []


def _with_groups(command: typer.core.TyperCommand) -> Iterator[typer.core.TyperCommand]:
    """A command and everything below it."""
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from _with_groups(each)


# ── questions and findings ───────────────────────────────────────────────────────────────────────


def test_every_question_has_a_row_with_an_explanation(root: Path) -> None:
    reference = root / "docs/reference/findings.md"
    rows = {
        match[1]: match[0]
        for match in re.finditer(r"^\| `([a-z_.]+)` \|.*$", reference.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert list(rows) == [question.name for question in QUESTIONS]
    explained = (root / "docs/explanation/index.md").read_text(encoding="utf-8")
    for question in QUESTIONS:
        links = re.findall(r"\(\.\./explanation/([a-z-]+\.md)", rows[question.name])
        assert links, f"{question.name} links to no explanation"
        assert all((root / "docs/explanation" / link).is_file() for link in links), question.name
        assert f"`{question.name}`" in explained, f"docs/explanation/index.md does not name {question.name}"
        assert any(question.name in (root / "docs/explanation" / link).read_text(encoding="utf-8") for link in links), (
            f"no page linked for {question.name} names it"
        )


def test_every_kind_of_detail_is_named(root: Path) -> None:
    page = (root / "docs/reference/findings.md").read_text(encoding="utf-8")
    assert [kind.__name__ for kind in Detail.__args__ if f"`{kind.__name__}`" not in page] == []


def test_every_caution_is_explained(root: Path) -> None:
    page = (root / "docs/explanation/findings.md").read_text(encoding="utf-8")
    codes = set()
    for path in sorted((root / "src/forwhom/analysis").rglob("*.py")):
        if path.name == "asking.py":
            continue  # where a caution's code is an argument
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _called(node) in ("caution", "Caution"):
                code = node.args[0]
                if isinstance(code, ast.Attribute) and code.attr == "code":
                    continue  # handed on; where it was made it is a text
                assert isinstance(code, ast.Constant), f"{path.name}:{node.lineno}: the code of a caution is not a text"
                codes.add(str(code.value))
    assert codes
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def _called(node: ast.Call) -> str:
    """Name of the function or method that is called."""
    return str(getattr(node.func, "attr", getattr(node.func, "id", "")))


def test_every_explanation_names_validation_that_exists(root: Path) -> None:
    without = {"index.md", "findings.md", "planned-and-exploratory.md"}
    for path in sorted((root / "docs/explanation").glob("*.md")):
        named = re.findall(r"`(validation/[a-z_]+/)`", path.read_text(encoding="utf-8"))
        assert named or path.name in without, f"{path.name} names no folder under validation/"
        assert [folder for folder in named if not (root / folder).is_dir()] == []


def test_every_instrument_is_listed(root: Path) -> None:
    page = (root / "docs/reference/instruments.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(listed) == sorted(names())


def test_every_kernel_and_public_name_has_a_place_in_the_reference(root: Path) -> None:
    import forwhom

    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "docs/reference").glob("*.md")))
    drawn = set(re.findall(r"^::: (forwhom[\w.]*)", text, re.MULTILINE))
    kernels = {f"forwhom.kernels.{path.stem}" for path in (root / "src/forwhom/kernels").glob("[a-z]*.py")}
    questions = {f"forwhom.analysis.{question.function}" for question in QUESTIONS}
    assert sorted((kernels | questions) - drawn) == []
    page = (root / "docs/reference/python.md").read_text(encoding="utf-8")
    assert [name for name in forwhom.__all__ if f"`{name}`" not in page] == []


# ── study.toml ───────────────────────────────────────────────────────────────────────────────────

READERS = {
    "text", "texts", "number", "numbers", "number_by_text", "text_by_text", "texts_by_number", "flag", "date", "mapping",
    "raw",
}  # fmt: skip


def known_keys(root: Path) -> set[str]:
    """Every key the parser asks for: literal arguments of `keys.text("…")` and its like, and the tables they come from."""
    from forwhom.study.parse_scales import NUMBERS
    from forwhom.study.parse_tables import COLUMNS, CONSTANTS, KINDS
    from forwhom.study.spec import ROLES

    keys = {*NUMBERS, *KINDS, *ROLES, *(role for roles in COLUMNS.values() for role in roles)}
    keys |= {f"{role}_is" for roles in CONSTANTS.values() for role in roles}
    for path in sorted((root / "src/forwhom/study").glob("parse*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in READERS
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                keys.add(str(node.args[0].value))
    return keys - FRAMES_ONLY


def test_every_key_of_study_toml_is_in_its_reference(root: Path) -> None:
    page = (root / "docs/design/study-folder.md").read_text(encoding="utf-8")
    keys = known_keys(root)
    assert {"registered", "wide", "at_least", "kind_is", "separator", "time_zone", "reliability_kind"} <= keys
    assert sorted(key for key in keys if not re.search(rf"(?<![a-z_]){key}(?![a-z_])", page)) == []


@pytest.mark.parametrize("folder", ["docs", "examples"])
def test_every_toml_parses(root: Path, folder: str) -> None:
    texts = [(path, block) for path in pages(root) for block in blocks(path, "toml")] if folder == "docs" else []
    texts += [(path, path.read_text(encoding="utf-8")) for path in (root / folder).rglob("*.toml")]
    assert texts
    wrong = []
    for path, text in texts:
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as why:
            wrong.append(f"{path.relative_to(root)}: {why}\n{text}")
    assert wrong == []


def test_every_python_block_compiles(root: Path) -> None:
    for path in pages(root):
        for block in blocks(path, "python"):
            compile(block, str(path.relative_to(root)), "exec")


# ── README and tutorial ──────────────────────────────────────────────────────────────────────────


def test_readme_opens_with_the_two_commands_and_one_picture(root: Path) -> None:
    readme = root / "README.md"
    assert [block.strip() for block in blocks(readme, "sh")][:2] == TWO_COMMANDS
    text = readme.read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]{20,}\]\(([^)]+)\)", text)
    assert pictures == ["docs/images/report.png"]
    assert text.index(TWO_COMMANDS[1]) < text.index(pictures[0]) < text.index("\n## ")
    assert (root / pictures[0]).stat().st_size < 400_000


def test_links_between_files_lead_somewhere(root: Path) -> None:
    broken = []
    for path in pages(root):
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        links = [link for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if not link.startswith("http")]
        broken += [f"{path.relative_to(root)}: {link}" for link in links if not (path.parent / link).exists()]
    assert broken == []


@pytest.fixture(scope="module")
def beat_the_blues(root: Path) -> Finding:
    """The arm difference of the trial that ships."""
    study = read_study(root / "examples/beat-the-blues")
    return answer(study, questions=["outcome.arm_difference"]).findings[0]


def test_the_sentence_in_the_readme_is_the_sentence_of_the_report(root: Path, beat_the_blues: Finding) -> None:
    text = re.sub(r"\n> ?", " ", (root / "README.md").read_text(encoding="utf-8"))
    assert squeezed(beat_the_blues.statement) in squeezed(text)


def test_the_estimate_shown_in_the_reference_is_that_of_the_report(root: Path, beat_the_blues: Finding) -> None:
    shown = json.loads(next(blocks(root / "docs/reference/findings-json.md", "json")))
    real = {each.name: asdict(each) for each in beat_the_blues.estimates}[shown["name"]]
    for key, value in shown.items():
        assert value == (pytest.approx(real[key], rel=1e-6) if isinstance(value, float) else real[key]), key


def test_the_tutorial_does_what_it_prints(root: Path, tmp_path: Path) -> None:
    tutorial = root / "docs/tutorial.md"
    (tmp_path / "data.csv").write_text(next(blocks(tutorial, "csv")), encoding="utf-8")
    (tmp_path / "study.toml").write_text(list(blocks(tutorial, "toml"))[-1], encoding="utf-8")
    record = answer(read_study(tmp_path))
    printed = squeezed(tutorial.read_text(encoding="utf-8"))
    answered = [finding for finding in record.findings if finding.status == "answered"]
    assert len(answered) > 8
    assert [finding.id for finding in answered if squeezed(finding.statement) not in printed] == []
