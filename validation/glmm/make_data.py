"""The simulated table of these comparisons and the list of models: simulated.csv, btheb.csv, jobs2.csv, cases.json.

python make_data.py FOLDER_OF_JOBS2
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def simulated() -> dict[str, np.ndarray]:
    """160 people, 16 therapists, 9 raters crossed with both; four occasions, the last two missing for some."""
    rng = np.random.default_rng(20260401)
    n = 160
    person = np.repeat(np.arange(n), 4)
    month = np.tile([0.0, 2.0, 4.0, 6.0], n)
    kept = (month < 3) | (rng.random(4 * n) < 0.85)
    person, month = person[kept], month[kept]
    arm = ((person // 10) % 2).astype(float)
    therapist, rater = person // 10, rng.integers(0, 9, len(person))
    start, slope = rng.normal(size=n) * 1.1, rng.normal(size=n) * 0.18
    shared = rng.normal(size=16)[therapist] * 0.6 + rng.normal(size=9)[rater] * 0.5
    eta = -0.6 + 0.15 * month - 0.12 * month * arm + start[person] + slope[person] * month + shared
    p = 1 / (1 + np.exp(-eta))
    trials = rng.integers(3, 9, len(person))
    exposure = rng.uniform(0.5, 2.0, len(person)).round(3)
    mean = exposure * np.exp(0.6 + 0.6 * eta)
    return {
        "id": person,
        "therapist": therapist,
        "rater": rater,
        "month": month,
        "arm": arm,
        "ill": (rng.random(len(p)) < p).astype(int),
        "hits": rng.binomial(trials, p),
        "trials": trials,
        "count": rng.poisson(mean),
        "over": rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(p))),
        "exposure": exposure,
        "row": np.arange(len(p)),
    }


def btheb() -> dict[str, list]:
    """Beat the Blues, long: few symptoms (BDI-II up to 13) and the score as a count."""
    root = HERE.parents[1] / "examples" / "beat-the-blues" / "btheb_computer_cbt.csv"
    rows = list(csv.DictReader(root.open(newline="")))
    made: dict[str, list] = {"id": [], "month": [], "arm": [], "few": [], "bdi": [], "row": []}
    for row in rows:
        for month, column in ((0, "bdi.pre"), (2, "bdi.2m"), (3, "bdi.3m"), (5, "bdi.5m"), (8, "bdi.8m")):
            if row[column] not in ("", "NA"):
                score = int(float(row[column]))
                values = (
                    int(row["id"]),
                    month,
                    int(row["treatment"] != "TAU"),
                    int(score <= 13),
                    score,
                    len(made["id"]),
                )
                for name, value in zip(made, values, strict=True):
                    made[name].append(value)
    return made


def jobs2(folder: Path) -> dict[str, list]:
    """Re-employed or not by arm and hardship, people within occupations (899, 7)."""
    rows = list(csv.DictReader((folder / "jobs2_mediation.csv").open(newline="")))
    names = sorted({row["occp"] for row in rows})
    return {
        "occupation": [names.index(row["occp"]) for row in rows],
        "treat": [int(row["treat"]) for row in rows],
        "hardship": [round(float(row["econ_hard"]), 4) for row in rows],
        "work": [int(row["work1"] == "psyemp") for row in rows],
    }


def case(name: str, data: str, y: str, formula: str, fixed: list[str], levels: list, **more: object) -> dict:
    """One model, for R as a formula and for us as columns; levels: [columns, group, correlated]."""
    base = {"family": "binomial", "link": "logit", "nodes": 1, "trials": None, "offset": None}
    return {"name": name, "data": data, "y": y, "formula": formula, "fixed": fixed, "levels": levels, **base, **more}


GROWTH = ["1", "month", "arm", "month:arm"]
JOBS = ["1", "treat", "hardship"]
COUNT = {"family": "poisson", "link": "log"}
NB = {"family": "negative_binomial", "link": "log"}
ID, LINE = [["1"], "id", True], [["1", "month"], "id", True]


def cases() -> list[dict]:
    """Every model compared."""
    g, sim = "month * arm", "simulated"
    made = [
        case("intercepts", sim, "ill", f"ill ~ {g} + (1 | id)", GROWTH, [ID]),
        case("slopes", sim, "ill", f"ill ~ {g} + (month | id)", GROWTH, [LINE]),
        case("independent", sim, "ill", f"ill ~ {g} + (month || id)", GROWTH, [[["1", "month"], "id", False]]),
        case(
            "nested",
            sim,
            "ill",
            f"ill ~ {g} + (month | id) + (1 | therapist)",
            GROWTH,
            [LINE, [["1"], "therapist", True]],
        ),
        case("crossed", sim, "ill", f"ill ~ {g} + (1 | id) + (1 | rater)", GROWTH, [ID, [["1"], "rater", True]]),
        case(
            "nested and crossed",
            sim,
            "ill",
            f"ill ~ {g} + (1 | id) + (month | therapist) + (1 | rater)",
            GROWTH,
            [ID, [["1", "month"], "therapist", True], [["1"], "rater", True]],
        ),
        case("probit", sim, "ill", f"ill ~ {g} + (1 | id)", GROWTH, [ID], link="probit"),
        case("cloglog", sim, "ill", f"ill ~ {g} + (1 | id)", GROWTH, [ID], link="cloglog"),
        case(
            "trials", sim, "hits", f"cbind(hits, trials - hits) ~ {g} + (month | id)", GROWTH, [LINE], trials="trials"
        ),
        case(
            "trials, 9 nodes",
            sim,
            "hits",
            f"cbind(hits, trials - hits) ~ {g} + (1 | id)",
            GROWTH,
            [ID],
            trials="trials",
            nodes=9,
        ),
        case("counts", sim, "count", f"count ~ {g} + (month | id)", GROWTH, [LINE], **COUNT),
        case(
            "rates",
            sim,
            "count",
            f"count ~ {g} + offset(log(exposure)) + (1 | id) + (1 | therapist)",
            GROWTH,
            [ID, [["1"], "therapist", True]],
            offset="exposure",
            **COUNT,
        ),
        case("counts, 9 nodes", sim, "count", f"count ~ {g} + (1 | id)", GROWTH, [ID], nodes=9, **COUNT),
        case(
            "overdispersed rows",
            sim,
            "over",
            f"over ~ {g} + (1 | id) + (1 | row)",
            GROWTH,
            [ID, [["1"], "row", True]],
            **COUNT,
        ),
        case("negative binomial", sim, "over", f"over ~ {g} + (1 | id)", GROWTH, [ID], **NB),
        case(
            "negative binomial, crossed",
            sim,
            "over",
            f"over ~ {g} + (1 | id) + (1 | rater)",
            GROWTH,
            [ID, [["1"], "rater", True]],
            **NB,
        ),
        case("btheb", "btheb", "few", f"few ~ {g} + (1 | id)", GROWTH, [ID]),
        case("btheb slopes", "btheb", "few", f"few ~ {g} + (month | id)", GROWTH, [LINE]),
        case(
            "btheb scores",
            "btheb",
            "bdi",
            f"bdi ~ {g} + (1 | id) + (1 | row)",
            GROWTH,
            [ID, [["1"], "row", True]],
            **COUNT,
        ),
        case(
            "jobs2",
            "jobs2",
            "work",
            "work ~ treat + hardship + (1 | occupation)",
            ["1", "treat", "hardship"],
            [[["1"], "occupation", True]],
        ),
    ]
    made += [
        case(f"{nodes} nodes", data, y, f"{y} ~ {g} + (1 | id)", GROWTH, [ID], nodes=nodes)
        for data, y, nodes in ((sim, "ill", 5), (sim, "ill", 15), (sim, "ill", 25))
    ]
    made += [case("btheb, 15 nodes", "btheb", "few", f"few ~ {g} + (1 | id)", GROWTH, [ID], nodes=15)]
    return made


def write(name: str, table: dict) -> None:
    """One table as CSV."""
    with (HERE / f"{name}.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


if __name__ == "__main__":
    write("simulated", simulated())
    write("btheb", btheb())
    write("jobs2", jobs2(Path(sys.argv[1])))
    (HERE / "cases.json").write_text(json.dumps(cases(), indent=1) + "\n")
