"""Common features of a programme beside what the ledger says of its treatment."""

from __future__ import annotations

from dataclasses import dataclass

from forwhom.evidence import Ledger
from forwhom.programme import Programme
from forwhom.programme.common_features import Judged, judge

GRID = "common-features"


@dataclass(frozen=True, slots=True)
class FeatureFound:
    """A feature in a programme.

    told : what the ledger's grid says beside it: of the treatment as a whole, or of the group of effective treatments of which a
        study of this treatment is named. Neither is a fact of the programme, so neither changes the status
    """

    judged: Judged
    told: tuple[str, ...]


def features(programme: Programme, ledger: Ledger) -> tuple[FeatureFound, ...]:
    """Every feature with its status, and what the ledger tells beside it.

    >>> from forwhom import evidence, programme
    >>> features(programme.shipped("dbt-inpatient"), evidence.read())[0].told
    ('Effective treatments tend to have it; a study of this treatment is named among them: linehan-2006, mcmain-2009 (S2 line 74).',)
    """
    return tuple(FeatureFound(each, _told(each.feature.id, programme, ledger)) for each in judge(programme))


def _told(feature: str, programme: Programme, ledger: Ledger) -> tuple[str, ...]:
    grid = ledger.grids.get(GRID)
    if grid is None or not programme.treatment:
        return ()
    broader = ledger.vocabulary.broader("treatments", programme.treatment)
    found = []
    for cell in grid.cells:
        if cell.row != feature or cell.value is not True:
            continue
        where = f"{cell.source.document} line {cell.source.line}" if cell.source else grid.id
        if cell.column in broader:
            label = ledger.vocabulary.label("treatments", cell.column)
            found.append(f"Said of {label} as a whole, without saying how ({where}).")
        named = [name for name in cell.studies if _studies(name, broader, ledger)]
        if cell.column == "effective" and named:
            studies = ", ".join(named)
            found.append(
                f"Effective treatments tend to have it; a study of this treatment is named among them: {studies} ({where})."
            )
    return tuple(found)


def _studies(name: str, treatments: tuple[str, ...], ledger: Ledger) -> bool:
    study = ledger.studies.get(name)
    return study is not None and any(arm.role == "treatment" and arm.treatment in treatments for arm in study.arms)
