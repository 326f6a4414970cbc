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
    return [f"{one.line} {one.severity}: {one.message}" for one in lint(data, "own.yml")]


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


def test_warnings_name_what_is_left_out() -> None:
    assert [one.split()[5] for one in said(BARE)] == [
        "description;", "refs;", "innocent;", "misses;", "tests;",
    ]  # fmt: skip
    assert said(WHOLE + TESTS) == ["1 warning: no test expects violation or compliant."]
    whole = TESTS
    for number, word in enumerate((b"violation", b"compliant")):
        more = TESTS.partition(b"\n")[2].replace(b"unknown", word)
        whole += more.replace(b"name: a", b"name: a%d" % number)
    assert said(WHOLE + whole) == []
