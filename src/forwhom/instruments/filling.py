"""What an instrument says about a scale, filled in where the user's study said nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forwhom.instruments.loading import plain
from forwhom.instruments.model import Instrument, Norm, Role, Subscale
from forwhom.problems import Problem
from forwhom.study.model import Scale


def subscale_of(scale: Scale, instrument: Instrument) -> Subscale | Problem:
    """The score of the instrument this scale stands for."""
    scores = instrument.scores
    if scale.subscale is not None:
        for score in scores.values():
            if plain(scale.subscale) in (plain(score.name), plain(score.label)):
                return score
        return _ask(scale, f"{instrument.label} has no {scale.subscale!r}", scores)
    if instrument.default_score is not None:
        return scores[instrument.default_score]
    if len(scores) == 1:
        return next(iter(scores.values()))
    return _ask(scale, f"{instrument.label} has several scores and no total", scores)


def _ask(scale: Scale, found: str, scores: dict[str, Subscale]) -> Problem:
    return Problem(
        "unknown-subscale",
        f'Write subscale = "…" in [scales.{scale.name}]; one [scales.…] block per score.',
        "study.toml",
        column=f"scales.{scale.name}.subscale",
        found=found,
        possible=", ".join(scores),
    )


def filled(scale: Scale, instrument: Instrument, score: Subscale) -> Scale:
    """The scale with range, direction, reliability, norms and cut-off of the instrument where it had none.

    The user's own values win. A declared "lower" cannot be told from the reader's stand-in for an undeclared direction,
    so an instrument where higher is better sets "higher". Of several norms or coefficients only the one the instrument's file declares as
    default is taken; where none is declared the field stays None. Each number taken is named in `source`.
    """
    said: list[str] = []
    found: dict[str, Any] = {"instrument": instrument.name, "subscale": score.name}
    if scale.label in ("", scale.name):
        whole = score.name == instrument.default_score or len(instrument.scores) == 1
        found["label"] = instrument.label if whole else f"{instrument.label} {score.label}"
    if score.better == "higher":
        found["better"] = "higher"
    if scale.low is None and scale.high is None:
        found |= {"low": score.low, "high": score.high}
    if scale.step is None:
        found["step"] = score.step
    if scale.reliability is None:
        found |= _reliability(instrument, score, said)
    elif scale.reliability_sd is None:
        # The user's own pair; documented as belonging together.
        found["reliability_sd"] = scale.norm_sd
    if scale.norm_mean is None and scale.norm_sd is None:
        found |= _norm(instrument, score, "general", "norm", said)
    if scale.clinical_mean is None and scale.clinical_sd is None:
        found |= _norm(instrument, score, "clinical", "clinical", said)
    if scale.cutoff is None:
        found |= _cutoff(instrument, score, said)
    if said:
        found["source"] = "; ".join([*([scale.source.rstrip(".")] if scale.source else []), *said])
    return replace(scale, **found)


def _reliability(instrument: Instrument, score: Subscale, said: list[str]) -> dict[str, Any]:
    for entry in instrument.reliability:
        if entry.default and entry.score == score.name:
            people = _people(entry.population, entry.n, instrument, entry.sources)
            said.append(f"{entry.kind} {entry.value:g}: {people}")
            same = [n.sd for n in instrument.norms if n.score == score.name and n.population == entry.population]
            return {
                "reliability": entry.value,
                "reliability_kind": entry.kind,
                "reliability_sd": same[0] if same else None,
            }
    return {}


def _norm(instrument: Instrument, score: Subscale, role: Role, prefix: str, said: list[str]) -> dict[str, Any]:
    norm = default_norm(instrument, score.name, role)
    if norm is None:
        return {}
    word = "norm" if role == "general" else "clinical norm"
    said.append(f"{word} {norm.mean:g} (SD {norm.sd:g}): {_people(norm.population, norm.n, instrument, norm.sources)}")
    return {f"{prefix}_mean": norm.mean, f"{prefix}_sd": norm.sd}


def default_norm(instrument: Instrument, score: str, role: Role) -> Norm | None:
    """The norm the instrument's file declares as default for this score and population, if it declares one."""
    return next((n for n in instrument.norms if n.default and n.score == score and n.role == role), None)


def _cutoff(instrument: Instrument, score: Subscale, said: list[str]) -> dict[str, Any]:
    for entry in instrument.cutoffs:
        if entry.default and entry.score == score.name:
            said.append(f"cut-off {entry.value:g}: {entry.meaning} ({_where(instrument, entry.sources)})")
            return {"cutoff": entry.value}
    return {}


def _people(population: str, n: int | None, instrument: Instrument, sources: tuple[str, ...]) -> str:
    people = population if n is None else f"{population}, n = {n}"
    return f"{people} ({_where(instrument, sources)})"


def _where(instrument: Instrument, sources: tuple[str, ...]) -> str:
    return "; ".join(instrument.source(identifier).where for identifier in sources)
