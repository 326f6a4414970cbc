"""The state machines of `machines.toml`: one for each kind of object whose states are rebuilt."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import msgspec

from forensics import actions

ACCOUNT = "account"
UNKNOWN = "unknown"
ABSENT = "not yet created"
DEGRADED = "degraded"


@dataclass(frozen=True)
class Machine:
    """What the states of one kind of object are, and which acts lead from one to another.

    An object is at `rest`, or away from it for one or several causes. The fields are explained in
    `machines.toml`.
    """

    kind: str
    meaning: str
    rest: str
    away: str
    unseen: str
    identity: Literal["names", "member", "key"]
    states: Mapping[str, str]
    id: str | None = None
    aliases: tuple[str, ...] = ()
    target_types: tuple[str, ...] = ()
    restores: frozenset[str] = frozenset()
    first_or_again: frozenset[str] = frozenset()
    lifts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    born: frozenset[str] = frozenset()
    gone: str | None = None
    signs_in: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    listed: bool = True

    @property
    def verbs(self) -> list[str]:
        """Every verb that may change the state, sorted."""
        return sorted({*self.states, *self.lifts})

    def leads_to(self, verb: str) -> str:
        """The state that a successful act of that verb brings about."""
        return self.rest if verb in self.lifts else self.states[verb]

    def undoes(self, verb: str, done: str) -> bool:
        """Whether one verb undoes what another did."""
        known = actions.load()
        inverses = [known[one].inverse for one in (verb, done) if one in known]
        return done in inverses or verb in inverses

    def generic(self, verb: str) -> bool:
        """Whether a verb tells of any return, whatever the causes, perhaps of none."""
        return verb in self.restores or verb in self.first_or_again

    def implied_before(self, verb: str) -> str:
        """The state that an act bringing the object to rest shows it to have been in."""
        if verb in self.restores:
            return self.unseen
        if verb in self.first_or_again or verb in self.lifts:
            return UNKNOWN
        undone = actions.load()[verb].inverse
        return self.states.get(undone or "", UNKNOWN)


@cache
def load() -> dict[str, Machine]:
    """All machines by kind, in the order of `machines.toml`."""
    text = resources.files("forensics.timeline").joinpath("machines.toml").read_text("utf-8")
    return {kind: _machine(kind, fields) for kind, fields in tomllib.loads(text).items()}


def _machine(kind: str, fields: dict[str, Any]) -> Machine:
    own = {
        one.verb: one.state
        for one in actions.load().values()
        if one.state is not None and one.verb.startswith(f"{kind}.")
    }
    states = own | fields.pop("states", {})
    return msgspec.convert({"kind": kind, "states": states, **fields}, Machine)
