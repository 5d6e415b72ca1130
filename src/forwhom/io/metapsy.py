"""Tables of trials in the format of the Metapsy databases: one comparison of two arms per row, read with every problem at once."""

from __future__ import annotations

import csv
import hashlib
import io as text_io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.vocabulary import Vocabulary
from forwhom.io.csv_scan import sniff_decimal, sniff_separator
from forwhom.io.metapsy_rows import ABSENT, comparison, number, treated_first
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed, raise_if_errors, short

REQUIRED = ("study", "condition_arm1", "condition_arm2")
FORMS = {
    "means": ("mean_arm1", "sd_arm1", "n_arm1", "mean_arm2", "sd_arm2", "n_arm2"),
    "change": (
        "mean_change_arm1", "sd_change_arm1", "n_change_arm1", "mean_change_arm2", "sd_change_arm2", "n_change_arm2",
    ),
    "events": ("event_arm1", "totaln_arm1", "event_arm2", "totaln_arm2"),
    "effect": (".g", ".g_se"),
}  # fmt: skip
"""What an effect may be made of; a file needs the columns of one of them."""
ALIASES = {".g": ("X.g", "precalc_g"), ".g_se": ("X.g_se", "precalc_g_se")}
NUMBERS = {name for form in FORMS.values() for name in form} | {
    "time_weeks", "rand_arm1", "rand_arm2", "baseline_m_arm1", "baseline_sd_arm1", "baseline_n_arm1", "baseline_m_arm2",
    "baseline_sd_arm2", "baseline_n_arm2", "year",
}  # fmt: skip
_ABOVE_ZERO = ("sd_", "n_", "totaln_")


@dataclass(frozen=True, slots=True)
class Trials:
    """Comparisons of a table of trials.

    comparisons : in the order of the file; notices : what a reader must know and what was left out
    fingerprint : names the bytes of the file
    """

    name: str
    comparisons: tuple[Comparison, ...]
    notices: tuple[Problem, ...]
    rows: int
    fingerprint: str


def read_metapsy(path: Path | str, vocabulary: Vocabulary) -> Trials:
    """Read a table of trials.

    Needed are the columns study, condition_arm1, condition_arm2, and those of one form of effect: means and sds of both
    arms, changes with their sds, events, or `.g` with `.g_se`. Words that the vocabulary knows (outcomes, treatments, controls,
    instruments) are taken for its terms; other words stay as they are.

    Raises ProblemsFound with the row and column of everything that is wrong: a file of another format, cells that are no
    numbers, spreads that are not above 0, more events than people. Rows are counted as a spreadsheet shows them.
    """
    path = Path(path)
    content = _content(path)
    sample = content[:65536]
    separator = sniff_separator(sample)
    comma = sniff_decimal(sample, separator) == ","
    lines = list(csv.reader(text_io.StringIO(content), delimiter=separator))
    head = _named([cell.strip() for cell in lines[0]]) if lines else []
    _check_head(path.name, head)
    found: list[Problem] = []
    made: list[Comparison] = []
    for at, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(head):
            found.append(
                Problem(
                    "ragged-row", "Give every row as many cells as the header.", path.name, at,
                    found=f"{len(cells)} cells where the header has {len(head)}",
                )
            )  # fmt: skip
            continue
        row = {
            name: "" if cell.strip() in ABSENT else cell.strip() for name, cell in zip(head, cells, strict=True) if name
        }
        wrong = _check_row(path.name, at, row, comma=comma)
        found += wrong
        if not wrong:
            row, told = treated_first(row, vocabulary)
            one, odd = comparison(row, at, vocabulary, comma=comma)
            made.append(one)
            found += [
                Problem(code, do, path.name, at, column, said, severity="notice")
                for code, do, column, said in (*odd, *told)
            ]
    if not made and not found:
        found.append(
            Problem("empty-table", "Give a table with a row per comparison.", path.name, found="there is no row")
        )
    notices = _together([each for each in found if each.severity != "error"])
    raise_if_errors((*(each for each in found if each.severity == "error"), *notices))
    digest = "sha256:" + hashlib.sha256(content.encode()).hexdigest()
    return Trials(path.name, tuple(made), notices, len(made), digest)


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ProblemsFound(
            [Problem("file-missing", "Check its name.", str(path), found="there is no such file")]
        ) from None
    except OSError as why:
        raise ProblemsFound(
            [
                Problem(
                    "unreadable-file",
                    "Check what it is and who may read it.",
                    str(path),
                    found=str(why.strerror or why),
                )
            ]
        ) from None
    except UnicodeDecodeError as why:
        line = path.read_bytes()[: why.start].count(b"\n") + 1
        do = "Save the table as UTF-8."
        raise ProblemsFound([Problem("wrong-encoding", do, path.name, line, found="a byte that is no UTF-8")]) from None


