"""Paths as declarations write them (`a."odd key".b[0]`), as JSONPath and as steps."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from forensics.errors import DeclarationError

_SAFE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_STEP = re.compile(r"""(?:"([^"]+)"|([^.\[\]"]+))((?:\[\d+\])*)(?:\.|\Z)""")
_INDEX = re.compile(r"\[(\d+)\]")


def _parts(path: str) -> list[tuple[str, str]]:
    """Each key with the list indices after it."""
    found, position = [], 0
    for match in _STEP.finditer(path):
        key = match[1] or match[2]
        if match.start() != position or key == "*":
            break
        found.append((key, match[3]))
        position = match.end()
    if position != len(path) or not path or path.endswith("."):
        raise DeclarationError(
            f"{path!r} is not a path", remedy='Write a.b, a[0].b or a."odd key".'
        )
    return found


def json_path(path: str) -> str:
    """A path as declarations write it (`a."odd key".b[0]`) in JSONPath (`$.a."odd key".b[0]`)."""
    keys = ((key if _SAFE_KEY.match(key) else f'"{key}"') + rest for key, rest in _parts(path))
    return ".".join(("$", *keys))


@cache
def steps(path: str) -> tuple[str | int, ...]:
    """The keys and list indices of a path, in turn."""
    found: list[str | int] = []
    for key, rest in _parts(path):
        found += [key, *(int(index) for index in _INDEX.findall(rest))]
    return tuple(found)


def lookup(document: Any, path: str) -> Any:
    """The value at a path of a decoded record, or None."""
    for step in steps(path):
        if isinstance(document, dict) and isinstance(step, str):
            document = document.get(step)
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            document = document[step]
        else:
            return None
    return document
