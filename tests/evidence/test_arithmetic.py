"""Which printed numbers whole people can have, against counting all of them."""

from __future__ import annotations

from forwhom.evidence import Printed
from forwhom.evidence.checks.arithmetic import possible_counts, possible_mean, possible_sd
from forwhom.evidence.rounding import agree, decimals


def test_possible_percentages_by_enumeration() -> None:
    for n in (7, 28, 71, 150):
        printed = {f"{100 * k / n:.0f}" for k in range(n + 1)}
        for percent in range(101):
            assert bool(possible_counts(percent, n)) == (str(percent) in printed) or (percent * n) % 100 == 50, (
                percent,
                n,
            )


def test_possible_means_and_spreads_by_enumeration() -> None:
    """Every mean and SD of four scores from 0 to 3, printed with two decimals, is possible; most others are not."""
    from itertools import combinations_with_replacement
    from statistics import mean, stdev

    there = {(f"{mean(x):.2f}", f"{stdev(x):.2f}") for x in combinations_with_replacement(range(4), 4)}
    for m, s in there:
        assert possible_mean(Printed(m), 4, 1)
        assert possible_sd(Printed(m), Printed(s), 4, 1), (m, s)
    means = {m for m, _ in there}
    assert [m for m in (f"{k / 100:.2f}" for k in range(301)) if possible_mean(Printed(m), 4, 1) != (m in means)] == []
    spreads = [f"{k / 100:.2f}" for k in range(150)]
    passed = sum(possible_sd(Printed(m), Printed(s), 4, 1) for m in means for s in spreads)
    assert passed < 0.25 * len(means) * len(spreads)


def test_decimals_as_printed() -> None:
    assert [decimals(Printed("3.30")), decimals(3), decimals(1e-4), decimals(Printed("1e-3"))] == [2, 0, 4, 3]
    assert agree(Printed("0.4"), Printed("0.39"))
    assert not agree(Printed("0.40"), Printed("0.38"))
