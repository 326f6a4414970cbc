"""The vocabulary of normalised actions: verb, flags, and what each does to an account's state."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

OTHER = "other"


@dataclass(frozen=True)
class Action:
    """One normalised verb.

    `destructive`: takes something away from its target. `privileged`: needs more than an
    ordinary user's rights. `inverse`: the verb that undoes it, if one does. `state`: the state
    an account is in once the act succeeded; None when the act leaves it as it was.
    """

    verb: str
    meaning: str
    destructive: bool = False
    privileged: bool = False
    reversible: bool = True
    inverse: str | None = None
    state: str | None = None


@cache
def load() -> dict[str, Action]:
    """All actions by verb, in the order of `actions.toml`."""
    text = resources.files("forensics").joinpath("actions.toml").read_text(encoding="utf-8")
    return {verb: Action(verb=verb, **fields) for verb, fields in tomllib.loads(text).items()}


def destructive() -> tuple[str, ...]:
    """Verbs that take something away from their target, sorted."""
    return tuple(sorted(a.verb for a in load().values() if a.destructive))


def privileged() -> tuple[str, ...]:
    """Verbs that need more than an ordinary user's rights, sorted."""
    return tuple(sorted(a.verb for a in load().values() if a.privileged))
