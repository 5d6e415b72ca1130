"""Small helpers of the tests."""

from __future__ import annotations

from forwhom.findings import Estimate, Finding


def named(finding: Finding, name: str) -> Estimate:
    """The estimate of that name, or a failure that lists those there are."""
    found = [estimate for estimate in finding.estimates if estimate.name == name]
    assert len(found) == 1, f"{name!r} is not one of {[estimate.name for estimate in finding.estimates]}"
    return found[0]
