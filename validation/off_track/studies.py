"""On real studies: whether the bands hold wherever people start, what every off-track rule is worth, where people stand, and how
far that hangs on the seed. Writes studies.json and prints tables.

FORWHOM_SHARED_DATA=<data> python validation/off_track/studies.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

from forwhom.analysis.asking import Asking
from forwhom.analysis.one_person.basis import Basis, Error
from forwhom.analysis.one_person.rules import standings
from forwhom.analysis.one_person.shared import prepare
from forwhom.findings.kinds import Interval
from forwhom.io.folder import read_and_score

ROOT = Path(__file__).resolve().parents[2]
STUDIES = {"validation/studies/enrichd": (12.5, 15.5, 19.5, 24.5, 29.5), "examples/beat-the-blues": (15.5, 23.5, 29.5)}
"""With the starts between which calibration is told."""
SEEDS = range(5)


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


def by_start(basis: Basis, cuts: tuple[float, ...]) -> list[dict[str, object]]:
    """Share of later scores inside and above the bands, by where people started."""
    assert basis.bands is not None
    here, made = basis.here, list[dict[str, object]]()
    part = np.digitize(here.start, cuts)
    for k in range(len(cuts) + 1):
        mine = np.isfinite(here.score) & np.isfinite(basis.bands[0].mean) & (part == k)[:, None]
        row: dict[str, object] = {
            "starts": f"{np.nanmin(np.where(part == k, here.start, np.nan)):g} to {np.nanmax(np.where(part == k, here.start, np.nan)):g}",
            "people": int(mine.any(axis=1).sum()),
            "scores": int(mine.sum()),
        }
        for name, band in zip(("at the start", "updated"), basis.bands, strict=True):
            row[f"inside, {name}"] = round(
                float(((here.score >= band.low) & (here.score <= band.high))[mine].mean()), 4
            )
            row[f"above, {name}"] = round(float((here.score > band.high)[mine].mean()), 4)
        made.append(row)
    return made


def standing(basis: Basis) -> np.ndarray:
    """Where everybody stands by the primary rule; −1 without a later score."""
    primary = basis.alarms[0]
    known = primary.known & (basis.here.later > 0)
    return np.where(known, standings(primary.alarm, basis.here.later), -1)


def main() -> None:
    out: dict[str, object] = {"versions": {name: version(name) for name in ("numpy", "scipy")}}
    for name, cuts in STUDIES.items():
        study = read_and_score(ROOT / name)
        (basis,) = prepare(study, Asking(), benefit=False).bases
        error = basis.error
        held = basis.calibration
        stands = standing(basis)
        others = [standing(prepare(study, Asking(seed=seed), benefit=False).bases[0]) for seed in SEEDS]
        changed = np.any([other != stands for other in others], axis=0)
        told = (basis.alarms[0].agreement < 1) & (stands >= 0)
        out[study.name] = {
            "time unit": study.time_unit,
            "people": len(study.persons),
            "later scores": held.scores,
            "inside the band at the start": held.inside,
            "inside the updated band": held.updated,
            "reliable change": error.threshold if isinstance(error, Error) else None,
            "by start": by_start(basis, cuts),
            "standing": {
                words: int((stands == k).sum()) for k, words in enumerate(("no alarm", "back inside", "alarm"))
            },
            "standing changed over five seeds": {
                "per seed": [int((other != stands).sum()) for other in others],
                "people": int(changed.sum()),
                "of these said to be at the limit": int((changed & told).sum()),
                "said to be at the limit": int(told.sum()),
            },
            "rules": rows(basis),
        }
        print(f"\n{study.name}: {held}")
        for part in by_start(basis, cuts):
            print(part)
        for row in rows(basis):
            print(" | ".join(str(value) for key, value in row.items() if key not in ("n", "alarms")))
    text = json.dumps(out, indent=1, ensure_ascii=False) + "\n"
    Path(__file__).with_name("studies.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
