"""Whether the acting worker was in one of the given phases of employment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.predicates import Learns
from forensics.policy.statement import statement
from forensics.policy.words import PHASES, as_list, duration_fault, microseconds, word_fault

needs = ("act_people",)
uses = ("act_doubts",)

MEANING = (
    "The person behind the account of the act was, at the act, in one of the phases of employment"
    " named, as far as all facts allow: with a date in no known zone the act may fall into several"
    " phases, and the value is unknown unless all of them, or none, are asked. It is answered"
    " twice, as was known at the act and as is known now. A service is nobody's employment."
)
PARAMS = {
    "phase": "any of employed, notice, last_day, ended, leave, garden_leave (within it)",
    "as_of": "only decision: when the act was executed, not when it took effect",
    "cutoff": "only access_end_at: work ends when access does, else with the last working day",
    "grace": "how long after the end of access an act is still let pass (0m)",
    "window": "{before_last_day: 30d} or {before_access_end: 1h}: the act lies no longer before it",
}
EXAMPLE = """forbid:
  - employment: {phase: [notice, last_day], as_of: decision, window: {before_last_day: 30d}}
"""
MISSES = (
    "Who used an account: what is judged is the person it belongs to.",
    "Departures that no roster tells of, or tells of late.",
    "Everyone leaves once: the phase says when to look, and nothing of the act.",
)

_FIXED = {"as_of": "decision", "cutoff": "access_end_at"}
_KEYS = tuple(PARAMS)
_BEFORE = {
    "before_last_day": "before the last working day",
    "before_access_end": "before the end of access",
}
_DAY = 86_400_000_000

# A service or system account is nobody's employment. Where only the list calls it a service, and
# names somebody for it, that person may have used it. Who used an account is unknown when nobody
# could name its person, and when somebody else may have had hold of it (`act_doubts`). The window
# counts back from the last day, which begins a day before access ends.
_SQL = """
WITH readings AS (
  SELECT s.act_no, s.event_uid, b.belief, s.actor, s.time, s.time_earliest, s.time_latest,
    -- Garden leave is told apart only where leave as a whole is not asked.
    list_transform(p.phases, lambda one: CASE WHEN one = 'leave' AND p.status = 'garden_leave'
      AND NOT list_contains($phases, 'leave') THEN 'garden_leave' ELSE one END) AS phases,
    p.person, p.recorded_at, p.access_end_earliest, p.access_end_latest,
    p.last_working_day, array_to_string(list_transform(p.ends, lambda one:
      CASE WHEN p.last_working_day IS NULL AND one.last_working_day IS NOT NULL
          THEN CAST(one.last_working_day AS VARCHAR)
        ELSE coalesce('access until ' || strftime(one.access_end_latest, '%Y-%m-%d %H:%M:%SZ'),
          'no end') END
        || ' in ' || one.source || ':' || one.source_row), ' and ') AS disputed_by,
    d.sentence AS doubt, d.evidence,
    coalesce(s.actor_type IN ('service', 'system') AND p.person IS NULL, FALSE)
      OR coalesce(p.account_kind = 'service'
        AND (p.person IS NULL OR s.actor_type IN ('service', 'system')), FALSE)
      AS nobody,
    p.person IS NULL
      OR coalesce(p.account_kind IN ('service', 'shared', 'break_glass'), FALSE) AS unnamed,
    coalesce(len(p.phases), 0) > 0 AND NOT list_contains(p.phases, 'unknown') AS told
  FROM scoped AS s CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
  LEFT JOIN act_people AS p ON p.event_uid = s.event_uid AND p.belief = b.belief
  LEFT JOIN act_doubts AS d ON d.event_uid = s.event_uid
), bounds AS (
  SELECT *,
    CASE WHEN nobody THEN FALSE WHEN unnamed OR NOT told OR doubt IS NOT NULL THEN NULL
      WHEN NOT list_has_any(phases, $phases) THEN FALSE
      WHEN list_has_all($phases, phases) THEN TRUE END AS in_phase,
    epoch_us(access_end_earliest) AS end_earliest, epoch_us(access_end_latest) AS end_latest,
    epoch_us(time_earliest) AS act_earliest,
    greatest(epoch_us(time_latest), epoch_us(time_earliest) + 1) AS act_latest
  FROM readings
), judged AS (
  -- Of whoever else used the account neither phase nor end is known.
  SELECT *,
    CASE WHEN unnamed OR doubt IS NOT NULL THEN in_phase ELSE in_phase
      AND CASE WHEN $window IS NULL THEN TRUE
        WHEN act_earliest >= end_latest - $window THEN TRUE
        WHEN act_latest <= end_earliest - $window THEN FALSE END
      AND CASE WHEN $grace = 0 THEN TRUE
        WHEN act_earliest >= end_latest + $grace THEN TRUE
        WHEN act_latest <= end_earliest + $grace THEN FALSE END END AS value
  FROM bounds
)
SELECT act_no, event_uid, belief, value,
  CASE WHEN nobody THEN coalesce(actor, 'the actor') || ' is a service account, of no employee'
    WHEN person IS NULL
      THEN 'whose account ' || coalesce(actor, '(not recorded)') || ' is, is not known'
    WHEN unnamed THEN 'who used the shared account ' || coalesce(actor, '') || ' is not known'
    WHEN doubt IS NOT NULL
      THEN 'who used the account ' || coalesce(actor, '') || ' is not established: ' || doubt
    WHEN NOT told THEN 'the employment of ' || person || ' is not known'
    ELSE person || ' was ' || array_to_string(list_transform(phases, lambda phase: CASE phase
        WHEN 'employed' THEN 'in ordinary employment' WHEN 'notice' THEN 'in notice'
        WHEN 'last_day' THEN 'on the last working day' WHEN 'ended' THEN 'past the end of access'
        WHEN 'garden_leave' THEN 'on garden leave, with access to be off'
        ELSE 'on leave' END), ' or ')
      || coalesce(' (last working day ' || CAST(last_working_day AS VARCHAR) || ')', '')
      || coalesce(', the rosters differing on the end (' || disputed_by || ')',
        ', as recorded on ' || strftime(recorded_at, '%Y-%m-%d'), '')
    END || ', at ' || strftime(time, '%Y-%m-%d %H:%M:%SZ')
    || CASE WHEN value IS NOT FALSE OR NOT in_phase THEN ''
      WHEN act_latest <= end_earliest - $window THEN ', more than ' || $window_text
      ELSE ', within ' || $grace_text || ' after the end of access' END AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN nobody OR (unnamed AND actor IS NULL) THEN ['actor of the act']
    WHEN unnamed THEN ['person behind account ' || actor]
    WHEN doubt IS NOT NULL THEN ['person who used account ' || actor]
    WHEN told AND in_phase AND access_end_earliest IS NULL THEN ['end of access of ' || person]
    WHEN told AND disputed_by IS NOT NULL
      THEN ['the end of access of ' || person || ', on which rosters differ']
    WHEN told AND access_end_earliest IS NOT NULL AND access_end_earliest = access_end_latest
      THEN ['exact time of the act']
    WHEN told AND access_end_earliest < access_end_latest THEN ['time zone of ' || person]
    ELSE ['employment of ' || person || ' as of ' || strftime(time, '%Y-%m-%d')]
    END AS missing,
  coalesce(evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `phase` (mandatory) and of the other parameters."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if "phase" not in params:
        faults[""] = "the parameter 'phase' is missing."
    else:
        faults["phase"] = word_fault(params["phase"], PHASES, "phase")
    for key, only in _FIXED.items():
        if params.get(key, only) != only:
            faults[key] = f"{key} can only be {only}."
    if "grace" in params:
        faults["grace"] = duration_fault(params["grace"], "grace")
    if "window" in params:
        faults["window"] = _window_fault(params["window"])
    return {key: fault for key, fault in faults.items() if fault}


def _window_fault(window: Any) -> str | None:
    if not isinstance(window, dict) or len(window) != 1:
        return "window has one key, as in {before_last_day: 30d}."
    ((key, length),) = window.items()
    return word_fault([key], _BEFORE, "window") or duration_fault(length, key)


def learns(_: Mapping[str, Any]) -> Learns:
    """What was recorded of the worker."""
    return "of_actor"


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when every phase the facts allow is one of those asked; false when none is."""
    window: int | None = None
    text: str | None = None
    for key, length in params.get("window", {}).items():
        # The last day begins a day before access ends.
        window = microseconds(length) + (_DAY if key == "before_last_day" else 0)
        text = f"{length} {_BEFORE[key]}"
    return statement(
        _SQL,
        {
            "phases": [str(phase) for phase in as_list(params["phase"])],
            "window": window,
            "window_text": text,
            "grace_text": params.get("grace"),
            "grace": microseconds(params.get("grace", "0m")),
        },
    )
