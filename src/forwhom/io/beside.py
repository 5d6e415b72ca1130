"""[published] of study.toml to what is published: the shipped ledger, ledgers of one's own, tables of trials."""

from __future__ import annotations

import re

from forwhom.evidence import read_with_problems
from forwhom.evidence.beside import Beside
from forwhom.evidence.comparisons import Comparison
from forwhom.evidence.pairing import comparisons
from forwhom.io.metapsy import Trials, read_metapsy
from forwhom.problems import Problem, ProblemsFound
from forwhom.study.published import Published


def read_beside(published: Published) -> Beside:
    """Everything that is published, as far as [published] names it.

    Raises `ProblemsFound` with every problem of every ledger and table at once.
    """
    ledger, found = read_with_problems(*published.ledgers)
    problems: list[Problem] = list(found)
    tables: list[Trials] = []
    for name in published.databases:
        try:
            tables.append(read_metapsy(name, ledger.vocabulary))
        except ProblemsFound as wrong:
            problems += wrong.problems
    if problems:
        raise ProblemsFound(problems)
    listed = [each for table in tables for each in table.comparisons]
    trials = {_trial(each) for each in listed}
    own = [each for each in comparisons(ledger) if _trial(each) not in trials]
    notices = tuple(notice for table in tables for notice in table.notices)
    return Beside(ledger, (*own, *listed), notices)


def _trial(one: Comparison) -> tuple[str, int | None]:
    """First author and year: what tells a trial from another in both sources.

    A letter after the year, as tables add it, does not make another trial.
    """
    family = re.split(r"[\s,&]", one.label.strip(), maxsplit=1)[0]
    digits = re.search(r"(1[89]|20)\d\d", one.label)
    return family.casefold(), one.year if one.year is not None else int(digits[0]) if digits else None
