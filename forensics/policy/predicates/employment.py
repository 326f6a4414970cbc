"""Whether the acting worker was in one of the given phases of employment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.statement import statement
from forensics.policy.words import PHASES, as_list, duration_fault, microseconds, word_fault

needs = ("act_people",)
uses = ("act_doubts",)

_KEYS = ("phase", "as_of", "window", "grace")
_DAY = 86_400_000_000

# A service or system account is nobody's employment. Who used an account is unknown when nobody
# could name its person, and when somebody else may have had hold of it (`act_doubts`). The window
# counts back from the last day, which begins a day before access ends.
_SQL = """
WITH readings AS (
  SELECT s.event_uid, b.belief, s.actor, s.time, s.time_earliest, s.time_latest,
    p.phases, p.person, p.recorded_at, p.access_end_earliest, p.access_end_latest,
    p.last_working_day, d.sentence AS doubt, d.evidence,
    coalesce(s.actor_type IN ('service', 'system') AND p.person IS NULL, FALSE)
      OR coalesce(p.account_kind = 'service' AND s.actor_type IS DISTINCT FROM 'user', FALSE)
      AS nobody,
    p.person IS NULL OR coalesce(p.account_kind IN ('service', 'shared'), FALSE) AS unnamed,
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
    epoch_us(time_earliest) AS act_earliest, epoch_us(time_latest) AS act_latest
  FROM readings
), judged AS (
  SELECT *,
    in_phase
    AND CASE WHEN $window IS NULL THEN TRUE
      WHEN act_earliest >= end_latest - $window THEN TRUE
      WHEN act_latest < end_earliest - $window THEN FALSE END
    AND CASE WHEN $grace = 0 THEN TRUE
      WHEN act_earliest >= end_latest + $grace THEN TRUE
      WHEN act_latest < end_earliest + $grace THEN FALSE END AS value
  FROM bounds
)
SELECT event_uid, belief, value,
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
        ELSE 'on leave' END), ' or ')
      || coalesce(' (last working day ' || CAST(last_working_day AS VARCHAR) || ')', '')
      || coalesce(', as recorded on ' || strftime(recorded_at, '%Y-%m-%d'), '')
    END || ', at ' || strftime(time, '%Y-%m-%d %H:%M:%SZ') AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN nobody OR (unnamed AND actor IS NULL) THEN ['actor of the act']
    WHEN unnamed THEN ['person behind account ' || actor]
    WHEN doubt IS NOT NULL THEN ['person who used account ' || actor]
    WHEN told AND in_phase AND access_end_earliest IS NULL THEN ['end of access of ' || person]
    WHEN told AND access_end_earliest < access_end_latest THEN ['time zone of ' || person]
    ELSE ['employment of ' || person || ' as of ' || strftime(time, '%Y-%m-%d')]
    END AS missing,
  coalesce(evidence, CAST([] AS VARCHAR[])) AS evidence
FROM judged
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `phase` (mandatory), `as_of`, `window` and `grace`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if "phase" not in params:
        faults[""] = "the parameter 'phase' is missing."
    else:
        faults["phase"] = word_fault(params["phase"], PHASES, "phase")
    if params.get("as_of", "decision") != "decision":
        faults["as_of"] = "as_of can only be decision."
    if "grace" in params:
        faults["grace"] = duration_fault(params["grace"], "grace")
    if "window" in params:
        faults["window"] = _window_fault(params["window"])
    return {key: fault for key, fault in faults.items() if fault}


def _window_fault(window: Any) -> str | None:
    if not isinstance(window, dict) or set(window) != {"before_last_day"}:
        return "window has one key, as in {before_last_day: 30d}."
    return duration_fault(window["before_last_day"], "before_last_day")


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when every phase the facts allow is one of those asked; false when none is."""
    window = params.get("window")
    return statement(
        _SQL,
        {
            "phases": [str(phase) for phase in as_list(params["phase"])],
            "window": _DAY + microseconds(window["before_last_day"]) if window else None,
            "grace": microseconds(params.get("grace", "0m")),
        },
    )
