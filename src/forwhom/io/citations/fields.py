"""Fields of a record, by one set of names whatever the format, and the citation they make."""

from __future__ import annotations

import re

from forwhom.evidence.drafts import RETRACTED
from forwhom.evidence.model import Citation

Fields = dict[str, list[str]]
"""authors, year, title, kind, journal, volume, first_page, pages, doi, pmid, url."""

KINDS = {
    "jour": "article", "article": "article", "thes": "thesis", "phdthesis": "thesis", "mastersthesis": "thesis",
    "book": "book", "chap": "chapter", "incollection": "chapter", "inbook": "chapter", "rprt": "report",
    "techreport": "report", "unpb": "preprint", "preprint": "preprint", "academic dissertation": "thesis",
}  # fmt: skip


def to_citation(fields: Fields) -> Citation | str:
    """A citation, or the names of what it lacks."""
    title, year = _one(fields, "title"), re.search(r"\b(1[5-9]|20)\d\d\b", _one(fields, "year"))
    authors = tuple(name(each) for each in fields.get("authors", []) if each.strip())
    absent = [what for what, there in (("title", title), ("author", authors), ("year", year)) if not there]
    if absent or year is None:
        return ", ".join(absent)
    pages = _one(fields, "pages") or "-".join(
        each for each in (_one(fields, "first_page"), _one(fields, "last_page")) if each
    )
    return Citation(
        authors=authors,
        year=int(year[0]),
        title=title.rstrip(". "),
        kind=next((KINDS[each.lower()] for each in fields.get("kind", []) if each.lower() in KINDS), "article"),
        journal=_one(fields, "journal"),
        volume=_one(fields, "volume"),
        pages=re.sub(r"\s*[-–—]+\s*", "-", pages),
        doi=doi(_one(fields, "doi")),
        pmid=_one(fields, "pmid"),
        url=_one(fields, "url"),
        retracted=bool(RETRACTED.match(title)) or any("retracted" in each.lower() for each in fields.get("kind", [])),
    )


GROUP = re.compile(
    r"\b(group|team|consortium|collaborati(?:on|ve)|collaborators|network|organi[sz]ation|association|society|institute|"
    r"committee|investigators|university|department|ministry|council|foundation|task force|working party|agency)\b",
    re.IGNORECASE,
)
"""A name with one of these words and no comma before given names is that of a group of people."""


def whole(group: str) -> str:
    """A name that is one of a group, marked so that `name` keeps it.

    >>> whole("The BPD Group"), whole(" ")
    ('{The BPD Group}', '')
    """
    group = group.strip()
    return f"{{{group}}}" if group else ""


def name(author: str) -> str:
    """A name as "Family AB"; the name of a group as it is.

    >>> name("Linehan, Marsha M."), name("Marsha M. Linehan"), name("Linehan MM"), name("van Dyck, Richard")
    ('Linehan MM', 'Linehan MM', 'Linehan MM', 'van Dyck R')
    >>> name("{The BPD Group}"), name("World Health Organization"), name("BPD Study Group, The"), name("Group, Anna")
    ('The BPD Group', 'World Health Organization', 'The BPD Study Group', 'Group A')
    """
    alone = author.rstrip().endswith(",")  # RIS writes a group as a family name without given ones
    author = " ".join(author.split()).strip(" .,")
    if author.startswith("{") and author.endswith("}"):
        return author.strip("{} ")
    if alone and " " in author:
        return author
    if "," in author:
        family, _, given = author.partition(",")
        if given.strip().lower() == "the":
            return f"The {family.strip()}"
    elif GROUP.search(author) and " " in author:
        return author
    else:
        parts = author.split(" ")
        if len(parts) > 1 and re.fullmatch(r"[A-ZÀ-Þ]{1,4}", parts[-1]):
            family, given = " ".join(parts[:-1]), parts[-1]
        else:
            family, given = parts[-1], " ".join(parts[:-1])
    given = given.strip(" .")
    short = re.fullmatch(r"[A-ZÀ-Þ]{1,4}", given)
    initials = given if short else "".join(part[0].upper() for part in re.split(r"[\s.\-]+", given) if part)
    return f"{family.strip()} {initials}".strip()


def doi(text: str) -> str:
    """A DOI without resolver.

    >>> doi("https://doi.org/10.1016/J.BPSC.2016.07.003 [doi]")
    '10.1016/j.bpsc.2016.07.003'
    """
    found = re.search(r"10\.\d{4,9}/[^\s\"<>\]]+", text)
    return found[0].rstrip(".,;").lower() if found else ""


def _one(fields: Fields, key: str) -> str:
    return next((" ".join(each.split()) for each in fields.get(key, []) if each.strip()), "")
