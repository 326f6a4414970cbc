"""Files that lie beside logs and are known to be none, so that they need not be looked into."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from forensics.sources.paths import lookup


@cache
def _known() -> list[dict[str, Any]]:
    text = resources.files("forensics.sources").joinpath("not_logs.toml").read_text("utf-8")
    return list(tomllib.loads(text)["file"])


def named(documents: Sequence[dict[str, Any]]) -> str | None:
    """Why records like these are no log, when all of them are of one kind that is known."""
    for kind in _known():
        if documents and all(
            all(lookup(one, path) is not None for path in kind["required"]) for one in documents
        ):
            return str(kind["why"])
    return None
