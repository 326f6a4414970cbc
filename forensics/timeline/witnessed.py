"""The outages of a whole case with what witnesses say of some objects of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from forensics.engine import Engine
from forensics.timeline import evidence, grading, outage, witnesses
from forensics.timeline.inventory import Inventory, Listed
from forensics.timeline.model import TargetHistory
from forensics.timeline.statements import Statements


def witnessed(
    engine: Engine,
    taken: Inventory,
    statements: Statements,
    *,
    kinds: Sequence[str],
    products: Mapping[str, str | None],
    tenant: str | None = None,
) -> Inventory:
    """The outages of those kinds as `witnesses.apply` leaves each object that a statement names.

    Raises UsageError as that does, and where a name is borne in several tenants and none is chosen.
    """
    if not statements:
        return taken
    listed = list(taken.listed)
    left = [one for one in statements.all if one.kind in kinds]
    while left:
        first = left[0]
        history = outage.rebuild(
            engine, first.target, tenant=tenant, kind=first.kind, products=products
        )
        names = {name.lower() for name in (first.target, history.target, *history.aliases)}
        said = [one for one in left if one.kind == first.kind and one.target.lower() in names]
        left = [one for one in left if one not in said]
        told = witnesses.apply(
            history, Statements(tuple(said), ()), partial(evidence.named, engine)
        )
        own = [one for one in listed if one.kind == first.kind and one.target.lower() in names]
        listed = [one for one in listed if one not in own] + list(_listed(told, own))
    return replace(taken, listed=tuple(listed), limits=(*taken.limits, *_limits(statements, kinds)))


def _listed(told: TargetHistory, own: Sequence[Listed]) -> Iterator[Listed]:
    """The outages of one object, those that only statements tell of among them."""
    known = {one.outage.number: one for one in own}
    for one in told.outages:
        blank = Listed(told.kind, told.target, None, one, None, None, 0, "E")
        was = known.get(one.number, blank)
        grade = was.grade
        if one.testimony is not None:
            grade = grading.weakest((one.start_basis, one.end_basis))
        yield replace(was, outage=one, grade=grade)


def _limits(statements: Statements, kinds: Sequence[str]) -> Iterator[str]:
    other = [one for one in statements.all if one.kind not in kinds]
    if other:
        named = ", ".join(sorted({one.kind for one in other}))
        yield (
            f"{len(other)} of {len(statements.all)} statements are about objects of kinds that are "
            f"not listed ({named}), and are not weighed."
        )
    yield from witnesses.read_from(statements)
