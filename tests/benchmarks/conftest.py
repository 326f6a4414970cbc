"""Running the benchmark scripts of this folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

Measure = Callable[..., dict[str, dict[str, Any]]]
Script = Callable[..., str]


@pytest.fixture(scope="session")
def script() -> Script:
    """Runs a script of this folder and returns what it printed."""

    def call(name: str, *arguments: str | Path) -> str:
        command = [sys.executable, "-B", str(HERE / name), *map(str, arguments)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    return call


@pytest.fixture(scope="session")
def measure(script: Script, tmp_path_factory: pytest.TempPathFactory) -> Measure:
    """Measures one thing and returns its figures; generated records are shared."""
    scratch = tmp_path_factory.mktemp("benchmarks")

    def call(what: str, *, events: int, rounds: int) -> dict[str, dict[str, Any]]:
        size = ("--events", str(events), "--rounds", str(rounds))
        printed = script("measure.py", what, *size, "--scratch", scratch, "--json")
        figures: dict[str, dict[str, Any]] = json.loads(printed)
        return figures

    return call
