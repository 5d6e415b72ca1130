"""The text of a new study.toml. Written by hand, because its comments are the point."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from forwhom.io.guess import Guess
from forwhom.io.guess_scales import ScaleGuess


def draft(guess: Guess, file: str, name: str) -> str:
    """study.toml for a guess; what only the user can know is marked."""
    parts = [
        _head(guess, name),
        _arms(guess),
        _missing(guess),
        _persons(guess, file),
        *_diary(guess, file),
        *_long(guess, file),
        *(_block(scale, guess, file) for scale in guess.scales if scale.wide or scale.items),
        *(_scale(scale) for scale in guess.scales),
        _plan(guess),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def quoted(value: object) -> str:
    r"""A TOML string.

    >>> print(quoted('a "b"'))
    "a \"b\""
    """
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def key(name: str) -> str:
    """A TOML key, in quotes where it needs them.

    >>> key("bdi.pre"), key("bdi2")
    ('"bdi.pre"', 'bdi2')
    """
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def number(value: float) -> str:
    """A TOML number.

    >>> number(8.0), number(0.5)
    ('8', '0.5')
    """
    return f"{value:.10g}"


def _table(pairs: Mapping[str, float]) -> str:
    inner = ", ".join(f"{quoted(name)} = {number(value)}" for name, value in pairs.items())
    return f"{{ {inner} }}"


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(quoted(value) for value in values)}]"


def _head(guess: Guess, name: str) -> str:
    comment = _comment(
        "What was guessed:", guess.said
    ) + _comment("Please check:", guess.to_check)  # fmt: skip
    return f"""# A study for forwhom, written from {_one_line(guess.file.name)}. Lines after # are comments.
{comment}
[study]
name = {quoted(re.sub(r"[^0-9A-Za-z_-]+", "-", name).strip("-").lower() or "my-study")}
title = {quoted(name)}  # as it should stand on the report
time_unit = {quoted(guess.time_unit)}  # of all times below: minute, hour, day, week, month, year, session, wave, occasion
# time_zone = "Europe/Berlin"  # where the clocks were, if there are timestamps
# source = "…"  # citation, licence of the data"""


