"""The numbers everything is made from: how many people, which effects, how much noise.

Symptoms are a latent severity S in standard deviations of the screened people, higher is worse. Mentalizing is in points of
the rating (−1 to 9), higher is better. Months are those of the assessments. Numbers of people, therapists, assessments and
the shares with an event are those of Bateman & Fonagy (2009); all other numbers are the author's choice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

MONTHS = (0.0, 6.0, 12.0, 18.0)
WEEKS_PER_MONTH = 52 / 12


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that can be varied; a value per assessment where there are four.

    n, mbt, screened : randomised, of these to MBT, screened; mbt and screened 0 for the trial's proportions
    direct : of MBT on S beside mentalizing; by_mentalizing : on S per point of mentalizing change in months 0 to 6
    by_alliance : on S per SD of the person's usual alliance; by_rupture : on S per unrepaired rupture so far
    by_diagnoses, by_adversity : what MBT's effect on S changes by, per SD of the moderator (planned, not planned)
    therapist_sd, person_sd, residual_sd : of S; the first two grow with `growing`
    risk_scm, risk_mbt : share with an event (attempt, severe self-harm or admission) within the 18 months
    m_to_s … : what one variable does to another from one session to the next, within the person
    """

    n: int = 134
    mbt: int = 0
    screened: int = 0
    therapists_mbt: int = 6
    therapists_scm: int = 5
    group_size: int = 8
    weeks: int = 78
    mean: tuple[float, ...] = (0.0, -0.30, -0.50, -0.60)
    carried: tuple[float, ...] = (1.0, 0.75, 0.65, 0.55)
    direct: tuple[float, ...] = (0.0, -0.08, -0.20, -0.30)
    by_mentalizing: tuple[float, ...] = (0.0, 0.0, -0.15, -0.35)
    by_alliance: tuple[float, ...] = (0.0, 0.0, -0.12, -0.20)
    by_rupture: tuple[float, ...] = (0.0, 0.0, 0.10, 0.15)
    by_diagnoses: tuple[float, ...] = (0.0, -0.03, -0.10, -0.20)
    by_adversity: tuple[float, ...] = (0.0, 0.0, 0.06, 0.12)
    growing: tuple[float, ...] = (0.0, 0.35, 0.70, 1.0)
    therapist_sd: float = 0.17
    person_sd: float = 0.45
    residual_sd: float = 0.40
    mentalizing_mean: float = 2.7
    mentalizing_sd: float = 1.1
    mentalizing_change: float = 0.25
    mentalizing_effect: float = 0.60
    mentalizing_residual_sd: float = 0.80
    regulation_effect: float = -4.0
    alliance_gain: float = 0.004
    attendance: float = 0.90
    rupture: float = 0.035
    repaired: float = 0.70
    unrepaired_sessions: int = 6
    leave: float = 0.0018
    leave_unrepaired: float = 0.035
    rupture_drop: float = 1.4
    hit: float = 0.85
    false_alarm: float = 0.02
    seen_again: float = 0.5
    risk_scm: float = 36 / 63
    risk_mbt: float = 16 / 71
    m_to_m: float = 0.30
    s_to_m: float = -0.08
    s_to_s: float = 0.35
    m_to_s: float = -0.20
    r_to_r: float = 0.30
    s_to_r: float = -0.15
    r_to_s: float = 0.0
    c_to_c: float = 0.30
    sudden: float = 0.15
    sudden_size: float = 2.5
    scanned: float = 0.40
    diary: float = 0.45
    coupled: float = 0.5
    missing: float = 0.04
    missing_by_score: float = 0.5
    skipped_item: float = 0.0008

    @property
    def to_mbt(self) -> int:
        """People randomised to MBT."""
        return self.mbt or round(self.n * 71 / 134)

    @property
    def seen_at_screening(self) -> int:
        """People screened."""
        return max(self.screened or round(self.n * 168 / 134), self.n)


def varied(design: Design, settings: list[str]) -> Design:
    """The design with some numbers replaced: ``["n=300", "direct=0,0,0,0"]``.

    Raises ValueError in words, naming every setting that cannot be used.
    """
    known = {field.name: getattr(design, field.name) for field in fields(design)}
    new: dict[str, object] = {}
    wrong: list[str] = []
    for setting in settings:
        name, _, text = setting.partition("=")
        old = known.get(name)
        try:
            parts = [float(part) for part in text.split(",")]
        except ValueError:
            parts = []
        if old is None:
            wrong.append(f"{name} is no number of the design; there are {', '.join(known)}")
        elif not parts or len(parts) != (len(old) if isinstance(old, tuple) else 1):
            count = f"{len(old)} numbers, separated by commas" if isinstance(old, tuple) else "one number"
            wrong.append(f"{setting}: {name} takes {count}")
        else:
            new[name] = tuple(parts) if isinstance(old, tuple) else type(old)(parts[0])
    if wrong:
        raise ValueError("; ".join(wrong))
    return replace(design, **new)


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one part, so that a change in one part leaves the others as they are."""
    return np.random.default_rng([seed, *name.encode()])
