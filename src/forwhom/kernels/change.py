"""One person's change: is it more than measurement error, and does it end among the well?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Better = Literal["lower", "higher"]
ChangeMethod = Literal["jacobson-truax", "edwards-nunnally", "gulliksen-lord-novick"]
Category = Literal["recovered", "improved", "unchanged", "deteriorated", "absent"]

# Two scores that differ by the threshold on paper must not be told apart by the last bit.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """Each person's change against measurement error.

    index : (n,) (after - expected) / standard error; above 0 the raw score rose; NaN where absent
    change : (n,) after - before in raw points
    expected : (n,) the after score that measurement error alone leads to expect
    reliable : (n,) +1 rose reliably, -1 fell reliably, 0 neither or absent
    threshold : raw points by which `after` must differ from `expected`, and more
    critical : the same on the index, e.g. 1.96
    standard_error : denominator of the index, raw points
    sem : standard error of measurement
    """

    index: Floats
    change: Floats
    expected: Floats
    reliable: NDArray[np.int8]
    threshold: float
    critical: float
    standard_error: float
    sem: float
    level: float
    method: ChangeMethod


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """Where a score passes from the dysfunctional to the functional population, in raw points.

    a : two sds of the clinical population beyond its mean, towards functioning
    b : two sds of the functional population from its mean, towards dysfunction
    c : where a score is equally many sds from both means
    overlap : True when the populations overlap (b lies on the clinical side of a)
    preferred : the one to use, with the reason in `why`
    """

    a: float | None
    b: float | None
    c: float | None
    better: Better
    overlap: bool | None
    preferred: Literal["a", "b", "c"]
    why: str

    @property
    def value(self) -> float:
        """The preferred cut-off."""
        chosen = {"a": self.a, "b": self.b, "c": self.c}[self.preferred]
        assert chosen is not None
        return chosen


@dataclass(frozen=True, slots=True)
class Classified:
    """Each person's category of change.

    category : (n,) of str: recovered, improved, unchanged, deteriorated; "absent" where a score is
    functional_before, functional_after : (n,) beyond the cut-off at that time; None without a cut-off
    counts : persons per category, in that order, "absent" included
    could_recover : persons with both scores who were dysfunctional before; None without a cut-off
    """

    category: NDArray[np.str_]
    functional_before: Bools | None
    functional_after: Bools | None
    counts: dict[str, int]
    could_recover: int | None


def reliable_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    sd: float,
    reliability: float,
    level: float = 0.95,
    method: ChangeMethod = "jacobson-truax",
    mean: float | None = None,
) -> ReliableChange:
    """Reliable change index.

    before, after : (n,) raw scale points, same people, same order; NaN where absent
    sd, reliability : of the norm sample, not of this study
    level : 0.95 asks for an index beyond 1.96
    method :
        "jacobson-truax" change against sd * sqrt(2 (1 - r)) (Jacobson & Truax, 1991);
        "edwards-nunnally" after against the estimated true score before, M + r (before - M), with
        the standard error of measurement sd * sqrt(1 - r) (Edwards et al., 1978; Speer, 1992);
        "gulliksen-lord-novick" after against the regression M + r (before - M), with the standard
        error of prediction sd * sqrt(1 - r^2) (Lord & Novick, 1968; Hsu, 1989)
    mean : M of the population the person regresses to; needed by the last two
    Index above 0: the raw score rose. Whether that is good, the scale knows. Change is reliable when
    the index is strictly larger than the critical value ("an RC larger than 1.96", Jacobson & Truax, 1991).

    >>> reliable_change([32.5], [47.5], sd=7.5, reliability=.80).index.round(2)
    array([3.16])
    """
    first, last = _pair(before, after)
    _check_error(sd, reliability)
    if not 0.0 < level < 1.0:
        raise ValueError(f"level is {level}; give a share between 0 and 1, e.g. 0.95.")
    sem = sd * float(np.sqrt(1.0 - reliability))
    if method == "jacobson-truax":
        expected, standard_error = first, sem * float(np.sqrt(2.0))
    else:
        if mean is None:
            raise ValueError(f"method {method!r} needs mean, the mean of the population the person regresses to.")
        expected = mean + reliability * (first - mean)
        if method == "edwards-nunnally":
            standard_error = sem
        elif method == "gulliksen-lord-novick":
            standard_error = sd * float(np.sqrt(1.0 - reliability**2))
        else:
            raise ValueError(
                f"method is {method!r}; possible are 'jacobson-truax', 'edwards-nunnally', 'gulliksen-lord-novick'."
            )
    critical = float(ndtri(0.5 + level / 2.0))
    threshold = critical * standard_error
    return ReliableChange(
        index=(last - expected) / standard_error,
        change=last - first,
        expected=expected,
        reliable=_beyond(last - expected, threshold),
        threshold=threshold,
        critical=critical,
        standard_error=standard_error,
        sem=sem,
        level=level,
        method=method,
    )


def clinically_significant_cutoffs(
    norm_mean: float | None = None,
    norm_sd: float | None = None,
    clinical_mean: float | None = None,
    clinical_sd: float | None = None,
    *,
    better: Better | None = None,
) -> Cutoffs:
    """Cut-offs a, b and c of Jacobson & Truax (1991), as far as the norms reach.

    norm_* : of the functional population; clinical_* : of the dysfunctional population; raw points.
        a needs the clinical pair, b the functional pair, c both
    better : direction of health; may be left out when both means are given, and then follows from them
    Preferred: c when both populations are known and overlap, b when they are known and do not
    overlap, otherwise the only one that can be formed (b with functional norms, a without).

    >>> cutoffs = clinically_significant_cutoffs(60, 7.5, 40, 7.5)
    >>> cutoffs.a, cutoffs.b, cutoffs.c, cutoffs.preferred
    (55.0, 45.0, 50.0, 'c')
    """
    norm = _population(norm_mean, norm_sd, "norm")
    clinical = _population(clinical_mean, clinical_sd, "clinical")
    direction = _direction(norm, clinical, better)
    sign = 1.0 if direction == "higher" else -1.0
    a = clinical[0] + sign * 2.0 * clinical[1] if clinical else None
    b = norm[0] - sign * 2.0 * norm[1] if norm else None
    if clinical and norm and a is not None and b is not None:
        c = (clinical[1] * norm[0] + norm[1] * clinical[0]) / (clinical[1] + norm[1])
        overlap = sign * (a - b) > 0.0
        if overlap:
            return Cutoffs(a, b, c, direction, True, "c", "Both populations are known and overlap.")
        return Cutoffs(a, b, c, direction, False, "b", "Both populations are known and do not overlap.")
    if norm:
        return Cutoffs(None, b, None, direction, None, "b", "Only the functional population is known.")
    return Cutoffs(a, None, None, direction, None, "a", "Only the clinical population is known.")


def classify(
    before: ArrayLike,
    after: ArrayLike,
    *,
    better: Better,
    threshold: float,
    cutoff: float | None = None,
    expected: ArrayLike | None = None,
) -> Classified:
    """Recovered, improved, unchanged or deteriorated (Jacobson & Truax, 1991).

    before, after : (n,) raw points; NaN where absent
    threshold : raw points that change has to exceed, e.g. `ReliableChange.threshold`
    cutoff : raw points; None leaves "recovered" out, and reliable improvement is "improved"
    expected : (n,) what `after` is compared with; `before` when None (see `ReliableChange.expected`)

    recovered : reliable improvement that began on the dysfunctional side of the cut-off and ended on
        the functional side
    improved : any other reliable improvement, also of people who were functional from the start
    deteriorated : reliable change for the worse
    unchanged : the rest, also those who crossed the cut-off by less than reliable change
    Exactly at the threshold is unchanged; exactly at the cut-off is still dysfunctional.

    >>> found = classify([30, 30, 30, 30, 10], [8, 20, 27, 40, 1], better="lower", threshold=8, cutoff=14)
    >>> [str(name) for name in found.category]
    ['recovered', 'improved', 'unchanged', 'deteriorated', 'improved']
    """
    if better not in ("lower", "higher"):
        raise ValueError(f"better is {better!r}; possible are 'lower' and 'higher'.")
    if not threshold >= 0.0:
        raise ValueError(f"threshold is {threshold}; it is a number of raw points, 0 or above.")
    first, last = _pair(before, after)
    start = first if expected is None else _pair(expected, after)[0]
    sign = 1 if better == "higher" else -1
    moved = _beyond(last - start, threshold) * sign
    absent = np.isnan(first) | np.isnan(last)
    category = np.full(first.shape, "unchanged", dtype="U12")
    category[moved > 0] = "improved"
    category[moved < 0] = "deteriorated"
    functional_before = functional_after = None
    could_recover = None
    if cutoff is not None:
        functional_before = _beyond(first - cutoff, 0.0, scale=abs(cutoff)) == sign
        functional_after = _beyond(last - cutoff, 0.0, scale=abs(cutoff)) == sign
        category[(moved > 0) & ~functional_before & functional_after] = "recovered"
        could_recover = int((~functional_before & ~absent).sum())
    category[absent] = "absent"
    names = ("recovered", "improved", "unchanged", "deteriorated", "absent")
    counts = {name: int((category == name).sum()) for name in names}
    return Classified(category, functional_before, functional_after, counts, could_recover)


def _pair(before: ArrayLike, after: ArrayLike) -> tuple[Floats, Floats]:
    first = np.atleast_1d(np.asarray(before, dtype=np.float64))
    last = np.atleast_1d(np.asarray(after, dtype=np.float64))
    if first.ndim != 1 or first.shape != last.shape:
        raise ValueError(
            f"before has shape {first.shape} and after {last.shape}; give one score a person, in the same order."
        )
    if np.isinf(first).any() or np.isinf(last).any():
        raise ValueError("A score is infinite; use NaN where a score is absent.")
    return first, last


def _beyond(difference: Floats, threshold: float, *, scale: float = 0.0) -> NDArray[np.int8]:
    """+1 above the threshold, -1 below its negative, 0 between, at it, or absent."""
    limit = threshold + _ROUNDING * max(threshold, scale, 1e-3)
    with np.errstate(invalid="ignore"):
        return (difference > limit).astype(np.int8) - (difference < -limit).astype(np.int8)


def _check_error(sd: float, reliability: float) -> None:
    if not sd > 0.0 or not np.isfinite(sd):
        raise ValueError(f"sd is {sd}; it must be a positive number of scale points.")
    if not 0.0 <= reliability < 1.0:
        raise ValueError(f"reliability is {reliability}; reliable change needs one from 0 up to, but not, 1.")


def _population(mean: float | None, sd: float | None, name: str) -> tuple[float, float] | None:
    if mean is None and sd is None:
        return None
    if mean is None or sd is None:
        raise ValueError(f"{name}_mean and {name}_sd belong together; give both or neither.")
    if not np.isfinite(mean) or not np.isfinite(sd) or not sd > 0.0:
        raise ValueError(f"{name}_mean is {mean} and {name}_sd is {sd}; a finite mean and a positive sd are needed.")
    return float(mean), float(sd)


def _direction(norm: tuple[float, float] | None, clinical: tuple[float, float] | None, better: Better | None) -> Better:
    if norm is None and clinical is None:
        raise ValueError("No cut-off can be formed; give mean and sd of the functional or the clinical population.")
    if better is not None and better not in ("lower", "higher"):
        raise ValueError(f"better is {better!r}; possible are 'lower' and 'higher'.")
    if norm is None or clinical is None:
        if better is None:
            raise ValueError("With one population only, say which direction is health: better='lower' or 'higher'.")
        return better
    if norm[0] == clinical[0]:
        raise ValueError(f"Both populations have mean {norm[0]}; no score separates them.")
    implied: Better = "higher" if norm[0] > clinical[0] else "lower"
    if better is not None and better != implied:
        raise ValueError(
            f"better is {better!r}, but the functional mean {norm[0]} lies on the other side of the clinical mean "
            f"{clinical[0]}; check the norms."
        )
    return implied
