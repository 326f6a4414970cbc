"""What `lint` says of a policy file: faults by line, else what a good one would not lack."""

from __future__ import annotations

from forensics.policy.linting import lint

BARE = b"""\
id: own
title: own
level: low
scope: {action: account.suspend}
forbid: [{employment: {phase: ended}}]
on_unknown: report
"""
TESTS = b"""\
tests:
  - name: a
    events: [{time: 2017-11-02T10:00:00Z, action: account.suspend}]
    expect: {verdict: unknown}
"""
WHOLE = BARE + b"description: d\nrefs: [r]\ninnocent: [i]\nmisses: [m]\n"


def said(data: bytes) -> list[str]:
    ((_, remarks),) = lint([("own.yml", data)])
    return [f"{one.line} {one.severity}: {one.message}" for one in remarks]


def test_faults_come_alone_and_by_line() -> None:
    faulty = BARE.replace(b"low", b"lou").replace(b"forbid", b"forbd") + TESTS.replace(
        b"name", b"n"
    )
    first, second, third = said(faulty)
    assert first == "1 fault: nothing is demanded: write require, forbid or limit."
    assert second.startswith("3 fault: unknown level: 'lou'. Did you mean 'low'?")
    assert third.startswith("5 fault: unknown key in the policy: 'forbd'.")


def test_faults_of_the_tests_are_told_where_the_policy_has_none() -> None:
    first, second = said(WHOLE + TESTS.replace(b"expect", b"expct"))
    assert first == "12 fault: a test needs the key 'expect'."
    assert second.startswith("14 fault: unknown key in a test: 'expct'. Did you mean 'expect'?")
    assert "accounts, shifts, entitlements" in second


def all_tests() -> bytes:
    whole = TESTS
    for number, word in enumerate((b"violation", b"compliant")):
        more = TESTS.partition(b"\n")[2].replace(b"unknown", word)
        whole += more.replace(b"name: a", b"name: a%d" % number)
    return whole


def test_warnings_name_what_is_left_out() -> None:
    assert [one.split()[5] for one in said(BARE + all_tests())] == [
        "description;", "refs;", "innocent;", "misses;",
    ]  # fmt: skip
    assert said(WHOLE + all_tests()) == []


def test_a_policy_without_the_three_kinds_of_tests_is_faulty() -> None:
    assert said(WHOLE) == [
        "1 fault: it has no tests; write one of a violation, one compliant and one unknown."
    ]
    assert said(WHOLE + TESTS) == ["1 fault: no test expects violation or compliant."]
    assert said(BARE)[0].startswith("1 fault: it has no tests;")


def versions(*effective: bytes) -> list[tuple[str, list[str]]]:
    whole = WHOLE + all_tests()
    files = [
        (f"{number}.yml", whole + (b"effective: %b\n" % dates if dates else b""))
        for number, dates in enumerate(effective)
    ]
    return [(name, [one.message for one in remarks]) for name, remarks in lint(files)]


def test_versions_that_are_in_force_at_the_same_time_are_faulty() -> None:
    (_, first), (_, second) = versions(b"", b"")
    assert first == []
    (told,) = second
    assert told.startswith("the policy own also stands in 0.yml, in force at all times. Give one")
    both = b"{from: 2017-01-01}"
    assert "from the same time on, 2017-01-01" in versions(both, both)[1][1][0]
    ended = versions(b"{from: 2017-01-01, to: 2018-01-01}", b"{from: 2017-06-01}")
    assert "in force until 2018-01-01, after this one begins" in ended[1][1][0]


def test_versions_that_follow_one_another_are_in_order() -> None:
    for dates in ((b"", b"{from: 2017-01-01}"), (b"{to: 2017-01-01}", b"{from: 2017-01-01}")):
        assert [remarks for _, remarks in versions(*dates)] == [[], []]


def test_spans_in_which_nothing_can_lie_and_empty_clauses_are_faulty() -> None:
    assert "must be left out, or a list" in said(WHOLE + b"exceptions: []\n" + all_tests())[0]
    limited = b"limit: [{rate: {count: 3, per: actor.id, window: 0m}}]"
    faulty = (WHOLE + all_tests()).replace(b"forbid: [{employment: {phase: ended}}]", limited)
    assert said(faulty) == ["5 fault: rate: window must be longer than nothing."]
    windowed = b"{phase: ended, window: {before_access_end: 0h}}"
    faulty = (WHOLE + all_tests()).replace(b"{phase: ended}", windowed)
    assert said(faulty) == ["5 fault: employment: window must be longer than nothing."]
    graced = (WHOLE + all_tests()).replace(b"{phase: ended}", b"{phase: ended, grace: 0m}")
    assert said(graced) == []


def test_a_level_that_yaml_takes_for_a_truth_value_is_told_of_as_such() -> None:
    (told,) = said((WHOLE + all_tests()).replace(b"level: low", b"level: no"))
    assert told == (
        "3 fault: level must be one of the words informational, low, medium, high, critical."
    )
