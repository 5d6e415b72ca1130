"""Ruptures as people coded them: how often, how far raters agree, and how far a criterion finds what they coded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forwhom.analysis.asking import finite
from forwhom.analysis.how.process import process
from forwhom.analysis.how.rupture_told import Told
from forwhom.analysis.how.session_table import SessionTable
from forwhom.findings.kinds import Interval, Relation
from forwhom.kernels.agreement import intraclass_correlations
from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.kappa import kappa
from forwhom.study import Study

CODES = "Human codes"
Key = tuple[int, float]


def coded(study: Study, columns: Sequence[str]) -> tuple[list[Key], np.ndarray]:
    """Sessions with a code by anybody, as (row of the person, number or else time), and (s, raters) codes, NaN where absent."""
    found: list[dict[Key, float]] = []
    for name in columns:
        seen = process(study, name)
        if seen is None:
            found.append({})
            continue
        when = np.where(np.isfinite(seen.session), seen.session, seen.time)
        found.append(dict(zip(zip(seen.person.tolist(), when.tolist(), strict=True), seen.value.tolist(), strict=True)))
    keys = sorted({key for each in found for key in each if np.isfinite(key[1])})
    return keys, np.array([[each.get(key, np.nan) for each in found] for key in keys]).reshape(len(keys), len(columns))


def of_codes(study: Study, columns: Sequence[str], repair_columns: Sequence[str], level: float) -> list[Relation]:
    """Share of coded sessions with a rupture, what share of them was repaired, and the raters' agreement on both."""
    made: list[Relation] = []
    keys, codes = coded(study, columns)
    if not keys:
        return made
    person = np.array([key[0] for key in keys])
    there = majority(codes)
    made.append(_share("sessions coded with a rupture", there, person, level))
    made += _agreement("ruptures", codes, person, level)
    repair_keys, repair_codes = coded(study, repair_columns)
    if repair_keys:
        place = {key: i for i, key in enumerate(keys)}
        broken = np.array([key in place and there[place[key]] for key in repair_keys])
        if broken.any():
            mended = majority(repair_codes[broken])
            owner = np.array([key[0] for key in repair_keys])
            made.append(_share("coded ruptures coded as repaired in their session", mended, owner[broken], level))
        made += _agreement("repairs", repair_codes, np.array([key[0] for key in repair_keys]), level)
    return made


def majority(codes: np.ndarray) -> np.ndarray:
    """(s,) True where at least half of those who coded a session gave more than 0."""
    known = np.isfinite(codes)
    share = ((codes > 0) & known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    agreed: np.ndarray = share >= 0.5
    return agreed


def against_codes(
    study: Study, columns: Sequence[str], table: SessionTable, found: Told, level: float
) -> list[Relation]:
    """Sensitivity and specificity of a criterion for the sessions that raters coded as ruptures."""
    keys, codes = coded(study, columns)
    there = dict(zip(keys, majority(codes).tolist(), strict=True)) if keys else {}
    when = np.where(np.isfinite(table.number), table.number, table.time)
    onsets = np.zeros(table.table.shape, dtype=bool)
    onsets[found.episodes.person, found.episodes.onset] = True
    rows, columns_ = np.nonzero(found.episodes.at_risk & np.isfinite(when))
    matched = [
        (int(table.people[i]), bool(onsets[i, j]), there[key])
        for i, j in zip(rows.tolist(), columns_.tolist(), strict=True)
        if (key := (int(table.people[i]), float(when[i, j]))) in there
    ]
    if not matched:
        return []
    person, flagged, true = (np.array(part) for part in zip(*matched, strict=True))
    label = found.criterion.label
    made = []
    for words, of, hit in (
        (f"coded ruptures that the {label} finds (sensitivity)", true, flagged),
        (f"sessions coded without a rupture in which the {label} finds none (specificity)", ~true, ~flagged),
    ):
        if of.any():
            made.append(_share(words, hit[of], person[of], level))
    return made


def _share(what: str, happened: np.ndarray, person: np.ndarray, level: float) -> Relation:
    """A share of sessions, people being clusters."""
    codes = np.unique(person, return_inverse=True)[1]
    rate = clustered_rate(
        np.bincount(codes, happened.astype(float)), np.bincount(codes).astype(float), share=True, level=level
    )
    return Relation(
        CODES, what, Interval(rate.value, rate.low, rate.high), "share", None, None, int(happened.size), "of sessions"
    )


def _agreement(what: str, codes: np.ndarray, person: np.ndarray, level: float) -> list[Relation]:
    """Kappa of presence and intraclass correlation of intensity, where there are several raters."""
    if codes.shape[1] < 2:
        return []
    there = np.where(np.isfinite(codes), (codes > 0).astype(float), np.nan)
    found = kappa(there, person, level=level)
    made = [
        Relation(
            CODES, f"agreement on the presence of {what}, {found.name} of {found.raters} raters",
            Interval(finite(found.value), found.low, found.high), "kappa", 0.0, None, found.n, "0: chance, 1: full agreement",
            found.why_absent if found.value is None else "",
        )
    ]  # fmt: skip
    whole = np.isfinite(codes).all(axis=1)
    if np.unique(codes[np.isfinite(codes)]).size > 2 and whole.sum() > 2:
        icc = intraclass_correlations(codes, level=level).agreement
        made.append(
            Relation(
                CODES, f"agreement on the intensity of {what}, ICC(2,1), sessions taken as independent",
                Interval(finite(icc.value), finite(icc.low), finite(icc.high)), "intraclass correlation", 0.0, None, int(whole.sum()),
                "0: none, 1: full agreement", icc.why_absent or "" if icc.value is None else "",
            )
        )  # fmt: skip
    return made
