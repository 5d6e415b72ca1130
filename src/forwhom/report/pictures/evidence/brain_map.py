"""Change of the brain after treatment: regions by lobe or system, a mark per independent sample."""

from __future__ import annotations

from forwhom.findings.kinds import BrainMapDetail, EvidenceMap, MapRow
from forwhom.report.picture import Names, Picture, in_both_sizes
from forwhom.report.pictures.evidence.dots import draw
from forwhom.report.pictures.evidence.map_tables import tables


def picture(detail: BrainMapDetail, names: Names) -> Picture:
    """One modality."""
    describe = sentence(f"Change of {detail.modality} after treatment", detail.map.rows, dict(detail.map.directions))
    wide, narrow = in_both_sizes(
        lambda size: draw(detail.map, size, describe, tasks=detail.modality != "grey matter volume")
    )
    rolled = " Each result counts at everything its region is part of, too." if detail.map.parents else ""
    caption = (
        f"One mark for each {_unit(detail.map.by)}; its letter is in the key, behind it task and side. Under each region: in whom, "
        "after which treatment, and how many of those that measured this report on the region at all. The others may not have looked, "
        f"or not told. Without a word on the comparison it is change over time. "
        f"Concluded: from states before and after, without a test of the change.{rolled}"
        f"{asked_words(detail.map)}"
    )
    return Picture(describe, caption, wide, narrow, tables(detail.map))


def asked_words(shown: EvidenceMap) -> str:
    """What the numbers of a narrowed map are of, and that devices are told apart in the key."""
    devices = (
        " The key says by which device a sample was measured." if any(each.devices for each in shown.samples) else ""
    )
    within = f" Counted are those asked with {shown.within}." if shown.within else ""
    return f"{devices}{within}"


def _unit(by: str) -> str:
    return "study" if by == "study" else "independent sample, however many studies tell of it"


def sentence(begin: str, rows: tuple[MapRow, ...], words: dict[str, str]) -> str:
    """The map for those who do not see it."""
    words = words | {"concluded": "concluded, not tested", "mixed": "differing", "not stated": "direction not stated"}
    told = []
    for row in rows:
        counts = [f"{words[key]} {n}" for key in words if (n := sum(mark.direction == key for mark in row.marks))]
        about = ", ".join(each for each in (row.scope, row.outcome, row.contrast) if each)
        told.append(f"{row.place} ({row.treatment}, {about}): {', '.join(counts)}")
    return f"{begin}. Samples by region and direction. {'; '.join(told)}."
