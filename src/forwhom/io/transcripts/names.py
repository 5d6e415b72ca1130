"""Which words at the beginning of a line name a speaker: a name that recurs, a role, one that was given. Reported speech names nobody."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from forwhom.problems import Problem
from forwhom.programme.session.quick import maker
from forwhom.programme.session.speakers import role_of_name

MOST_NAME = 40
"""Letters of a speaker's name."""
MOST_ROWS = 5
"""Lines that a notice names."""
_REMARK = r"\[[^\]\n]{1,40}\]|\([^)\n]{1,40}\)"
_HEADED = re.compile(
    rf"^\s*(?:>>\s*)?([^\W\d_][^:<>\[\]()\n]{{0,39}}?)\s*({_REMARK})?\s*:(?:\s+(?=\S)|\s*$)", re.UNICODE
)
_BRACKETED = re.compile(r"^\s*\[([^\]:\n]{1,40})\]\s*:?\s*(?=\S)")
_MARKED = re.compile(
    r"^\s*[*_]{1,3}([^\W\d_][^:*<>\n]{0,39}?)(?::[*_]{1,3}|[*_]{1,3}\s*:)\s*|^([^\W\d_][^:\t\n]{0,39}?)\t\s*(?=\S)"
)
"""A name in bold or italics, as in Markdown, or with a tab after it."""
_LED = re.compile(r"""[\s"'“”„‚«»•·▪●*–—-]*(?:\(?\d{1,4}[.):]?\s+)?[\s"'“”„‚«»•·▪●*–—-]*""")
"""Signs and numbers before a name, as lists and numbered transcripts have them."""
_CLOSE = re.compile(rf"\s*({_REMARK})?\s*(?::|>|[-–—](?=\s)|[–—])\s*")
_SOUND = re.compile(
    r"(?:cry|cries|sob|weep|laugh|sigh|cough|shout|whisper|pause|silen|quiet|loud|tear|ang|yell|scream|nod|shrug|sh[ao]+k|inaud|unclear|"
    r"crosstalk|mumbl|mutter|sniff|smil|breath|long|soft|interrupt|overlap|cont|music|applause|noise|speaks|foreign|turn|look|whimper)",
    re.IGNORECASE,
)
_REPORTED = re.compile(
    r"\b(?:i|he|she|they|we|you|it|me|him|her|them|us|my|his|their|our|your|and|but|or|so|then|because|if|that|this|these|those|"
    r"what|why|how|when|where|who|which|said|says|say|saying|thought|think|thinks|thinking|told|tell|tells|asked|asks|goes|"
    r"went|like|was|is|are|were|be|been|wrote|writes|texted|text|shouted|replied|answered|knew|know|feel|felt|just|not|no|yes|"
    r"well|anyway|of|to|for|in|on|with)\b"
)
"""Words that a name of several words does not have, and the beginning of reported speech has."""
_KIN = re.compile(
    r"(?:mum|mom|mother|mam|dad|father|wife|husband|partner|girlfriend|boyfriend|sister|brother|daughter|son|gran|grandma|"
    r"grandad|friend|all|both|group|staff|man|woman|voice|male|female|unknown|speaker)"
)


@dataclass(frozen=True, slots=True)
class Headed:
    """A line that may begin with a speaker. remark : in brackets after the name, such as [crying]; "" without one"""

    name: str
    remark: str
    rest: str

    @property
    def whole(self) -> str:
        """The name with its remark, as it stands."""
        return f"{self.name} {self.remark}".strip()


_headed = maker(Headed)


def headed(line: str) -> Headed | None:
    """What stands before a colon, or in brackets, at the beginning of a line; None where nothing does.

    >>> headed("Therapist: What?"), headed("Patient [crying]: No.").remark, headed("It is 10:30 now")
    (Headed(name='Therapist', remark='', rest='What?'), '[crying]', None)
    """
    name, _, rest = line.partition(":")
    # Nearly every line of a plain transcript; what follows says the same of it, and takes longer.
    if rest[:1].isspace() and name.isalpha() and len(name) <= MOST_NAME and (said := rest.strip()):
        return _headed(name, "", said)
    marked = _MARKED.match(line)
    if marked is not None:
        line = f"{marked[1] or marked[2]}: {line[marked.end() :]}"
    found = _HEADED.match(line)
    if found is not None and len(found[1].split()) <= 4:
        return Headed(found[1].strip(), found[2] or "", line[found.end() :].strip())
    found = _BRACKETED.match(line)
    if found is not None and len(found[1].split()) <= 3 and not _SOUND.match(found[1].strip()):
        return Headed(found[1].strip(), "", line[found.end() :].strip())
    return None


