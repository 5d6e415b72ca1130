"""The description of the format names every key and every word a key may have, and its example can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli

from forwhom import evidence
from forwhom.evidence import file_keys, keys
from forwhom.evidence.index import Index
from forwhom.evidence.reading import SETS
from forwhom.keyed import Keys

TABLES: list[Keys] = [
    each for module in (keys, file_keys) for each in vars(module).values() if isinstance(each, Keys)
] + list(keys.RESULTS.values())


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs/design/evidence-ledger.md").read_text(encoding="utf-8")


def test_every_key_is_described(page: str) -> None:
    absent = {key for table in TABLES for key in table.read if not re.search(rf"`{key}`|\b{key} =|\[{key}\]", page)}
    assert absent == set()


def test_every_word_that_is_fixed_is_described(page: str) -> None:
    fixed = {
        *keys.STATISTICS,
        *keys.ROLES,
        *keys.UNITS,
        *keys.RESULTS,
        *file_keys.CLAIM_KINDS,
        *file_keys.EXPECT,
        *SETS,
    }
    assert {word for word in fixed if not re.search(rf"\b{word}\b", page)} == set()
    assert {part for part in keys.PARTS if part not in page.lower()} == set()


def test_every_rule_is_described(page: str, root: Path) -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (root / "src/forwhom/evidence/checks").glob("*.py"))
    named = set(re.findall(r'Contradiction\(\s*"([a-z-]+)"', code)) | set(
        re.findall(r'return "([a-z]+-[a-z-]+)"', code)
    )
    assert len(named) > 12
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_example_of_a_study_can_be_read(page: str, tmp_path: Path) -> None:
    example = re.search(r"## A study\n\n```toml\n(.*?)```", page, re.DOTALL)
    assert example
    (tmp_path / "studies").mkdir()
    (tmp_path / "documents.toml").write_bytes((evidence.SHIPPED / "documents.toml").read_bytes())
    (tmp_path / "studies/goodman-2014.toml").write_text(example[1], encoding="utf-8")
    study = evidence.read(tmp_path, shipped=False).studies["goodman-2014"]
    assert study.arms[0].n == 11
    assert evidence.check(evidence.read(tmp_path, shipped=False)).contradictions == ()


def test_the_example_of_a_claim_can_be_read(page: str, tmp_path: Path) -> None:
    example = re.search(r"## Claims\n\n```toml\n(.*?)```", page, re.DOTALL)
    assert example
    table = tomli.loads(example[1])
    assert set(table["claims"][0]) <= set(file_keys.CLAIM.read)


def test_hundreds_of_studies_are_read_checked_and_indexed(tmp_path: Path, root: Path) -> None:
    """How long a thousand take is printed by `benchmarks/evidence.py`."""
    (tmp_path / "studies").mkdir()
    (tmp_path / "documents.toml").write_bytes((evidence.SHIPPED / "documents.toml").read_bytes())
    text = (evidence.SHIPPED / "studies/schmitt-2016.toml").read_text(encoding="utf-8")
    for i in range(300):
        made = text.replace('id = "schmitt-2016"', f'id = "s{i}"').replace('sample = "', f'sample = "s{i}-')
        made = (
            made.replace('title = "', f'title = "{i} ')
            .replace('doi = "', f'doi = "10.1000/{i}.')
            .replace("cited_as", "# ")
        )
        (tmp_path / f"studies/s{i}.toml").write_text(made, encoding="utf-8")
    ledger = evidence.read(tmp_path, shipped=False)
    evidence.check(ledger)
    assert len(Index(ledger)) == 300 * (1 + len(ledger.studies["s0"].results))


def test_nothing_is_kept_between_readings(tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    file = tmp_path / "studies/goodman-2014.toml"
    text = (evidence.SHIPPED / "studies/goodman-2014.toml").read_text(encoding="utf-8")
    (tmp_path / "documents.toml").write_bytes((evidence.SHIPPED / "documents.toml").read_bytes())
    file.write_text(text, encoding="utf-8")
    assert len(evidence.rows(evidence.read(tmp_path, shipped=False), "region=amygdala kind=brain direction=none")) == 1
    file.write_text(text.replace('direction = "none"', 'direction = "increase"'), encoding="utf-8")
    assert evidence.rows(evidence.read(tmp_path, shipped=False), "region=amygdala kind=brain direction=none") == ()
