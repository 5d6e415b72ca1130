"""PubMed's XML."""

from __future__ import annotations

from xml.etree import ElementTree

from forwhom.io.citations.fields import Fields, whole


def pubmed(text: str) -> list[Fields]:
    """Articles of a PubMed XML file; a file that is no XML is a ValueError."""
    if "<!ENTITY" in text:
        raise ValueError("it declares entities of its own, which PubMed's files do not")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from None
    articles = [root] if root.tag == "PubmedArticle" else list(root.iter("PubmedArticle"))
    return [_article(article) for article in articles]


def _article(article: ElementTree.Element) -> Fields:
    def texts(path: str) -> list[str]:
        return ["".join(each.itertext()) for each in article.findall(path)]

    inside = "MedlineCitation/Article"
    authors = [
        f"{author.findtext('LastName')}, {author.findtext('ForeName') or author.findtext('Initials') or ''}"
        if author.findtext("LastName")
        else whole(author.findtext("CollectiveName") or "")
        for author in article.findall(f"{inside}/AuthorList/Author")
    ]
    date = f"{inside}/Journal/JournalIssue/PubDate"
    return {
        "authors": authors,
        "year": texts(f"{date}/Year") or texts(f"{date}/MedlineDate") or texts(f"{inside}/ArticleDate/Year"),
        "title": texts(f"{inside}/ArticleTitle"),
        "journal": texts(f"{inside}/Journal/ISOAbbreviation") or texts(f"{inside}/Journal/Title"),
        "volume": texts(f"{inside}/Journal/JournalIssue/Volume"),
        "pages": texts(f"{inside}/Pagination/MedlinePgn"),
        "doi": texts("PubmedData/ArticleIdList/ArticleId[@IdType='doi']")
        or texts(f"{inside}/ELocationID[@EIdType='doi']"),
        "pmid": texts("MedlineCitation/PMID"),
        "kind": texts(f"{inside}/PublicationTypeList/PublicationType"),
    }
