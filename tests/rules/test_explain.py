from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sigma.rule import SigmaRule

from forensics.evidence.imagined import imagined
from forensics.rules.compile import UnsupportedRuleError
from forensics.rules.explain import Explained, Part, explain
from forensics.rules.logsource import LogSource, Scope

OKTA = LogSource("okta_system", "okta", "okta")
NATIVE = Scope("native", (OKTA,))
NORMALISED = Scope("normalised", None)


def asked(detection: str, *, scope: Scope = NATIVE, **event: object) -> Explained:
    logsource = "{product: okta, service: okta}" if scope is NATIVE else "{category: admin_action}"
    rule = SigmaRule.from_yaml(f"title: t\nlogsource: {logsource}\ndetection: {detection}\n")
    engine = imagined([{"event_uid": "e", "source": "okta_system"} | event])
    try:
        return explain(engine, rule, scope, "e")
    finally:
        engine.close()


def flat(part: Part) -> Iterator[Part]:
    yield part
    for one in part.parts:
        yield from flat(one)


def told(found: Explained) -> dict[str, tuple[bool | None, tuple[str, ...] | None]]:
    return {part.text: (part.held, part.found) for one in found.conditions for part in flat(one)}


def test_the_clause_that_failed_is_told_with_the_value_found() -> None:
    raw = json.dumps({"who": {"name": "Ada"}, "tags": ["x", "y"], "what": "start"})
    found = asked(
        "{one: {who.name|startswith: ad, tags: y}, two: {what: [stop, end], none: null},"
        " three: {what|contains: art}, condition: one and (two or not three)}",
        raw=raw,
    )
    assert not found.matched
    assert told(found) == {
        "one and (two or not three)": (False, None),
        "one": (True, None),
        "who.name|startswith: ad": (True, ("Ada",)),
        "tags: y": (True, ('["x","y"]', "x", "y")),
        "any of these": (False, None),
        "two": (False, None),
        "what: [stop, end]": (False, ("start",)),
        "none: null": (True, ()),
        "not": (False, None),
        "three": (True, None),
        "what|contains: art": (True, ("start",)),
    }


def test_selectors_lists_of_maps_keywords_and_other_fields_are_laid_open() -> None:
    found = asked(
        "{sel_a: [{a: 1}, {b: 2, c: 3}], sel_b: [needle, straw], sel_c: {a|fieldref: b},"
        " condition: 1 of sel_*}",
        raw=json.dumps({"a": 4, "b": 2, "c": 3}),
    )
    assert found.matched
    texts = told(found)
    assert texts["1 of sel_*"] == (True, None)
    assert texts["a: 1"] == (False, ("4",))
    assert texts["all of these"] == (True, None)
    assert texts["keyword [needle, straw]"] == (False, None)
    assert texts["a|fieldref: b"] == (False, ("4",))
    assert texts["b"] == (None, ("2",))


def test_alternatives_are_conditions_each() -> None:
    found = asked(
        "{a: {actor: ada}, b: {actor: bob}, condition: [a, b]}", scope=NORMALISED, actor="bob"
    )
    assert (found.matched, [one.held for one in found.conditions]) == (True, [False, True])


def test_what_cannot_be_evaluated_is_not_explained() -> None:
    with pytest.raises(UnsupportedRuleError, match="no field"):
        asked("{a: {nobody: ada}, condition: a}", scope=NORMALISED)
