"""Draft files of studies: from nothing, or from a citation; the same publication is not added twice."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.evidence.model import Citation, Ledger
from forwhom.evidence.naming import surname
from forwhom.evidence.vocabulary import plain

RETRACTED = re.compile(r"\W*(?:retracted|withdrawn)(?:\s+(?:article|publication|paper))?\s*[:\]]\W*", re.IGNORECASE)
"""What a publisher puts before the title of a publication that was withdrawn."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A citation that is there already. `of` is a study's id, or the title of the earlier record."""

    citation: Citation
    of: str
    why: str


def identities(citation: Citation) -> tuple[str, ...]:
    """What makes two records the same publication: doi, PubMed's number, or title with year."""
    words = re.sub(r"[^a-z0-9]+", " ", _ascii(_bare(citation.title))).strip()
    found = [f"title and year: {words} {citation.year}"] if words else []
    if citation.doi:
        found.insert(0, f"doi: {citation.doi.lower()}")
    if citation.pmid:
        found.insert(0, f"pmid: {citation.pmid}")
    return tuple(found)


def _bare(title: str) -> str:
    marked = RETRACTED.match(title)
    return title[marked.end() :] if marked else title


def _ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def new_ones(citations: Iterable[Citation], ledger: Ledger | None = None) -> tuple[list[Citation], list[Duplicate]]:
    """Those that are not in the ledger and not among the earlier ones, and those that are."""
    known: dict[str, str] = {}
    for study in ledger.studies.values() if ledger else ():
        for identity in identities(study.citation):
            known.setdefault(identity, study.id)
    new: list[Citation] = []
    again: list[Duplicate] = []
    for citation in citations:
        mine = identities(citation)
        match = next((identity for identity in mine if identity in known), None)
        if match is None:
            new.append(citation)
        else:
            again.append(Duplicate(citation, known[match], match.partition(":")[0]))
        for identity in mine:
            known.setdefault(identity, known[match] if match else citation.title)
    return new, again


def id_for(citation: Citation, taken: Iterable[str] = ()) -> str:
    """``first-author-year``, with a letter where that is taken.

    >>> id_for(Citation(("Domínguez-Clavé E",), 2019, "…")), id_for(Citation(("Linehan MM",), 2006, "…"), ["linehan-2006"])
    ('dominguez-clave-2019', 'linehan-2006b')
    >>> id_for(Citation(("The BPD Group",), 2021, "…"))
    'bpd-group-2021'
    """
    family = re.sub(r"^the ", "", surname(citation.authors[0]), flags=re.IGNORECASE)
    base = re.sub(r"[^a-z0-9]+", "-", plain(_ascii(family))).strip("-") + f"-{citation.year}"
    taken = set(taken)
    endings = ("", *"bcdefghijklmnopqrstuvwxyz")
    return next((base + each for each in endings if base + each not in taken), f"{base}-{len(taken)}")


def scaffold(name: str, citation: Citation | None = None, day: dt.date | None = None) -> str:
    """The text of a new study file, marked as a draft; what must be filled in is a comment.

    >>> import tomli
    >>> tomli.loads(scaffold("linehan-2006", Citation(("Linehan MM",), 2006, 'A "trial"')))["citation"]["title"]
    'A "trial"'
    """
    day = day or dt.date.today()
    lines = [
        f"id = {quoted(name)}",
        f"sample = {quoted(name)}  # studies that share people name the same sample",
        "draft = true  # remove when coded: drafts are counted nowhere",
        "",
        "[citation]",
        *_citation(citation, name),
        "",
        "[design]",
        'kind = "not-coded"  # a word of vocabulary/designs.toml',
        "# screened = 0",
        "# randomised = 0",
        "# analysed = 0",
        "# assessments = [0, 6, 12]",
        '# unit = "month"',
        '# source = { document = "self", place = "Methods, paragraph 1" }',
        "",
        "[population]",
        'disorder = ["not-coded"]  # words of vocabulary/disorders.toml',
        "",
        *_withdrawn(citation, day),
        *_commented(ROWS),
        "[extraction]",
        'by = ""',
        f"date = {day.isoformat()}",
        "gaps = []",
    ]
    return "\n".join(lines) + "\n"


ROWS = """
[[arms]]
id = "treatment"
label = ""
role = "treatment"
treatment = "dbt"
n = 0
source = { document = "self", place = "Table 1" }

[[measures]]
id = "severity"
label = ""
instrument = ""
domain = "bpd-severity"
informant = "self"
better = "lower"

[[results]]
id = "severity-treatment-12"
kind = "means"
outcome = "severity"
arm = "treatment"
time = 12
mean = 0.00
sd = 0.00
n = 0
source = { document = "self", place = "Table 2" }
"""


def _withdrawn(citation: Citation | None, day: dt.date) -> list[str]:
    if citation is None or not citation.retracted:
        return []
    why = 'why = "The imported record says that it was retracted; when and why is to be looked up"'
    return ["[withdrawn]", f"date = {day.isoformat()}", why, ""]


def _commented(text: str) -> list[str]:
    return [f"# {line}" if line else "" for line in text.strip().splitlines()] + [""]


def _citation(citation: Citation | None, name: str) -> list[str]:
    if citation is None:
        family, _, year = name.rpartition("-")
        digits = re.match(r"\d{4}", year)
        guessed = [f"authors = [{quoted(family.split('-')[0].title())}]" if digits else "authors = []"]
        return [*guessed, f"year = {digits[0] if digits else dt.date.today().year}", 'title = ""', '# doi = ""']
    authors = ", ".join(quoted(author) for author in citation.authors)
    lines = [f"authors = [{authors}]", f"year = {citation.year}", f"title = {quoted(citation.title)}"]
    if citation.kind != "article":
        lines.append(f"kind = {quoted(citation.kind)}")
    for key in ("journal", "volume", "pages", "doi", "pmid", "url"):
        value = getattr(citation, key)
        if value:
            lines.append(f"{key} = {quoted(value)}")
    return lines


def quoted(text: str) -> str:
    """Text as a TOML string.

    >>> print(quoted('a "b" c'))
    "a \\"b\\" c"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04X}" for c in escaped) + '"'
