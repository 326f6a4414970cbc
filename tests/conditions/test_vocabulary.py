"""Words of closed vocabularies: what cannot occur is refused, with the nearest that can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics import actions, event
from forensics.conditions import query, vocabulary
from forensics.conditions.matching import Wildcard
from forensics.errors import UsageError


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("action:account.deactivat", "account.deactivate"),
        ("action:acount.*", "account.*"),
        ("action:(account.create OR suspend)", "account.suspend"),
        ("action:nothing-like-it", "object.verb"),
        ("NOT outcome:sucess", "success"),
        ("outcome:won", "success, failure, denied, pending, unknown"),
        ("actor_type:robot", "user, service, system, unknown"),
        ("time_basis:zulu", "assumed"),
    ],
)
def test_what_no_event_can_say_is_refused_with_its_place(text: str, near: str) -> None:
    with pytest.raises(UsageError) as told:
        query.compile(text)
    assert near in str(told.value)
    assert str(told.value).startswith("query, column ")


@pytest.mark.parametrize(
    "text",
    ["action:other", "action:ACCOUNT.Deactivate", "action:*.delete", "action:accoun?.create",
     "action:*", 'action:""', "outcome:Success", "outcome:/suc+/", "operation:anything",
     "suspend", "tool:x"],
)  # fmt: skip
def test_what_may_occur_is_asked(text: str) -> None:
    query.compile(text)


@given(st.sampled_from(sorted(actions.load())), st.data())
def test_a_part_of_a_verb_with_wildcards_is_a_verb(verb: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(verb)))
    end = data.draw(st.integers(start, len(verb)))
    vocabulary.check("action", (Wildcard.ANY, verb[start:end], Wildcard.ANY))
    vocabulary.check("action", (verb[:start], Wildcard.ANY))


def test_every_closed_column_is_a_column() -> None:
    closed = [name for name in event.BY_NAME if vocabulary.words(name)]
    assert closed == ["time_precision", "time_basis", "actor_type", "action", "outcome"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", []),
        ("source:okta_system", ["okta_system"]),
        ('actor:x AND NOT source:("a b" OR okta*)', ["a b"]),
        ("actor:okta_system source", []),
    ],
)
def test_what_a_query_names(text: str, named: list[str]) -> None:
    assert query.asked_of(text, "source") == named


@pytest.mark.parametrize(
    ("text", "near"),
    [("okta", ["okta_system", "okta_table"]), ("oktta", ["okta_system", "okta_table"]),
     ("githb", ["github_audit"]), ("aws", ["aws_trail"]), ("trail", ["aws_trail"]),
     ("zz", []), ("nothing like it", [])],
)  # fmt: skip
def test_the_nearest_words(text: str, near: list[str]) -> None:
    known = ["okta_table", "okta_system", "github_audit", "aws_trail"]
    assert vocabulary.nearest(text, known) == near