@dataclass(slots=True)
class Names:
    """Who speaks in a file, from all its lines at once.

    told : names that were given, whatever their case
    """

    told: frozenset[str] = frozenset()
    _accepted: dict[str, str] = field(default_factory=dict)
    _bare: frozenset[str] = frozenset()
    _rows: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Sequence[Headed | None], told: Iterable[str] = ()) -> Names:
        """From every line of the file, as `headed` reads them."""
        made = cls(frozenset(name.casefold() for name in told))
        named = [each for each in found if each is not None]
        count: Counter[str] = Counter()
        plainly: dict[str, str] = {}
        for name, times in Counter([each.name for each in named]).items():
            count[name.casefold()] += times
            plainly.setdefault(name.casefold(), name)
        made._bare = frozenset([name.casefold() for name in {each.name for each in named if not each.remark}])
        made._accepted = {folded: plainly[folded] for folded in count if made._sure(folded, count[folded])}
        # Two people speak in most files; what stands before a colon once is a third only when it is a role.
        for folded, name in plainly.items():
            if len(made._accepted) < 2 and folded not in made._accepted and _like_a_name(name):
                made._accepted[folded] = name
        return made

    def _sure(self, folded: str, count: int) -> bool:
        if folded in self.told:
            return True
        if len(folded.split()) > 1 and _REPORTED.search(folded):
            return False
        return count > 1 or role_of_name(folded) is not None or bool(_KIN.fullmatch(folded))

    def read(self, line: str, found: Headed | None, row: int) -> tuple[str | None, str]:
        """The speaker and the words of a line; None where it goes on with what was said before."""
        if found is not None:
            if found.name.casefold() in self._accepted:
                if not found.remark:
                    return found.name, found.rest
                if self._is_remark(found):
                    return found.name, f"{found.remark} {found.rest}".strip()
                return found.whole, found.rest
            if found.whole.casefold() in self.told:
                return found.whole, found.rest
            self._rows.setdefault("no-speaker", []).append(row)
            return None, line
        led = _LED.match(line)
        again = headed(line[led.end() :]) if led is not None and led.end() else None
        if again is not None and again.name.casefold() in self._accepted and again.name.casefold() in self._bare:
            return self.read(line[led.end() if led else 0 :], again, row)
        return self._without_colon(line, row)

    def _is_remark(self, found: Headed) -> bool:
        """Whether what stands in brackets is how something was said, rather than a part of the name."""
        if found.whole.casefold() in self.told:
            return False
        inside = found.remark[1:-1].strip()
        return found.name.casefold() in self._bare or bool(_SOUND.match(inside)) or inside[:1].islower()

    def _without_colon(self, line: str, row: int) -> tuple[str | None, str]:
        start = line.lstrip()
        word = re.match(r"[^\W_]+", start)
        if word is None:
            return None, line
        first = word[0].casefold()
        names = [name for name in self._accepted if name.split()[0] == first and start.casefold().startswith(name)]
        name = max(names, key=len, default=first if role_of_name(first) is not None else "")
        if not name:
            return None, line
        after = start[len(name) :]
        close = _CLOSE.match(after)
        # A dash is ordinary in talk; it needs a name of which the file is sure.
        dash = close is not None and close[0].strip()[-1:] in "-–—"
        if close is not None and not (dash and (len(name) == 1 or name not in self._accepted)):
            self._rows.setdefault("no-colon", []).append(row)
            return start[: len(name)], f"{close[1] or ''} {after[close.end() :]}".strip()
        if name in self._accepted and len(name) > 1 and (not after or after[0].isspace()):
            self._rows.setdefault("name-in-line", []).append(row)
        return None, line

    def problems(self, file: str) -> tuple[Problem, ...]:
        """What was taken for a speaker without a colon, and what was not taken for one."""
        return tuple(
            Problem(
                code, _WORDS[code][1], file, rows[0], found=_WORDS[code][0].format(_lines(rows)), severity="notice",
                count=len(rows),
            )
            for code, rows in self._rows.items()
        )  # fmt: skip


_WORDS = {
    "no-speaker": (
        "{} with words before a colon that are no known speaker: read as part of what was said before",
        "If somebody speaks there, name them with --therapist or --patient, or write their name before each of their turns.",
    ),
    "no-colon": (
        "{} with a known speaker and another sign than a colon: read as that speaker's turn",
        "Check these lines, and write 'Name: …'.",
    ),
    "name-in-line": (
        "{} with a speaker's name and no colon: read as going on with the turn before",
        "Where the speaker changes, write 'Name: …'.",
    ),
}


def _lines(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:MOST_ROWS])) + (
        f" and {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else ""
    )
    return f"line {shown} begins" if len(rows) == 1 else f"{len(rows)} lines ({shown}) begin"


def _like_a_name(name: str) -> bool:
    words = name.split()
    return len(words) <= 3 and all(word[:1].isupper() or word[:1].isdigit() for word in words)
