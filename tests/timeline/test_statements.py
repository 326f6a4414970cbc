"""Files of statements: read whole, or every fault told at once with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import DeclarationError, ForensicsError, InputError
from forensics.timeline import statements

GOOD = """
target: "@headofstate"
zone: America/New_York
tolerances: {about: 2m}
statements:
  - id: ticket
    who: help desk
    said: 2017-11-02 19:30
    grade: C
    start: about 2017-11-02 18:50
    down_at: 2017-11-02 18:55
    duration: 11 minutes
    evidence: [3fa1, 9bc2]
    reference: INC-17
    quote: gone for 11 minutes
  - who: a neighbour
    target: "@other"
    kind: Content
    outage: 2
    up_again_at: after event 77aa
"""


def faults(text: str) -> str:
    with pytest.raises(DeclarationError) as caught:
        statements.parse(text.encode(), "said.yml")
    assert caught.value.place == "said.yml"
    assert caught.value.remedy
    return caught.value.message


def one(*lines: str) -> str:
    """A file with one statement of these lines beside who and target."""
    return "statements:\n- who: w\n  target: t\n" + "".join(f"  {line}\n" for line in lines)


def test_all_that_can_be_said() -> None:
    ticket, neighbour = statements.parse(GOOD.encode(), "folder/said.yml")
    assert (ticket.id, ticket.who, ticket.grade, ticket.place) == (
        "ticket",
        "help desk",
        "C",
        "said.yml:6",
    )
    assert ticket.target == "@headofstate"
    assert ticket.said is not None
    assert abs(ticket.said - datetime(2017, 11, 2, 23, 30, tzinfo=UTC)) < timedelta(minutes=1)
    (start, down) = ticket.times
    assert (start[0], start[2].before, start[2].after) == (
        "start",
        timedelta(minutes=2),
        timedelta(minutes=2),
    )
    assert down[0] == "down_at"
    assert ticket.length is not None
    assert ticket.length[1].shortest == timedelta(minutes=10.5)
    assert (ticket.uids, ticket.reference) == (("3fa1", "9bc2"), "INC-17")
    assert (neighbour.id, neighbour.grade, neighbour.target) == ("statement-2", "D", "@other")
    assert (neighbour.outage, neighbour.uids) == (2, ("77aa",))
    assert (ticket.kind, neighbour.kind) == ("account", "content")


def test_all_faults_are_told_at_once() -> None:
    told = faults(
        """
target: "@headofstate"
zone: Nowhere/Land
tolerances: {abuot: 2m}
statements:
  - id: a b
    who: x
    start: 2017-11-05 01:30 ET
  - who: x
    start: 2017-03-12 02:30 ET
    end: 2017-11-02 18:45 IST
    grade: F
  - start: by 2017-11-02 19:00 ET
    outage: first
  - who: x
  - who: x
    up_at: 2017-11-02 19:00 ET
    duration: eleven minutes
