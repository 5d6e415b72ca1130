"""Every kind of mistake in a file has its message: file, key, what was found, what was possible, what to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom import evidence
from forwhom.evidence.ahead import days_ahead
from forwhom.problems import ProblemsFound

LAST = '[[results]]\nid = "amygdala"\n'
CASES = {
    "unknown key": (
        ('sample = "trial"', 'sampel = "trial"'),
        [
            "studies/trial.toml, sampel: unknown key.",
            "Did you mean 'sample'?",
            "studies/trial.toml, sample: sample is not given.",
        ],
    ),
    "unknown key of a row": (
        ("sd = 4.10", "standard_deviation = 4.10"),
        ["studies/trial.toml, [[results]] means standard_deviation: unknown key."],
    ),
    "key of another kind": (
        ('statistic = "g"', 'statistic = "g"\npercent = 4'),
        ["[[results]] difference percent: unknown key.", "Possible: id, kind, source"],
    ),
    "not text": (('title = "A trial"', "title = 4"), ["[citation]", "'4' is not text"]),
    "not a number": (
        ("mean = 12.50", 'mean = "12.50"'),
        ["[[results]] means mean: '12.50' is written as text", "Take the quotes away: 12.50."],
    ),
    "a count in quotes": (
        ("n = 31", 'n = "31"'),
        ["[[arms]] dbt n: '31' is written as text.", "Take the quotes away: 31."],
    ),
    "a word for a number": (("mean = 12.50", 'mean = "twelve"'), ["[[results]] means mean: 'twelve' is not a number"]),
    "a scale upside down": (
        ("low = 0\nhigh = 40", "low = 40\nhigh = 0"),
        ["[[measures]] severity low, high: the scale runs from 40 to 0."],
    ),
    "a scale without length": (("low = 0\nhigh = 40", "low = 40\nhigh = 40"), ["the smaller one first"]),
    "a length below zero": (
        ("value = 12, unit", "value = -12, unit"),
        ["[[arms]] dbt duration value: '-12' is not above 0."],
    ),
    "no length": (("value = 12, unit", "value = 0, unit"), ["'0' is not above 0", "leave it out"]),
    "no sessions": (("analysed = 28", "analysed = 28\nsessions = 0"), ["[[arms]] dbt sessions: '0' is not above 0"]),
    "a step below zero": (("step = 1", "step = -1"), ["[[measures]] severity step: '-1' is not above 0"]),
    "not a count": (("n = 31", "n = 31.5"), ["[[arms]] dbt n: '31.5' is not a count"]),
    "a negative count": (("n = 31", "n = -31"), ["'-31' is not a count"]),
    "infinite": (("mean = 12.50", "mean = inf"), ["'inf' is not a number"]),
    "not true or false": (("significant = false", 'significant = "no"'), ["'no' is not true or false"]),
    "not a list of numbers": (("assessments = [0, 12]", 'assessments = "0, 12"'), ["is not a list of numbers"]),
    "unknown kind": (
        ('kind = "means"', 'kind = "mean"'),
        ["[[results]] means kind: 'mean' is not known.", "Did you mean 'means'?"],
    ),
    "unknown statistic": (
        ('statistic = "g"', 'statistic = "hedges"'),
        ["difference statistic: 'hedges' is not known."],
    ),
    "unknown direction": (('direction = "decrease"', 'direction = "down"'), ["Possible: increase, decrease, none."]),
    "unknown unit": (
        ('unit = "week"\nsource', 'unit = "weeks"\nsource'),
        ["unit: 'weeks' is not known.", "Did you mean 'week'?"],
    ),
    "unknown region": (
        ('region = "amygdala"', 'region = "amygdale"'),
        ["'amygdale' is no word of the vocabulary of regions.", "Did you mean 'amygdala'? Correct it, or add it to"],
    ),
    "unknown treatment": (
        ('treatment = "dbt"', 'treatment = "dtb"'),
        ["Did you mean 'dbt'?", "vocabulary/treatments.toml"],
    ),
    "unknown disorder": (('["bpd"]', '["bdp"]'), ["[population]", "'bdp' is no word of the vocabulary of disorders"]),
    "missing needed key": (
        ("mean = 12.50\n", ""),
        ["means mean: mean is not given.", 'A result of kind "means" needs outcome, arm, mean.'],
    ),
    "no source": (
        ('source = { document = "P", place = "Table 2", line = 20 }', ""),
        ["[[results]] means source: source is not given."],
    ),
    "source without place": (('place = "Table 2", ', ""), ["[[results]] means source place: place is not given."]),
    "unknown arm": (
        ('outcome = "severity"\narm = "dbt"\ntime', 'outcome = "severity"\narm = "dtb"\ntime'),
        ["means arm: 'dtb' is no arm", "Did you mean 'dbt'?"],
    ),
    "unknown outcome": (
        ('outcome = "suicide-attempt"', 'outcome = "attempts"'),
        ["'attempts' is no measure of this study and no outcome"],
    ),
    "unknown document": (
        ('document = "P", place = "Table 2"', 'document = "X", place = "Table 2"'),
        ["'X' is no document of documents.toml."],
    ),
    "unknown part": (
        ('place = "Table 2"', 'place = "Tabel 2"'),
        ["'Tabel 2' does not begin with a part.", "Did you mean 'table'?"],
    ),
    "no such line": (("line = 20", "line = 201"), ["line 201 of P.", "Possible: 1 to 200."]),
    "same_as nowhere": (
        ('region = "amygdala"', 'region = "amygdala"\nsame_as = "amigdala"'),
        ["'amigdala' is no other result"],
    ),
    "an id twice": (('id = "attempts"', 'id = "means"'), ["[[results]] means: 'means' twice."]),
    "treatment arm without treatment": (('treatment = "dbt"\n', ""), ["a treatment arm without its treatment"]),
    "brain without region": (('region = "amygdala"\n', ""), ["[[results]] amygdala: no region."]),
    "connectivity from nowhere": (
        ('region = "amygdala"\nhemisphere = "left"\nmodality = "bold"', 'modality = "connectivity"'),
        ["connectivity from nowhere to nowhere."],
    ),
    "events without number": (
        ("events = 7\nn = 28\npercent = 25.0", "n = 28"),
        ["neither is given.", "Write events, percent, or both."],
    ),
    "file and id": (('id = "trial"', 'id = "tryal"'), ["'tryal' in a file named trial.toml.", 'Write id = "trial".']),
    "no TOML": (('id = "trial"', "id = trial"), ["studies/trial.toml: Invalid value"]),
    "not coded": (
        ('kind = "randomised"', 'kind = "not-coded"'),
        ["design or disorder is not coded, and the file is no draft"],
    ),
    "arms as a table": (('[[arms]]\nid = "dbt"', '[arms]\nid = "dbt"'), []),
    "arms that are no tables": (('id = "trial"', 'id = "trial"\narms = 4'), []),
    "not a day": (
        ("assessments = [0, 12]", 'assessments = [0, 12]\nbegun = "2020"'),
        ["[design] begun: '2020' is not a day.", "Write a day without quotes"],
    ),
    "replaces nothing": (
        ('sample = "trial"', 'sample = "trial"\nreplaces = "trial"'),
        ["replaces: 'trial' is in no ledger read before this one.", "else leave replaces out."],
    ),
    "replaces another": (
        ('sample = "trial"', 'sample = "trial"\nreplaces = "other"'),
        ["replaces: 'other' is not its own id.", "Give the file the id of the study whose place it takes"],
    ),
}


@pytest.mark.parametrize(("replaced", "said"), CASES.values(), ids=CASES)
def test_a_mistake_in_a_study_is_told(folder: Callable[..., Path], replaced: tuple[str, str], said: list[str]) -> None:
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(folder(replaced), shipped=False)
    text = str(raised.value)
    assert [each for each in said if each not in text] == [], text


def test_the_trial_itself_has_no_problem(folder: Callable[..., Path]) -> None:
    assert list(evidence.read(folder(), shipped=False).studies) == ["trial"]


def test_all_mistakes_of_all_files_come_at_once(folder: Callable[..., Path]) -> None:
    place = folder(
        ("n = 31", 'n = "31"'), ('["bpd"]', '["bdp"]'),
        files={"searches/s.toml": 'id = "s"\nquestion = 4', "claims/Q.toml": "claims = 4", "grids/g.toml": "id = 1"},
    )  # fmt: skip
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(place, shipped=False)
    assert {problem.file for problem in raised.value.problems} == {
        "studies/trial.toml", "searches/s.toml", "claims/Q.toml", "grids/g.toml",
    }  # fmt: skip
    assert all(problem.do and problem.found for problem in raised.value.problems)


CLAIM = 'document = "Q"\n[[claims]]\nid = "c"\nplace = "Discussion"\nsays = "x"\nkind = "'
GRID = 'id = "g"\ntitle = "G"\nkind = "k"\nrows = ["a"]\ncolumns = ["b"]\n[[cells]]\n'
OTHERS = {
    "a set of words nobody knows": (
        {"vocabulary/region.toml": '[x]\nlabel = "X"'},
        ["vocabulary/region.toml: no such set.", "Did you mean 'regions'?"],
    ),
    "a word of two meanings": (
        {"vocabulary/regions.toml": '[mandelkern]\nlabel = "Amygdala"'},
        ["'Amygdala' already means amygdala"],
    ),
    "a parent that is not there": (
        {"vocabulary/regions.toml": '[mandelkern]\nlabel = "X"\nparents = ["limbik-system"]'},
        ["'limbik-system' is not there.", "Did you mean 'limbic-system'?"],
    ),
    "a word that is part of itself": (
        {"vocabulary/regions.toml": '[a]\nlabel = "A"\nparents = ["b"]\n[b]\nlabel = "B"\nparents = ["a"]'},
        ["vocabulary/regions.toml, [a]: part of itself."],
    ),
    "a folder nobody reads": ({"study/x.toml": ""}, ["study: nothing reads it.", "Did you mean 'studies'?"]),
    "a claim that cites nothing known": (
        {"claims/Q.toml": CLAIM + 'gap"\ncites = ["tryal"]'},
        ["[[claims]] c cites: 'tryal' is no study of the ledger.", "Did you mean 'trial'?"],
    ),
    "a claim whose parts are of no key": (
        {"claims/Q.toml": CLAIM + 'gap"\neach = "region"\nquery = { study = "trial" }'},
        ["[[claims]] c each: 'region' is no key of the query."],
    ),
    "a claim that rules out what is no rule": (
        {"claims/Q.toml": CLAIM + 'gap"\nexcludes = ["before-after"]'},
        ["[[claims]] c excludes: 'before-after' is no rule on causes.", "Did you mean 'before-and-after'?"],
    ),
    "a further part with an unknown word": (
        {"claims/Q.toml": CLAIM + 'gap"\nparts = [{ says = "x", query = { region = "amigdala" } }]'},
        ["[[claims]] c query region: 'amigdala' is not known."],
    ),
    "a claim with an unknown filter": (
        {"claims/Q.toml": CLAIM + 'gap"\nquery = { regio = "a" }'},
        ["[[claims]] c query regio: 'regio' is no filter.", "Did you mean 'region'?"],
    ),
    "a claim with an unknown word": (
        {"claims/Q.toml": CLAIM + 'gap"\nquery = { region = "amigdala" }'},
        ["[[claims]] c query region: 'amigdala' is not known.", "Nearest by spelling: amygdala (Amygdala)."],
    ),
    "a count that counts nothing": (
        {"claims/Q.toml": CLAIM + 'count"'},
        ["[[claims]] c: a count to count nothing."],
    ),
    "an expectation nobody knows": (
        {"claims/Q.toml": CLAIM + 'gap"\nexpect = { cuont = 2 }'},
        ["[[claims]] c expect: 'cuont' is not known.", "Did you mean 'count'?"],
    ),
    "a cell outside its grid": (
        {"grids/g.toml": GRID + 'row = "a"\ncolumn = "c"\nvalue = 1'},
        ["grids/g.toml, [[cells]] a, c: 'c' is no column of the grid."],
    ),
    "a search of an unknown study": (
        {"searches/s.toml": 'id = "s"\nquestion = "q"\nstudies = ["x"]\n[[sources]]\nname = "PubMed"\nterms = "t"'},
        ["searches/s.toml, studies: 'x' is no study of the ledger."],
    ),
    "results that are no tables": (
        {"studies/other.toml": 'id = "other"\nresults = 4'},
        ["studies/other.toml, results: '4' is not a list of tables.", "Write [[results]] above each."],
    ),
    "an expectation that is no table": (
        {"claims/Q.toml": CLAIM + 'gap"\nexpect = 2'},
        ["[[claims]] c expect: '2' is not a table.", "Write { count = 2 }."],
    ),
    "a query that is no table": (
        {"claims/Q.toml": CLAIM + 'gap"\nquery = 2'},
        ["[[claims]] c query: '2' is not a table."],
    ),
    "a claim twice": (
        {"claims/Q.toml": CLAIM + 'gap"', "claims/R.toml": CLAIM + 'gap"'},
        ["claims/R.toml, id: 'c' is there already.", "Give it another id, or leave the other out."],
    ),
    "a cell that is a list": (
        {"grids/g.toml": GRID + 'row = "a"\ncolumn = "b"\nvalue = [1]'},
        ["value: '[1]' is not one value."],
    ),
    "a row outside its grid": (
        {"grids/g.toml": GRID + 'row = "x"\ncolumn = "b"\nvalue = 1'},
        ["grids/g.toml, [[cells]] x, b: 'x' is no row of the grid."],
    ),
    "a cell of an unknown study": (
        {"grids/g.toml": GRID + 'row = "a"\ncolumn = "b"\nvalue = 1\nstudies = ["tryal"]'},
        ["'tryal' is no study of the ledger."],
    ),
    "a study twice": (
        {"studies/other.toml": (Path(__file__).parent / "conftest.py").read_text().split('"""')[1]},
        ["'trial' in a file named other.toml."],
    ),
}


