"""Which records are of one account: all its names, within one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from forensics import actions
from forensics.engine import Engine
from forensics.errors import UsageError

# One name in two tenants is two accounts; a record that names no tenant may be of any.
OF_ACCOUNT = """($tenant::VARCHAR IS NULL OR tenant IS NULL OR lower(tenant) = lower($tenant))
AND (list_contains($names, lower(target)) OR list_contains($names, lower(target_id))
     OR list_has_any(list_transform(targets, lambda t: lower(t)), $names))"""
"""The condition that a record is of an account; takes `Account.parameters`."""

_TENANTS = """
SELECT DISTINCT tenant FROM events
WHERE tenant IS NOT NULL AND (list_contains($verbs, action) OR asserted_state IS NOT NULL)
  AND (list_contains($names, lower(target)) OR list_contains($names, lower(target_id))
       OR list_has_any(list_transform(targets, lambda t: lower(t)), $names))
ORDER BY tenant
"""
# Names that one record gives to one account. Display names are left out: two people may share one.
_CO_OCCURRING = """
SELECT DISTINCT alias FROM (
    SELECT unnest([target, target_id]) AS alias
    FROM events
    WHERE (target_type = 'account' OR action LIKE 'account.%' OR asserted_state IS NOT NULL)
      AND (list_contains($names, lower(target)) OR list_contains($names, lower(target_id)))
      AND ($tenant::VARCHAR IS NULL OR tenant IS NULL OR lower(tenant) = lower($tenant))
) AS named
WHERE alias IS NOT NULL
ORDER BY alias
"""


@dataclass(frozen=True)
class Account:
    """One account: `target` as the records spell it, its other names, and its tenant if any does.

    `names` are all of them in lower case, with the name that was asked for.
    """

    target: str
    aliases: tuple[str, ...]
    names: tuple[str, ...]
    tenant: str | None

    @property
    def parameters(self) -> dict[str, Any]:
        """What `OF_ACCOUNT` takes."""
        return {"names": list(self.names), "tenant": self.tenant}


def identify(engine: Engine, target: str, tenant: str | None = None) -> Account:
    """The account of that handle, id or e-mail, in any case, in `tenant` if one is given.

    Raises UsageError where the records act on accounts of that name in several tenants and none is
    chosen, or only in others than the one chosen.
    """
    chosen = _tenant(engine, target, tenant.strip() if tenant else None)
    aliases = _aliases(engine, target, chosen)
    typed = target.strip()
    shown = next((alias for alias in aliases if alias.lower() == typed.lower()), typed)
    names = tuple(sorted({typed.lower(), *(alias.lower() for alias in aliases)}))
    return Account(shown, aliases, names, chosen)


def verbs() -> list[str]:
    """The verbs that put an account into a state, sorted."""
    return sorted(action.verb for action in actions.load().values() if action.state is not None)


def _tenant(engine: Engine, target: str, wanted: str | None) -> str | None:
    typed = target.strip().lower()
    # A name that only records without a tenant bear has the tenants of its other names.
    bearing = _tenants(engine, [typed]) or _tenants(
        engine, [typed, *(alias.lower() for alias in _aliases(engine, target, None))]
    )
    listed = ", ".join(bearing)
    if wanted is None:
        if len(bearing) > 1:
            raise UsageError(
                f"{target!r} names accounts of {len(bearing)} tenants: {listed}.",
                remedy="Choose one with --tenant NAME.",
            )
        return bearing[0] if bearing else None
    if bearing and wanted.lower() not in {one.lower() for one in bearing}:
        raise UsageError(
            f"No record changes or observes the state of {target!r} in the tenant {wanted!r}.",
            remedy=f"It is recorded in: {listed}.",
        )
    return wanted


def _tenants(engine: Engine, names: Sequence[str]) -> list[str]:
    """Tenants in which records change or observe the state of an account so named."""
    rows = engine.rows(_TENANTS, {"names": list(names), "verbs": verbs()})
    by_name = {row["tenant"].lower(): row["tenant"] for row in rows}
    return sorted(by_name.values())


def _aliases(engine: Engine, target: str, tenant: str | None) -> tuple[str, ...]:
    found: tuple[str, ...] = ()
    names = [target.strip().lower()]
    while True:
        rows = engine.rows(_CO_OCCURRING, {"names": names, "tenant": tenant})
        wider = tuple(row["alias"] for row in rows)
        if len(wider) <= len(found):
            return found
        found = wider
        names = sorted({alias.lower() for alias in found})
