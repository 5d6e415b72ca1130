"""Records of literature databases, in the four formats they come in."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from forwhom.evidence import Citation
from forwhom.evidence.drafts import identities, scaffold
from forwhom.io.citations import read_citations
from forwhom.problems import ProblemsFound

TITLE = "Neural correlates of reappraisal"
RIS = f"""TY  - JOUR
AU  - Domínguez-Clavé, Elisabet
AU  - van Dyck, Richard A.
PY  - 2016/07/12
TI  - {TITLE}
JO  - Biol Psychiatry
VL  - 1
SP  - 548
EP  - 557
DO  - https://doi.org/10.1016/J.BPSC.2016.07.003
N2  - An abstract that goes
      on.
ER  -

TY  - THES
AU  - Rodrigo, A H
PY  - 2015
TI  - Changes in neural systems
      underlying inhibition
ER  -
"""
NBIB = f"""PMID- 27000001
OWN - NLM
DP  - 2016 Jul
TI  - {TITLE.replace(" of ", chr(10) + "      of ")}
PG  - 548-557
LID - S2451-9022(16)30065-1 [pii]
LID - 10.1016/j.bpsc.2016.07.003 [doi]
AB  - An abstract.
FAU - Domínguez-Clavé, Elisabet
AU  - Domínguez-Clavé E
FAU - van Dyck, Richard A
AU  - van Dyck RA
PT  - Journal Article
TA  - Biol Psychiatry
VI  - 1
"""
BIB = r"""@string{bp = "Biol Psychiatry"}
@comment{ignored}
@article{dc2016,
  author = {Dom{\'\i}nguez-Clav{\'e}, Elisabet and van Dyck, Richard A. and others},
  title = {{Neural} correlates of {reappraisal}},
  year = 2016,
  journal = bp,
  volume = "1",
  pages = {548--557},
  doi = {10.1016/j.bpsc.2016.07.003}
}
"""
XML = """<?xml version="1.0"?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "pubmed.dtd">
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>27000001</PMID><Article>
<Journal><JournalIssue><Volume>1</Volume><PubDate><MedlineDate>2016 Jul-Aug</MedlineDate></PubDate></JournalIssue>
<ISOAbbreviation>Biol Psychiatry</ISOAbbreviation></Journal>
<ArticleTitle>Neural <i>correlates</i> of reappraisal.</ArticleTitle><Pagination><MedlinePgn>548-557</MedlinePgn></Pagination>
<AuthorList><Author><LastName>Domínguez-Clavé</LastName><ForeName>Elisabet</ForeName></Author>
<Author><LastName>van Dyck</LastName><Initials>RA</Initials></Author></AuthorList></Article></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1016/j.bpsc.2016.07.003</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle></PubmedArticleSet>"""


@pytest.mark.parametrize(("name", "text"), [("a.ris", RIS), ("a.nbib", NBIB), ("a.bib", BIB), ("a.xml", XML)])
@pytest.mark.parametrize("windows", [False, True])
def test_every_format_gives_the_same_citation(tmp_path: Path, name: str, text: str, windows: bool) -> None:
    path = tmp_path / name
    path.write_bytes(
        (("\ufeff" if windows and name != "a.xml" else "") + text.replace("\n", "\r\n" if windows else "\n")).encode()
    )
    citations, problems = read_citations(path)
    pmid = "27000001" if name in ("a.nbib", "a.xml") else ""
    authors = ("Domínguez-Clavé E", "van Dyck RA")
    expected = Citation(
        authors, 2016, TITLE, journal="Biol Psychiatry", volume="1", pages="548-557", doi="10.1016/j.bpsc.2016.07.003",
        pmid=pmid,
    )  # fmt: skip
    assert (citations[0], problems) == (expected, ())


def test_a_thesis_and_a_title_over_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text(RIS, encoding="utf-8")
    second = read_citations(path)[0][1]
    assert (second.kind, second.title, second.authors) == (
        "thesis",
        "Changes in neural systems underlying inhibition",
        ("Rodrigo AH",),
    )


def test_a_record_without_year_is_told_and_the_others_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.ris"
    path.write_text(RIS.replace("PY  - 2015\n", ""), encoding="utf-8")
    citations, problems = read_citations(path)
    assert len(citations) == 1
    assert [str(problem) for problem in problems] == [
        "a.ris, record 2: 'Changes in neural systems underlying inh' has no year.\n"
        "  Complete it in the file, or write the study by hand with forwhom evidence add."
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.doc", "x", "'.doc' is not known.\n  Possible: .ris, .bib"),
        ("a.ris", "nothing here", "no record in it."),
        ("a.xml", "<a", "not XML"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "it declares entities of its own"),
        ("a.bib", "@article{x, title = {never closed", "the entry that begins in line 1 is never closed."),
        ("a.ris", "caf\xe9", "the text is not UTF-8."),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(ProblemsFound) as raised:
        read_citations(tmp_path / name)
    assert said in str(raised.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="No such file"):
        read_citations(tmp_path / "none.ris")


GROUPS = {
    "a.xml": "<PubmedArticle><MedlineCitation><Article><Journal><JournalIssue><PubDate><Year>2021</Year></PubDate></JournalIssue>"
    "</Journal><ArticleTitle>T</ArticleTitle><AuthorList><Author><LastName>Lee</LastName><Initials>A</Initials></Author>"
    "<Author><CollectiveName>The BPD Group</CollectiveName></Author><Author/></AuthorList></Article></MedlineCitation></PubmedArticle>",
    "a.nbib": "PMID- 1\nDP  - 2021\nTI  - T\nFAU - Lee, A\nAU  - Lee A\nCN  - The BPD Group\n",
    "a.bib": "@article{a, title={T}, year=2021, author={Lee, A and {The BPD Group}}}",
    "a.ris": "TY  - JOUR\nAU  - Lee, A\nAU  - The BPD Group\nPY  - 2021\nTI  - T\nER  -\n",
}


@pytest.mark.parametrize("file", GROUPS)
def test_a_group_keeps_its_name(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text(GROUPS[file], encoding="utf-8")
    (made,), problems = read_citations(tmp_path / file)
    assert (made.authors, problems) == (("Lee A", "The BPD Group"), ())


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("{Sorrow and Joy Team}", ("Sorrow and Joy Team",)),
        ("{Linehan, Marsha M. and Doe, John}", ("Linehan MM", "Doe J")),
        (r"{\"O}hman, Arne and {Health and Care Institute}", ("Öhman A", "Health and Care Institute")),
        ("{WHO}", ("WHO",)),
        ("{Van Dyck}, Richard", ("Van Dyck R",)),
        ("{MATRICS} and Lee, A", ("MATRICS", "Lee A")),
    ],
)  # fmt: skip
def test_braces_of_bibtex(tmp_path: Path, author: str, names: tuple[str, ...]) -> None:
    (tmp_path / "a.bib").write_text("@article{a, title={T}, year=2021, author={" + author + "}}", encoding="utf-8")
    (made,), _ = read_citations(tmp_path / "a.bib")
    assert made.authors == names


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (
            "a.nbib",
            "PMID- 1\nDP  - 2019\nTI  - A trial of BPD\nAU  - Lee A\nPT  - Journal Article\nPT  - Retracted Publication\n",
        ),
        ("a.ris", "TY  - JOUR\nAU  - Lee, A\nPY  - 2019\nTI  - RETRACTED ARTICLE: A trial of BPD\nER  -\n"),
        ("a.bib", "@article{a, title={[Retracted] A trial of {BPD}}, year=2019, author={Lee, A}}"),
    ],
)
def test_a_retracted_publication_is_added_as_withdrawn(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    (made,), _ = read_citations(tmp_path / file)
    assert made.retracted
    assert "retracted" in tomli.loads(scaffold("lee-2019", made))["withdrawn"]["why"]
    # It is the same publication, marked or not.
    assert "title and year: a trial of bpd 2019" in identities(made)


def test_retraction_in_a_title_is_no_mark(tmp_path: Path) -> None:
    (tmp_path / "a.ris").write_text("TY  - JOUR\nAU  - Lee, A\nPY  - 2019\nTI  - Withdrawn patients: a cohort\nER  -\n")
    assert not read_citations(tmp_path / "a.ris")[0][0].retracted
