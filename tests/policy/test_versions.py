"""Which version of a policy judges an act, and what that of today would say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from forensics.policy import narrowing

RULE = """
id: X
title: leavers
level: medium
scope: {action_class: destructive}
forbid: [{employment: {phase: [notice]}}]
on_unknown: report
"""
NOTE = "would violate today's policy (version "


def version(since: str | None = None, until: str | None = None, level: str = "medium") -> str:
    ends = [f"{key}: {one}" for key, one in (("from", since), ("to", until)) if one]
    dated = f"effective: {{{', '.join(ends)}}}\n" if ends else ""
    return RULE.replace("medium", level) + dated


def told(world: Any, *versions: str) -> list[tuple[str, str]]:
    return [(v.value, v.sentences[0]) for v in world.judge(*versions).verdicts]


def test_an_act_before_the_first_version_is_only_noted(world: Any) -> None:
    world.act(-1, phases=["notice"])
    found = world.judge(version("2017-11-02T12:00:00Z"))
    (note,) = found.verdicts
    assert (note.value, note.as_known, note.level) == ("not_applicable", "now", "informational")
    assert note.sentences[0].startswith(NOTE)
    assert (found.compliant, found.unknown) == ({"X": 0}, {"X": 0})


def test_an_act_between_two_versions_is_only_noted(world: Any) -> None:
    world.act(phases=["notice"])
    old, new = version(until="2017-10-01"), version("2018-01-01")
    ((value, sentence),) = told(world, old, new)
    assert (value, sentence.startswith(NOTE)) == ("not_applicable", True)


def test_an_act_that_an_earlier_version_did_not_cover_is_noted(world: Any) -> None:
    world.act(phases=["notice"])
    old = version().replace("action_class: destructive", "action: role.grant")
    ((value, sentence),) = told(world, old, version("2018-01-01"))
    assert (value, sentence.startswith(NOTE)) == ("not_applicable", True)


def test_what_the_version_in_force_forbids_is_not_told_twice(world: Any) -> None:
    world.act(phases=["notice"])
    assert [value for value, _ in told(world, version(), version("2018-01-01"))] == ["violation"]


@pytest.mark.parametrize(("year", "values"), [(2030, []), (2032, ["not_applicable"])])
def test_a_version_that_is_yet_to_come_is_not_that_of_today(
    world: Any, monkeypatch: pytest.MonkeyPatch, year: int, values: list[str]
) -> None:
    monkeypatch.setattr(narrowing, "_now", lambda: datetime(year, 1, 1, tzinfo=UTC))
    world.act(phases=["notice"])
    allowed = version().replace("[notice]", "[ended]")
    found = told(world, allowed, version("2031-01-01"))
    assert [value for value, _ in found if value != "compliant"] == values


def test_of_a_policy_that_has_ended_there_is_no_today(world: Any) -> None:
    world.act(phases=["notice"])
    assert told(world, version("2018-01-01", "2019-01-01")) == []
