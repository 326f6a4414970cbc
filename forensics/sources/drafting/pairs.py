"""Messages that are pairs of keys and values: `user=ada action="ban"`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.sources.drafting import words

# Read alike here and in the SQL of a draft: a key, then its value in quotes or up to a mark.
_BEFORE = r"(?:^|[^\w.-])"
_VALUE = r'=("[^"]*"|[^\s",;]+)'
_PAIR = re.compile(rf"{_BEFORE}([A-Za-z_][A-Za-z0-9_]*){_VALUE}", re.ASCII)
# No path of a declaration has this mark outside quotes.
_MARK = ".="
_FEWEST = 2


def below(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Paths and values of the pairs in a message, the first of each key; none in other texts."""
    if not isinstance(value, str) or "=" not in value:
        return
    keys = words.parts(path)
    if not keys or words.flat(keys[-1]) not in words.of_section("texts", "paths"):
        return
    found: dict[str, str] = {}
    for key, one in _PAIR.findall(value):
        found.setdefault(key, one.strip('"'))
    if len(found) >= _FEWEST:
        yield from ((f"{path}{_MARK}{key}", one) for key, one in found.items())


def split(path: str) -> tuple[str, str] | None:
    """The path of the message and the key of a pair in it; None for other paths."""
    message, mark, key = path.rpartition(_MARK)
    return (message, key) if mark and '"' not in key else None


def pattern(key: str) -> str:
    """The expression whose first group is what a key of a message holds, with its quotes."""
    return f"{_BEFORE}{key}{_VALUE}"
