"""Policy files: what is read, and every fault named with its line."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.errors import DeclarationError
from forensics.policy import predicates, terms

GOOD = """\
id: G1
title: good
level: medium
effective: {from: 2017-02-01}
scope: {action: account.*, outcome: [success, attempt], target.tier: vip}
forbid:
  - employment: {phase: [ended]}
raise:
  - {if: {action_class: destructive, employment: {phase: ended}}, level: critical}
on_unknown: report
refs: NIST PS-4
"""


def good(old: str, new: str) -> str:
    """The good policy with a part replaced."""
    assert old in GOOD
    return GOOD.replace(old, new)


def acting(entry: str) -> str:
    """The good policy with another first entry of its scope."""
    return good("action: account.*", entry)


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
    assert policy.raises[0].when == terms.Condition(
        ({"action_class": "destructive"},), (terms.Term("employment", {"phase": "ended"}),)
    )
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
effective: {from: last spring}
scope:
  action: account.deactivat
  outcome: sucess
  target.teir: vip
require:
  - aproval: {min: 1}
  - approval:
      min: 0
      max_age: 1 day
on_unknown: maybe
"""
    )
    assert found == [
        "line 1: id must be 1 to 64 letters, digits, dots, dashes.",
        "line 1: the key 'title' is missing.",
        (
            "line 2: unknown key in the policy: 'titel'. Did you mean 'title'? "
            f"Allowed: {', '.join(terms.KEYS)}."
        ),
        "line 3: unknown level: 'severe'. Allowed: informational, low, medium, high, critical.",
        (
            "line 4: effective.from must be an ISO date or instant as in 2017-02-01, "
            "not 'last spring': Expected 4 digits, got 'last'."
        ),
        "line 6: unknown action: 'account.deactivat'. Did you mean 'account.deactivate'?",
        (
            "line 7: unknown outcome: 'sucess'. Did you mean 'success'? "
            "Allowed: success, failure, denied, pending, unknown, attempt."
        ),
        (
            "line 8: unknown key in a scope: 'target.teir'. Did you mean 'target.tier'? A key is a "
            "field of events or one of action_class, privileged, target.tier, actor.kind, "
            "actor.account_class."
        ),
        (
            "line 10: unknown key in require: 'aproval'. Did you mean 'approval'? "
            f"Allowed: {', '.join(predicates.load())}."
        ),
        "line 12: approval: min must be a whole number from 1 to 10, not 0.",
        (
            "line 13: approval: max_age must be a whole number and a unit (s, m, h, d, w) "
            "as in 24h, not '1 day'."
        ),
        ("line 14: unknown word for on_unknown: 'maybe'. Allowed: report, violation, ignore."),
    ]


