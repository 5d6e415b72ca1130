"""Tables as BIDS has them: ids with a prefix, sessions as words, a column per region, n/a."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forwhom.io.folder import check_study, read_study
from forwhom.problems import errors

Make = Callable[..., Path]

BIDS = """
[[tables.scans]]
file = "vol.tsv"
id = "participant_id"
id_prefix = "sub-"
time = "session_id"
times = { "ses-pre" = 0, "ses-post" = 6 }
modality_is = "volume"
values = { "Left-Amygdala" = { region = "amygdala", hemisphere = "left" }, "BrainStem" = "brain stem" }

[missing]
codes = ["n/a"]
"""


def test_a_table_with_a_column_per_region(make: Make, tiny_toml: str) -> None:
    tsv = (
        "participant_id\tsession_id\tLeft-Amygdala\tBrainStem\nsub-1\tses-pre\t1500.5\tn/a\nsub-2\tses-post\t1400\t9\n"
    )
    study = read_study(make(tiny_toml + BIDS, vol__tsv=tsv))
    assert study.scans is not None
    assert study.scans.sort("region", "id").rows() == [
        ("1", 0.0, "volume", "amygdala", "left", None, 1500.5),
        ("2", 6.0, "volume", "amygdala", "left", None, 1400.0),
        ("1", 0.0, "volume", "brain stem", None, None, None),
        ("2", 6.0, "volume", "brain stem", None, None, 9.0),
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ses-post\t1400", "ses-3\t1400", "'ses-3' has no time"),
        ("sub-2", "sub-77", "'77' is not in the persons table"),
        ("Left-Amygdala\t", "L-Amygdala\t", "there is no column 'Left-Amygdala'"),
    ],
)
def test_what_does_not_fit_is_told(make: Make, tiny_toml: str, old: str, new: str, words: str) -> None:
    tsv = (
        "participant_id\tsession_id\tLeft-Amygdala\tBrainStem\nsub-1\tses-pre\t1500.5\tn/a\nsub-2\tses-post\t1400\t9\n"
    )
    found = errors(check_study(make(tiny_toml + BIDS, vol__tsv=tsv.replace(old, new))))
    assert any(words in (problem.found or "") for problem in found), found


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ('values = { "a" = { where = "left" } }', "Say what the column holds"),
        ('values = { "a" = 3 }', "Say what the column holds"),
        ("", "Name the column: value"),
        ('value = "a"\ntimes = { "pre" = 0 }', "Name the column with the words"),
    ],
)
def test_wrong_keys(make: Make, tiny_toml: str, values: str, words: str) -> None:
    toml = tiny_toml + f'\n[[tables.scans]]\nfile = "v.csv"\nid = "id"\n{values}\n'
    found = errors(check_study(make(toml, v__csv="id,a\n1,2\n")))
    assert any(words in problem.do for problem in found), found