@pytest.mark.parametrize(("files", "said"), OTHERS.values(), ids=OTHERS)
def test_a_mistake_elsewhere_is_told(folder: Callable[..., Path], files: dict[str, str], said: list[str]) -> None:
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(folder(files=files), shipped=False)
    text = str(raised.value)
    assert [each for each in said if each not in text] == [], text


TRIAL = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8").split('"""')[1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("year", "year", "studies/trial.toml, [citation]: other has the same title and year."),
        ('title = "A trial"', 'title = "B"\ncited_as = { Q = "4" }', "other has the same label in Q."),
    ],
)
def test_one_publication_in_two_files_is_told(folder: Callable[..., Path], old: str, new: str, said: str) -> None:
    other = TRIAL.replace('id = "trial"', 'id = "other"').replace(old, new, 1)
    mine = ('title = "A trial"', 'title = "A trial"\ncited_as = { Q = "4" }')
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(folder(mine, files={"studies/other.toml": other}), shipped=False)
    assert said in str(raised.value)


def test_a_label_in_an_unknown_document_is_told(folder: Callable[..., Path]) -> None:
    with pytest.raises(ProblemsFound, match=r"\[citation\] cited_as: 'X' is no document"):
        evidence.read(folder(('title = "A trial"', 'title = "A trial"\ncited_as = { X = "4" }')), shipped=False)


