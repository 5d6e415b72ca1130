"""The shipped catalogue of a programme's assessment."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import tomli

from forwhom.keyed import Found, Keys, flag, one_of, required, rows, text, unique
from forwhom.problems import Problem, ProblemsFound
from forwhom.programme.assessment.model import SIDES, Catalogue, Gap, Impairment, Observation, Point, Term

SHIPPED = Path(__file__).parent
SEE = "docs/design/assessment.md"

_TERM = Keys(
    Term, {"id": text, "label": text, "source": text}, required(("id", "label", "source"), "It needs all three.")
)
_WORDS = {"id": text, "label": text, "says": text, "source": text}
_CATALOGUE = Keys(
    Catalogue,
    {
        "programme": text,
        "observations": rows(
            Keys(
                Observation,
                {"id": text, "says": text, "points_to": one_of(*SIDES), "source": text},
                required(("id", "says", "points_to", "source"), "An observation needs id, says, points_to and source."),
            )
        ),
        "contexts": rows(_TERM),
        "impairments": rows(Keys(Impairment, {**_WORDS, "mode": flag}, required(tuple(_WORDS), "It needs all four."))),
        "affects": rows(_TERM),
        "acts": rows(_TERM),
        "points": rows(Keys(Point, {**_WORDS, "summary": flag}, required(tuple(_WORDS), "It needs all four."))),
        "gaps": rows(Keys(Gap, {"what": text, "needed_for": text}, required(("what", "needed_for"), "It needs both."))),
    },
    required(("programme", "observations", "contexts", "impairments", "affects", "acts", "points"), "Write this part."),
)


@cache
def catalogue(programme: str) -> Catalogue | None:
    """What the assessment of a programme looks at; None where nothing ships for it.

    >>> len(catalogue("mbt").observations), catalogue("scm")
    (25, None)
    """
    file = SHIPPED / f"{programme}.toml"
    return read(file.read_text(encoding="utf-8"), file.name) if programme.isidentifier() and file.is_file() else None


def read(source: str, file: str) -> Catalogue:
    """A catalogue from TOML. Raises ProblemsFound with everything that is wrong with it."""
    found = Found(file, see=SEE)
    try:
        table = tomli.loads(source)
    except tomli.TOMLDecodeError as error:
        raise ProblemsFound([Problem("broken-toml", "Correct it.", file, found=str(error))]) from error
    made = _CATALOGUE.build(table, "", found)
    if made is not None:
        for part in ("observations", "contexts", "impairments", "affects", "acts", "points"):
            unique((each.id for each in getattr(made, part)), part, found)
    if found.problems:
        raise ProblemsFound(found.problems)
    assert isinstance(made, Catalogue)
    return made
