"""SQL that predicates share: acts in scope, the records around them, and who stands behind both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics import actions
from forensics.located import unknown_word
from forensics.policy.statement import Value, statement
from forensics.policy.words import as_list, duration_fault, microseconds, word_fault

USES = ("timed_events", "accounts", "act_people")
"""The relations that `around` reads beside `scoped`."""

SAME = ("session.id", "target", "case")
"""What an act and a record can have in common, beside the person."""

BY = ("anyone", "actor", "other_person")
"""Whose a record may be: anybody's, the same person's as the act, or certainly another's."""

CROWD = 64
"""Of more records that share what an act must have in common with them, only the nearest of each
kind are looked at, which decide, and are told of."""

_SAME_WORDS = {"session.id": "in the same session", "target": "on the same target"}
_SAME_WORDS["case"] = "in the same case"
_BY_WORDS = {"anyone": "", "actor": " by the same person", "other_person": " by another person"}
_KEYS = ("event", "same", "by", "within")


def around(text: str, verbs: Sequence[str], values: Mapping[str, Value]) -> exp.Query:
    """A query over `acting` (the acts in scope) and `others` (records of those verbs).

    `text` begins with a comma and goes on with CTEs; both relations have a row an event with its
    bounds in microseconds (low, high on the clock `clock`; earliest, latest in true time), the
    `account`, the `person` behind it where known, `own` (no shared account), `service` (no
    person's), `succeeded` (NULL: not known), and `who`, `stamp` to speak of it.
    """
    return statement(_text("relations_around.sql") + text, {"verbs": list(verbs), **values})


def neighbour(params: Mapping[str, Any], *, before: bool, undoing: Sequence[str] = ()) -> exp.Query:
    """Whether a record of `event` lies within `within` before, or after, each act in scope.

    What it must have in common with the act, and whose it must be, is as `neighbour_faults`
    checks. `undoing` holds for each verb of `event` the one that undoes it on the same target, or
    an empty text: what was undone before the act does not count. A row per act and belief, as
    predicates give.
    """
    same, by = as_list(params.get("same", [])), params.get("by", "anyone")
    verbs = [str(verb) for verb in as_list(params["event"])]
    values: dict[str, Value] = {
        "before": before,
        "wanted": verbs,
        "undoing": list(undoing),
        "session": "session.id" in same,
        "case_key": "case" in same,
        "target": "target" in same,
        "bare": not same,
        "by": by,
        "within": microseconds(params["within"]),
        "within_text": params["within"],
        "crowd": CROWD,
        "events": " or ".join(verbs),
        "by_words": _BY_WORDS[by],
        "same_words": "".join(f" {_SAME_WORDS[word]}" for word in SAME if word in same),
    }
    return around(_text("relations_neighbours.sql"), [*verbs, *undoing], values)


def neighbour_faults(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `event` and `within` (mandatory), `same` and `by`, by parameter."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key in ("event", "within"):
        if key not in params:
            faults[""] = f"the parameter {key!r} is missing."
    if "event" in params:
        faults["event"] = verb_fault(params["event"])
    if "within" in params:
        faults["within"] = duration_fault(params["within"], "within")
    if "by" in params:
        faults["by"] = word_fault([params["by"]], BY, "person")
    if "same" in params:
        faults["same"] = word_fault(params["same"], SAME, "thing in common")
    elif params.get("by") != "actor":
        faults["same"] = f"same must name one of {', '.join(SAME)}, unless by is actor."
    return {key: fault for key, fault in faults.items() if fault}


def verb_fault(value: Any) -> str | None:
    """What is wrong with a verb, or a non-empty list of verbs, of normalised actions."""
    return word_fault(value, actions.load(), "action")


def _text(name: str) -> str:
    return resources.files("forensics.policy").joinpath(name).read_text(encoding="utf-8")
