"""From a study folder to report.html and findings.json, with what is published beside it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from forwhom.cli.hands import hands
from forwhom.cli.opening import open_page
from forwhom.cli.printing import print_findings, progress_bar, say, stop_with

if TYPE_CHECKING:
    from forwhom.evidence.beside import Beside
    from forwhom.findings import Finding, Record
    from forwhom.parallel import Cluster
    from forwhom.study import Study


def write_report(
    folder: Path,
    to: Path,
    questions: tuple[str, ...],
    workers: int,
    cluster: str | None,
    seed: int,
    open_it: bool,
    as_json: bool,
    to_ledger: Path | None = None,
) -> None:
    """Read, answer, write both files or neither, and print."""
    from forwhom.analysis.questions import tasks
    from forwhom.findings.record import to_json
    from forwhom.io.folder import read_and_score
    from forwhom.io.record import check_writable, write_together
    from forwhom.problems import ProblemsFound
    from forwhom.report.render import render

    page, data = to / "report.html", to / "findings.json"
    try:
        study = read_and_score(folder)
        check_writable([data, page])
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    try:
        tasks(study, questions)
    except ProblemsFound as found:
        stop_with(found.problems, as_json, code=2)
    beside = _published(study, as_json)
    if to_ledger is not None:
        _check_draft(study, to_ledger, beside, as_json)
    with hands(workers, cluster, as_json) as given:
        record = _answer_with_progress(study, questions, given, seed, beside)
    text = to_json(record)
    try:
        write_together({data: text, page: render(record)})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if as_json:
        sys.stdout.write(text)
    else:
        print_findings(record)
        say("Report:   ", page)
        say("Findings: ", data)
    if to_ledger is not None and beside is not None:
        _add_draft(study, record, beside, to_ledger, as_json)
    if open_it:
        open_page(page)


def _check_draft(study: Study, folder: Path, beside: Beside | None, as_json: bool) -> None:
    """Before anything is computed: people exist, the words are there, and no file is in the way."""
    from forwhom.analysis.evidence.as_draft import slug
    from forwhom.problems import Problem

    if study.simulated:
        do = "Leave --to-ledger out: a simulated study is no evidence."
        stop_with(
            [Problem("simulated", do, "study.toml", column="[study] simulated", found="no such people exist")], as_json
        )

    path = folder / "studies" / f"{slug(study.name)}.toml"
    if beside is None:
        do = "Say in study.toml what arms and outcomes are called in the ledger: [published]."
        stop_with([Problem("missing-key", do, "study.toml", column="[published]", found="it is not there")], as_json)
    if path.exists():
        do = "Move it away, or edit it: a file that is there is never written over."
        stop_with([Problem("file-exists", do, str(path), found="it is there already")], as_json)


def _add_draft(study: Study, record: Record, beside: Beside, folder: Path, as_json: bool) -> None:
    import datetime as dt

    from forwhom.analysis.evidence.as_draft import as_draft
    from forwhom.io.record import write_together
    from forwhom.problems import ProblemsFound

    name, text = as_draft(study, record, beside, dt.date.today())
    path = folder / "studies" / f"{name}.toml"
    try:
        write_together({path: text})
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    if not as_json:
        say("Draft:    ", path)


def _published(study: Study, as_json: bool) -> Beside | None:
    """What is published, where study.toml says what it is called there; every problem of it, or nothing."""
    if study.published is None:
        return None
    from forwhom.io.beside import read_beside
    from forwhom.problems import ProblemsFound

    try:
        return read_beside(study.published)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)


def _answer_with_progress(
    study: Study, questions: tuple[str, ...], workers: int | Cluster, seed: int, beside: Beside | None
) -> Record:
    """Ask everything, with a bar on the error stream."""
    from forwhom.analysis.answer import answer

    with progress_bar() as bar:
        job = bar.add_task("Answering", total=None)

        def progress(done: int, total: int, finding: Finding) -> None:
            bar.update(job, completed=done, total=total, description=f"{finding.id:<40}")

        record = answer(study, questions=questions, workers=workers, seed=seed, beside=beside, progress=progress)
        bar.update(job, description="Answered")
    return record
