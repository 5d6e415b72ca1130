"""Who may import whom, and how light importing is."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

NOUNS = {"problems", "study", "instruments", "findings", "evidence", "programme"}
ALLOWED: dict[str, set[str]] = {
    "problems": set(),
    "frames": set(),
    "keyed": {"problems"},
    "kernels": set(),
    "parallel": {"problems"},
    "models": {"kernels", "problems", "frames"},
    "study": {"problems", "frames"},
    "evidence": {"problems", "keyed"},
    "programme": {"problems", "keyed"},
    "instruments": {"study", "problems"},
    "findings": {"study", "problems"},
    "analysis": NOUNS | {"kernels", "models", "parallel", "keyed"},
    "io": NOUNS | {"keyed"},
    "report": {"findings", "problems"},
    "cli": NOUNS | {"kernels", "models", "analysis", "io", "report", "parallel", "keyed"},
}


def imports(path: Path) -> set[str]:
    """Rooms of forwhom that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
            if node.module == "forwhom":
                names = [f"forwhom.{alias.name}" for alias in node.names]
        found |= {name.split(".")[1] for name in names if name.startswith("forwhom.")}
    return found


def room(path: Path, source: Path) -> str:
    """The room a file lives in."""
    return path.relative_to(source).parts[0].removesuffix(".py")


def test_every_room_imports_only_what_the_plan_allows(root: Path) -> None:
    source = root / "src" / "forwhom"
    wrong = []
    for path in sorted(source.rglob("*.py")):
        here = room(path, source)
        if here in ("__init__", "__main__"):
            continue
        wrong += [f"{path.relative_to(source)} imports {name}" for name in imports(path) - ALLOWED[here] - {here}]
    assert wrong == []


def test_the_test_sees_a_wrong_import(tmp_path: Path) -> None:
    file = tmp_path / "kernel.py"
    file.write_text("from forwhom.study import Study\n")
    assert imports(file) == {"study"}


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("forwhom", {"numpy", "polars", "scipy"}),
        ("forwhom.cli", {"numpy", "polars", "scipy", "pandas"}),
        ("forwhom.report.render", {"scipy", "pandas", "forwhom.kernels", "forwhom.analysis"}),
        ("forwhom.io.folder", {"pandas", "pyarrow", "scipy.stats", "forwhom.kernels"}),
    ],
)
def test_importing_stays_light(module: str, absent: set[str]) -> None:
    code = f"import {module}, sys; print('\\n'.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert absent & set(loaded) == set()
