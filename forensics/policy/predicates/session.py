"""Whether the session of the act was short enough, and from one place throughout."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration_fault, microseconds, word_fault

needs = ("events",)
uses = ("timed_events",)

MEANING = (
    "The session of the act, from the first to the last record of its id in the source of the act,"
    " lasted no longer than `max_duration`, and all its records say the same of what `same` names."
    " A session without a record of its end is over when the records of the source reach beyond"
    " `max_duration` without it."
)
PARAMS = {
    "max_duration": "how long a session may last, as in 2h",
    "same": "what may not change within it: src_ip, src_country, src_asn, device_id, user_agent",
}
EXAMPLE = """\
require:
  - session: {max_duration: 2h, same: [src_ip]}
"""
MISSES = (
    "Sources that reuse the id of a session make one long session of several.",
    "The records of the same session in other sources.",
    "Judged is the whole session, also what happened in it after the act.",
)

_SAME = ("src_ip", "src_country", "src_asn", "device_id", "user_agent")
_KEYS = ("max_duration", "same")


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `max_duration` and `same`, of which one at least is needed."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if not set(_KEYS) & set(params):
        faults[""] = f"one of the parameters {' and '.join(_KEYS)} is needed."
    if "max_duration" in params:
        faults["max_duration"] = duration_fault(params["max_duration"], "max_duration")
    if "same" in params:
        faults["same"] = word_fault(params["same"], _SAME, "field")
    return {key: fault for key, fault in faults.items() if fault}


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the session certainly kept all limits; false when it certainly broke one."""
    text = resources.files("forensics.policy").joinpath("predicates/session.sql")
    longest = params.get("max_duration")
    return statement(
        text.read_text(encoding="utf-8"),
        {
            "most": microseconds(longest) if longest else None,
            "most_text": longest,
            "same": [str(field) for field in as_list(params.get("same", []))],
        },
    )
