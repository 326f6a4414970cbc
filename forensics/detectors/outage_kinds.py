"""Which object is meant by a name: the account, or where that was never out, another kind."""

from __future__ import annotations

from functools import partial

from forensics.conditions.vocabulary import one_of
from forensics.detectors.facts import Facts
from forensics.timeline import evidence as records
from forensics.timeline import machines, objects, witnesses
from forensics.timeline import outage as outages
from forensics.timeline.model import TargetHistory
from forensics.timeline.statements import Statements


def asked(
    facts: Facts, target: str, kind: str | None, *, tenant: str | None, statements: Statements
) -> tuple[TargetHistory, tuple[str, ...]]:
    """The history of the object asked for; where no kind was named, of which kinds it has outages.

    Without a kind it is the account; where that has no outage, and objects of other kinds of that
    name have some, the first of these. Raises `UsageError` on a kind that nothing knows.
    """
    history = partial(_history, facts, target, tenant, statements)
    if kind is not None:
        return history(one_of("kind", kind, machines.load()).kind), ()
    account = history(machines.ACCOUNT)
    if account.outages:
        return account, ()
    others = [history(one) for one in _kinds(facts, target, tenant)]
    found = [one for one in others if one.outages]
    if not found:
        return account, ()
    told = (f"As {one.kind} it has {_counted(one)}: --kind {one.kind}." for one in found)
    return found[0], (f"{account.target} has no outage as account.", *told)


def _history(
    facts: Facts, target: str, tenant: str | None, statements: Statements, kind: str
) -> TargetHistory:
    rebuilt = outages.rebuild(
        facts.engine, target, tenant=tenant, kind=kind, products=facts.products
    )
    return witnesses.apply(rebuilt, statements, partial(records.named, facts.engine))


def _kinds(facts: Facts, target: str, tenant: str | None) -> list[str]:
    """The other kinds that have one object of that name; not those told of only when asked."""
    return [
        kind
        for kind, machine in machines.load().items()
        if kind != machines.ACCOUNT
        and machine.listed
        and sum(one.known_as(target, tenant) for one in objects.find(facts.engine, machine)) == 1
    ]


def _counted(history: TargetHistory) -> str:
    count = len(history.outages)
    return "1 outage" if count == 1 else f"{count} outages"
