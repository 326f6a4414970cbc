"""Control weakening: off, then a sensitive act by the same person, unless back on before."""

from __future__ import annotations

from typing import Any

import pytest
from histories import DAY, History

from forensics.policy.predicates import control_weakening

CONTROLS: dict[str, Any] = {
    "controls": ["logging.disable", "policy.change"],
    "within": "24h",
    "by": "same_person",
}


def story(*records: tuple[float, str, str], **act: Any) -> History:
    made = History(0)
    made.account("ann", "Ann", "personal")
    made.account("ann-admin", "Ann", "admin")
    made.account("bob", "Bob", "personal")
    made.event(-3 * DAY, "logging.disable", actor="bob.0", target="old")
    for minutes, verb, actor in records:
        made.event(minutes * 60, verb, actor=f"{actor}.0", target="audit")
    made.event(0, "account.delete", act=True, **{"actor": "ann.0", "target": "x"} | act)
    return made


OFF = (-60, "logging.disable", "ann-admin")
CASES: list[tuple[list[tuple[float, str, str]], bool | None]] = [
    ([OFF], True),
    ([(-60, "logging.disable", "bob")], False),
    ([(-60, "logging.disable", "stranger")], None),
    ([(-1500, "logging.disable", "ann")], False),
    ([(1, "logging.disable", "ann")], False),
    ([OFF, (-30, "logging.enable", "bob")], False),
    ([OFF, (30, "logging.enable", "ann")], True),
    ([OFF, (-30, "logging.enable", "ann"), (-10, "logging.disable", "ann")], True),
    ([OFF, (0, "logging.enable", "ann")], None),
    ([(-60, "policy.change", "ann")], True),
]


@pytest.mark.parametrize(("records", "value"), CASES)
def test_what_was_weakened(
    answer: Any, records: list[tuple[float, str, str]], value: bool | None
) -> None:
    assert answer(story(*records), "control_weakening", **CONTROLS)["value"] is value


def test_sentences_name_the_control_and_what_is_not_known(answer: Any) -> None:
    found = answer(story(OFF), "control_weakening", **CONTROLS)
    assert found["sentence"] == (
        "found: the logging.disable on audit by ann-admin.0 at 2017-11-02 11:00:00Z"
    )
    assert found["evidence"] == ["0-1"]
    found = answer(story(*CASES[8][0]), "control_weakening", **CONTROLS)
    assert found["missing"] == ["whether logging.disable was undone before the act"]


def test_without_records_of_controls_nothing_is_known(answer: Any) -> None:
    asked = CONTROLS | {"controls": ["logging.delete"]}
    found = answer(story(OFF), "control_weakening", **asked)
    assert found["missing"] == ["a record of logging.delete"]


def test_faults_are_named_by_parameter() -> None:
    assert control_weakening.validate(CONTROLS) == {}
    assert sorted(control_weakening.validate({"controls": ["audit.disable"], "by": "anyone"})) == [
        "", "by", "controls",
    ]  # fmt: skip
