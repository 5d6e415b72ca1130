"""Counts of the review, by hand and by query: prints both, and where they differ.

python validation/evidence_claims/compare.py
"""

from __future__ import annotations

from pathlib import Path

import tomli

from forwhom import evidence
from forwhom.analysis.asking import versions


def compared() -> list[tuple[str, int | None, int, int | None]]:
    """Claim, as the review says, as a reader counts, as the query counts."""
    by_hand = tomli.loads((Path(__file__).parent / "by_hand.toml").read_text(encoding="utf-8"))
    found = {each.claim.id: each for each in evidence.audit(evidence.read())}
    rows = []
    for name, hand in by_hand.items():
        each = found["s1-nine"] if name in ("samples", "people") else found[name]
        query = each.samples if name == "samples" else each.people if name == "people" else each.found
        rows.append((name, hand.get("says"), hand["counted"], query))
    return rows


if __name__ == "__main__":
    print("forwhom", versions()["forwhom"])
    print(f"{'claim':<28}{'says':>6}{'by hand':>9}{'query':>7}")
    for name, says, hand, query in compared():
        mark = "" if hand == query else "   differs"
        print(f"{name:<28}{says or '':>6}{hand:>9}{query if query is not None else '':>7}{mark}")
