"""Intervals of the average indirect effect with random slopes: python random_slopes.py [REPLICATES] (default 60)"""

from __future__ import annotations

import sys

import numpy as np

from forwhom.kernels.mediation.stacked import mediate_stacked

TRUE = 0.4 * 0.4 + 0.1


def main() -> None:
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for people in (50, 100):
        found = []
        for r in range(replicates):
            rng = np.random.default_rng([20261124, people, r])
            person = np.repeat(np.arange(people), 10)
            slopes = rng.multivariate_normal([0.4, 0.4], [[0.25, 0.1], [0.1, 0.25]], people)[person]
            of_m, of_y = rng.normal(size=(2, people))[:, person]
            x = rng.normal(size=person.size)
            mw = slopes[:, 0] * x + rng.normal(size=person.size)
            y = slopes[:, 1] * mw + of_y + rng.normal(size=person.size)
            fit = mediate_stacked(x, mw + of_m, y, person, direct_varies=False, rng=rng)
            found.append(
                [
                    fit.estimate[2],
                    fit.se[2],
                    fit.covariance,
                    fit.covariance_se,
                    fit.low[2],
                    fit.high[2],
                    fit.estimate[3],
                ]
            )
        table = np.array(found)
        there = np.isfinite(table[:, 1])
        held = ((table[there, 4] <= TRUE) & (table[there, 5] >= TRUE)).mean()
        print(
            f"{people} people: indirect {table[:, 0].mean():.3f} (true {TRUE:.2f}; a b alone {table[:, 6].mean():.3f}), "
            f"spread {table[there, 0].std():.4f} against se {table[there, 1].mean():.4f}; covariance {table[:, 2].mean():.3f}, "
            f"spread {table[there, 2].std():.4f} against se {table[there, 3].mean():.4f}; coverage {held:.3f}; "
            f"{(~there).sum()} of {replicates} on the boundary"
        )


if __name__ == "__main__":
    main()
