"""Who is the therapist and who the patient: told, or guessed from names and from how they speak, and said so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from forwhom.problems import Problem, did_you_mean, listed
from forwhom.programme.session.quick import maker
from forwhom.programme.session.turns import Role, Turn

_turn = maker(Turn)

_NAMES: dict[Role, str] = {
    "therapist": """
        therapist t th ther clinician counselor counsellor doctor dr interviewer psychologist psychiatrist analyst therapeut therapeutin
        mi coach nurse practitioner
    """,
    "patient": "patient p pt pat client c cl participant patientin klient klientin interviewee user",
    "other": "observer narrator moderator supervisor interpreter transcriber system",
}
_RELATIONS = """
    mother father mum mom dad mam parent parents wife husband partner spouse girlfriend boyfriend sister brother sibling daughter son
    child friend aunt uncle grandmother grandfather grandma grandad carer caregiver guardian relative family neighbour neighbor teacher
    mutter vater frau mann partnerin schwester bruder tochter sohn freund freundin
"""
_KIN = frozenset(_RELATIONS.split())
"""Who is somebody's: the patient's mother is not the patient."""
_OF_SOMEBODY = re.compile(r"[’']s?\s|\b(?:of|von)\b")
_ROLES: dict[Role, frozenset[str]] = {role: frozenset(names.split()) for role, names in _NAMES.items()}
LEAST_MARGIN = 1.5
"""A guess from the way of speaking needs so many times the score of the other."""
_NO_NAMES = (
    "Write who speaks before each turn, such as 'Therapist: …'. Nobody is coded; forwhom session check searches the words for danger "
    "all the same."
)
_QUESTION = re.compile(r"\?")
_YOU = re.compile(r"\byou(?:r|rs|'re|'ve|'d|'ll)?\b", re.IGNORECASE)
_I = re.compile(r"\b(?:i|my|me|i'm|i've|i'd)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Speakers:
    """Roles of the speakers. assumed : guesses, in sentences; problems : what is wrong or cannot be told"""

    roles: dict[str, Role]
    assumed: tuple[str, ...]
    problems: tuple[Problem, ...]


def role_of_name(name: str) -> Role | None:
    """The role that a speaker's name says, or None.

    >>> role_of_name("Therapist 1"), role_of_name("PATIENT"), role_of_name("Mary"), role_of_name("Sarah C."), role_of_name("T")
    ('therapist', 'patient', None, None, 'therapist')
    >>> role_of_name("Patient's mother"), role_of_name("Mother of the patient"), role_of_name("Client partner")
    ('other', 'other', 'other')
    """
    role = _role_in(name)
    if role == "patient" and not _KIN.isdisjoint(re.split(r"[\W\d_]+", name.casefold())):
        return "other"
    return "other" if role is not None and _OF_SOMEBODY.search(name.casefold()) else role


def _role_in(name: str) -> Role | None:
    """The role that a name names, whoever it is said of."""
    parts = [part for part in re.split(r"[\W\d_]+", name.casefold()) if part]
    for role, names in _ROLES.items():
        # A single letter is a role only when it is the whole name: "Sarah C." is nobody's client for it.
        words = [part for part in parts if len(part) > 1 or len(parts) == 1]
        if words and (words[0] in names or words[-1] in names):
            return role
    return None


def speakers(
    turns: Sequence[Turn], *, therapist: Iterable[str] = (), patient: Iterable[str] = (), file: str = ""
) -> Speakers:
    """The role of every speaker: first those told, then by name, then, of two speakers, by how they speak.

    therapist, patient : names as in the file, whatever their case
    """
    found = list(dict.fromkeys([turn.speaker for turn in turns]))
    roles, problems = _told(found, therapist, patient, file)
    assumed: list[str] = []
    for name in found:
        role = role_of_name(name) if name not in roles else None
        if role is not None:
            roles[name] = role
    rest = [name for name in found if name and name not in roles]
    taken = set(roles.values())
    if len(rest) == 1 and len(taken & {"therapist", "patient"}) == 1:
        roles[rest[0]] = "patient" if "therapist" in taken else "therapist"
        assumed.append(f"{rest[0]} is taken for the {roles[rest[0]]}, being the other of the two who speak.")
    elif len(rest) == 2 and not taken & {"therapist", "patient"}:
        guess = _by_speech(turns, rest)
        if guess is not None:
            roles |= guess[0]
            assumed.append(guess[1])
    problems += _still_unknown(turns, roles, found, file)
    return Speakers({name: roles.get(name, "unknown") for name in found}, tuple(assumed), tuple(problems))


def with_roles(turns: Iterable[Turn], roles: dict[str, Role]) -> tuple[Turn, ...]:
    """The turns with the role of their speaker."""
    # Written out: `replace` looks every field up by name, which is most of the time it takes to read a session.
    return tuple(
        [_turn(t.number, t.speaker, roles.get(t.speaker, "unknown"), t.text, t.start, t.end, t.row) for t in turns]
    )


def _told(
    found: Sequence[str], therapist: Iterable[str], patient: Iterable[str], file: str
) -> tuple[dict[str, Role], list[Problem]]:
    roles: dict[str, Role] = {}
    problems: list[Problem] = []
    told: tuple[tuple[Role, tuple[str, ...]], ...] = (("therapist", tuple(therapist)), ("patient", tuple(patient)))
    given = [name for _, names in told for name in names]
    for role, names in told:
        for name in names:
            spelled = _spelled(name, found, given)
            if not spelled:
                do = f"{did_you_mean(name, found)}Give a speaker as the file names them."
                problems.append(
                    Problem(
                        "unknown-speaker", do, file or None, found=f"nobody is called '{name}'", possible=listed(found)
                    )
                )
            elif any(roles.get(known, role) != role for known in spelled):
                do = "Give each speaker one role."
                problems.append(Problem("two-roles", do, file or None, found=f"'{spelled[0]}' is given as both"))
            else:
                roles |= dict.fromkeys(spelled, role)
    return roles, problems


def _spelled(name: str, found: Sequence[str], given: Sequence[str]) -> list[str]:
    """A speaker that was given in all spellings of the file; in this one alone where another one was given, too."""
    alike = [each for each in found if each.casefold() == name.casefold()]
    others = any(each != name and each.casefold() == name.casefold() for each in given)
    return [name] if others and name in alike else alike


def _by_speech(turns: Sequence[Turn], two: Sequence[str]) -> tuple[dict[str, Role], str] | None:
    """The therapist asks and says "you"; the patient says "I". Nothing where the difference is small."""
    scores = []
    for name in two:
        said = [turn.text for turn in turns if turn.speaker == name]
        text = " ".join(said)
        asked = sum(len(_QUESTION.findall(part)) for part in said) + 0.5
        about = (len(_YOU.findall(text)) + 1) / (len(_I.findall(text)) + 1)
        scores.append(asked / max(len(said), 1) * about)
    first, second = scores
    high, low = max(scores), min(scores)
    if high < LEAST_MARGIN * low:
        return None
    who = two[0] if first >= second else two[1]
    other = two[1] if who == two[0] else two[0]
    roles: dict[str, Role] = {who: "therapist", other: "patient"}
    return roles, (
        f"{who} is taken for the therapist and {other} for the patient: {who} asks more and speaks more of the other. A patient who "
        "attacks does so, too: name them if this is wrong."
    )


def _still_unknown(turns: Sequence[Turn], roles: dict[str, Role], found: Sequence[str], file: str) -> list[Problem]:
    problems: list[Problem] = []
    options = "Name them with --therapist NAME and --patient NAME."
    searched = f"{options} Nobody is coded; forwhom session check searches the words for danger all the same."
    rest = [name for name in found if name and name not in roles]
    if rest:
        n = sum(turn.speaker in rest for turn in turns)
        words = f"it is not known who {listed(rest)} {'is' if len(rest) == 1 else 'are'}; their turns are kept and not coded"
        problems.append(Problem("speaker-unknown", options, file or None, found=words, severity="notice", count=n))
    other = [name for name in found if name and roles.get(name) == "other"]
    if other:
        n = sum(turn.speaker in other for turn in turns)
        words = f"{listed(other)} {'is' if len(other) == 1 else 'are'} neither therapist nor patient; their turns are kept and not coded"
        problems.append(Problem("speaker-other", options, file or None, found=words, severity="notice", count=n))
    nameless = sum(not turn.speaker for turn in turns)
    if nameless:
        do = "Write who speaks before each turn, such as 'Therapist: …'."
        problems.append(
            Problem(
                "speaker-missing",
                do,
                file or None,
                next((turn.row for turn in turns if not turn.speaker), None),
                found="turns without a speaker; they are kept and not coded",
                severity="notice",
                count=nameless,
            )
        )
    known = {roles.get(turn.speaker) for turn in turns if turn.text}
    absent = [role for role in ("therapist", "patient") if role not in known]
    if turns and len(absent) == 1:
        words = f"nobody speaks as the {absent[0]}; what needs both is not answered"
        problems.append(Problem("one-speaker", options, file or None, found=words, severity="notice"))
    elif turns and len(absent) == 2:
        problems.append(
            Problem(
                "speakers-unknown",
                searched if any(found) else _NO_NAMES,
                file or None,
                found="neither therapist nor patient is known",
                possible=listed(n for n in found if n),
            )
        )
    return problems
