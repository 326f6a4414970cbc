"""The histories that slow evaluators are compared on serve small stories here as well."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "oracle"))


@pytest.fixture
def answer() -> Callable[..., dict[str, Any]]:
    """What a predicate says of the one act, or the last act, of a history."""
    import histories

    def ask(story: Any, predicate: str, /, **params: Any) -> dict[str, Any]:
        tiers = {"tiers": "[]", "tiers_possible": "[]", "tiers_unknown": "FALSE"}
        columns = {"in_scope": "TRUE", **tiers}
        engine = histories.engine([story], scoped=columns)
        return histories.values(engine, predicate, params)[story.acts[-1]]

    return ask