SCOPE = "{action: account.*, outcome: [success, attempt], target.tier: vip}"
FAULTY = [
    ("", "line 1: one policy a file is allowed, this one holds 0 documents."),
    (GOOD + "---\n" + GOOD, "line 1: one policy a file is allowed, this one holds 2 documents."),
    ("- a list\n", "line 1: the policy must be a mapping of"),
    ("id: [unclosed\n", "line 2: not YAML:"),
    (GOOD + "title: again\n", "line 12: the key 'title' stands twice."),
    (good("refs: NIST PS-4", "refs: [&a x, *a]"), "line 11: anchors and aliases"),
    (good("level: critical", "level: medium"), "line 9: medium is the policy's own level"),
    (good("forbid:", "exceptions:"), "line 1: nothing is demanded: write require, forbid"),
    (good("account.*", "acount.*"), "line 5: no action begins with 'acount.'."),
    (good("account.*", "[]"), "line 5: the list of actions is empty."),
    (good("tier: vip", "tier: []"), "line 5: target.tier must be a text"),
    (good("on_unknown: report\n", ""), "line 1: the key 'on_unknown' is missing."),
    (good("{phase: [ended]}", "ended"), "line 7: employment needs its parameters"),
    (good("{phase: [ended]}", "{grace: 0m}"), "line 7: employment: the parameter 'phase'"),
    (good("  - {if: ", "  - {when: "), "line 9: unknown key in raise: 'when'."),
    (good("title: good", "title: [a]"), "line 2: title must be a text."),
    (good("2017-02-01", "2017-02-29"), "line 4: effective.from must be an ISO date"),
    (good("{from: 2017-02-01}", "2017-02-01"), "line 4: effective must be a mapping"),
    (good("{from: 2017-02-01}", "{}"), "line 4: effective is empty"),
    (good("{from: ", "{since: "), "line 4: unknown key in effective: 'since'"),
    (good("{from: ", "{to: 2017-01-31, from: "), "line 4: effective.to does not lie after"),
    (good("{from: 2017-02-01", "{from: 0001-01-01T00:00:00+14:00"), "line 4: effective.from"),
    (good("effective: {from: 2017-02-01}", "effective_from: 2017-02-01"),
     "line 4: effective_from is now written as effective: {from: 2017-02-01}."),
    (good("scope: {", "scope:\n\t{"), "line 6: not YAML: found character '\\t'"),
    (good(SCOPE, "{}"),
     "line 5: scope is empty"),
    (good(SCOPE, "[{}]"),
     "line 5: a scope must be a mapping"),
    (acting("acton: account.*"), "line 5: unknown key in a scope: 'acton'"),
    (acting("action: [[a]]"), "line 5: unknown action: \"['a']\""),
    (acting("action: account.*, action: role.grant"),
     "line 5: the key 'action' stands twice."),
    (acting("actor|begins: svc"), "line 5: actor|begins: Unknown modifier"),
    (acting("src_ip|cidr: 10.0.0.0/99"), "line 5: src_ip|cidr: Invalid CIDR"),
    (acting("actor|re: '(a'"), "line 5: actor|re: Regular expression"),
    (acting("actor|re: '(?<=a)b'"), "line 5: The regular expression"),
    (acting("actor: {a: b}"), "line 5: actor must be a value or a list"),
    (acting("actor: []"), "line 5: actor has an empty list"),
    (acting("target.tier|re: a"), "line 5: target.tier takes no modifier"),
    (acting("actor.kind: robot"), "line 5: unknown kind of actor: 'robot'"),
    (acting("privileged: false"), "line 5: privileged can only be true"),
    (acting("actor_type: usr"), "line 5: There is no actor_type 'usr'."),
    (good("action: account.*", "sequence|gte: " + "9" * 5000),
     "line 5: not a number that can be used"),
    (good("level: medium", "level: 3"), "line 3: level must be one of the words"),
    (good("forbid:\n  -", "forbid:\n   "), "line 6: forbid must be a list of predicates"),
    (good("{action_class: destructive, employment: {phase: ended}}", "{}"),
     "line 9: the condition of a raise must be a mapping"),
    (GOOD + "? [a]\n: b\n", "line 12: a key must be a text"),
    (GOOD + "exceptions: [1]\n", "line 12: an exception must be a mapping"),
    (GOOD + "exceptions: [{aproval: {}}]\n", "line 12: unknown key in an exception: 'aproval'"),
    (GOOD + "annotate: [{if_known: x}]\n", "line 12: unknown key in annotate: 'if_known'"),
    (GOOD + "annotate: [{if_known_later: [x]}]\n", "line 12: if_known_later must be a word"),
    (GOOD + "annotate: late\n", "line 12: annotate must be a list"),
    (GOOD + "innocent: [[a]]\n", "line 12: innocent must be a list of texts."),
    (GOOD + "misses: 5\n", "line 12: misses must be a list of texts."),
    (GOOD + "tests: yes\n", "line 12: tests must be a list of mappings."),
    (GOOD + "description: [a]\n", "line 12: description must be a text."),
    ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "line 1: anchors and aliases"),
    ("x: y\n" * 250_000, "line 1: the file is larger than 262144 bytes, no policy is."),
    ("[" * 5000 + "]" * 5000, "line 1: the values are nested too deeply."),
    ("id: \x00\n", "line 1: not YAML:"),
]  # fmt: skip


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


FULL = """\
id: F1
title: "  full "
description: what it is for
level: high
effective: {from: 2017-02-01, to: 2017-03-01T00:00:00Z}
scope:
  - {action: account.delete, actor|startswith: [svc-, bot-]}
  - {target.tier: vip, src_ip|cidr: 10.0.0.0/8}
limit:
  - employment: {phase: ended}
exceptions:
  - {reason_code: spam, approval: {min: 1}}
raise:
  - {if: {employment: {phase: leave}}, level: low}
annotate:
  - if_known_later: backdated
on_unknown: violation
innocent: [" told  by\\n mouth "]
misses: what is not logged
tests:
  - {name: one}
"""


def test_every_key_is_read() -> None:
    policy = terms.parse(FULL.encode(), "f.yml")
    assert (policy.title, policy.description) == ("full", "what it is for")
    assert policy.effective_to == datetime(2017, 3, 1, tzinfo=UTC)
    assert policy.scope == (
        {"action": "account.delete", "actor|startswith": ["svc-", "bot-"]},
        {"target.tier": "vip", "src_ip|cidr": "10.0.0.0/8"},
    )
    approved = terms.Term("approval", {"min": 1})
    assert policy.exceptions == (terms.Condition(({"reason_code": "spam"},), (approved,)),)
    assert policy.raises[0].level == "low"
    assert policy.annotations == ("backdated",)
    assert policy.on_unknown == "violation"
    assert (policy.innocent, policy.misses) == (("told by mouth",), ("what is not logged",))
    assert [(one.line, one.plain()) for one in policy.tests] == [(21, {"name": "one"})]
    assert policy.terms() == (*policy.limit, approved, policy.raises[0].when.terms[0])


def test_the_shipped_policies_are_sound() -> None:
    shipped = terms.shipped()
    assert {"P1-vip-two-person", "P2-departing-destructive", "P3-after-end"} <= {
        policy.id for policy in shipped
    }
    for policy in shipped:
        assert policy.file == f"shipped/{policy.id}.yml"
        assert policy.refs
        assert policy.innocent
        assert policy.misses
