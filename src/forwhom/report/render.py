"""A findings record as one HTML file that needs nothing else."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from forwhom.findings.model import Record
from forwhom.findings.record import to_json
from forwhom.report.numbers import typeset
from forwhom.report.page import cite_links, page
from forwhom.report.person import person_page
from forwhom.report.picture import Picture


def render(record: Record, text: str | None = None) -> str:
    """The report of a record: complete HTML, style and script inside, drawn from the record alone.

    A record about one person gets that person's page. `text` is the record's findings.json where it is made already.

    The same record gives the same bytes. The page names the SHA-256 of the findings.json
    that forwhom writes for the record, so that a page and a record that do not belong together can be told.
    Texts of the record are escaped wherever they go.
    """
    digest = hashlib.sha256((to_json(record) if text is None else text).encode("utf-8")).hexdigest()
    if record.person is None:
        made = template("page.html").render(page=page(record), dark=_source("dark.css"), digest=digest)
    else:
        made = template("person.html").render(page=person_page(record), dark=_source("dark.css"), digest=digest)
    # Half a surrogate pair, which JSON can hold, cannot be written as UTF-8.
    return (made + "\n").encode("utf-8", "replace").decode("utf-8")


@cache
def _source(name: str) -> str:
    return files("forwhom.report").joinpath("templates", name).read_text(encoding="utf-8")


def template(name: str) -> Template:
    """A page's template, with what pages are drawn with."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["inlined"] = lambda name: Markup(_source(name))
    environment.filters["typeset"] = typeset
    environment.globals["cites"] = cite_links
    environment.globals["people_data"] = people_data
    return environment


def people_data(picture: Picture) -> Markup:
    """What the script needs to find the person under the pointer, safe inside a script element."""
    people = picture.people
    if people is None:
        return Markup("")
    data = {"noun": people.noun, "ids": people.ids, "says": people.says, "wide": people.wide, "narrow": people.narrow}
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter, code in (
        ("&", "\\u0026"),
        ("<", "\\u003c"),
        (">", "\\u003e"),
        ("\u2028", "\\u2028"),
        ("\u2029", "\\u2029"),
    ):
        text = text.replace(letter, code)
    return Markup(text)
