"""RIS and NBIB: a tag, a dash, a value; a line that begins with spaces goes on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forwhom.io.citations.fields import Fields, whole

RIS = {
    "TY": "kind", "AU": "authors", "A1": "authors", "PY": "year", "Y1": "year", "DA": "year", "TI": "title",
    "T1": "title", "JO": "journal", "JF": "journal", "T2": "journal", "VL": "volume", "SP": "first_page",
    "EP": "last_page", "DO": "doi", "UR": "url", "AN": "accession",
}  # fmt: skip
NBIB = {
    "PMID": "pmid", "FAU": "authors", "AU": "short_authors", "DP": "year", "TI": "title", "TA": "journal",
    "JT": "long_journal", "VI": "volume", "PG": "pages", "LID": "doi", "AID": "doi", "PT": "kind",
    "CN": "groups",
}  # fmt: skip
_RIS = re.compile(r"([A-Z][A-Z0-9])  ?- ?(.*)")
_NBIB = re.compile(r"([A-Z]{2,4}) *- (.*)")


def ris(text: str) -> list[Fields]:
    """Records of a RIS file."""
    records = _tagged(text, _RIS, RIS, first="TY", last="ER")
    for record in records:
        record["pmid"] = [each for each in record.get("accession", []) if re.fullmatch(r"\d{1,8}", each)]
    return records


def nbib(text: str) -> list[Fields]:
    """Records of a PubMed file in its own format."""
    records = _tagged(text, _NBIB, NBIB, first="PMID")
    for record in records:
        people = record.get("authors") or record.get("short_authors", [])
        record["authors"] = [*people, *map(whole, record.get("groups", []))]
        record["doi"] = [each for each in record.get("doi", []) if "[doi]" in each]
    return records


def _tagged(text: str, line: re.Pattern[str], names: Mapping[str, str], first: str, last: str = "") -> list[Fields]:
    records: list[Fields] = []
    values: list[str] | None = None
    for each in text.splitlines():
        found = line.fullmatch(each.rstrip())
        if found:
            tag, value = found[1], found[2].strip()
            if tag == first:
                records.append({})
            if not records or tag == last:
                values = None
                continue
            key = names.get(tag)
            values = records[-1].setdefault(key, []) if key else None
            if values is not None:
                values.append(value)
        elif values and each.startswith((" ", "\t")):
            values[-1] = f"{values[-1]} {each.strip()}"
    return records
