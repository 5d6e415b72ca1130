"""Make the simulated trial, or one of another size or with other effects.

    python generate.py --seed 1 --out DIR                     # the tables that ship, byte for byte
    python generate.py --seed 7 --out DIR --set n=300 --set mentalizing_effect=0
    python generate.py --truth 400000 --out DIR               # what is true in it, to truth.toml

`--list` prints every number that can be set. Needs NumPy and polars.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import fields
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from twin.design import Design, varied  # noqa: E402
from twin.writing import make, write  # noqa: E402


def main() -> None:
    """Read the arguments, make, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="of everything random (default 1)")
    parser.add_argument("--out", type=Path, help="folder to write; study.toml is copied into it when it has none")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=NUMBER", help="another number of the design"
    )
    parser.add_argument("--truth", type=int, metavar="PEOPLE", help="write truth.toml from this many people instead")
    parser.add_argument("--list", action="store_true", help="print the design and stop")
    given = parser.parse_args()
    try:
        design = varied(Design(), given.set)
    except ValueError as wrong:
        parser.error(str(wrong))
    if given.list:
        for field in fields(design):
            print(f"{field.name} = {getattr(design, field.name)}")
        return
    if given.out is None:
        parser.error("say where to write: --out DIR")
    given.out.mkdir(parents=True, exist_ok=True)
    if given.truth:
        from twin.truth import truth_text

        (given.out / "truth.toml").write_text(truth_text(design, given.truth), encoding="utf-8", newline="\n")
    else:
        write(make(design, given.seed), given.out)
    if not (given.out / "study.toml").exists():
        shutil.copy(HERE / "study.toml", given.out / "study.toml")


if __name__ == "__main__":
    main()
