"""The tests in policy files: what they may say, and every fault of them by line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forensics.errors import DeclarationError
from forensics.policy import terms
from forensics.policy.testing import parsed_tests

POLICY = """\
id: own
title: own
level: low
scope: {action: account.suspend}
forbid: [{employment: {phase: ended}}]
on_unknown: report
tests:
"""
ACT = "{time: 2017-11-02T10:00:00Z, action: account.suspend}"
GOOD = f"  - name: a\n    events: [{ACT}]\n    expect: {{verdict: unknown}}\n"


def parsed(tests: str) -> terms.Policy:
    return terms.parse((POLICY + tests).encode(), "own.yml")


def test_a_test_is_a_case_of_its_rows() -> None:
    (test,) = parsed_tests(
        parsed(
            "  - name: a\n"
            "    zone: Europe/Paris\n"
            "    clocks: {console: 2m}\n"
            "    events:\n"
            f"      - {ACT}\n"
            "      - {event_uid: x, time: 2017-11-02T11:00:00+01:00, raw: {b: 1}, case_id: 7,\n"
            "         targets: [p, q], actor: ~}\n"
            "    accounts: [{Account: ana, note: 'a, b'}, {account: ben, person: ben}]\n"
            "    holidays: []\n"
            "    expect:\n"
            "      - {verdict: unknown, event: 1}\n"
            "      - {verdict: violation, event: x, as_known: now, level: high, missing: [m],\n"
            "         sentence: s}\n"
        )
    )
    assert (test.name, test.line, test.zone) == ("a", 8, "Europe/Paris")
    assert test.tolerances == {"console": 120.0}
    first, second = test.events
    noon = datetime(2017, 11, 2, 10, tzinfo=UTC)
    assert (first["event_uid"], first["source"], first["time"]) == ("e1", "console", noon)
    assert "actor" not in first
    assert (second["event_uid"], second["time"], second["actor"]) == ("x", noon, None)
    assert (second["raw"], second["case_id"], second["targets"]) == ('{"b": 1}', "7", ["p", "q"])
    files = {one.kind: one.data.decode() for one in test.context}
    assert files["accounts"].splitlines() == [
        "account,note,person,kind", 'ana,"a, b",,', "ben,,ben,",
    ]  # fmt: skip
    assert files["holidays"] == "country,date,name\n"
    assert [(one.event, one.verdict, one.as_known) for one in test.expect] == [
        ("e1", "unknown", "at_act"), ("x", "violation", "now"),
    ]  # fmt: skip
    assert (test.expect[1].missing, test.expect[1].sentences) == (("m",), ("s",))


FAULTS = [
    ("  - name: a\n", "line 8: a test needs the key 'events'."),
    (GOOD + GOOD, "line 11: two tests are called 'a'."),
    (GOOD.replace("name", "nmae"), "unknown key in a test: 'nmae'. Did you mean 'name'?"),
    (GOOD.replace(ACT, ""), "line 9: events is empty"),
    (GOOD.replace(ACT, "{}"), "line 9: an event needs its time"),
    (GOOD.replace("10:00:00Z", "10:00:00"), "line 9: time must be an instant with its offset"),
    (GOOD.replace("2017-11-02", "2017-02-29"), "line 9: time must be an instant"),
    (GOOD.replace("suspend", "suspnd"), "Did you mean 'account.suspend'?"),
    (GOOD.replace("}]", ", outcome: ok}]"), "Allowed: success, failure, denied"),
    (GOOD.replace("}]", ", actr: a}]"), "unknown key in an event: 'actr'. Did you mean 'actor'?"),
    (GOOD.replace("}]", ", targets: a}]"), "targets must be a list of texts"),
    (GOOD.replace("}]", ", sequence: a}]"), "sequence must be a whole number"),
    (GOOD.replace("}]", ", actor: [a]}]"), "actor must be a text"),
    (GOOD.replace("unknown", "unknwon"), "Allowed: violation, compliant, unknown, out_of_scope."),
    (GOOD.replace("{verdict: unknown}", "{}"), "line 10: what is expected needs the key 'verdict'"),
    (GOOD.replace("unknown}", "unknown, event: 2}"), "line 10: unknown event: '2'"),
    (GOOD.replace(ACT, f"{ACT}, {ACT}"), "line 10: event must say which is judged: e1, e2."),
    (GOOD.replace("}]", ", event_uid: e2}, {time: 2017-11-02}]"), "two events have the same"),
    (GOOD + "    accounts: {a: b}\n", "line 11: accounts must be a list of mappings."),
    (GOOD + "    accounts: [{account: [b]}]\n", "line 11: account must be a single value"),
    (GOOD + "    clocks: {console: soon}\n", "the clock of console must be a whole number and a"),
    (GOOD + "    zone: Europe/Pariss\n", "line 11: zone 'Europe/Pariss' is unknown"),
]


@pytest.mark.parametrize(("tests", "fault"), FAULTS)
def test_a_fault_is_named(tests: str, fault: str) -> None:
    policy = parsed(tests)
    with pytest.raises(DeclarationError) as caught:
        parsed_tests(policy)
    assert fault in str(caught.value)
    assert caught.value.place == "own.yml"
    assert all(
        f"line {line}: {message}" in str(caught.value) for line, message in caught.value.faults
    )