"""
    )
    assert told.splitlines()[0] == "The list of statements has 12 faults:"
    for line in (
        "line 3: zone: The zone 'Nowhere/Land' is unknown.",
        "line 4: unknown key in tolerances: 'abuot'. Did you mean 'about'?",
        "line 6: id must be letters",
        "line 8: start: '2017-11-05 01:30 ET' was twice",
        "line 10: start: '2017-03-12 02:30 ET' never was",
        "line 11: end: The zone 'IST' stands for several zones. Say which: Asia/Kolkata",
        "line 12: unknown grade of a statement: 'F'.",
        "line 13: it does not say who said so",
        "line 14: outage must be the number",
        "line 15: it says nothing",
        "line 17: unknown key in statement 5: 'up_at'.",
        "line 18: duration: 'eleven minutes' is not a length of time.",
    ):
        assert line in told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds 0 documents"),
        ("[]", "must be a mapping"),
        ("{}", "statements must be a list"),
        ("{}", "statements must be a list"),
        ("target: x", "statements must be a list"),
        ("statements: {}", "statements must be a list"),
        ("statements: [x]", "statement 1 must be a mapping"),
        ("statements: [{who: w, duration: 1 min}]", "names no target"),
        (one("start: 2017-11-02 18:45"), "names no zone"),
        (one("duration: [1 min]"), "duration must be a text"),
        (one("duration: 1 min", "evidence: {a: b}"), "evidence must be the uid"),
        (one("duration: 1 min", "who: v"), "stands twice"),
        (one("duration: 1 min", "tolerance: wide"), "tolerance: 'wide' is not a length"),
        (one("duration: 1 min", f"quote: {'x' * 501}"), "1 to 500 letters"),
        (one("duration: 1 min", "grade: A"), "unknown grade"),
        (one("duration: &a 1 min", "quote: *a"), "anchors and aliases"),
        (one("duration: 1 min") + "- {who: v, target: t, id: statement-1, duration: 1 h}", "taken"),
        ("statements:\n" + "- {who: w, target: t, duration: 1 min}\n" * 201, "at most 200"),
        ("a: [", "not YAML"),
        ("\udc80", "UTF-8"),
        (one("duration: 1 min", "kind: acount"), "line 5: .*Did you mean 'account'"),
        (
            one("end: 2017-11-02 18:40 UTC", "start: 2017-11-02 18:50 UTC"),
            "line 5: start .*18:50 UTC' and end .*18:40 UTC' cannot both .*: it would end before",
        ),
        (
            one("down_at: 2017-11-02 18:40 UTC", "still_up_at: 2017-11-02 18:50 UTC"),
            "cannot both be true of one outage: one rules the other out",
        ),
        (
            one("start: 2017-11-02 18 h UTC", "end: 2017-11-02 19 h UTC", "duration: 3 days"),
            "start .*, end .*, duration '3 days' cannot all be true",
        ),
        (one("start: about 0001-01-01 00:00 UTC"), "line 2: It lies outside the calendar"),
    ],
)
def test_what_is_wrong_is_told(text: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):
        statements.parse(text.encode("utf-8", "surrogateescape"), "said.yml")


def test_several_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text(one("id: x", "duration: 1 min"))
    second.write_text(one("id: y", "duration: 2 min"))
    found = statements.load([first, second])
    assert [statement.id for statement in found.all] == ["x", "y"]
    assert [name for name, _ in found.files] == ["a.yml", "b.yml"]
    assert [len(found.about(names)) for names in (["T"], ["u"])] == [2, 0]
    assert not statements.load([])
    second.write_text(one("id: x", "duration: 2 min"))
    with pytest.raises(DeclarationError, match="is taken"):
        statements.load([first, second])
    first.write_text("[]")
    second.write_text("x: 1")
    with pytest.raises(DeclarationError, match=r"a\.yml.*\n.*\n.*b\.yml"):
        statements.load([first, second])
    with pytest.raises(InputError, match="cannot be read"):
        statements.load([tmp_path / "none.yml"])


_TEXTS = st.text(max_size=30) | st.sampled_from(
    ["about 2017-11-02 18:45 ET", "11 minutes", "by event x", "\x1b[31m", "=cmd|'", "2017"]
)
_KEYS = st.sampled_from([*statements.TIME_FORMS, "duration", "who", "id", "grade", "outage", "z"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.dictionaries(_KEYS, _TEXTS | st.integers() | st.lists(_TEXTS, max_size=2) | st.none()),
        max_size=3,
    )
)
def test_any_mapping_is_read_or_told(listed: list[dict[str, object]]) -> None:
    data = yaml.safe_dump({"target": "t", "statements": listed}).encode()
    try:
        statements.parse(data, "said.yml")
    except ForensicsError as error:
        assert "fault" in error.message


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    with pytest.raises(DeclarationError):
        statements.parse(data, "said.yml")
