"""Captions: WebVTT and SRT, read line by line so that a broken one never takes its neighbours along.

What players and strict readers drop (a cue without times, a blank line inside one, text before the first) is said by
somebody; here it is kept and told.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from forwhom.io.transcripts.decoding import line_breaks
from forwhom.io.transcripts.names import Names, headed
from forwhom.problems import Problem
from forwhom.programme.session.turns import Turn

_ARROW = re.compile(r"\s*(?:--?>|—>|→)\s*")
_TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,6}))?$")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,80})?\s+([^<>]*)>")
_TAG = re.compile(
    r"</?(?:b|i|u|s|c|v|p|em|rt|br|div|span|font|lang|ruby|strong)(?:\.[\w.-]+)?(?:\s+[\w-]+=[^<>]*)?/?>|<lang\s+[\w-]+>|<\d[\d:.,]*>",
    re.IGNORECASE,
)
"""Markup that captions have. Anything else in such brackets was written by who transcribed: ``<whispers: I want to go>``."""
_SETTING = re.compile(r"(?:vertical|line|position|size|align|region|[XY][12]):\S*$")
_SAID = re.compile(r"(?:[^\W\d_]+\W+){2}[^\W\d_]")
_STYLED = re.compile(r"\{\\[^{}\n]{0,80}\}|\u266a")
"""Where a caption stands, and that it is sung, as SRT writes it."""
_DASH = re.compile(r"\s*(?:<[ib]>)?[-–—]\s*(?=\S)")
_COUNTER = re.compile(r"^\d{1,7}$")
_LIKE_AN_ID = re.compile(r"[\w./:-]*[\d_/-][\w./:-]*")
_BLOCKS = ("NOTE", "STYLE", "REGION")
_HEADER = re.compile(r"(?:kind|language|x-timestamp-map)\s*[:=]", re.IGNORECASE)
MOST_NAMED = 0.8
"""Share of captions with a line above their times from which on such lines are names of captions rather than something said."""


@dataclass(slots=True)
class _Cue:
    row: int
    start: float | None = None
    end: float | None = None
    lines: list[str] = field(default_factory=list)
    timed: bool = False


@dataclass(slots=True)
class _Told:
    """Problems of a file, alike ones counted together."""

    file: str
    rows: dict[str, list[int]] = field(default_factory=dict)

    def add(self, code: str, row: int) -> None:
        self.rows.setdefault(code, []).append(row)

    def problems(self) -> tuple[Problem, ...]:
        return tuple(
            Problem(
                code, _WORDS[code][1], self.file, rows[0], found=_WORDS[code][0], severity="notice", count=len(rows)
            )
            for code, rows in self.rows.items()
        )


_WORDS = {
    "broken-time": (
        "a time cannot be read; the words are kept without it",
        "Correct it, such as 00:01:02.500 --> 00:01:05.000.",
    ),
    "end-before-start": ("a caption ends before it begins; neither of its times is used", "Correct its times."),
    "no-times": ("words without a time; they are kept where they stand", "Put a line with times above them."),
    "times-go-back": ("captions are not in the order of their times; they were put in that order", "Check the order."),
    "overlap": ("two people speak at once; both are kept, in the order in which they begin", "Nothing, if that is so."),
    "empty-turn": ("a caption without words; it is kept and not coded", "Nothing, or write what was said."),
    "cut-off": ("the file ends in the middle of a caption", "Check whether the end of the session is missing."),
    "no-header": (
        "the first line is not WEBVTT; the captions were read all the same",
        "Write WEBVTT as the first line.",
    ),
}


def read_cues(
    text: str, file: str, *, vtt: bool, told_names: Iterable[str] = ()
) -> tuple[tuple[Turn, ...], tuple[Problem, ...]]:
    """Captions in the order of their times, one per speaker in a caption.

    vtt : WebVTT rather than SRT; only the header and the notes are read differently
    told_names : speakers that were given, as the file names them
    """
    told = _Told(file)
    lines = line_breaks(text).split("\n")
    if vtt and not lines[0].lstrip("\ufeff").startswith("WEBVTT"):
        told.add("no-header", 1)
    cues = list(_cues(lines, told, vtt=vtt))
    if (
        cues
        and cues[-1].timed
        and not any(line.strip() for line in cues[-1].lines)
        and text.strip()
        and not text.endswith("\n")
    ):
        told.add("cut-off", cues[-1].row)
    names = Names.of([headed(line) for cue in cues for _, line in _lines(cue.lines)], told_names)
    parts = [part for cue in cues for part in _parts(cue, told, names)]
    ordered = _in_order(parts, told)
    _overlaps(ordered, told)
    return tuple(replace(turn, number=number) for number, turn in enumerate(ordered, 1)), (
        *told.problems(),
        *names.problems(file),
    )


def _cues(lines: Sequence[str], told: _Told, *, vtt: bool) -> Iterator[_Cue]:
    """Every caption; words that stand outside one are captions without times."""
    cue: _Cue | None = None
    skipping = False
    begins = _header(lines) if vtt else 0
    names = _names_of_cues(lines[begins:], begins + 1, vtt=vtt)
    for row, line in enumerate(lines[begins:], begins + 1):
        bare = line.strip()
        if not bare:
            skipping = False
            continue
        if vtt and (cue is None or not lines[row - 2].strip()) and bare.split()[0] in _BLOCKS and "-->" not in bare:
            skipping = True
        times = _times(bare, row, told)
        if times is not None:
            # A comment ends here, too: it may not hold times.
            skipping = False
            if cue is not None:
                yield cue
            start, end, words = times
            cue = _Cue(row, start, end, [words] if words else [], timed=True)
        elif skipping or row in names:
            continue
        elif cue is None:
            told.add("no-times", row)
            cue = _Cue(row, lines=[line])
        else:
            if _above_times(lines, row):
                told.add("no-times", row)
            cue.lines.append(line)
    if cue is not None:
        yield cue


def _header(lines: Sequence[str]) -> int:
    """Lines that the header of WebVTT takes, with blank ones before it; whatever is none of it was said."""
    place = next((n for n, line in enumerate(lines) if line.strip()), 0)
    if not lines[place].lstrip("\ufeff ").startswith("WEBVTT"):
        return 0
    place += 1
    while place < len(lines) and _HEADER.match(lines[place].strip()):
        place += 1
    return place


def _names_of_cues(lines: Sequence[str], first: int, *, vtt: bool) -> frozenset[int]:
    """Rows with the number or the name of a caption, which nobody said.

    first : row of the first line
    In SRT it is a number. In WebVTT it may be words, which are taken for a name where nearly every caption has some.
    """
    above = [n for n in range(len(lines)) if _above_times(lines, n + 1)]
    timed = sum("-->" in line for line in lines)
    every = vtt and len(above) > 2 and len(above) >= MOST_NAMED * timed
    found = [n for n in above if _COUNTER.match(lines[n].strip()) or (vtt and _names(lines[n], every=every))]
    alone = [n for n in range(len(lines)) if _COUNTER.match(lines[n].strip()) and _stands_alone(lines, n)]
    return frozenset(first + n for n in (*found, *alone))


def _names(line: str, *, every: bool) -> bool:
    return every or _LIKE_AN_ID.fullmatch(line.strip()) is not None


def _above_times(lines: Sequence[str], row: int) -> bool:
    """Whether a line stands after a blank one, or first, and right above times."""
    here = lines[row - 1].strip()
    begins = row < 2 or not lines[row - 2].strip()
    return bool(here) and begins and "-->" not in here and row < len(lines) and "-->" in lines[row]


def _stands_alone(lines: Sequence[str], n: int) -> bool:
    return (n == 0 or not lines[n - 1].strip()) and (n + 1 >= len(lines) or not lines[n + 1].strip())


def _times(line: str, row: int, told: _Told) -> tuple[float | None, float | None, str] | None:
    """Start and end of a line of times, and words that stand on it; None for any other line."""
    if ">" not in line and "→" not in line:
        return None
    pieces = _ARROW.split(line, maxsplit=1)
    if len(pieces) != 2:
        return None
    # A start that cannot be read is one all the same where the arrow of the format stands before a time.
    broken = "-->" in line and _is_time(pieces[1]) and not _SAID.search(pieces[0])
    if not broken and not re.match(r"[\d:.,\s-]*$", pieces[0]):
        return None
    # With the arrow of the format it is a line of times, however broken; with another it needs times on both sides.
    if "-->" not in line and not (pieces[0].strip() and re.match(r"\s*\d", pieces[1])):
        return None
    start = seconds(pieces[0].strip())
    after = pieces[1].split()
    end = seconds(after[0]) if after else None
    words = _behind(after[1:])
    if start is None or end is None:
        told.add("broken-time", row)
    elif end < start:
        # Which of the two is wrong nobody knows; a wrong start would make a silence of nothing.
        told.add("end-before-start", row)
        return None, None, words
    return start, end, words


def _behind(parts: Sequence[str]) -> str:
    """What stands behind the times but for settings of the caption: words whose line break was lost."""
    first = next((n for n, part in enumerate(parts) if not _SETTING.match(part)), len(parts))
    return " ".join(parts[first:])


def _is_time(text: str) -> bool:
    """Whether a time stands first, with nothing but settings of the caption after it."""
    first, *rest = text.split() or [""]
    return seconds(first) is not None and all(":" in each for each in rest)


def seconds(text: str) -> float | None:
    """A time code in seconds; None where it is none.

    >>> seconds("00:01:02,500"), seconds("01:02.5"), seconds("1:02:03"), seconds("00:99:00"), seconds("soon")
    (62.5, 62.5, 3723.0, None, None)
    """
    found = _TIME.match(text.strip())
    if found is None:
        return None
    hours, minutes, whole, part = found.groups()
    if int(whole) > 59 or (hours is not None and int(minutes) > 59):
        return None
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(whole) + (float(f"0.{part}") if part else 0.0)


def _parts(cue: _Cue, told: _Told, names: Names) -> Iterator[Turn]:
    """A caption as one turn per speaker in it."""
    said = list(_speakers("\n".join(cue.lines), names, cue.row))
    if not any(words for _, words in said):
        told.add("empty-turn", cue.row)
        said = said[:1] or [("", "")]
    for speaker, words in said:
        if words or len(said) == 1:
            yield Turn(0, speaker, "unknown", words, cue.start, cue.end, cue.row)


def _speakers(text: str, names: Names, row: int) -> Iterator[tuple[str, str]]:
    """(speaker, words) by voice tags, by names before a colon, by names in brackets, by dashes."""
    voices = list(_VOICE.finditer(text))
    if voices:
        before = _clean(text[: voices[0].start()])
        if before:
            yield "", before
        for place, voice in enumerate(voices):
            end = voices[place + 1].start() if place + 1 < len(voices) else len(text)
            yield html.unescape(voice[1]).strip(), _clean(text[voice.end() : end])
        return
    speaker = ""
    words: list[str] = []
    for begins, line in _lines(text.split("\n")):
        name, rest = names.read(line, headed(line), row)
        if name is not None or begins:
            if words:
                yield speaker, _clean(" ".join(words))
            speaker, words = name or "", [rest]
        else:
            words.append(line)
    yield speaker, _clean(" ".join(words))


def _lines(lines: Sequence[str]) -> list[tuple[bool, str]]:
    """The lines of a caption, each with whether somebody else begins to speak there, as dashes before two of them say."""
    lines = [_bare(line) for line in lines]
    dashed = [_DASH.match(line) for line in lines]
    if sum(each is not None for each in dashed) < 2:
        return [(False, line) for line in lines]
    return [
        (each is not None, line if each is None else line[each.end() :])
        for line, each in zip(lines, dashed, strict=True)
    ]


def _bare(text: str) -> str:
    """Without markup, with the letters that HTML names."""
    if "{" in text or "\u266a" in text:
        text = _STYLED.sub(" ", text)
    return html.unescape(_TAG.sub("", text)) if "<" in text or "&" in text else text


def _clean(text: str) -> str:
    """Bare, with one blank between words."""
    bare = _bare(text)
    return " ".join(bare.replace("\u200b", "").split()).removeprefix("- ").strip()


def _in_order(parts: list[Turn], told: _Told) -> list[Turn]:
    """By start; words without a time stay behind those they stand after, and before the next that has one."""
    latest = 0.0
    back = 0
    for turn in parts:
        if turn.start is not None:
            if turn.start < latest:
                told.add("times-go-back", turn.row or 0)
                back += 1
            latest = turn.start
    if not back:
        return parts
    keys = _keys([turn.start for turn in parts])
    return [turn for _, _, turn in sorted(zip(keys, range(len(parts)), parts, strict=True), key=lambda each: each[:2])]


def _keys(starts: Sequence[float | None]) -> list[float]:
    """What captions are put in order by: their start; without one the latest start before them that the next allows.

    >>> _keys([1.0, 4.0, 3.0, None, 13.0]), _keys([3540.0, 3.0, None, 5.0])
    ([1.0, 4.0, 3.0, 4.0, 13.0], [3540.0, 3.0, 3.0, 5.0])
    """
    after: list[float] = []
    following = float("inf")
    for start in reversed(starts):
        after.append(following)
        following = following if start is None else start
    before: list[float] = []
    keys = []
    for start, limit in zip(starts, reversed(after), strict=True):
        if start is None:
            place = bisect_right(before, limit)
            keys.append(before[place - 1] if place else 0.0)
        else:
            insort(before, start)
            keys.append(start)
    return keys


def _overlaps(turns: Sequence[Turn], told: _Told) -> None:
    until: float | None = None
    speaker = ""
    row = 0
    for turn in turns:
        if (
            turn.start is not None
            and until is not None
            and turn.start < until - 0.05
            and turn.speaker != speaker
            and turn.row != row
        ):
            told.add("overlap", turn.row or 0)
        if turn.end is not None and (until is None or turn.end >= until):
            until, speaker, row = turn.end, turn.speaker, turn.row or 0
