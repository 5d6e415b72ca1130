"""The house's docstrings as Markdown: `name : meaning` lines become a list, examples a block of code."""

from __future__ import annotations

import re
from typing import Any

import griffe

FIELD = re.compile(r"^([\w*]+(?:, [\w*]+)*) :(?: (.*))?$")


def as_markdown(text: str) -> str:
    """One docstring, line by line."""
    out: list[str] = []
    state = "text"
    for line in text.splitlines():
        field = FIELD.match(line)
        if state == "example":
            if line.strip():
                out.append(line)
                continue
            out.append("```")
            state = "text"
        if line.startswith(">>> "):
            out += ["", "```pycon", line]
            state = "example"
        elif field:
            names = ", ".join(f"`{name}`" for name in field[1].split(", "))
            out += [*([""] if state != "fields" else []), f"- {names}: {field[2] or ''}".rstrip()]
            state = "fields"
        elif state == "fields" and line and not line.startswith(" "):
            out += ["", line]
            state = "text"
        else:
            out.append(line)
            state = "text" if not line else state
    return "\n".join([*out, "```"] if state == "example" else out)


class HouseDocstrings(griffe.Extension):
    """Rewrites each docstring once, when its object is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called for every module, class, function and attribute."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)