def test_a_shipped_study_is_replaced_by_choice_only(folder: Callable[..., Path]) -> None:
    own = TRIAL.replace('id = "trial"', 'id = "goodman-2014"', 1).replace('document = "P"', 'document = "self"')
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(folder(files={"studies/goodman-2014.toml": own}))
    assert "'goodman-2014' is there already" in str(raised.value)
    assert 'write replaces = "goodman-2014"' in str(raised.value)
    chosen = own.replace("sample =", 'replaces = "goodman-2014"\nsample =', 1)
    ledger, problems = evidence.read_with_problems(folder(files={"studies/goodman-2014.toml": chosen}))
    assert ledger.studies["goodman-2014"].sample == "trial"
    assert [each for each in problems if each.code in ("duplicate-id", "wrong-value")] == []


def test_full_text_search_that_the_machine_lacks_is_told(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    class Without:
        def execute(self, *words: object) -> None:
            raise sqlite3.OperationalError("no such module: fts5")

    ledger = evidence.read(folder(), shipped=False)
    monkeypatch.setattr("forwhom.evidence.index.sqlite3.connect", lambda name: Without())
    with pytest.raises(ProblemsFound, match=r"no such module: fts5\.\s+Use a Python whose SQLite has FTS5"):
        evidence.Index(ledger)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="not a folder"):
        evidence.read(tmp_path / "none")


