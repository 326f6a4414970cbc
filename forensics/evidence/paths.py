"""Paths as SQL text, for the places where DuckDB takes no parameter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forensics.engine.duckdb import text_literal


def path_literal(path: Path) -> str:
    """A path as an SQL string literal."""
    return text_literal(str(path))


def path_list(paths: Sequence[Path]) -> str:
    """Paths as an SQL list of string literals."""
    return "[" + ", ".join(path_literal(one) for one in paths) + "]"
