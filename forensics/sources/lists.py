"""Lists of objects in a record, taken apart once for all that a mapping asks of them."""

from __future__ import annotations

import json
import re

from forensics.engine.duckdb import text_literal

# What a member of a list of objects is called when it is a key, and no path.
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*\Z")


class Lists:
    """JSON lists of objects that pick() and each() look into: each is taken apart once a record.

    To ask a JSON list again and again parses it as often; as a list of structs of the few members
    that are asked for it is parsed once.
    """

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}

    def column(self, given: str, names: list[str]) -> str | None:
        """The column for a list, with these members; None when one cannot be a struct's field."""
        members = self._members.get(given, [])
        wanted = [*members, *(name for name in dict.fromkeys(names) if name not in members)]
        # A struct's fields differ in more than case, and are keys, not paths.
        if len({name.lower() for name in wanted}) < len(wanted) or not all(map(_KEY.match, names)):
            return None
        self._members[given] = wanted
        return f"l{list(self._members).index(given)}"

    def columns(self) -> list[str]:
        """SQL of all columns, over those that hold the JSON."""
        return [
            f"json_transform({given}, {_shape(names)}) AS l{number}"
            for number, (given, names) in enumerate(self._members.items())
        ]


def _shape(names: list[str]) -> str:
    """A list of structs of these members, as text each."""
    return text_literal(json.dumps([dict.fromkeys(names, "VARCHAR")]))
