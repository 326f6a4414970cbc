"""Whether the act was covered by something its account or person held at that time."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics import actions
from forensics.located import unknown_word
from forensics.policy.predicates import Learns
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration_fault, microseconds

needs = ("entitlements",)
uses = ("timed_events", "act_people", "accounts")

MEANING = (
    "At the act its account, or the person behind it, held a role that permits the act, or the"
    " permission itself: by a list of entitlements, or by records of giving and taking roles,"
    " access and membership. What ends is no longer held from that instant on; what begins where"
    " another ends extends it. Where a list is given, what it does not name is not held; where"
    " there are only records, what was held before they begin is unknown. With `unused_for` the"
    " value is true where it had been held, and not been used, for so long before the act."
)
PARAMS = {
    "granted": "only true: something held covers the act",
    "at": "only execute: it is held when the act is executed",
    "roles": "by role, or group, which actions it permits, as in {ts_lead: [account.*]}; without it"
    " only entitlements to the action itself count (account.deactivate, account.* or *)",
    "unused_for": "no act that the same roles permit, by any account of the same person, within so"
    " long before",
}
EXAMPLE = """\
require:
  - entitlement: {granted: true, at: execute, roles: {ts_agent: [case.*], ts_lead: [account.*]}}
"""
MISSES = (
    "A role that comes through a group whose members no record names.",
    "The end of a time-bound grant that nobody recorded as taken away.",
    "What is permitted within the map of the policy and not by the system, or the reverse.",
    "When the list of entitlements was written: it is taken as known at any time.",
)

_FIXED = {"granted": True, "at": "execute"}
_KEYS = (*_FIXED, "roles", "unused_for")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `granted`, `at`, `roles` and `unused_for`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {str(only).lower()}."
    if "roles" in params:
        faults["roles"] = _roles_fault(params["roles"])
    if "unused_for" in params:
        faults["unused_for"] = duration_fault(params["unused_for"], "unused_for")
    return {key: fault for key, fault in faults.items() if fault}


def _roles_fault(roles: Any) -> str | None:
    if not isinstance(roles, dict) or not roles:
        return "roles must say by role which actions it permits, as {ts_lead: [account.*]}."
    for role, patterns in roles.items():
        if not isinstance(role, str) or not role.strip():
            return f"a role must be a text, not {role!r}."
        if not as_list(patterns):
            return f"{role} permits no action; name one, or leave the role out."
        for pattern in as_list(patterns):
            if not isinstance(pattern, str) or not _matching(pattern):
                return unknown_word("action", str(pattern), actions.load())
    return None


def _matching(pattern: str) -> list[str]:
    return [verb for verb in actions.load() if fnmatch.fnmatchcase(verb, pattern.lower())]


def grounds(_: Mapping[str, Any]) -> tuple[str, ...]:
    """A list: what is not held records alone never tell."""
    return ("listed_entitlements",)


def learns(_: Mapping[str, Any]) -> Learns:
    """What was recorded of the worker."""
    return "of_actor"


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when something held certainly covers the act; false when certainly nothing does."""
    permitted = [
        (role.strip().lower(), verb)
        for role, patterns in params.get("roles", {}).items()
        for verb in sorted({verb for one in as_list(patterns) for verb in _matching(one)})
    ]
    own = [
        (held, verb)
        for verb in actions.load()
        for held in (verb, f"{verb.partition('.')[0]}.*", "*")
    ]
    asked = "unused_for" in params
    text = resources.files("forensics.policy").joinpath("predicates/entitlement.sql")
    return statement(
        text.read_text(encoding="utf-8"),
        {
            "held": [held for held, _ in (*permitted, *own)],
            "verbs": [verb for _, verb in (*permitted, *own)],
            "roles": len(permitted),
            "mapped": "roles" in params,
            "dormant": asked,
            "window": microseconds(params["unused_for"]) if asked else 0,
            "window_text": params.get("unused_for", ""),
        },
    )
