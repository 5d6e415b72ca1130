"""How often intervals hold the truth: pooled effects, prediction intervals, three levels, CR2.

python coverage.py [DRAWS] > coverage.csv     # 2000 draws: about 2 minutes on one core

Two levels, all fits of a cell at once: k = 3, 5, 10, 20 studies; tau2 0, 0.02, 0.2; normal scores with equal or unequal
n (20 to 320 people in both groups), or a binary outcome (log odds ratio, risk about 0.3). True effects normal about 0.4.
Three levels: J = 5, 10, 20 studies with 1 to 5 effects, sampling errors that correlate 0.6 within studies; the model told
so, told they are independent, and CR2 on the latter. A prediction interval is right when it holds the effect of a new study.
"""

from __future__ import annotations

import csv
import sys

import numpy as np
from scipy.special import stdtrit

from forwhom.kernels import meta_analysis as ma
from forwhom.kernels.meta_analysis.heterogeneity import sets_of
from forwhom.kernels.meta_analysis.many import fit_many

MU = 0.4


def studies(rng: np.random.Generator, draws: int, k: int, tau2: float, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """(draws, k) observed effects and their estimated variances."""
    sizes = np.full(k, 40) if kind != "unequal n" else np.resize([10, 20, 40, 80, 160], k)
    n = np.broadcast_to(sizes, (draws, k))
    true = MU + np.sqrt(tau2) * rng.normal(size=(draws, k))
    if kind == "binary":
        odds = np.exp(np.log(0.3 / 0.7) + 0.3 * rng.normal(size=(draws, k)))
        p2, p1 = odds / (1 + odds), odds * np.exp(true) / (1 + odds * np.exp(true))
        made = ma.log_odds_ratio(rng.binomial(n, p1).ravel(), n.ravel(), rng.binomial(n, p2).ravel(), n.ravel())
        return made.value.reshape(draws, k), made.variance.reshape(draws, k)
    sd = np.sqrt(rng.chisquare(2 * n - 2) / (2 * n - 2))
    made = ma.g_from_d(((true + np.sqrt(2 / n) * rng.normal(size=(draws, k))) / sd).ravel(), n.ravel(), n.ravel())
    return made.value.reshape(draws, k), made.variance.reshape(draws, k)


def two_levels(rng: np.random.Generator, draws: int) -> list[dict[str, object]]:
    rows = []
    for kind in ("equal n", "unequal n", "binary"):
        for tau2 in (0.0, 0.02, 0.2):
            for k in (3, 5, 10, 20):
                y, v = studies(rng, draws, k, tau2, kind)
                fine = np.isfinite(y).all(axis=1)
                y, v = y[fine], v[fine]
                row: dict[str, object] = {
                    "model": "two levels",
                    "kind": kind,
                    "tau2": tau2,
                    "k": k,
                    "draws": int(fine.sum()),
                }
                new = MU + np.sqrt(tau2) * rng.normal(size=y.shape[0])
                for test in ("wald", "knapp-hartung", "knapp-hartung-adhoc"):
                    fit = fit_many(sets_of(y, v, np.ones((k, 1))), method="REML", test=test, level=0.95)
                    row[test] = share((fit.low[:, 0] <= MU) & (fit.high[:, 0] >= MU))
                    if test != "knapp-hartung":
                        continue
                    row["width"] = round(float(np.median(fit.high - fit.low)), 3)
                    row["tau2 at 0"] = share(fit.tau2 == 0.0)
                    for name, df in (("prediction k-1", k - 1), ("prediction k-2", k - 2)):
                        half = stdtrit(df, 0.975) * np.sqrt(fit.se[:, 0] ** 2 + fit.tau2)
                        row[name] = share(np.abs(new - fit.beta[:, 0]) <= half)
                rows.append(row)
    return rows


def three_levels(rng: np.random.Generator, draws: int) -> list[dict[str, object]]:
    rows = []
    for between, within in ((0.0, 0.0), (0.05, 0.02), (0.2, 0.05)):
        for j in (5, 10, 20):
            study = np.repeat(np.arange(j), np.resize([1, 2, 5, 3, 1], j))
            v = np.resize([0.03, 0.1, 0.06, 0.15], j)[study]
            known = ma.block_covariance(v, study, 0.6)
            root = np.linalg.cholesky(known)
            held: dict[str, list[bool]] = {}
            for _ in range(draws):
                true = np.sqrt(between) * rng.normal(size=j)[study] + np.sqrt(within) * rng.normal(size=v.size)
                y = MU + true + root @ rng.normal(size=v.size)
                new = MU + np.sqrt(between + within) * rng.normal()
                right = ma.three_level(y, known, study, limits=False)
                wrong = ma.three_level(y, v, study, limits=False)
                satterthwaite = ma.three_level(y, known, study, limits=False, df="satterthwaite")
                robust = ma.cluster_robust(y, wrong.marginal, study)
                for name, fit in (
                    ("known rho", right),
                    ("satterthwaite", satterthwaite),
                    ("rho taken as 0", wrong),
                    ("CR2, rho taken as 0", robust),
                ):
                    held.setdefault(name, []).append(bool(fit.low[0] <= MU <= fit.high[0]))
                assert right.prediction_low is not None
                assert right.prediction_high is not None
                held.setdefault("prediction, known rho", []).append(
                    right.prediction_low <= new <= right.prediction_high
                )
            rows.append(
                {"model": "three levels", "tau2": f"{between} + {within}", "k": j, "draws": draws}
                | {name: share(np.array(made)) for name, made in held.items()}
            )
    return rows


def small_studies(rng: np.random.Generator, draws: int) -> list[dict[str, object]]:
    """Rejections of Egger's test at 5 % when results not significant in the hoped-for direction are seen with chance 1, 0.2."""
    rows = []
    for seen in (1.0, 0.2):
        for k in (10, 20, 40):
            found, pooled = [], []
            for _ in range(draws):
                y, v = (part.ravel() for part in studies(rng, 1, 12 * k, 0.02, "unequal n"))
                kept = np.flatnonzero((y > 1.96 * np.sqrt(v)) | (rng.random(y.size) < seen))[:k]
                # sqrt(1/n1 + 1/n2), without the effect in it.
                size = np.resize([10, 20, 40, 80, 160], y.size)[kept]
                found.append((ma.egger(y[kept], v[kept], predictor=np.sqrt(2 / size)).p or 1.0) < 0.05)
                pooled.append(ma.random_effects(y[kept], v[kept]).estimate)
            rows.append(
                {
                    "model": f"Egger, seen {seen}",
                    "tau2": 0.02,
                    "k": k,
                    "draws": draws,
                    "rejected": share(np.array(found)),
                    "mean pooled": round(float(np.mean(pooled)), 3),
                }
            )
    return rows


def share(made: np.ndarray) -> float:
    return round(float(made.mean()), 4)


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    rng = np.random.default_rng(20260602)
    rows = two_levels(rng, draws) + three_levels(rng, max(20, draws // 4)) + small_studies(rng, max(20, draws // 4))
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    out.writeheader()
    out.writerows(rows)


if __name__ == "__main__":
    main()
