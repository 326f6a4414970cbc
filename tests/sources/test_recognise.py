"""Recognition: which source, how sure, and what an unknown log comes nearest to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from forensics.sources.context import KINDS, kind_of
from forensics.sources.declaration import parse, shipped
from forensics.sources.paths import lookup
from forensics.sources.recognise import decode, recognise

STORY = Path(__file__).parents[2] / "sample_logs" / "eleven-minutes"


def source(name: str, required: str, more: str = "") -> Any:
    text = f'name = "{name}"\n[recognise]\nrequired = {required}\n{more}\n'
    return parse(text + '[event]\ntime = "a"\noperation = "b"\n', name)


def among(*sources: Any) -> dict[str, Any]:
    return {one.name: one for one in sources}


def test_among_sources_that_fit_the_one_that_asks_for_most_wins() -> None:
    known = among(source("loose", '["a"]'), source("tight", '["a", "b.c"]'))
    found = recognise([{"a": 1, "b": {"c": 2}}], known)
    assert (found.source, found.confidence) == ("tight", "high")
    assert recognise([{"a": 1}], known).source == "loose"


def test_equal_claims_are_not_high_confidence() -> None:
    found = recognise([{"a": 1}], among(source("one", '["a"]'), source("two", '["a"]')))
    assert (found.source, found.confidence) == ("one", "medium")


def test_most_records_must_fit() -> None:
    known = among(source("one", '["a"]'))
    assert recognise([{"a": 1}] * 6 + [{"x": 1}] * 4, known).source == "one"
    assert recognise([{"a": 1}] * 5 + [{"x": 1}] * 5, known).source is None


def test_exact_values_and_one_of_several_paths_are_asked_for() -> None:
    exact = among(source("one", '["a"]', 'equals = { "k" = ["x", "y"] }'))
    assert recognise([{"a": 1, "k": "y"}], exact).source == "one"
    assert recognise([{"a": 1, "k": "z"}], exact).source is None
    either = among(source("one", '["a"]', 'any_of = ["b", "c"]'))
    assert recognise([{"a": 1}, {"a": 1, "c": 2}], either).source == "one"
    assert recognise([{"a": 1}], either).source is None


def test_an_unknown_log_names_only_sources_it_shares_something_with() -> None:
    known = among(source("near", '["a", "b"]'), source("far", '["x", "y"]'))
    found = recognise([{"a": 1}], known)
    assert [one.source for one in found.nearest] == ["near"]
    assert "near (lacks b)" in found.why
    assert "far" not in found.why
    nothing = recognise([{"q": 1}], known)
    assert nothing.nearest == ()
    assert "nothing in common" in nothing.why
    assert "no records" in recognise([], known).why


def test_an_unknown_log_shares_nothing_with_the_shipped_sources() -> None:
    found = recognise([{"colour": "red", "weight": 7}], shipped())
    assert (found.source, found.nearest) == (None, ())


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("a.b", 1), ('"odd.key"', 2), ("l[1].x", 3), ("l[9]", None), ("a.b.c", None), ('"[q]"', 4)],
)
def test_lookup(path: str, wanted: Any) -> None:
    assert lookup({"a": {"b": 1}, "odd.key": 2, "l": [0, {"x": 3}], "[q]": 4}, path) == wanted


def test_only_objects_are_records_to_judge_by() -> None:
    deep = b'{"a":' * 3000 + b"1" + b"}" * 3000
    assert decode([b'{"a":1}', b"[1]", b"7", b'{"a', b"\xff", deep, b""]) == [{"a": 1}]


def test_context_files_are_known_by_their_header() -> None:
    found = {
        kind_of(path, path.read_bytes())
        for path in STORY.rglob("*")
        if path.suffix in {".csv", ".yml"}
    }
    in_story = {"employees", "contractors", "accounts", "protected_targets", "policy"}
    assert found - {None} == in_story <= {*KINDS}


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("x.csv", b"\xef\xbb\xbfEmailAddress,ResignationDate,LastWorkingDate\r\n", "employees"),
        ("x.csv", b'"account","kind","Person"\n', "accounts"),
        ("x.csv", b"target,tier,valid_from,valid_to\n", "protected_targets"),
        ("x.csv", b"target,tier\n", None),
        ("x.csv", b"", None),
        ("x.log", b"account,person,kind\n", None),
        ("rule.yml", b"title: x\nlogsource:\n", None),
        ("policy.yaml", b"title: x\nscope: y\n", "policy"),
    ],
)
def test_context_kinds(name: str, head: bytes, kind: str | None) -> None:
    assert kind_of(Path(name), head) == kind
