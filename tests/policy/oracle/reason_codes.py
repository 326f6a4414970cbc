"""Slow and obvious: whether the reason code of an act is allowed for the type of its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import casebook
from casebook import Casebook, Row, key
from histories import every, some


def evaluate(stories: Sequence[Casebook], params: Mapping[str, Any]) -> dict[str, bool | None]:
    """By uid of the act whether its code is allowed, and stands beside words where it must."""
    coding = casebook.habits(stories, "reason_code")
    wording = casebook.habits(stories, "reason")
    found = {}
    for story in stories:
        for act in casebook.act_rows(story):
            code = key(act.get("reason_code"))
            if not code:
                found[act["event_uid"]] = False if coding(act) else None
                continue
            worded: bool | None = True
            if code in params.get("needs_text", []) and not key(act.get("reason")):
                worded = False if act.get("reason") is not None or wording(act) else None
            found[act["event_uid"]] = every(_fits(story, act, code, params["allowed"]), worded)
    return found


def _fits(story: Casebook, act: Row, code: str, allowed: Any) -> bool | None:
    if isinstance(allowed, list):
        return code in allowed
    answers = []
    for case in casebook.links(story, act) or [""]:
        types = casebook.facts(story, act, case, "type") if case else set()
        fits = {code in allowed[one] if one in allowed else None for one in types}
        if not types:
            fits = {code in codes for codes in allowed.values()}
        answers.append(fits.pop() if len(fits) == 1 else None)
    return some(answers)
