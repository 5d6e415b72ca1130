"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder with study.toml and its tables.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes. The answers do not depend on it.")]
OfCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="A Dask cluster's scheduler, tcp://host:port, instead of processes."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Of everything random; kept in the report.")]
OpenIt = Annotated[bool, typer.Option("--open", help="Open the report in the browser.")]
