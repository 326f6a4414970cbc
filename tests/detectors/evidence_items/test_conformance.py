"""Every item of evidence is a file with a test, and the table knows each of its findings."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

from forensics.conditions import query
from forensics.detectors import evidence_items
from forensics.detectors.explanations import TITLES, bearings

ROOM = Path(evidence_items.__file__).parent
MODULES = sorted(one.name for one in pkgutil.iter_modules([str(ROOM)]))
ITEMS = evidence_items.load()
MARKS = {"C", "n", "I", "weak C", "weak I"}
BANNED = re.compile(
    r"\b(rogue|malicious\w*|guilt\w*|suspect\w*|suspicious\w*|culprit\w*|perpetrator\w*|offender\w*"
    r"|attacker\w*|blame\w*|score|likely|probabl\w*)\b",
    re.IGNORECASE,
)


def test_the_items_are_found_by_their_presence_and_numbered_without_a_gap() -> None:
    assert len(MODULES) == len(ITEMS)
    assert [one.id for one in ITEMS] == [f"E{n}" for n in range(1, len(ITEMS) + 1)]


@pytest.mark.parametrize("name", MODULES)
def test_an_item_is_named_by_its_number_and_has_a_test(name: str) -> None:
    module = importlib.import_module(f"{evidence_items.__name__}.{name}")
    assert name.startswith(f"e{int(module.ITEM.id[1:]):02}_")
    assert (Path(__file__).parent / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", MODULES)
def test_an_item_opens_with_its_question_and_says_what_it_can_miss(name: str) -> None:
    module = importlib.import_module(f"{evidence_items.__name__}.{name}")
    text = " ".join((module.__doc__ or "").split())
    assert text.startswith(module.ITEM.question)
    assert "can miss" in text


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_the_table_knows_every_finding_and_no_other(item: evidence_items.Item) -> None:
    rows = bearings()[item.id]
    assert set(rows) == set(item.outcomes)
    for row in rows.values():
        assert list(row) == ["basis", *TITLES]
        assert row["basis"] in {"published", "own"}
        assert {row[key] for key in TITLES} <= MARKS


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_names_only_findings_that_it_declares(item: evidence_items.Item) -> None:
    name = next(one for one in MODULES if one.startswith(f"e{int(item.id[1:]):02}_"))
    text = (ROOM / f"{name}.py").read_text(encoding="utf-8")
    for outcome in item.outcomes:
        assert f'"{outcome}"' in text.split("ITEM = ")[0], outcome


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_an_item_says_how_and_what_would_settle_it(item: evidence_items.Item) -> None:
    assert item.question.endswith("?")
    assert item.question.count("?") == 1
    assert len(item.method) > 40
    assert item.settles


def test_the_table_has_no_row_of_no_item() -> None:
    assert list(bearings()) == [item.id for item in ITEMS]


def test_some_item_speaks_against_every_explanation_but_that_of_shared_accounts() -> None:
    against = {
        key
        for rows in bearings().values()
        for row in rows.values()
        for key in TITLES
        if row[key].endswith("I")
    }
    assert against == set(TITLES) - {"H6"}


# The published table, H1 to H5; it is kept here a second time so that no slip goes unseen.
PUBLISHED = {
    ("E1", "in_queue"): "C n I C n",
    ("E2", "queue"): "C n n C n",
    ("E2", "search"): "I C C I n",
    ("E3", "short"): "C n n wI n",
    ("E4", "overridden"): "wI C C n I",
    ("E5", "looked_up"): "I C n n n",
    ("E6", "never"): "wI C C I n",
    ("E7", "fits"): "C wI I C n",
    ("E8", "heavy"): "C n n n n",
    ("E9", "single"): "n n n n n",
    ("E9", "of_a_kind"): "n C n n n",
    ("E9", "bulk"): "n n C n C",
    ("E10", "prepared"): "I C C I n",
    ("E11", "concealed"): "I C C I n",
    ("E12", "undone"): "C I I n n",
    ("E13", "same"): "n n I n n",
    ("E14", "overlap"): "I I C I n",
    ("E14", "travel"): "I I C I n",
    ("E15", "granted"): "n I n C n",
    ("E16", "apart"): "n n n n C",
    ("E17", "absent"): "n n n n C",
    ("E18", "last_day"): "n wC n n n",
}


def test_rows_that_are_called_published_are_so() -> None:
    found = {
        (item, outcome): " ".join(row[key].replace("weak ", "w") for key in list(TITLES)[:5])
        for item, rows in bearings().items()
        for outcome, row in rows.items()
        if row["basis"] == "published"
    }
    assert found == PUBLISHED


@pytest.mark.parametrize("name", MODULES)
def test_items_do_not_import_each_other(name: str) -> None:
    tree = ast.parse((ROOM / f"{name}.py").read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {one for one in imported if (one or "").startswith(f"{evidence_items.__name__}.")}


def test_no_word_judges_a_person() -> None:
    for path in (*ROOM.glob("*.py"), *ROOM.glob("*.toml"), ROOM.parent / "explanations.py"):
        text = path.read_text(encoding="utf-8")
        found = set(BANNED.findall(text))
        # To say that there is none is the one use of these words.
        assert {word.lower() for word in found} <= {"probabilities"}, path.name
    assert BANNED.search("a suspected insider")


def test_the_terms_of_every_item_are_a_query_that_lists_what_it_cites(
    small: Any, unjudged: Any
) -> None:
    small.approval(-10)
    for number in range(6):
        case = {"id": f"C-9{number}", "type": "user_report"}
        small.did(-900 + number, "case_opened", login="intake", on="@protected", case=case)
    small.did(-30, "case_opened", login="intake", on="@protected")
    small.did(-2, "profile_viewed", on="@protected", case=None)
    small.did(-1, "decision_recorded", on="@protected")
    small.did(0, "account_deactivated", on="@protected")
    small.did(5, "session_closed")
    small.did(40, "account_restored", on="@protected", login="lead")
    case = small.case()
    (ledger,) = case.explain("@protected").outages
    cited = 0
    for item in ledger.items:
        query.compile(item.query)
        listed = set(case.timeline_table(item.query).column("event_uid").to_pylist())
        assert set(item.evidence) <= listed, item.id
        cited += len(item.evidence)
    assert cited > 8
    # The tests of items ask no policy.
    assert unjudged(case).explain("@protected").outages == (ledger,)


def test_an_outage_without_a_recorded_act_leaves_everything_open(small: Any) -> None:
    header = "checked_at,target,url,http_status,state,latency_ms,probe"
    row = "2017-11-02T12:{:02}:20.000Z,@protected,https://social.example/p,{},{},20,probe-1"
    seen = [(200, "active"), (404, "not_found"), (404, "not_found"), (200, "active")]
    rows = [row.format(minute, *one) for minute, one in enumerate(seen)]
    small.files["status_probe.csv"] = "\n".join([header, *rows, ""])
    small.did(0, "profile_viewed", on="@protected")
    document = small.case().explain("@protected")
    for ledger in document.outages:
        assert ledger.act is None
        assert all(not item.known for item in ledger.items)
        assert len(ledger.missing) == len(ITEMS)
    assert document.outages
