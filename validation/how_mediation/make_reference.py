"""Write the incomplete data that lavaan fits, and read back what it found (see reference.R)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from twin import scores

HERE = Path(__file__).parent


def main() -> None:
    """reference.csv: 80 simulated people, 30 % of whom leave."""
    made = scores(np.random.default_rng(20), 80, a=-0.8, lost=0.3)
    m, y = made["m"], made["y"]
    columns = {
        "arm": made["arm"].astype(float),
        "m1": m[:, 0],
        "y1": y[:, 0],
        "m5": m[:, 4],
        "y5": y[:, 4],
        "y10": y[:, 9],
    }
    frame = pl.DataFrame(
        {name: [None if np.isnan(v) else float(v) for v in values] for name, values in columns.items()}
    )
    frame.write_csv(HERE / "reference.csv", null_value="NA")


if __name__ == "__main__":
    main()