def test_a_stated_fact_that_leads_nowhere_is_told(folder: Callable[..., Path]) -> None:
    place = folder(
        (
            "[[results]]",
            '[[stated]]\nwhat = "arms.dtb.n"\nvalue = 3\nsource = { document = "P", place = "Text" }\n[[results]]',
        )
    )
    with pytest.raises(ProblemsFound, match=r"\[\[stated\]\] arms.dtb.n: leads to nothing"):
        evidence.read(place, shipped=False)


LINES = [i for i, line in enumerate(TRIAL.splitlines()) if " = " in line]
VALUES = ["4", "-1", "0", "1e300", "nan", '"x"', '""', "true", "[]", "{}", "1979-05-27", '[1, "a"]']


@pytest.mark.parametrize("value", VALUES)
def test_no_value_of_any_key_breaks_the_reader(folder: Callable[..., Path], value: str) -> None:
    """Whatever stands there is a problem or is read; rules and index then cope with it."""
    place = folder()
    lines = TRIAL.splitlines()
    for i in LINES[VALUES.index(value) % 3 :: 3]:
        changed = [*lines[:i], f"{lines[i].split(' = ')[0]} = {value}", *lines[i + 1 :]]
        (place / "studies/trial.toml").write_text("\n".join(changed), encoding="utf-8")
        ledger, problems = evidence.read_with_problems(place, shipped=False)
        assert all(problem.do and problem.file for problem in problems)
        assert all(str(each) for each in evidence.check(ledger).contradictions)
        assert len(evidence.Index(ledger)) >= 0


