"""Telling whether two declarations are the same text, and whether they make the same events."""

from __future__ import annotations

import hashlib
import json
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from forensics.sources.declaration import Declaration, shipped

# What no event depends on.
_TOLD = frozenset(
    {
        "title", "product", "service", "refs", "sentence", "clock_tolerance", "omits", "examples",
        "text",
    }
)  # fmt: skip


def sha256(declaration: Declaration) -> str:
    """Digest of the file that a declaration was read from, in hex."""
    return hashlib.sha256(declaration.text.encode()).hexdigest()


def meaning(declaration: Declaration) -> str:
    """Digest of what decides which records it takes and what events it makes of them, in hex.

    What is only told of a source is left out, and so is what stands at its default: a key that
    declarations learn later changes no digest.
    """
    decides = [one for one in _set(declaration) if one[0] not in _TOLD]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


def is_own(declaration: Declaration) -> bool:
    """Whether it is the user's, not one that comes with the tool."""
    held = shipped().get(declaration.name)
    return held is None or held.text != declaration.text


def _set(value: Any) -> list[tuple[str, Any]]:
    return [
        (one.name, _plain(getattr(value, one.name)))
        for one in fields(value)
        if getattr(value, one.name) != _default(one)
    ]


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _set(value)
    if isinstance(value, dict):
        return sorted((str(key), _plain(one)) for key, one in value.items())
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value
