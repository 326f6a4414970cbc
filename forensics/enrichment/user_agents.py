"""Which family of client software a user agent names, by the marks of `user_agents.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

TABLE = "user_agents.toml"


@dataclass(frozen=True)
class Family:
    """One family of clients, and its kind: browser, app, cli, sdk, automation or service."""

    name: str
    kind: str


@cache
def _table() -> tuple[list[Family], dict[str, int], re.Pattern[str]]:
    """The families in their order, the place of the family of each mark, and what finds marks."""
    told = tomllib.loads(table_bytes().decode("utf-8"))["family"]
    places: dict[str, int] = {}
    for place, one in enumerate(told):
        for mark in one["marks"]:
            places.setdefault(mark, place)
    # A lookahead, so that marks that overlap are all found; of those at one place the longest.
    marks = "|".join(re.escape(one) for one in sorted(places, key=len, reverse=True))
    found = re.compile(f"(?<![a-z0-9])(?=({marks}))")
    return [Family(one["name"], one["kind"]) for one in told], places, found


def table_bytes() -> bytes:
    """The table of families as it stands."""
    return resources.files("forensics.enrichment").joinpath(TABLE).read_bytes()


def family(user_agent: str) -> Family | None:
    """The family of a client, as it calls itself; None when it is of none that is known."""
    families, places, marks = _table()
    found = [places[mark] for mark in marks.findall(user_agent.lower())]
    return families[min(found)] if found else None
