"""Fixtures every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets that may not ship: FORWHOM_SHARED_DATA, by default ../shared/data beside the repository."""
    folder = Path(os.environ.get("FORWHOM_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at FORWHOM_SHARED_DATA ({folder.name})")
    return folder
