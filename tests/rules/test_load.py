from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from forensics.errors import DeclarationError, InputError
from forensics.rules import load

GOOD = """
title: Good
id: 11111111-1111-4111-8111-111111111111
logsource: {category: admin_action}
detection:
  selection: {action: case.open}
  condition: selection
level: low
falsepositives: [work]
"""


def test_version_is_the_hash_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "good.yml"
    file.write_text(GOOD)
    (rule,) = load.load([tmp_path]).faultless().rules
    assert rule.version == hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    assert (rule.title, rule.level, rule.falsepositives) == ("Good", "low", ("work",))


def test_all_faults_are_listed_and_good_rules_survive(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "broken.yml").write_text("title: [")
    (tmp_path / "list.yml").write_text("- 1\n")
    (tmp_path / "twice.yml").write_text(GOOD.replace("level: low", "level: low\nlevel: high"))
    (tmp_path / "empty.yml").write_text("")
    (tmp_path / "latin.yml").write_bytes(b"title: caf\xe9\n")
    (tmp_path / "modifier.yml").write_text(
        GOOD.replace("{action:", "{action|sounds_like:").replace("1111-1111-1", "1111-1111-2")
    )
    (tmp_path / "lost.yml").write_text(
        "title: Lost\ncorrelation: {type: event_count, rules: [nowhere], timespan: 1m, "
        "condition: {gte: 2}}\n"
    )
    (tmp_path / "selection.yml").write_text(
        GOOD.replace("condition: selection", "condition: selectoin").replace("1111-4", "1111-5")
    )
    (tmp_path / "sign.yml").write_text(GOOD.replace("condition: selection", "condition: a and"))
    ruleset = load.load([tmp_path])
    assert [rule.title for rule in ruleset.rules] == ["Good"]
    named = {Path(fault.place).stem for fault in ruleset.faults}
    assert named == {"broken", "list", "twice", "empty", "latin", "modifier", "lost"} | {
        "selection",
        "sign",
    }
    with pytest.raises(DeclarationError) as caught:
        ruleset.faultless()
    assert all(stem in str(caught.value) for stem in named)


def test_one_id_twice_is_a_fault_of_both(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(GOOD)
    ruleset = load.load([tmp_path])
    assert ruleset.rules == ()
    assert len(ruleset.faults) == 2


def test_missing_path_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load.load([tmp_path / "nowhere"])


def test_global_filter_narrows_the_rule_it_names(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "filter.yml").write_text(
        "title: Not the intake\nlogsource: {category: admin_action}\n"
        "filter:\n  rules: [11111111-1111-4111-8111-111111111111]\n"
        "  intake: {actor: intake}\n  condition: not intake\n"
    )
    (rule,) = load.load([tmp_path]).faultless().rules
    assert "not" in str(rule.sigma.detection.condition)  # type: ignore[union-attr]  # no correlation


EXPANDING = GOOD.replace("{action: case.open}", "{actor|expand: '%intake%'}")


def test_values_stand_for_placeholders(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(EXPANDING)
    values = tmp_path / "values.yaml.txt"
    values.write_text("intake: [" + ", ".join(f"clerk-{n}" for n in range(300)) + "]\n")
    (rule,) = load.load([tmp_path / "a.yml"], values).faultless().rules
    assert "clerk-299" in str(rule.sigma.detection.detections)  # type: ignore[union-attr]  # no correlation
    (rule,) = load.load([tmp_path / "a.yml"]).faultless().rules
    assert "clerk" not in str(rule.sigma.detection.detections)  # type: ignore[union-attr]  # no correlation


@pytest.mark.parametrize("told", ["- a", "a: []", "a: {b: c}", "a: [true]", "a: [", "1: [b]"])
def test_values_that_are_none_are_told(tmp_path: Path, told: str) -> None:
    (tmp_path / "a.yml").write_text(EXPANDING)
    values = tmp_path / "values.txt"
    values.write_text(told)
    with pytest.raises(DeclarationError) as caught:
        load.load([tmp_path / "a.yml"], values)
    assert str(values) in str(caught.value)


def test_a_missing_file_of_values_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(EXPANDING)
    with pytest.raises(InputError):
        load.load([tmp_path / "a.yml"], tmp_path / "none.yml")


def test_own_rules_do_not_tell_where_they_are_installed() -> None:
    packs = Path(load.__file__).parent / "packs"
    named = {rule.file for rule in load.own().faultless().rules}
    assert named
    assert all(not Path(one).is_absolute() and (packs / one).is_file() for one in named)


def test_a_folder_without_rules_is_told_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / "ci.yml").write_text("on: push\n", encoding="utf-8")
    (fault,) = load.load([tmp_path]).faults
    assert (fault.place, "holds no rule" in fault.message) == (str(tmp_path), True)
    (tmp_path / "A.YML").write_text(PLAIN.format(title="One"), encoding="utf-8")
    assert [one.title for one in load.load([tmp_path]).rules] == ["One"]


PLAIN = """title: {title}
logsource: {{category: admin_action}}
detection: {{s: {{action: account.delete}}, condition: s}}
"""


def test_rules_of_one_file_need_no_ids(tmp_path: Path) -> None:
    both = PLAIN.format(title="One") + "---\n" + PLAIN.format(title="Two")
    (tmp_path / "a.yml").write_text(both, encoding="utf-8")
    found = load.load([tmp_path])
    assert ([one.id for one in found.rules], found.faults) == (["a/One", "a/Two"], ())
    (tmp_path / "deep").mkdir()
    for folder in ("", "deep"):
        (tmp_path / folder / "a.yml").write_text(PLAIN.format(title="One"), encoding="utf-8")
    assert all("has no id, and a, " in one.message for one in load.load([tmp_path]).faults)


def test_messages_hold_no_address_in_memory(tmp_path: Path) -> None:
    text = PLAIN.format(title="One").replace("action: account.delete", "actor|contains: null")
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    (fault,) = load.load([tmp_path]).faults
    assert "incompatible" in fault.message
    assert "0x" not in fault.message


THREE = (
    PLAIN.format(title="One")
    + """---
title: Two
name: two
correlation: {type: temporal, rules: [one], timespan: 10m, condition: one and not elsewhere}
---
"""
    + PLAIN.format(title="Three")
)


def test_a_fault_costs_only_its_own_rule(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(THREE, encoding="utf-8")
    found = load.load([tmp_path])
    assert [(one.id, one.line) for one in found.rules] == [("a/One", 1), ("a/Three", 9)]
    (fault,) = found.faults
    assert fault.place == f"{tmp_path / 'a.yml'}:5"
    assert fault.message.startswith("'Two': ")
    assert "elsewhere" in fault.message


def test_a_document_with_a_repeated_key_has_its_line(tmp_path: Path) -> None:
    text = "# first\n" + GOOD.replace("level: low", "level: low\nlevel: high")
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    (fault,) = load.load([tmp_path]).faults
    assert "duplicate" in fault.message.lower()


def test_rules_that_others_are_put_into_are_read_together(tmp_path: Path) -> None:
    text = "action: global\nlogsource: {category: admin_action}\n---\n" + "---\n".join(
        f"title: {title}\ndetection: {{s: {{action: account.delete}}, condition: s}}\n"
        for title in ("One", "Two")
    )
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    found = load.load([tmp_path])
    assert ([one.title for one in found.rules], found.faults) == (["One", "Two"], ())