def _comment(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return f"#\n# {title}\n" + "".join(f"#   - {_one_line(line)}\n" for line in lines)


def _one_line(text: str) -> str:
    """Text that stays inside its comment whatever the file's names are."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _arms(guess: Guess) -> str:
    if not guess.arms:
        return (
            '# [arms]  # value in the arm column = what people read; the first is the reference\n# TAU = "Usual care"'
        )
    lines = "\n".join(f"{key(value)} = {quoted(label)}" for value, label in guess.arms.items())
    return f"[arms]  # value in the column = what people read; the first is the reference\n{lines}"


def _missing(guess: Guess) -> str:
    if not guess.missing:
        return '# [missing]\n# codes = { "-99" = "not asked" }  # codes in the file and what they mean'
    inner = ", ".join(f"{quoted(code)} = {quoted(reason)}" for code, reason in guess.missing.items())
    return f'[missing]\ncodes = {{ {inner} }}  # codes in the file and what they mean, e.g. "not asked", "declined"'


def _persons(guess: Guess, file: str) -> str:
    lines = ["[tables.persons]  # columns not named anywhere are covariates", *_source(guess, file)]
    if guess.repeated:
        lines.append("repeated = true  # several rows per person; what is the same in all of them describes the person")
    if guess.arm:
        lines.append(f"arm = {quoted(guess.arm)}")
    lines += [f"{role} = {quoted(column)}" for role, column in guess.roles.items()]
    if guess.covariates:
        lines.append(f"# covariates: {_one_line(', '.join(guess.covariates))}")
        lines.append("# ignore = []  # columns that are no covariates, such as those observed after the start")
    return "\n".join(lines)


def _source(guess: Guess, file: str) -> list[str]:
    lines = [f"file = {quoted(file)}"]
    if guess.sheet is not None:
        lines.append(f"sheet = {quoted(guess.sheet)}")
    if guess.encoding is not None:
        lines.append(f"encoding = {quoted(guess.encoding)}")
    return [*lines, f"id = {quoted(guess.id)}" + ("  # persons numbered by row" if guess.id == "#row" else "")]


def _diary(guess: Guess, file: str) -> list[str]:
    if not guess.diary:
        return []
    lines = ["[tables.moments]  # one row per prompt of the diary", *_source(guess, file)]
    lines += [f"{role} = {quoted(column)}" for role, column in guess.diary.items()]
    example = """
# To make scores of the diary, one per burst:
# [[tables.measures]]
# from = "moments"
# scale = "negative_affect"
# items = ["sad", "worried"]
# burst = { "0" = 0, "1" = 1 }  # value of the burst column = time
# at_least = 20  # answered prompts, else the score is absent"""
    return ["\n".join(lines) + "\n" + example]


def _long(guess: Guess, file: str) -> list[str]:
    scales = [scale for scale in guess.scales if scale.value]
    if not scales or guess.time is None:
        return []
    lines = ["[[tables.measures]]  # one row per person and time", *_source(guess, file)]
    lines.append(f"time = {quoted(guess.time)}")
    if guess.times:
        lines.append(f"times = {_table(guess.times)}")
    if guess.long.scale_column is not None:
        lines.append(f"value = {quoted(scales[0].value)}")
        lines.append(
            f"scale_column = {quoted(guess.long.scale_column)}  # its values are the names of the scales below"
        )
    elif len(scales) == 1:
        lines += [f"value = {quoted(scales[0].value)}", f"scale = {quoted(scales[0].name)}"]
    else:
        inner = ", ".join(f"{quoted(scale.value)} = {quoted(scale.name)}" for scale in scales)
        lines.append(f"values = {{ {inner} }}  # column = scale")
    if guess.long.informant is not None:
        lines.append(f"informant = {quoted(guess.long.informant)}")
    if guess.occasions:
        lines.append(f"occasions = [{', '.join(map(number, guess.occasions))}]  # everyone is expected at each")
    return ["\n".join(lines)]


def _block(scale: ScaleGuess, guess: Guess, file: str) -> str:
    lines = ["[[tables.measures]]", *_source(guess, file), f"scale = {quoted(scale.name)}"]
    if scale.wide:
        lines.append(f"wide = {_table(scale.wide)}  # column = time")
    elif list(scale.items) == [0.0]:
        lines += ["at = 0", f"items = {_list(scale.items[0.0])}  # in the order of the questionnaire"]
    else:
        lines.append("[tables.measures.items]  # time = columns in the order of the questionnaire")
        lines += [f"{quoted(number(time))} = {_list(columns)}" for time, columns in scale.items.items()]
    return "\n".join(lines)


def _scale(scale: ScaleGuess) -> str:
    head = f"[scales.{key(scale.name)}]"
    observed = ""
    if scale.low is not None and scale.high is not None:
        observed = f"  # possible scores; the data have {number(scale.low)} to {number(scale.high)}"
    if scale.instrument:
        return (
            f"{head}\ninstrument = {quoted(scale.instrument)}  # direction, range and norms come from there\n"
            f"# label = {quoted(scale.stem)}"
        )
    lines = [
        head,
        f"label = {quoted(scale.stem)}",
        'better = "?"  # answer this: "lower" for symptoms, "higher" for functioning',
        f"# range = [0, 100]{observed}",
        '# instrument = "phq-9"  # or name the questionnaire, and leave better and range out',
    ]
    if scale.items:
        lines.append("# items need an instrument: forwhom knows many, others go into instruments/ beside this file")
    return "\n".join(lines)


def _plan(guess: Guess) -> str:
    example = guess.scales[0].name if guess.scales else "bdi"
    times = sorted({*(time for scale in guess.scales for time in scale.wide.values()), *guess.occasions})
    last = number(times[-1]) if times else "8"
    return f"""# What was decided beforehand; findings outside the plan are marked exploratory.
# [plan]
# registered = 2024-05-31
# primary = {{ scale = {quoted(example)}, at = {last} }}
# covariates = []
# moderators = []"""
