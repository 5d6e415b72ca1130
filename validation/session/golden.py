"""Agreement of the rules with the hand codes of the session printed in S2: python validation/session/golden.py (needs the paper's text)."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import tomli

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))

import golden_session  # noqa: E402

from forwhom.analysis.programme.session_agreement import agree  # noqa: E402
from forwhom.io.codings import read_coding_file  # noqa: E402
from forwhom.programme.session import check  # noqa: E402


def number(found: object) -> str:
    value, low, high = (getattr(found, key, None) for key in ("value", "low", "high"))
    if value is None:
        return "–"
    return f"{value:.2f}" + (f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else "")


def main() -> None:
    data = Path(os.environ.get("FORWHOM_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
    session = golden_session.transcript(data)
    if session is None:
        sys.exit("The text of the paper is not at hand.")
    hand = read_coding_file(HERE / "hand-codes.toml")
    stated = {
        each["turn"]: set(each.get("stated", ()))
        for each in tomli.loads((HERE / "hand-codes.toml").read_text())["turns"]
    }
    print("| Code | n | by hand | by rule | same | kappa | AC1 | rules not taken from the session: by rule | kappa |")
    print("|---|---|---|---|---|---|---|---|---|")
    full, apart = (agree([(hand, golden_session.coded(session, unseen=each))]) for each in (False, True))
    other = {row.what: row for row in apart.rows}
    for row in full.rows:
        two = other.get(row.what)
        tail = f"{two.second} | {number(two.kappa)}" if two else "0 | –"
        same = "–" if row.observed is None else f"{100 * row.observed:.0f} %"
        print(
            f"| {row.label} | {row.n} | {row.first} | {row.second} | {same} | {number(row.kappa)} | {number(row.ac1)} | {tail} |"
        )
        if row.quadratic is not None:
            weighted = f"{number(row.linear)} / {number(row.quadratic)}"
            print(
                f"| … weighted, linear / quadratic; alpha / ICC | | | | | {weighted} | {number(row.alpha)} / {number(row.icc)} | | |"
            )
    only = replace(hand, turns=tuple(t if "level" in stated[t.turn] else replace(t, level=None) for t in hand.turns))
    row = agree([(only, golden_session.coded(session))]).rows[0]
    same = f"{100 * (row.observed or 0):.0f} %"
    print(
        f"\nLevels that the authors state: n = {row.n}, same {same}, kappa {number(row.kappa)}, quadratic {number(row.quadratic)}"
    )
    signs = [(turn, code) for turn, codes in stated.items() for code in codes if code not in ("level", "mentalizing")]
    machine = {turn.turn: turn for turn in golden_session.coded(session).turns}
    found = [pair for pair in signs if (mark := machine[pair[0]].mark(pair[1])) is not None and mark.confidence >= 0.5]
    print(
        f"Codes that the authors state themselves: {len(found)} of {len(signs)} found; missed {sorted(set(signs) - set(found))}"
    )
    for name, coding in (("hand", hand), ("rules", golden_session.coded(session))):
        checked = check(coding, session)
        print(f"\nGate on codes by {name}:")
        for moment in checked.moments:
            print(f"  {moment.rule} turn {moment.turn}: {moment.why}")
        print("  steps:", [episode.seen for episode in checked.episodes])


if __name__ == "__main__":
    main()
