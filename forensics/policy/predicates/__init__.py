"""Predicates a policy may require or forbid; a file in this package is a predicate of its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, cast

from sqlglot import exp


class Predicate(Protocol):
    """A question about one act that yes, no or unknown answers.

    `needs` are the relations without which nothing can be said; `uses` are those that only help.
    """

    needs: tuple[str, ...]
    uses: tuple[str, ...]

    def validate(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Faults by parameter; the empty key stands for the predicate as a whole."""
        ...

    def sql(self, params: Mapping[str, Any]) -> exp.Query:
        """One SELECT over the relation `scoped` (acts in scope) and `all_acts`.

        A row per act and belief: event_uid, belief (at_act, now), value BOOLEAN (NULL = unknown),
        sentence VARCHAR, missing VARCHAR[] (facts that would decide), evidence VARCHAR[].
        """
        ...


@cache
def load() -> dict[str, Predicate]:
    """All predicates by name, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: cast(Predicate, importlib.import_module(f"{__name__}.{name}")) for name in names}
