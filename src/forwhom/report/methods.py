"""Methods text written from what was really run, and the reference list it needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from forwhom.findings.model import Finding, Method, Record
from forwhom.report.numbers import level_text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One method as run: its name, the options in words, its references, and the findings it answers.

    cites : numbers in the reference list
    answers : (anchor, question)
    """

    name: str
    options: str
    cites: tuple[int, ...]
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class References:
    """Citations, numbered in the order in which the report first needs them."""

    texts: tuple[str, ...]

    def numbers(self, method: Method) -> tuple[int, ...]:
        """The numbers of a method's citations, rising."""
        return tuple(sorted({self.texts.index(text) + 1 for text in method.citations}))


def references(findings: Iterable[Finding]) -> References:
    """Every citation of the findings, once."""
    return References(tuple(dict.fromkeys(text for finding in findings for text in finding.method.citations)))


def options_in_words(method: Method) -> str:
    """The options as one sentence.

    >>> options_in_words(Method("MMRM", {"estimation": "REML", "covariance": "unstructured"}))
    'Estimation: REML; covariance: unstructured.'
    """
    told = "; ".join(
        f"{name.replace('_', ' ')}: {value.rstrip('.')}" for name, value in method.options.items() if value
    )
    return f"{told[:1].upper()}{told[1:]}." if told else ""


def was_run(finding: Finding) -> bool:
    """False when nothing was computed for the finding; one that declines after computing shows what it found."""
    computed = finding.status == "answered" or (finding.status == "declined" and finding.detail is not None)
    return computed and finding.method.name.casefold() not in {"", "none"}


def paragraphs(findings: Iterable[Finding], anchors: dict[str, str], cited: References) -> tuple[Paragraph, ...]:
    """One paragraph per method and set of options; findings made the same way share one."""
    together: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if was_run(finding):
            together.setdefault((finding.method.name, options_in_words(finding.method)), []).append(finding)
    return tuple(
        Paragraph(
            name,
            options,
            tuple(sorted({number for finding in alike for number in cited.numbers(finding.method)})),
            tuple((anchors[finding.id], finding.question) for finding in alike),
        )
        for (name, options), alike in together.items()
    )


def opening(record: Record) -> str:
    """What holds for every finding: how many, at which level, planned or not."""
    counts = [sum(finding.status == status for finding in record.findings) for status in _STATUS]
    told = [f"{n} {words}" for n, words in zip(counts, _STATUS.values(), strict=True) if n]
    questions = len(record.findings)
    sentences = (
        [f"{questions} question{' was' if questions == 1 else 's were'} put to the data: {', '.join(told)}."]
        if told
        else []
    )
    levels = sorted({e.level for finding in record.findings for e in finding.estimates if e.level is not None})
    if levels:
        shown = " and ".join(level_text(level) for level in levels)
        same = f"All intervals are {shown} intervals."
        sentences.append(same if len(levels) == 1 else f"Intervals are at {shown}, as each row says.")
    planned = sum(finding.registered == "planned" for finding in record.findings)
    if record.study.registered:
        sentences.append(
            f"The plan was registered on {record.study.registered}; {planned} of {questions} findings were planned "
            "in it, the others are exploratory."
        )
    elif questions and record.study.about == "study":
        sentences.append("No registered plan was given, so every finding is marked exploratory.")
    return " ".join(sentences)


_STATUS = {"answered": "answered", "declined": "declined", "not_applicable": "not applicable"}
