"""The two-sided p that printed numbers give, by the usual tests: a span, because numbers were rounded and tests differ."""

from __future__ import annotations

import math
from itertools import product

from forwhom.evidence.checks.beside import Both
from forwhom.evidence.checks.spans import Span, difference, rounded, sizes_of, spreads
from forwhom.evidence.model import Result

LOG = ("rr", "or", "hr", "irr")
NORMAL_AT_95 = 1.959964
MOST = 1e6
"""Degrees of freedom from which the t distribution is the normal one."""


def p_of_t(t: float, df: float = MOST) -> float:
    """Two-sided p.

    >>> round(p_of_t(2.086, 20), 3), round(p_of_t(1.96), 3)
    (0.05, 0.05)
    """
    if df >= MOST:
        return math.erfc(abs(t) / math.sqrt(2.0))
    from scipy.special import stdtr

    return 2.0 * float(stdtr(df, -abs(t)))


def _between(ts: Span, df: float | None) -> Span:
    """p of t or z within a span, by the t distribution where df is told, and by the normal one."""
    low, high = sizes_of(ts)
    found = [p_of_t(t, d) for t in (low, high) for d in ((df, MOST) if df and df > 0 else (MOST,))]
    return min(found), max(found)


def from_statistic(result: Result, n: tuple[int, int] | None) -> Span | None:
    """From a standardised difference with the people of both arms, t, F of one degree, z or chi-squared."""
    value, name = result.value, result.statistic
    if value is None:
        return None
    df = result.df if result.df is not None else sum(n) - 2 if n else None
    span = sizes_of(rounded(value))
    if name in ("g", "d", "smd") and n is not None:
        return _of_difference(span, n)
    if name in ("t", "z"):
        return _between(span, df if name == "t" else None) if name == "z" or df else None
    if name == "f" and df and result.df is not None:
        return _between((math.sqrt(span[0]), math.sqrt(span[1])), df)
    return None


def _of_difference(span: Span, n: tuple[int, int]) -> Span:
    """A g is a d made smaller; a d may have been called g."""
    df = sum(n) - 2
    j = 1.0 - 3.0 / (4.0 * max(df, 1) - 1.0)
    root = math.sqrt(n[0] * n[1] / (n[0] + n[1]))
    low = span[0] / math.sqrt(1 / root**2 + span[0] ** 2 / (2 * sum(n)))
    found = _between((span[0] * root, span[1] / j * root), df)
    return found[0], max(found[1], p_of_t(low))


def from_interval(result: Result, n: tuple[int, int] | None) -> Span | None:
    """From the 95 % interval about an effect, on the scale on which it is even."""
    value, low, high = result.value, result.low, result.high
    if value is None or low is None or high is None or low >= high or result.level not in (None, 0.95):
        return None
    if result.statistic not in (*LOG, "g", "d", "smd", "md", "rd", "log_rr", "log_or"):
        return None
    spans = [rounded(each) for each in (value, low, high)]
    if result.statistic in LOG:
        if min(each[0] for each in spans) <= 0:
            return None
        spans = [(math.log(a), math.log(b)) for a, b in spans]
    (v0, v1), (l0, l1), (h0, h1) = spans
    if h0 <= l1:
        return None
    widths = h0 - l1, h1 - l0
    zs = [v / (w / (2 * NORMAL_AT_95)) for v, w in product((v0, v1), widths)]
    span = (0.0 if v0 <= 0 <= v1 else min(map(abs, zs))), max(map(abs, zs))
    found = [_between(span, None)]
    if n is not None and sum(n) > 3 and result.statistic not in LOG:
        from scipy.special import stdtrit

        ratio = float(stdtrit(sum(n) - 2, 0.975)) / NORMAL_AT_95
        found.append(_between((span[0] * ratio, span[1] * ratio), sum(n) - 2))
    return min(each[0] for each in found), max(each[1] for each in found)


def from_means(both: Both) -> Span | None:
    """From means, spreads and people of both arms: equal spreads, unequal spreads (Welch), and the normal distribution."""
    raw, one, two = difference(both), spreads(both.one, both.ns[0]), spreads(both.two, both.ns[1])
    if raw is None or one is None or two is None or both.n is None or min(both.n) < 2:
        return None
    low, high = sizes_of(raw)
    found: list[Span] = []
    for n in product(*both.ns):
        for s, mean in ((0, low), (1, high)):
            a, b = (one[1], two[1]) if s == 0 else (one[0], two[0])
            va, vb = a * a / n[0], b * b / n[1]
            welch = (va + vb) ** 2 / (va**2 / (n[0] - 1) + vb**2 / (n[1] - 1))
            pooled = math.sqrt(((n[0] - 1) * a * a + (n[1] - 1) * b * b) / (sum(n) - 2) * (1 / n[0] + 1 / n[1]))
            for se, df in ((math.sqrt(va + vb), welch), (pooled, float(sum(n) - 2))):
                p = p_of_t(mean / se, df), p_of_t(mean / se)
                found.append((min(p), max(p)))
    return min(each[0] for each in found), max(each[1] for each in found)


def from_events(both: Both) -> Span | None:
    """From people with and without the event in both arms: chi-squared with and without Yates' correction, and Fisher's test.

    Where a row gives no number of people, those analysed or those who began may be meant.
    """
    found: list[float] = []
    for n in product(*both.ns):
        a, b = both.one.events, both.two.events
        if a is None or b is None or a > n[0] or b > n[1] or not 0 < a + b < sum(n):
            return None
        found += _tests(a, b, n)
    return (min(found), max(found)) if found else None


def _tests(a: int, b: int, n: tuple[int, int]) -> tuple[float, float, float]:
    whole, hits = sum(n), a + b
    off = abs(a * n[1] - b * n[0])
    root = math.sqrt(whole / (hits * (whole - hits) * n[0] * n[1]))
    return p_of_t(off * root), p_of_t(max(off - whole / 2.0, 0.0) * root), _fisher(a, hits, n)


def _fisher(a: int, hits: int, n: tuple[int, int]) -> float:
    """Two-sided: all tables no likelier than the one seen."""

    def log(k: int, of: int) -> float:
        return math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)

    ways = [
        math.exp(log(k, n[0]) + log(hits - k, n[1]) - log(hits, sum(n)))
        for k in range(max(0, hits - n[1]), min(hits, n[0]) + 1)
    ]
    seen = ways[a - max(0, hits - n[1])]
    return min(1.0, sum(each for each in ways if each <= seen * (1 + 1e-7)))
