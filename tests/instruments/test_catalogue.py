"""Every instrument that ships: valid, sourced, consistent, and without item wording."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from forwhom.instruments import Instrument, find, instrument, names, score
from forwhom.instruments.loading import plain

NAMES = names()
CATALOGUE = files("forwhom.instruments") / "catalogue"


@pytest.fixture(params=NAMES)
def shipped(request: pytest.FixtureRequest) -> Instrument:
    found, problems = find(request.param)
    assert problems == ()
    assert found is not None
    return found


def test_the_forms_of_the_field_are_there() -> None:
    wanted = {"pid-5", "pid-5-sf", "pid-5-bf", "pid5bf-m", "lpfs-bf-2", "bsl-23", "zan-bpd", "ders", "phq-9", "gad-7"}
    wanted |= {"bdi-ii", "core-10", "core-om", "oq-45", "iip-32", "wai-sr", "rfq-8", "ecr-rs", "ctq-sf", "scl-90-r"}
    assert wanted <= set(NAMES)
    assert len(NAMES) >= 50


def test_file_name_is_the_name(shipped: Instrument) -> None:
    assert f"{shipped.name}.toml" == shipped.file


def test_no_two_instruments_answer_to_one_name() -> None:
    spellings = Counter(s for name in NAMES for s in {plain(a) for a in (name, *instrument(name).aliases)})
    assert [spelling for spelling, count in spellings.items() if count > 1] == []


def test_positions_are_on_the_form_and_reversed_items_count_somewhere(shipped: Instrument) -> None:
    used = {item for s in shipped.scores.values() for item in s.items}
    assert used <= set(range(1, shipped.k + 1))
    assert set(shipped.reverse) <= used
    assert all(len(set(s.items)) == len(s.items) for s in shipped.scores.values())


def test_ends_of_every_score_are_reached_and_not_passed(shipped: Instrument) -> None:
    """Independent of the range arithmetic: the extreme answers themselves are scored."""
    if not shipped.k:
        assert all(s.kind == "given" for s in shipped.scores.values())
        return
    rng = np.random.default_rng(5)
    low = np.array([shipped.coding_of(i).low for i in range(1, shipped.k + 1)])
    high = np.array([shipped.coding_of(i).high for i in range(1, shipped.k + 1)])
    backwards = np.isin(np.arange(1, shipped.k + 1), shipped.reverse)
    best, worst = np.where(backwards, high, low), np.where(backwards, low, high)
    random = rng.integers(low.astype(int), high.astype(int) + 1, size=(50, shipped.k)).astype(float)
    if shipped.coding.step > 1:
        random = low + np.rint((random - low) / shipped.coding.step) * shipped.coding.step
    scores = score(shipped, np.vstack([best, worst, random]))
    for s in shipped.scores.values():
        if s.kind == "given":
            continue
        values = scores[s.name].values
        assert np.all(values >= s.low - 1e-9)
        assert np.all(values <= s.high + 1e-9)
        if not s.recode and s.kind != "weighted":
            assert values[:2] == pytest.approx([s.low, s.high])


def test_key_rests_on_two_sources_or_says_so(shipped: Instrument) -> None:
    read = [shipped.source(identifier) for identifier in shipped.key_sources]
    assert all(source.tag in ("V", "V2") for source in read)
    single = len({source.where for source in read}) < 2
    computed = any(s.kind != "given" for s in shipped.scores.values())
    if single and computed:
        assert shipped.name == "pid5bf-m" or any("one" in gap for gap in shipped.gaps), shipped.key_sources


def test_every_number_was_read_somewhere(shipped: Instrument) -> None:
    facts = [*shipped.norms, *shipped.cutoffs, *shipped.reliability, *shipped.safety]
    rules = [s.missing for s in shipped.scores.values() if s.missing.published]
    for fact in [*facts, *rules]:
        assert fact.sources
        assert all(shipped.source(identifier).tag != "K" for identifier in fact.sources)


def test_a_rule_that_lets_items_be_missing_is_a_published_one(shipped: Instrument) -> None:
    for s in shipped.scores.values():
        if s.missing.most_missing or s.missing.least_share is not None:
            assert s.missing.published


EXPLAINING = {"cautions", "gaps", "licence", "words", "what", "where", "title", "population", "meaning"}


def test_no_place_for_item_wording() -> None:
    """Texts outside explanations are labels; explanations contain no quoted sentence and no first person."""

    def walk(value: object, key: str, file: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                assert "text" not in name, f"{file}: {name}"
                walk(inner, name, file)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, key, file)
        elif isinstance(value, str):
            if key not in EXPLAINING:
                assert len(value) <= 60, f"{file}: {key} = {value!r}"
            assert not {"I", "I'm", "my", "me", "myself"} & set(value.replace(",", " ").split()), f"{file}: {value!r}"

    for file in CATALOGUE.iterdir():
        if file.name.endswith(".toml"):
            walk(tomllib.loads(file.read_text(encoding="utf-8")), "", file.name)


def test_norm_means_fit_the_step_from_functional_to_clinical(shipped: Instrument) -> None:
    """Where both populations are given, the clinical one is worse."""
    for s in shipped.scores.values():
        by_role = {n.role: n.mean for n in shipped.norms if n.score == s.name and n.default}
        if len(by_role) == 2:
            worse = by_role["clinical"] - by_role["general"]
            assert worse > 0 if s.better == "lower" else worse < 0


def test_pid5_short_form_positions_are_ranks_of_the_full_form_numbers() -> None:
    short, full = instrument("pid-5-sf"), instrument("pid-5")
    numbers = short.numberings["full-form"]
    assert list(numbers) == sorted(numbers)
    for s in short.scores.values():
        if s.name != "total" and s.items:
            in_full = {numbers[position - 1] for position in s.items}
            assert in_full <= set(full.scores[s.name].items), s.name
            assert len(in_full) == 4
    assert not set(numbers) & set(full.reverse)


def test_pid5_facets_share_out_all_220_items() -> None:
    facets = [s for s in instrument("pid-5").scores.values() if s.items and s.name != "total"]
    assert len(facets) == 25
    assert sorted(item for s in facets for item in s.items) == list(range(1, 221))
