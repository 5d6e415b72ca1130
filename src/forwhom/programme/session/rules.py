"""The rules of coding as data: which wording or structure points to which code, how strongly, and who says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

from forwhom.keyed import Found, Keys, Refused, count, flag, mapping, number, one_of, rows, text, texts, unique
from forwhom.problems import Problem, ProblemsFound, did_you_mean, listed
from forwhom.programme.session.finder import REMEMBERED, Finder
from forwhom.programme.session.model import MODES, Mode
from forwhom.programme.session.patterns import Pattern, WrongPattern, compiled
from forwhom.programme.session.risk import ASKED, SAID
from forwhom.programme.session.risk import CODES as DANGER
from forwhom.programme.session.shields import KINDS as SHIELDS
from forwhom.programme.session.shields import Shield, Shielded, by_code

SHIPPED = ("codes.toml", "words.toml", "therapist.toml", "patient.toml", "structure.toml", "risk.toml", "shields.toml")
SEE = "docs/reference/session-rules.md"
VERSION = "1"
ANYBODY = "anybody"
"""Who a rule is about that is looked for in every turn, also where nobody knows who speaks."""
OTHERS = "other"
"""Under which the wordings stand that are looked for in turns of neither therapist nor patient."""


@dataclass(frozen=True, slots=True)
class CodeName:
    """A code.

    kind : "technique" or "step" of the therapist, "sign" of the patient
    level : of the ladder that the code points to; None where it points to none
    lost, stirred : how far a sign speaks for lost mentalizing (below 0: for kept), and for arousal
    mode : of the patient's mind that the sign belongs to
    source : document and line
    caps : a code that does not hold where this one does
    """

    id: str
    label: str
    who: str
    kind: str
    says: str
    source: str
    level: int | None = None
    lost: float = 0.0
    stirred: float = 0.0
    mode: Mode | None = None
    caps: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A wording that points to a code.

    weight : 0 to 1, how strongly; confidences of several rules add up as 1 − ∏(1 − weight)
    source : where the paper speaks of what the rule looks for: "S2 line 121", or "ours"
    wording : whose the words of the patterns are: "ours", or a line of the paper outside the printed session that has some of them
    who : "therapist", "patient", or "anybody"; therapist_code : what a rule of anybody gives in a turn of the therapist
    seen : its wording stands in the session printed in the paper, and was written down after reading it
    but_not : wordings that take a match away where they overlap with it
    most_words : only turns with at most so many words; 0: all
    """

    id: str
    code: str
    who: str
    patterns: tuple[Pattern, ...]
    weight: float
    source: str
    but_not: tuple[Pattern, ...] = ()
    seen: bool = False
    most_words: int = 0
    note: str = ""
    therapist_code: str = ""
    wording: str = "ours"

    @property
    def whose_words(self) -> str:
        """Whose the words are, in a few words; the source of the code says nothing about that."""
        parts = [] if self.wording == "ours" else [f"some of {self.wording}"]
        return " and ".join([*parts, "some of the printed session"] if self.seen else parts) or "ours"


