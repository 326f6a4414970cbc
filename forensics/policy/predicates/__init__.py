"""Predicates a policy may require or forbid; a file in this package is a predicate of its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Protocol, cast

from sqlglot import exp

Enforced = Literal["stops", "asks", "costs", "waits", "afterwards"]
"""What a control does to an act that lacks what is demanded of it."""

Learns = Literal["nothing", "of_actor", "of_all"]
"""Whose facts, where they become known after the act, can change an answer."""

BELIEFS = ("at_act", "now")
"""What was known at the act, and what is known now."""

_BELIEVED = {"act_people", "managers"}


class Predicate(Protocol):
    """A question about one act that yes, no or unknown answers.

    `needs` are the relations without which nothing can be said; `uses` are those that only help.
    A module whose answer for one act depends on which other acts are in scope (a rate) says so by
    `per_scope = True`; otherwise one answer serves all policies that ask the same.

    A relation may be there and say nothing. A module whose answers need others than `needs` to say
    something has a function `grounds(params)` that names them; without them most acts are unknown.

    Both beliefs are asked as `(VALUES ('at_act'), ('now')) AS b(belief)`, and only the first of
    them where the second cannot differ: where the query reads nothing that has a belief, or where
    a function `learns(params)` says so; `of_actor` is what reads of `act_people` only the act in
    scope. A module whose query begins with much that few of its parameters change names CTEs of it
    as `begins_with`: they tell of no belief, and the last has the `act_no` of the act. Each is kept
    by itself, so that the engine knows how large it is before it plans what follows.

    Whether a control stops an act that lacks what is demanded is said by `enforced`: it `asks`
    another person first, `costs` the actor the time to supply it, `waits` as long as the parameter
    `at_least` says, or is known only `afterwards`. A module that does not say so `stops` the act.
    """

    needs: tuple[str, ...]
    uses: tuple[str, ...]

    def validate(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Faults by parameter; the empty key stands for the predicate as a whole."""
        ...

    def sql(self, params: Mapping[str, Any]) -> exp.Query:
        """One SELECT over the relation `scoped` (acts in scope) and `all_acts`.

        `scoped` has `act_no`, the columns of `narrowing.COLUMNS`, `tiers`, and `in_scope` (TRUE, or
        NULL where that is not known). `scope.condition` reads it, so that a predicate may narrow
        it. A row per act and belief: event_uid, belief (at_act, now), value BOOLEAN (NULL =
        unknown), sentence VARCHAR, missing VARCHAR[] (facts that would decide), evidence VARCHAR[];
        and, if it likes, `act_no`, which spares finding the act again by its uid.
        """
        ...


def per_scope(name: str) -> bool:
    """Whether the answer for one act depends on which other acts are in scope."""
    return bool(getattr(load()[name], "per_scope", False))


def grounds(name: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The relations that must say something, or most acts are unknown to this predicate."""
    module = load()[name]
    named: Callable[[Mapping[str, Any]], tuple[str, ...]] | None = getattr(module, "grounds", None)
    return named(params) if named else module.needs


def learns(name: str, params: Mapping[str, Any]) -> Learns:
    """Whose facts can make the answers under the two beliefs differ."""
    module = load()[name]
    if not _BELIEVED & {*module.needs, *module.uses}:
        return "nothing"
    told: Callable[[Mapping[str, Any]], Learns] | None = getattr(module, "learns", None)
    return told(params) if told and not per_scope(name) else "of_all"


def begins_with(name: str) -> tuple[str, ...]:
    """The CTEs of the predicate's query that are kept for all whose queries begin alike."""
    return cast("tuple[str, ...]", getattr(load()[name], "begins_with", ()))


def enforced(name: str) -> Enforced:
    """What a control does to an act that lacks what this predicate demands."""
    return cast(Enforced, getattr(load()[name], "enforced", "stops"))


@cache
def load() -> dict[str, Predicate]:
    """All predicates by name, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(Predicate, importlib.import_module(f"{__name__}.{name}")) for name in names}
