"""Numbers of claims: those the rows, or the facts of the studies, give for the same thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from forwhom.evidence.checks.citations import READ, rows_for, rows_left_out
from forwhom.evidence.checks.places import of_claim, of_result, place_of, plain
from forwhom.evidence.contradictions import Contradiction, Place
from forwhom.evidence.filters import Row
from forwhom.evidence.left_out import left_out
from forwhom.evidence.model import Claim, Duration, Ledger, Study
from forwhom.evidence.references import fact
from forwhom.evidence.rounding import agree

USUAL = ("percent", "value", "mean")


@dataclass(frozen=True, slots=True)
class Given:
    """A number the ledger gives where a claim gives one."""

    number: float
    place: Place
    computed: bool = False

    def __str__(self) -> str:
        """As printed; what was computed here is rounded."""
        return f"about {self.number:.0f}" if self.computed else plain(self.number)


def numbers_for(claim: Claim, ledger: Ledger, key: str = "value") -> tuple[Given, ...]:
    """What the ledger gives for the number of a claim.

    ``expect.of`` names a key of the rows (``percent``, ``value``, ``mean``, ``n`` …; the first given when absent), or with a dot a
    fact of the studies that the query finds or the claim cites (``design.randomised``, ``arms.mbt.n``).
    """
    cited = (ledger.studies[name] for name in claim.cites if name in ledger.studies)
    return _numbers(claim, key, rows_for(claim, ledger), [study for study in cited if study.counts])


def numbers_left_out(claim: Claim, ledger: Ledger, key: str = "value") -> tuple[Given, ...]:
    """The same of studies that are withdrawn or drafts: they give nothing, and a claim may hang on them."""
    return _numbers(claim, key, rows_left_out(claim, ledger), left_out(claim.cites, ledger))


def hanging_values(claim: Claim, ledger: Ledger) -> tuple[Study, ...]:
    """Studies that count nowhere and give the claim's number, where what is left gives another number or none."""
    found: dict[str, Study] = {}
    for key, wanted in _wanted(claim):
        if not any(agree(wanted, each.number) for each in numbers_for(claim, ledger, key)):
            here = (each.place.of for each in numbers_left_out(claim, ledger, key) if agree(wanted, each.number))
            found |= {name: ledger.studies[name] for name in here}
    return tuple(found.values())


def _wanted(claim: Claim) -> Iterator[tuple[str, float]]:
    for key in ("value", "low", "high"):
        wanted = claim.expect.get(key)
        if isinstance(wanted, (int, float)):
            yield key, wanted


def _numbers(claim: Claim, key: str, found: Iterable[Row], cited: Iterable[Study]) -> tuple[Given, ...]:
    of = str(claim.expect.get("of", ""))
    if "." in of:
        studies = {row.study.id: row.study for row in found} | {study.id: study for study in cited}
        return tuple(given for study in studies.values() for given in _facts(study, of))
    made: list[Given] = []
    for row in found:
        keys = (key,) if key != "value" else (of,) if of else USUAL
        number = next((n for each in keys if isinstance(n := getattr(row.result, each, None), (int, float))), None)
        if number is not None:
            made.append(Given(number, of_result(row.study, row.result, plain(number), of or key), row.result.computed))
    return tuple(made)


def _facts(study: Study, of: str) -> Iterator[Given]:
    """``arms.*.n`` means each arm."""
    first, _, rest = of.partition(".")
    paths = [f"arms.{arm.id}.{rest[2:]}" for arm in study.arms] if rest.startswith("*.") else [of]
    for path in paths if first == "arms" or not rest.startswith("*.") else ():
        value = fact(study, path)
        arm = study.arm(path.split(".")[1]) if first == "arms" else None
        length = getattr(arm, path.split(".")[-1], None) if arm else None
        number = length.value if isinstance(length, Duration) else value
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            yield Given(number, Place(study.id, path, plain(number), place_of(study, path)))


def values_of_claims(ledger: Ledger) -> Iterator[Contradiction]:
    """A claim's number against the numbers of the rows it rests on."""
    for claim in ledger.claims.values():
        if hanging_values(claim, ledger):
            continue
        for key, wanted in _wanted(claim):
            given = numbers_for(claim, ledger, key)
            if given and not any(agree(wanted, each.number) for each in given):
                there = ", ".join(dict.fromkeys(map(str, given)))
                yield Contradiction(
                    "value-of-claim",
                    f"It says {plain(wanted)}, and the ledger gives {there}.",
                    (of_claim(claim, claim.says), *(each.place for each in given)),
                    READ,
                )
