"""Agreement of the rules with the hand codes of the session printed in S2: python validation/session/golden.py (needs the paper's text)."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import tomli

HERE = Path(__file__).parent
COMMENDED = {16: "S2 line 202", 22: "S2 lines 220 to 226"}
"""Turns in which the authors' comment speaks for what the therapist did, and where."""
sys.path.insert(0, str(HERE.parents[1] / "tests"))

import golden_session

from forwhom.analysis.programme.session_agreement import agree
from forwhom.io.codings import read_coding_file
from forwhom.kernels.coder_agreement import two_coders
from forwhom.programme.session import Coding, Moment, check
from forwhom.programme.session.model import NOT_SEEN


def number(found: object) -> str:
    value, low, high = (getattr(found, key, None) for key in ("value", "low", "high"))
    if value is None:
        return "–"
    return f"{value:.2f}" + (f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else "")


def with_not_seen(hand: Coding, rules: Coding, what: str) -> object:
    """Kappa of the states with *not seen* as one more category, which the coder never used."""
    known = ("kept", "doubtful", "lost", "low", "raised", "high", NOT_SEEN)
    pairs = [
        (known.index(getattr(a, what)), known.index(getattr(b, what)))
        for a, b in zip(hand.turns, rules.turns, strict=True)
        if a.role == "patient" and getattr(a, what)
    ]
    one, two = np.array(pairs, dtype=float).T
    return two_coders(one, two, categories=tuple(range(len(known)))).kappa


def whose(moment: Moment, stated: dict[int, set[str]]) -> str:
    """Whether level and state of a moment are the authors' own words or the coder's reading, and what the comment says of it."""
    if not moment.because or moment.turn is None or "GATE" not in moment.rule:
        return ""
    state = stated.get(moment.because[-1], set())
    parts = [f"level {'stated' if 'level' in stated.get(moment.turn, set()) else 'read by the coder'}"]
    parts += [f"{what} {'stated' if what in state else 'read by the coder'}" for what in ("mentalizing", "arousal")]
    comment = COMMENDED.get(moment.turn)
    parts.append(
        f"the comment speaks for the turn ({comment})" if comment else "no comment says that a safe level was left"
    )
    return f" [{'; '.join(parts)}]"


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
    print(f"States of arousal that the authors state: {sum('arousal' in each for each in stated.values())}")
    print(f"States of mentalizing that the authors state: {sum('mentalizing' in each for each in stated.values())}")
    seen = golden_session.coded(session)
    for what in ("mentalizing", "arousal"):
        of = [getattr(turn, what) for turn in seen.turns if turn.role == "patient"]
        print(f"{what}: by rule a state is seen in {sum(state != NOT_SEEN for state in of)} of {len(of)} turns")
        print(f"  not seen counted as a category of its own: kappa {number(with_not_seen(hand, seen, what))}")
    for name, coding in (("hand", hand), ("rules", seen)):
        checked = check(coding, session)
        print(f"\nGate on codes by {name}:")
        for moment in checked.moments:
            print(f"  {moment.rule} turn {moment.turn}: {moment.why}{whose(moment, stated) if name == 'hand' else ''}")
        print("  steps:", [episode.seen for episode in checked.episodes])


if __name__ == "__main__":
    main()
