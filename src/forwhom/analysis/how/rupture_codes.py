"""Ruptures as people coded them: how often, how far raters agree, and how far a criterion finds what they coded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from forwhom.analysis.asking import finite
from forwhom.analysis.how.process import process
from forwhom.analysis.how.rupture_told import Told
from forwhom.analysis.how.session_table import SessionTable
from forwhom.findings.kinds import Interval, Relation
from forwhom.kernels.agreement import intraclass_correlations
from forwhom.kernels.clustered_rate import clustered_rate
from forwhom.kernels.kappa import kappa
from forwhom.kernels.ruptures import WITHIN
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
        mended = dict(zip(repair_keys, majority(repair_codes).tolist(), strict=True))
        made += _repaired(study, [key for key, yes in zip(keys, there, strict=True) if yes], mended, level)
        made += _agreement("repairs", repair_codes, np.array([key[0] for key in repair_keys]), level)
    return made


def _repaired(study: Study, broken: list[Key], mended: dict[Key, bool], level: float) -> list[Relation]:
    """Share of coded ruptures with a coded repair in their session or one of the next `WITHIN` the person had.

    mended : of every session with a code of repair. Without a repair a rupture tells something when so many sessions followed and one of
    them, or its own, has a code of repair.
    """
    held = _sessions(study)
    person, back, uncoded, still = [], [], 0, 0
    for who, when in broken:
        window = [(who, each) for each in [one for one in held.get(who, []) if one >= when][: WITHIN + 1]]
        known = [mended[key] for key in window if key in mended]
        if not any(known):
            if len(window) <= WITHIN:
                still += 1
                continue
            if not known:
                continue
            uncoded += len(known) < len(window)
        person.append(who)
        back.append(any(known))
    if not person:
        return []
    found = _share(
        f"coded ruptures coded as repaired in their session or one of the next {WITHIN}",
        np.array(back),
        np.array(person),
        level,
    )
    says = [f"of {found.n} coded ruptures that can be told"]
    says += [f"{still} open when sessions ended"] if still else []
    says += [f"{uncoded} without a repair had sessions nobody coded for one"] if uncoded else []
    return [replace(found, says="; ".join(says))]


def _sessions(study: Study) -> dict[int, list[float]]:
    """Sessions of every person in their order, as number or else time, whether anything was rated in them or not."""
    rows = study.sessions
    if rows is None:
        return {}
    place = {name: i for i, name in enumerate(study.persons["id"].to_list())}
    columns = [pl.col(name).cast(pl.Float64) for name in ("number", "time") if name in rows.columns]
    when = rows.select(pl.coalesce(columns).alias("when"))["when"].to_list() if columns else []
    made: dict[int, set[float]] = {}
    for name, value in zip(rows["id"].to_list(), when, strict=False):
        if value is not None and np.isfinite(value):
            made.setdefault(place[name], set()).add(value)
    return {who: sorted(times) for who, times in made.items()}


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
