"""Policy files: what is read, and every fault named with its line."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import DeclarationError
from forensics.policy import terms

GOOD = """\
id: G1
title: good
level: medium
effective_from: 2017-02-01
scope: {action: account.*, outcome: [success, attempt], target.tier: vip}
forbid:
  - employment: {phase: [ended]}
raise:
  - {if: {action_class: destructive, employment: {phase: ended}}, level: critical}
on_unknown: report
refs: NIST PS-4
"""


def faults(text: str) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        terms.parse(text.encode(), "p.yml")
    assert caught.value.place == "p.yml"
    return [line.strip() for line in caught.value.message.splitlines()[1:]]


def test_a_good_policy_is_read() -> None:
    policy = terms.parse(GOOD.encode(), "p.yml")
    assert (policy.id, policy.level, policy.refs) == ("G1", "medium", ("NIST PS-4",))
    assert policy.effective_from == datetime(2017, 2, 1, tzinfo=UTC)
    assert policy.forbid == (terms.Term("employment", {"phase": ["ended"]}),)
    assert policy.raises[0].scope == {"action_class": "destructive"}
    assert policy.raises[0].level == "critical"
    assert policy.version == hashlib.sha256(GOOD.encode()).hexdigest()[:12]


def test_an_offset_is_kept() -> None:
    policy = terms.parse(GOOD.replace("2017-02-01", "2017-02-01T00:00:00+05:30").encode(), "p.yml")
    zone = timezone(timedelta(hours=5, minutes=30))
    assert policy.effective_from == datetime(2017, 2, 1, tzinfo=zone)


def test_all_faults_are_listed_with_their_lines() -> None:
    found = faults(
        """\
id: "bad id!"
titel: wrong key
level: severe
effective_from: last spring
scope:
  action: account.deactivat
  outcome: sucess
  target.teir: vip
require:
  - aproval: {min: 1}
  - approval:
      min: 0
      max_age: 1 day
on_unknown: ignore
"""
    )
    assert found == [
        "line 1: id must be 1 to 64 letters, digits, dots, dashes.",
        "line 1: the key 'title' is missing.",
        (
            "line 2: unknown key in the policy: 'titel'. Did you mean 'title'? Allowed: "
            "id, title, level, effective_from, scope, require, forbid, raise, on_unknown, refs."
        ),
        "line 3: unknown level: 'severe'. Allowed: informational, low, medium, high, critical.",
        "line 4: effective_from must be an ISO date or instant as in 2017-02-01.",
        "line 6: unknown action: 'account.deactivat'. Did you mean 'account.deactivate'?",
        (
            "line 7: unknown outcome: 'sucess'. Did you mean 'success'? "
            "Allowed: success, failure, denied, pending, unknown, attempt."
        ),
        (
            "line 8: unknown key in scope: 'target.teir'. Did you mean 'target.tier'? "
            "Allowed: action, action_class, privileged, outcome, target.tier."
        ),
        (
            "line 10: unknown key in require: 'aproval'. Did you mean 'approval'? "
            "Allowed: approval, employment."
        ),
        "line 12: approval: min must be a whole number from 1 to 10, not 0.",
        (
            "line 13: approval: max_age must be a whole number and a unit (s, m, h, d, w) "
            "as in 24h, not '1 day'."
        ),
        "line 14: on_unknown can only be report.",
    ]


FAULTY = [
    ("", "line 1: one policy a file is allowed, this one holds 0 documents."),
    (GOOD + "---\n" + GOOD, "line 1: one policy a file is allowed, this one holds 2 documents."),
    ("- a list\n", "line 1: the policy must be a mapping of"),
    ("id: [unclosed\n", "line 2: not YAML:"),
    (GOOD + "title: again\n", "line 12: the key 'title' stands twice."),
    (GOOD.replace("refs: NIST PS-4", "refs: [&a x, *a]"), "line 1: anchors and aliases"),
    (GOOD.replace("level: critical", "level: low"), "line 9: low does not raise the policy's own"),
    (GOOD.replace("forbid:", "limit:"), "line 1: nothing is demanded: write require or forbid."),
    (GOOD.replace("account.*", "acount.*"), "line 5: no action begins with 'acount.'."),
    (GOOD.replace("account.*", "[]"), "line 5: the list of actions is empty."),
    (GOOD.replace("tier: vip", "tier: []"), "line 5: target.tier must be a text"),
    (GOOD.replace("on_unknown: report\n", ""), "line 1: the key 'on_unknown' is missing."),
    (GOOD.replace("{phase: [ended]}", "ended"), "line 7: employment needs its parameters"),
    (GOOD.replace("{phase: [ended]}", "{grace: 0m}"), "line 7: employment: the parameter 'phase'"),
    (GOOD.replace("  - {if: ", "  - {when: "), "line 9: unknown key in raise: 'when'."),
    (GOOD.replace("title: good", "title: [a]"), "line 2: title must be a text."),
    ("[" * 5000 + "]" * 5000, "line 1: the values are nested too deeply."),
    ("id: \x00\n", "line 1: not YAML:"),
    ("x: " + "y" * 300_000, "line 1: the file is larger than 262144 bytes"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTY)
def test_a_fault_is_named(text: str, fault: str) -> None:
    assert any(line.startswith(fault) for line in faults(text)), faults(text)


def test_text_that_is_not_utf8_names_its_line() -> None:
    with pytest.raises(DeclarationError, match="line 2: the text is not UTF-8"):
        terms.parse(b"id: x\ntitle: \xff\n", "p.yml")


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_fail_with_a_fault(data: bytes) -> None:
    with pytest.raises(DeclarationError):
        terms.parse(data, "p.yml")


@given(st.sampled_from(GOOD.splitlines()), st.text(max_size=20))
def test_no_replaced_line_does_more_than_fail_with_a_fault(line: str, other: str) -> None:
    try:
        terms.parse(GOOD.replace(line, other).encode("utf-8", "surrogatepass"), "p.yml")
    except DeclarationError as error:
        assert "line " in error.message


def test_the_shipped_policies_are_sound() -> None:
    shipped = terms.shipped()
    assert [policy.id for policy in shipped] == [
        "P1-vip-two-person",
        "P2-departing-destructive",
        "P3-after-end",
    ]
    assert all(policy.refs and policy.file == f"shipped/{policy.id}.yml" for policy in shipped)
