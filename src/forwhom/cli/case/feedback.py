"""`forwhom case feedback`: is the case on track, by rules learned from a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forwhom.cli.case.record import At, By, Role, write
from forwhom.cli.case.shared import CaseFolder, load, loaded_or_stop, moment
from forwhom.cli.case.telling import say_emergency
from forwhom.cli.options import AsJson, Seed
from forwhom.cli.printing import say, stop_with

if TYPE_CHECKING:
    from forwhom.analysis.programme.feedback import Given, Learned
    from forwhom.programme.case.recording import Draft


def feedback(
    folder: CaseFolder,
    study: Annotated[
        Path, typer.Option("--study", metavar="STUDY", help="Study that the expected course is learned from.")
    ],
    scale: Annotated[str, typer.Option("--scale", metavar="NAME", help="A scale of the study.")],
    arm: Annotated[
        str | None,
        typer.Option("--arm", metavar="NAME", help="The arm whose course is expected, where there are several."),
    ] = None,
    recorded_as: Annotated[
        str | None,
        typer.Option(
            "--recorded-as", metavar="NAME", help="The scale's name in the log; default: its name or instrument."
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--record", help="Record it, so that an alert is raised where it is off track.")
    ] = False,
    by: By = "",
    role: Role = "",
    at: At = None,
    seed: Seed = 20260101,
    as_json: AsJson = False,
) -> None:
    """Say whether the case is on track, by which rule, and what the rule's alarms are worth."""
    from forwhom.analysis.asking import Asking
    from forwhom.analysis.programme.case_asking import asked
    from forwhom.analysis.programme.feedback import feedback as asked_for
    from forwhom.analysis.programme.feedback import learn, scores_of
    from forwhom.io.folder import read_and_score
    from forwhom.problems import Problem, ProblemsFound
    from forwhom.programme.case.crisis import emergency

    _, state = loaded_or_stop(folder, as_json)
    now = moment(at, "--at", state, as_json)
    if keep and not by:
        stop_with(
            [Problem("wrong-usage", "Say who records it: --by PERSON.", column="--by", found="nobody")], as_json, 2
        )
    try:
        read = read_and_score(study)
        asking = Asking(seed=seed)
        learned = learn(read, scale, arm, asking)
    except ProblemsFound as found:
        stop_with(found.problems, as_json)
    given = asked_for(asked(state, now), learned, scores_of(state, learned.scale, recorded_as), asking)
    if as_json and not keep:
        print(json.dumps(_values(given), ensure_ascii=False, indent=2))
        return
    if not as_json:
        _print(given)
        say_emergency(emergency(state))
    if keep:
        write(load(folder, as_json), _draft(given, learned, recorded_as, by, role, now), as_json)


def _draft(given: Given, learned: Learned, recorded_as: str | None, by: str, role: str, now: Any) -> Draft:
    from forwhom.problems import Problem
    from forwhom.programme.case.recording import Draft

    if given.latest is None:
        stop_with([Problem("no-score", "Record a later score first.", found=given.finding.statement)])
    # An alarm of any rule is kept; only the primary rule makes the status, and only that raises an alert, or a newest score
    # that no rule can judge and that is reliably worse than the start.
    alarms = list(given.alarms) if given.status in ("off track", "not known") else []
    data = {
        "scale": recorded_as or learned.scale.name,
        "status": given.status,
        "latest": given.latest.isoformat(),
        "alarms": alarms,
        "learned_from": f"{learned.title} ({learned.fingerprint[:12]})",
    }
    return Draft("feedback.computed", by, now, data, role)


def _values(given: Given) -> dict[str, Any]:
    from dataclasses import asdict

    latest = given.latest.isoformat() if given.latest is not None else None
    return {"status": given.status, "alarms": list(given.alarms), "latest": latest, "finding": asdict(given.finding)}


def _print(given: Given) -> None:
    from forwhom.findings.kinds import OnTrackDetail

    finding = given.finding
    say(finding.statement)
    if finding.would_take:
        say(f"It would take: {finding.would_take}")
    if isinstance(finding.detail, OnTrackDetail):
        for rule in finding.detail.rules:
            if rule.event and rule.primary:
                say(
                    f"  {rule.rule}, warning of {rule.event}: {_shares(rule.sensitivity, 'caught')}, "
                    f"{_shares(rule.false_alarms, 'false alarms')}, {rule.events} of {rule.n} people had it"
                )
    for each in finding.cautions:
        say(f"  • {each.text}")


def _shares(share: Any, name: str) -> str:
    if share.value is None:
        return f"{name} not known"
    return f"{name} {100 * share.value:.0f} % ({100 * share.low:.0f} to {100 * share.high:.0f} %)"
