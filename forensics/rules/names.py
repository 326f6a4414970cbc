"""What rules call a field or a service where the record has it under another name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

_PROPERTIES = "properties."


@dataclass(frozen=True)
class Names:
    """Other services that the records of a source are of, and other names of its fields."""

    services: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    capitals: bool = False
    lists: tuple[str, ...] = ()

    def elsewhere(self, path: str) -> list[str]:
        """Where the value of a path may stand beside the path itself.

        A path of the record, `@` and an event column, `=` and the value itself, or `#`, the path of
        a list of names with values, `:` and the name.
        """
        found = list(self.names.get(path, ()))
        for one in self.lists:
            bare = path.removeprefix(f"{one.replace('[]', '')}.")
            if "." not in bare:
                found.append(f"#{one}:{bare}")
        if self.lists and "." not in path:
            found += [path.lower(), path.upper()]
        if self.capitals:
            bare = path.removeprefix(_PROPERTIES)
            keys = bare.split(".")
            found.append(bare)
            found.append(".".join(key[:1].lower() + key[1:] for key in keys))
            found.append(".".join(key[:1].upper() + key[1:] for key in keys))
        return [one for one in dict.fromkeys(found) if one != path]


@cache
def published() -> Mapping[str, Names]:
    """By source, what published rules call its services and fields."""
    text = resources.files("forensics.rules").joinpath("names.toml").read_text(encoding="utf-8")
    found: dict[str, Names] = {}
    for group in tomllib.loads(text)["group"]:
        names = {one: tuple(paths) for one, paths in group.get("names", {}).items()}
        told = Names(
            tuple(group.get("services", ())),
            names,
            group.get("capitals", False),
            tuple(group.get("lists", ())),
        )
        found |= dict.fromkeys(group["sources"], told)
    return found


NONE = Names()


def of_source(name: str) -> Names:
    """The names for a source; none for one that rules speak of in its own words."""
    return published().get(name, NONE)
