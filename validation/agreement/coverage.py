"""How often 95 % limits enclose the true agreement where sessions differ: jackknife over sessions beside limits by turn.

python validation/agreement/coverage.py > validation/agreement/coverage.csv
"""

from __future__ import annotations

import sys

import numpy as np

from forwhom.kernels.agreement import Coefficient, intraclass_correlations
from forwhom.kernels.clustered_agreement import clustered_agreement
from forwhom.kernels.coder_agreement import krippendorff_alpha, two_coders

LEVELS, GIVEN = (1, 2, 3, 4), (0, 1)
NAMES = ("kappa", "linear", "quadratic", "ac1", "adjusted", "alpha", "icc")
TURNS, TRIALS = 40, 1000
Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(rng: np.random.Generator, sessions: int, turns: int = TURNS) -> Drawn:
    """Codes of two coders: how often a session's levels are high, and how often the coders err, differ by session."""
    high = rng.beta(2.0, 2.0, sessions)[:, None, None]
    errs = rng.beta(1.5, 4.5, sessions)[:, None]
    true = 1 + (rng.random((sessions, turns, 3)) < high).sum(axis=2)
    coded = []
    for _ in range(2):
        step = rng.choice((-1, 1), (sessions, turns))
        coded.append(np.clip(np.where(rng.random((sessions, turns)) < errs, true + step, true), 1, 4).ravel())
    return coded[0], coded[1], np.repeat(np.arange(sessions), turns)


def rare(rng: np.random.Generator, sessions: int, turns: int = TURNS) -> Drawn:
    """A code that stands in one turn of twenty on average, in some sessions hardly; each coder misses a quarter and adds a few."""
    often = rng.beta(0.8, 15.2, sessions)[:, None]
    misses = rng.beta(1.5, 4.5, sessions)[:, None]
    true = rng.random((sessions, turns)) < often
    coded = []
    for _ in range(2):
        seen = true & (rng.random((sessions, turns)) >= misses)
        coded.append((seen | (rng.random((sessions, turns)) < 0.005)).astype(int).ravel())
    return coded[0], coded[1], np.repeat(np.arange(sessions), turns)


def by_session(found: Drawn, categories: tuple[int, ...]) -> tuple[Coefficient, ...]:
    """Coefficients with limits by session, in the order of `NAMES`."""
    made = clustered_agreement(*found, categories=categories)
    return tuple(getattr(made, name) for name in NAMES)


def by_turn(found: Drawn, categories: tuple[int, ...]) -> tuple[Coefficient, ...]:
    """The same with limits that take turns as independent."""
    one, two, _ = found
    both = np.column_stack([one, two]).astype(float)
    plain = two_coders(one, two, categories=categories)
    linear, quadratic = (
        two_coders(one, two, categories=categories, weights=each).kappa for each in ("linear", "quadratic")
    )
    alpha = krippendorff_alpha(both, metric="ordinal").alpha
    icc = intraclass_correlations(both).agreement
    return plain.kappa, linear, quadratic, plain.ac1, plain.adjusted, alpha, icc


def main() -> None:
    """A row for each kind of codes, number of sessions and coefficient."""
    print(
        "codes,sessions,coefficient,true,limits_by_session,covered_by_session,width_by_session,covered_by_turn,width_by_turn"
    )
    for name, draw, categories, told in (
        ("levels", drawn, LEVELS, NAMES),
        ("rare", rare, GIVEN, ("kappa", "ac1", "adjusted")),
    ):
        rng = np.random.default_rng(20261123)
        truth = dict(zip(NAMES, (each.value for each in by_session(draw(rng, 50_000), categories)), strict=True))
        for sessions in (3, 4, 6, 10, 20, 40):
            found = [draw(rng, sessions) for _ in range(TRIALS)]
            both = [
                [dict(zip(NAMES, of(each, categories), strict=True)) for each in found] for of in (by_session, by_turn)
            ]
            for each in told:
                cells = [_share(kind, each, truth[each]) for kind in both]
                first, second = (",".join(cell) for cell in (cells[0], cells[1][1:]))
                print(f"{name},{sessions},{each},{truth[each]:.4f},{first},{second}")
            sys.stdout.flush()


def _share(found: list[dict[str, Coefficient]], name: str, truth: float) -> tuple[str, str, str]:
    """Of the trials, how many have limits; of these, the share that encloses the truth; their mean width."""
    given = [each[name] for each in found if each[name].low is not None]
    if not given:
        return "0", "", ""
    covered = [each.low <= truth <= each.high for each in given]
    return str(len(given)), f"{np.mean(covered):.3f}", f"{np.mean([each.high - each.low for each in given]):.3f}"


if __name__ == "__main__":
    main()
