"""The relations that questions of policy and people stand on, derived in their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics import actions, people, policy
from forensics.baselines import session_novelty
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.people import PeopleLoad
from forensics.policy import Policy, PolicyLoad, grounds, scope
from forensics.policy.choosing import chosen
from forensics.sources.context import ContextFile
from forensics.timeline import clocks
from forensics.timeline.clock_model import Clocks
from forensics.timeline.told import Told

# Blanks around a name are the recorder's, and no list has them.
_ACTS = """
SELECT event_uid, time, time_precision, time_earliest, time_latest, source, actor, actor_type,
  action, operation, outcome, nullif(trim(target, $blanks), '') AS target,
  nullif(trim(target_id, $blanks), '') AS target_id, case_id, reason_code, session_id, device_id,
  src_ip, tool, list_transform(targets, lambda one: trim(one, $blanks)) AS targets, tenant,
  approval_for, approval_by, approval_requested_by, on_behalf_of,
  ordinal
FROM timed_events
WHERE list_contains($verbs, action) AND time IS NOT NULL
"""

_BLANKS = " \t\r\n\u00a0"


@dataclass(frozen=True)
class Prepared:
    """What is known of clocks, and what was read of people and policies."""

    clocks: Clocks
    people: PeopleLoad
    policies: PolicyLoad


def prepare(
    engine: Engine,
    context: Sequence[ContextFile],
    *,
    tolerances: Mapping[str, float],
    default_zone: str | None = None,
    told: Iterable[Told] = (),
    case_paths: Mapping[str, Mapping[str, str]] | None = None,
    asking: Sequence[Policy] = (),
) -> Prepared:
    """Derive from `events` and the context files all that `Facts` names.

    The policies are those of the case, and those `asking`.
    """
    dated = clocks.register(engine, tolerances, told)
    known = people.register(engine, context, default_zone=default_zone)
    loaded = policy.register(engine, context, case_paths=case_paths)
    judge(engine, (*loaded.policies, *asking))
    return Prepared(dated, known, loaded)


def judge(engine: Engine, policies: Iterable[Policy]) -> None:
    """Derive `acts`, who stands behind each, and where that is in doubt.

    Acts are records of verbs that are destructive or privileged, set a state or approve, and of
    those that a scope of the policies names.
    """
    verbs = {
        one.verb
        for one in actions.load().values()
        if one.destructive or one.privileged or one.state or one.verb.startswith("approval.")
    }
    verbs.update(verb for one in policies for verb in scope.actions_named(one.scope))
    engine.keep("acts", _ACTS, {"verbs": sorted(verbs), "blanks": _BLANKS})
    people.judge(engine)
    session_novelty.register(engine)


def asked(
    engine: Engine,
    loaded: Sequence[Policy],
    named: Iterable[str | Path],
    faults: Sequence[str] = (),
) -> tuple[Policy, ...]:
    """The policies of those ids or files, or all of the case, with the acts that they judge.

    Raises as `policy.choosing.chosen` does; an id that is none may be that of one of the `faults`.
    """
    try:
        policies = chosen(loaded, named)
    except UsageError as error:
        if not faults:
            raise
        also = f"It may be in a file of the case that cannot be read: {' '.join(faults)}"
        raise UsageError(error.message, remedy=f"{error.remedy or ''} {also}".strip()) from error
    if any(one not in loaded for one in policies):
        judge(engine, (*loaded, *policies))
    return policies


def lacking(engine: Engine, policies: Iterable[Policy]) -> dict[str, str]:
    """By id the policies that leave most acts unknown in a case, and what it lacks for them."""
    return {name: one.said for name, one in grounds.lacking(engine, policies).items()}