def test_one_cause_is_told_once(folder: Callable[..., Path]) -> None:
    """A document that is not there is named in every row of a file."""
    place = folder()
    (place / "documents.toml").write_text("")
    with pytest.raises(ProblemsFound) as raised:
        evidence.read(place, shipped=False)
    assert [(each.code, each.count > 3) for each in raised.value.problems] == [("unknown-name", True)]


EXTRACTED = '[extraction]\nby = "me"\ndate = {day}\n[[results]]\nid = "amygdala"\n'


@pytest.mark.parametrize(
    ("replaced", "says"),
    [
        ((LAST, EXTRACTED.format(day="2026-01-02")), []),
        ((LAST, EXTRACTED.format(day="2026-01-03")), ["[extraction] date: 2026-01-03 is later than today, 2026-01-02."]),
        (("year = 2020", "year = 2027"), []),  # out before its year
        (("year = 2020", "year = 2028"), ["[citation] year: 2028 is to come."]),
        (('screened = 100', "begun = 2027-05-01\nscreened = 100"), ["[design] begun: 2027-05-01 is later than today"]),
        ((LAST, '[withdrawn]\ndate = 2099-01-01\nwhy = "x"\n' + LAST), ["[withdrawn] date: 2099-01-01"]),
    ],
)  # fmt: skip
def test_days_that_are_to_come(folder: Callable[..., Path], replaced: tuple[str, str], says: list[str]) -> None:
    ledger, problems = evidence.read_with_problems(folder(replaced), shipped=False)
    assert problems == ()
    told = list(map(str, days_ahead(ledger, dt.date(2026, 1, 2))))
    assert len(told) == len(says)
    assert all(text in each for text, each in zip(says, told, strict=True))
    assert days_ahead(ledger, dt.date(2026, 1, 2), only=["another"]) == ()