@dataclass(frozen=True, slots=True)
class Structure:
    """A rule on how a turn stands to those before it; `kind` names what is looked at (see `structure.py`)."""

    id: str
    code: str
    who: str
    kind: str
    weight: float
    source: str
    after: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    but_not: tuple[Pattern, ...] = ()
    most_words: int = 0
    seen: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules, ready to be used.

    digest : of the files they were read from
    finders : per role, which wordings a turn may meet, and each wording with its rule
    shielded : what takes the wordings of a code away wherever they stand
    capped : code → the code that does not hold where it does
    met : words that the finders have learned
    """

    codes: Mapping[str, CodeName]
    rules: tuple[Rule, ...]
    structures: tuple[Structure, ...]
    digest: str
    finders: Mapping[str, tuple[Finder, tuple[tuple[Rule, Pattern], ...]]]
    shielded: Shielded
    capped: Mapping[str, str]
    met: set[str] = field(default_factory=set, compare=False, repr=False)

    def learn(self, words: set[str]) -> None:
        """Look words up by their stems, once; to be called with all words of a session before the finders are asked."""
        new = words - self.met
        for finder, _ in self.finders.values():
            finder.learn(new)
        if len(self.met) < REMEMBERED:
            self.met.update(new)

    def without(self, ids: Iterable[str]) -> RuleSet:
        """The same without some rules."""
        out = frozenset(ids)
        kept = tuple(rule for rule in self.rules if rule.id not in out)
        structures = tuple(each for each in self.structures if each.id not in out)
        digest = hashlib.sha256("\n".join((self.digest, *sorted(out))).encode()).hexdigest() if out else self.digest
        return RuleSet(self.codes, kept, structures, digest, _finders(kept), self.shielded, self.capped)

    @property
    def name(self) -> str:
        """Version and digest, as a coding names them."""
        return f"{VERSION}, {self.digest[:12]}"


@cache
def shipped() -> RuleSet:
    """The rules that come with forwhom."""
    folder = files("forwhom.programme.session").joinpath("rules")
    return rule_set({name: folder.joinpath(name).read_text(encoding="utf-8") for name in SHIPPED})


def rule_set(texts_by_file: Mapping[str, str]) -> RuleSet:
    """Rules from the texts of TOML files; later files add to earlier ones.

    Raises ProblemsFound with everything that is wrong in any of them.
    """
    problems: list[Problem] = []
    read = {name: _toml(name, text_, problems) for name, text_ in texts_by_file.items()}
    lists: dict[str, tuple[str, ...]] = {}
    for table in read.values():
        lists |= {str(name): tuple(map(str, words)) for name, words in table.pop("words", {}).items()}
    codes: dict[str, CodeName] = {}
    found_rules: list[Rule] = []
    structures: list[Structure] = []
    shields: list[Shield] = []
    for name, table in read.items():
        found = Found(name, see=SEE)
        made = _keys(lists).build(table, "", found)
        problems += found.problems
        if made is not None:
            codes |= {each.id: each for each in made[0]}
            found_rules += made[1]
            structures += made[2]
            shields += made[3]
    problems += _shields_consistent(codes, shields, "shields.toml")
    problems += _consistent(codes, found_rules, structures, list(texts_by_file)[-1] if texts_by_file else "")
    if problems:
        raise ProblemsFound(problems)
    capped = {name: code.caps for name, code in codes.items() if code.caps}
    digest = hashlib.sha256("\n".join(texts_by_file.values()).encode()).hexdigest()
    return RuleSet(
        codes, tuple(found_rules), tuple(structures), digest, _finders(found_rules), by_code(shields), capped
    )


def _toml(name: str, text_: str, problems: list[Problem]) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(text_)
    except tomli.TOMLDecodeError as why:
        problems.append(Problem("not-toml", f"Correct the file; see {SEE}.", name, found=f"not TOML: {why}"))
        return {}


def _finders(rules: Iterable[Rule]) -> dict[str, tuple[Finder, tuple[tuple[Rule, Pattern], ...]]]:
    made = {}
    for role in ("therapist", "patient", OTHERS):
        of_role = [known for rule in rules if (known := _of_role(rule, role)) is not None]
        own = tuple((rule, pattern) for rule in of_role for pattern in rule.patterns)
        made[role] = (Finder(pattern for _, pattern in own), own)
    return made


def _of_role(rule: Rule, role: str) -> Rule | None:
    """The rule as it is for a turn of one role; None where it is not for it.

    Where nobody knows who speaks, a therapist's question on danger is a place to read, too.
    """
    if role == OTHERS and rule.code == ASKED:
        return replace(rule, code=SAID)
    if rule.who != ANYBODY:
        return rule if rule.who == role else None
    return replace(rule, code=rule.therapist_code or rule.code) if role == "therapist" else rule


def _consistent(
    codes: Mapping[str, CodeName], rules: Iterable[Rule], structures: Iterable[Structure], file: str
) -> list[Problem]:
    found = Found(file, see=SEE)
    every: list[Rule | Structure] = [*rules, *structures]
    unique((each.id for each in every), "id", found)
    for each in every:
        known = codes.get(each.code)
        if known is None:
            hint = did_you_mean(each.code, codes)
            found.add(
                "unknown-code", f"{each.id} code", f"'{each.code}' is no code", f"{hint}Name a code.", listed(codes, 40)
            )
        elif known.who != each.who and each.who != ANYBODY:
            found.add(
                "wrong-who", f"{each.id} who", f"'{each.code}' is a code of the {known.who}", "Correct who or code."
            )
        if isinstance(each, Rule) and each.therapist_code and each.therapist_code not in codes:
            found.add(
                "unknown-code", f"{each.id} therapist_code", f"'{each.therapist_code}' is no code", "Name a code."
            )
        after = each.after if isinstance(each, Structure) else ()
        for name in after:
            if name not in codes:
                found.add("unknown-code", f"{each.id} after", f"'{name}' is no code", "Name a code.", listed(codes, 40))
    return found.problems


def _shields_consistent(codes: Mapping[str, CodeName], shields: Iterable[Shield], file: str) -> list[Problem]:
    found = Found(file, see=SEE)
    for shield in shields:
        for name in shield.codes:
            if name in DANGER:
                do = "Name other codes: what is pointed to too often is read, what is hidden is not."
                possible = listed((each for each in codes if each not in DANGER), 40)
                found.add(
                    "danger-shielded",
                    f"{shield.id} codes",
                    f"'{name}' is a code of danger, which nothing may hide",
                    do,
                    possible,
                )
            elif name not in codes:
                found.add(
                    "unknown-code", f"{shield.id} codes", f"'{name}' is no code", "Name a code.", listed(codes, 40)
                )
    return found.problems


# ── the keys of the files ────────────────────────────────────────────────────────────────────────


def _share(value: object, where: str, found: Found) -> float:
    made = number(value, where, found)
    if not -1 <= made <= 1:
        raise Refused("wrong-value", f"{made} is out of range", "Give a number between -1 and 1.")
    return made


def _patterns(value: object, where: str, found: Found, *, lists: Mapping[str, tuple[str, ...]]) -> tuple[Pattern, ...]:
    made = []
    for each in texts(value, where, found):
        try:
            made.append(compiled(each, lists))
        except WrongPattern as why:
            raise Refused("wrong-pattern", f"'{each}': {why}", f"Correct the pattern; see {SEE}.") from why
    return tuple(made)


def _all(
    codes: tuple[CodeName, ...] = (),
    rules: tuple[Rule, ...] = (),
    structures: tuple[Structure, ...] = (),
    shields: tuple[Shield, ...] = (),
) -> tuple[tuple[CodeName, ...], tuple[Rule, ...], tuple[Structure, ...], tuple[Shield, ...]]:
    return codes, rules, structures, shields


def _keys(lists: Mapping[str, tuple[str, ...]]) -> Keys:
    who = one_of("therapist", "patient")
    wordings = partial(_patterns, lists=lists)
    shared = {"id": text, "code": text, "who": who, "weight": _share, "source": text, "seen": flag, "note": text}
    needed = dict.fromkeys(("id", "code", "who", "weight", "source"), "Give it.")
    code_keys = Keys(
        CodeName,
        {
            "id": text, "label": text, "who": who, "kind": one_of("technique", "sign", "step"), "says": text, "source": text,
            "level": count, "lost": _share, "stirred": _share, "mode": one_of(*MODES), "caps": text,
        },
        dict.fromkeys(("id", "label", "who", "kind", "says", "source"), "Give it."),
    )  # fmt: skip
    rule_keys = Keys(
        Rule,
        {
            **shared,
            "who": one_of("therapist", "patient", ANYBODY),
            "patterns": wordings,
            "but_not": wordings,
            "most_words": count,
            "therapist_code": text,
            "wording": text,
        },
        {**needed, "patterns": "Give at least one wording."},
    )
    structure_keys = Keys(
        Structure,
        {
            **shared,
            "kind": text,
            "after": texts,
            "patterns": wordings,
            "but_not": wordings,
            "most_words": count,
        },
        {**needed, "kind": "Name what is looked at."},
    )
    shield_keys = Keys(
        Shield,
        {
            "id": text, "kind": one_of(*SHIELDS), "codes": texts, "source": text, "says": text, "patterns": wordings,
            "near": count, "clause": flag,
        },
        dict.fromkeys(("id", "kind", "codes", "source"), "Give it."),
    )  # fmt: skip
    return Keys(
        _all,
        {
            "codes": rows(code_keys),
            "rules": rows(rule_keys),
            "structures": rows(structure_keys),
            "shields": rows(shield_keys),
            "words": mapping(texts),
        },
    )
