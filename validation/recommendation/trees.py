"""Write the made-up scores that policytree (R) and our trees are both given: trees_<set>.csv."""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
SETS = {
    "two_arms": (120, 2, 4, False),
    "three_arms": (90, 3, 3, False),
    "ties": (150, 2, 4, True),
    "four_arms": (60, 4, 2, True),
}


def main() -> None:
    """Deterministic."""
    for k, (name, (n, arms, q, ties)) in enumerate(SETS.items()):
        rng = np.random.default_rng([11, k])
        x = rng.normal(size=(n, q)).round(0 if ties else 3)
        scores = rng.normal(size=(n, arms)) * 2
        scores[:, 1] += np.where(x[:, 0] > 0, 1.0, -1.0) * np.where(x[:, 1] > 0, 1.0, -0.5)
        head = ",".join([*(f"x{j}" for j in range(q)), *(f"s{a}" for a in range(arms))])
        np.savetxt(HERE / f"trees_{name}.csv", np.column_stack([x, scores]), "%.6f", ",", header=head, comments="")


if __name__ == "__main__":
    main()
