"""The list of incidents: what it may say, and every fault of it at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from forensics.errors import DeclarationError
from forensics.policy.backtest_labels import Labelled, parse

YAML = """
- id: I-1
  label: incident
  events: [345fef80, c8b5dd1a]
- id: 7
  label: benign
  target: "@x"
  from: 2017-11-02 20:00-04:00
  to: 2017-11-04
  harm: 2017-11-03T00:10:00
"""
CSV = """id,label,events,target,from,to,harm
I-1,incident,345fef80 c8b5dd1a,,,,
7,benign,,@x,2017-11-02 20:00-04:00,2017-11-04,2017-11-03T00:10:00

"""


def test_yaml_and_csv_say_the_same() -> None:
    second = Labelled(
        id="7",
        label="benign",
        events=(),
        target="@x",
        actor=None,
        since=datetime(2017, 11, 3, tzinfo=UTC),
        until=datetime(2017, 11, 4, tzinfo=UTC),
        harm=datetime(2017, 11, 3, 0, 10, tzinfo=UTC),
    )
    found = parse(YAML.encode(), "incidents.yml")
    assert found[0].events == ("345fef80", "c8b5dd1a")
    assert found[1] == second
    assert parse(b"\xef\xbb\xbf" + CSV.encode(), "incidents.CSV") == found
    assert parse(CSV.replace(",", ";").encode(), "incidents.csv") == found


def test_every_fault_is_named_with_its_line() -> None:
    text = """
- {id: A, label: accident, events: [abcdef]}
- {id: A, label: incident, event: [abcdef]}
- {label: benign, target: "@x", from: 2017-11-03, to: 2017-11-02}
- {id: D, label: benign, events: [ab], harm: soon}
- 7
"""
    with pytest.raises(DeclarationError) as raised:
        parse(text.encode(), "incidents.yml")
    told = str(raised.value)
    for words in (
        "incidents.yml",
        "line 2: unknown label: 'accident'. Did you mean 'incident'?",
        "line 3: the id 'A' stands twice",
        "line 3: unknown key in an entry: 'event'. Did you mean 'events'?",
        "line 3: name the acts: events, or target with from and to",
        "line 4: the key 'id' is missing",
        "line 4: to does not lie after from",
        "line 5: the event 'ab' is too short",
        "line 5: harm must be an instant as in 2017-11-02T22:50:00Z, not 'soon'",
        "line 6: an entry must be a mapping",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"id: x", "a.yml", "write a list"),
        (b"[]", "a.yml", "write a list"),
        (b"\xff\xfe", "a.yml", "not UTF-8"),
        (b"\xff\xfe", "a.csv", "not UTF-8"),
        (b"", "a.csv", "no row"),
        (b"id,lable\n1,incident\n", "a.csv", "unknown column: 'lable'. Did you mean 'label'?"),
        (b'id,label\n1,"x\n', "a.csv", "not CSV"),
    ],
)
def test_a_file_that_is_no_list(data: bytes, name: str, words: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        parse(data, name)
    assert words in str(raised.value)
