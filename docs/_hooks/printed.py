"""Run the documentation and print anew what it shows: tutorial, adding studies, command line, instruments.

    python docs/_hooks/printed.py

In the tutorial and in the page on adding studies every sh block is run in order in an empty folder, and the text block after it
becomes what was printed. Comments say what the reader does by hand: ``write FILE`` (the next block), ``show FILE`` (into the next
block), ``replace FILE: this -> that``.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
WIDTH = {"COLUMNS": "96", "NO_COLOR": "1", "TERM": "dumb"}
PIECE = re.compile(r"^<!-- (?P<do>.*?) -->$|^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path | None = None) -> str:
    """What a command prints, the progress bar left out."""
    done = subprocess.run(command, shell=True, cwd=folder, env=os.environ | WIDTH, capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if not line.startswith("Answer")]
    return "\n".join(line.rstrip() for line in [*done.stdout.splitlines(), *told]).strip("\n") + "\n"


def tutorial(text: str, folder: Path) -> str:
    """The tutorial with every block as it is printed today."""
    printed = todo = ""

    def piece(found: re.Match[str]) -> str:
        nonlocal printed, todo
        if found["do"]:
            if edit := re.fullmatch(r"replace (\S+): (.*) -> (.*)", found["do"]):
                file = folder / edit[1]
                before = file.read_text(encoding="utf-8")
                if edit[2] not in before:
                    raise SystemExit(f"{edit[1]} has no {edit[2]!r}")
                file.write_text(before.replace(edit[2], edit[3]), encoding="utf-8")
            else:
                todo = found["do"]
            return found[0]
        body, (verb, _, name) = found["body"], todo.partition(" ")
        todo = ""
        if verb == "write":
            (folder / name).write_text(body, encoding="utf-8")
        elif verb == "show":
            # The comment block at the top repeats what the command printed.
            body = (folder / name).read_text(encoding="utf-8").partition("\n\n")[2].strip("\n") + "\n"
        elif found["language"] == "sh":
            printed = run(body, folder)
        elif found["language"] == "text":
            body = printed
        return f"```{found['language']}\n{body}```"

    return PIECE.sub(piece, text)


def command_line(text: str) -> str:
    """The page of the command line with today's help texts."""
    parts = re.split(r"(?m)^(?=## forwhom )", text)
    for k, part in enumerate(parts):
        name = part.removeprefix("## forwhom ").split("\n", 1)[0] if part.startswith("## forwhom ") else ""
        helped = run(f"forwhom {name} --help")
        parts[k] = re.sub(r"```text\n.*?```", lambda _, helped=helped: f"```text\n{helped}```", part, flags=re.DOTALL)
    return "".join(parts)


def instruments(text: str) -> str:
    """The table of instruments from the files that ship."""
    from forwhom.instruments.loading import instrument, names

    rows = []
    for form in map(instrument, names()):
        given = {score.kind == "given" for score in form.scores.values()}
        how = "total given, not computed" if given == {True} else "items; some given" if True in given else "items"
        held = [("reliability", form.reliability), ("norm", form.norms), ("cut-off", form.cutoffs)]
        known = ", ".join(word for word, there in held if there) or "–"
        rows.append(f"| `{form.name}` | {form.title} | {form.k or '–'} | {len(form.scores)} | {how} | {known} |")
    head, rule, _ = text.partition("| --- | --- | --- | --- | --- | --- |\n")
    return head + rule + "\n".join(rows) + "\n"


def main() -> None:
    """Rewrite the pages in place."""
    for page in (DOCS / "tutorial.md", DOCS / "how-to" / "evidence-add.md"):
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(tutorial(page.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
    for name, renew in (("command-line.md", command_line), ("instruments.md", instruments)):
        page = DOCS / "reference" / name
        page.write_text(renew(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
