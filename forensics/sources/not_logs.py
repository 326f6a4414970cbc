"""Files that are known by sight and not read: what lies beside logs, and logs that are packed."""

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


def named(documents: Sequence[dict[str, Any]]) -> tuple[str, bool] | None:
    """Why records like these are not read, and whether they are no log at all.

    None unless all of them are of one kind that is known.
    """
    for kind in _known():
        if documents and all(_is(one, kind) for one in documents):
            return str(kind["why"]), not kind.get("log", False)
    return None


def _is(document: dict[str, Any], kind: dict[str, Any]) -> bool:
    begins = kind.get("begins", {}).items()
    return all(lookup(document, path) is not None for path in kind["required"]) and all(
        str(lookup(document, path)).startswith(text) for path, text in begins
    )