def _named(head: list[str]) -> list[str]:
    """The columns' names in this format: tables saved by R may put X before a dot, and effects that a paper gives have names
    of their own, which count where no column of computed effects is there."""
    for known, others in ALIASES.items():
        other = next((name for name in others if name in head), None)
        if known not in head and other is not None:
            head = [known if name == other else name for name in head]
    return head


def _check_head(file: str, head: list[str]) -> None:
    """Everything that keeps a file from being of this format, at once."""
    if len([name for name in head if name]) < 2:
        do = "Give a table with a header and a row per comparison, its cells divided by commas, semicolons or tabs."
        raise ProblemsFound([Problem("no-table", do, file, 1, found="the first line names no columns")])
    problems = [
        Problem(
            "missing-column",
            f"{did_you_mean(name, head)}Metapsy tables name it so; rename the column, or give another file.",
            file, 1, name, "the column is not there", listed(sorted(filter(None, head)), 30),
        )
        for name in REQUIRED
        if name not in head
    ]  # fmt: skip
    if not any(set(columns) <= set(head) for columns in FORMS.values()):
        problems.append(
            Problem(
                "no-effects",
                "One row per comparison of two arms is needed, with the columns of one of these forms. A table with a row per arm "
                "must be brought to that shape first.",
                file, 1, found="no form of effect has all its columns",
                possible="; ".join(f"{form}: {', '.join(columns)}" for form, columns in FORMS.items()),
            )
        )  # fmt: skip
    twice = sorted({name for name in head if name and head.count(name) > 1})
    problems += [
        Problem("duplicate-column", "Keep one of them.", file, 1, name, "the column is there twice") for name in twice
    ]
    if problems:
        raise ProblemsFound(problems)


def _check_row(file: str, at: int, row: Mapping[str, str], *, comma: bool) -> list[Problem]:
    """Every cell that cannot be."""
    problems = [
        Problem("empty-cell", "Name it.", file, at, name, "nothing is there") for name in REQUIRED if not row[name]
    ]
    values: dict[str, float] = {}
    for name in row.keys() & NUMBERS:
        value = number(row[name], comma=comma)
        if row[name] and value is None:
            do = "Give a number, or leave the cell empty."
            problems.append(Problem("not-a-number", do, file, at, name, f"{short(row[name])} is no number"))
        elif value is not None:
            values[name] = value
    for name, value in values.items():
        low = f"{name} is {value:g}"
        if (
            (name.startswith(_ABOVE_ZERO) or name == ".g_se")
            and value <= 0
            and not (name.startswith("sd_") and value == 0)
        ):
            problems.append(Problem("value-out-of-range", "It must be above 0.", file, at, name, low))
        elif name.startswith(("event_", "sd_")) and value < 0:
            problems.append(Problem("value-out-of-range", "It must not be below 0.", file, at, name, low))
    for arm in ("arm1", "arm2"):
        events, people = values.get(f"event_{arm}"), values.get(f"totaln_{arm}")
        if events is not None and people is not None and events > people:
            said = f"{events:g} people with the event among {people:g}"
            problems.append(Problem("events-above-n", "Correct one of them.", file, at, f"event_{arm}", said))
    if ".g" in values and ".g_se" in row and ".g_se" not in values:
        problems.append(
            Problem("no-standard-error", "Give it, or take .g away.", file, at, ".g_se", "nothing beside .g")
        )
    return sorted(problems, key=lambda each: each.column or "")


def _together(notices: list[Problem]) -> tuple[Problem, ...]:
    """Alike notices as one, with how many rows they stand for."""
    grouped: dict[tuple[str, str | None, str], list[Problem]] = {}
    for each in notices:
        grouped.setdefault((each.code, each.column, each.found), []).append(each)
    return tuple(
        Problem(
            first.code, first.do, first.file, first.row, first.column, first.found, first.possible, "notice", len(alike)
        )
        for alike in grouped.values()
        for first in alike[:1]
    )
