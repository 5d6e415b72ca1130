from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence import Contradiction, Ledger, check

TRIAL = """
id = "trial"
sample = "trial"
[citation]
authors = ["Family A", "Second B"]
year = 2020
title = "A trial"
[design]
kind = "randomised"
screened = 100
randomised = 60
analysed = 55
assessments = [0, 12]
unit = "week"
source = { document = "P", place = "Methods, design", line = 5 }
[population]
disorder = ["bpd"]
setting = "outpatient"
[[arms]]
id = "dbt"
label = "DBT"
role = "treatment"
treatment = "dbt"
n = 31
analysed = 28
duration = { value = 12, unit = "week" }
source = { document = "P", place = "Table 1", line = 10 }
[[arms]]
id = "tau"
label = "Usual care"
role = "usual_care"
control = "treatment-as-usual"
n = 29
analysed = 27
source = { document = "P", place = "Table 1", line = 11 }
[[measures]]
id = "severity"
label = "Severity"
domain = "bpd-severity"
better = "lower"
low = 0
high = 40
step = 1
[[results]]
id = "means"
kind = "means"
outcome = "severity"
arm = "dbt"
time = 12
mean = 12.50
sd = 4.10
n = 28
source = { document = "P", place = "Table 2", line = 20 }
[[results]]
id = "attempts"
kind = "events"
outcome = "suicide-attempt"
arm = "dbt"
events = 7
n = 28
percent = 25.0
source = { document = "P", place = "Results, paragraph 1", line = 30 }
[[results]]
id = "difference"
kind = "effect"
outcome = "severity"
arm = "dbt"
versus = "tau"
time = 12
statistic = "g"
value = -0.45
low = -0.97
high = 0.08
significant = false
source = { document = "P", place = "Results, paragraph 2", line = 40 }
[[results]]
id = "amygdala"
kind = "brain"
arm = "dbt"
region = "amygdala"
hemisphere = "left"
modality = "bold"
task = "reappraisal"
direction = "decrease"
source = { document = "P", place = "Results, paragraph 3", line = 50 }
"""
DOCUMENTS = """
[P]
label = "The paper"
lines = 200
[Q]
label = "A review"
lines = 100
"""

Make = Callable[..., Path]


def make_folder(place: Path, files: dict[str, str] | None = None) -> Path:
    """A ledger with the trial, documents, and other files by name."""
    for name, text in {"studies/trial.toml": TRIAL, "documents.toml": DOCUMENTS, **(files or {})}.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Make:
    """Write a ledger: the trial with replacements (old text, new text), and further files."""

    def make(*replaced: tuple[str, str], files: dict[str, str] | None = None) -> Path:
        text = TRIAL
        for old, new in replaced:
            assert text.count(old) >= 1, old
            text = text.replace(old, new, 1)
        return make_folder(tmp_path, {"studies/trial.toml": text, **(files or {})})

    return make


@pytest.fixture
def ledger(folder: Make) -> Callable[..., Ledger]:
    """The same, read."""
    return lambda *replaced, files=None: evidence.read(folder(*replaced, files=files), shipped=False)


@pytest.fixture
def found(ledger: Callable[..., Ledger]) -> Callable[..., list[Contradiction]]:
    """The contradictions of the same."""
    return lambda *replaced, files=None: list(check(ledger(*replaced, files=files)).contradictions)
