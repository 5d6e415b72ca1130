"""Operating characteristics of every off-track rule on real studies. Writes studies.json and prints a table.

FORWHOM_SHARED_DATA=<data> python validation/off_track/studies.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.shared import prepare
from forwhom.findings.kinds import Interval
from forwhom.io.folder import read_and_score

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ("validation/studies/enrichd", "examples/beat-the-blues")


def shown(share: Interval) -> str:
    if share.value is None:
        return "not known"
    limits = "" if share.low is None else f" ({100 * share.low:.0f} to {100 * (share.high or 0):.0f})"
    return f"{100 * share.value:.0f} %{limits}"


def rows(basis: Basis) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for rule in basis.rules:
        lead = rule.lead
        made.append(
            {
                "rule": rule.rule,
                "event": rule.event,
                "n": rule.n,
                "events": rule.events,
                "caught": rule.caught,
                "alarms": rule.alarms,
                "by the end": shown(rule.sensitivity),
                "by the third": shown(rule.by_third),
                "before the last": shown(rule.before_last),
                "false alarms": shown(rule.false_alarms),
                "came true": shown(rule.positive_value),
                "lead": "none" if lead.value is None else f"{lead.value:g} ({lead.low:g} to {lead.high:g})",
            }
        )
    return made


def main() -> None:
    out: dict[str, object] = {"versions": {name: version(name) for name in ("numpy", "scipy")}}
    for name in STUDIES:
        study = read_and_score(ROOT / name)
        (basis,) = prepare(study, Asking(), benefit=False).bases
        error = basis.error
        held = basis.calibration
        out[study.name] = {
            "time unit": study.time_unit,
            "people": len(study.persons),
            "later scores": held.scores,
            "inside the band at the start": held.inside,
            "inside the updated band": held.updated,
            "reliable change": error.threshold if isinstance(error, Error) else None,
            "rules": rows(basis),
        }
        print(f"\n{study.name}: {held}")
        for row in rows(basis):
            print(" | ".join(str(value) for key, value in row.items() if key not in ("n", "alarms")))
    text = json.dumps(out, indent=1, ensure_ascii=False) + "\n"
    Path(__file__).with_name("studies.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
