"""Matches of Sigma rules: one finding for a rule and account, with a count."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from forensics.rules.load import own


def test_matches_of_one_account_are_one_finding_with_a_count(small: Any, found: Any) -> None:
    for minutes in range(11):
        small.did(minutes, "report_exported")
    small.did(20, "profile_viewed")
    small.did(21, "report_exported", login="lead")
    told = {one.actor: one for one in found(small.case(), "data_exported")}
    assert set(told) == {"worker", "lead"}
    (count,) = told["worker"].counts
    assert (count.n, count.of) == (11, 12)
    assert len(told["worker"].evidence) == 8
    assert told["worker"].verdict == "match"
    assert told["worker"].person is None
    assert [one.time for one in told["worker"].evidence] == sorted(
        one.time for one in told["worker"].evidence
    )
    assert (told["worker"].last_time - told["worker"].first_time).total_seconds() == 600


def test_the_target_is_named_only_when_there_is_one(small: Any, found: Any) -> None:
    small.did(0, "report_exported", on="@somebody")
    small.did(1, "report_exported", on="@somebody")
    small.did(2, "report_exported", on="@one", login="lead")
    small.did(3, "report_exported", on="@other", login="lead")
    told = {one.actor: one.target for one in found(small.case(), "data_exported")}
    assert told == {"worker": "@somebody", "lead": None}


def test_an_act_of_nobody_recorded_is_still_told(small: Any, found: Any) -> None:
    for minutes in range(-9, 0):
        small.did(minutes, "profile_viewed")
    small.did(0, "report_exported", actor=None)
    (told,) = found(small.case(), "data_exported")
    assert told.actor is None
    assert told.counts[0].n == told.counts[0].of == 1


def test_every_rule_is_in_the_ledger_once(small: Any) -> None:
    small.did(0, "profile_viewed")
    coverage = small.case().scan().coverage
    evaluated = [one for one in coverage.evaluated if one.startswith("rule ")]
    names = [
        re.sub(r" \(\w{8}, version \w{12}\): .*", "", one)[len("rule ") :] for one in evaluated
    ]
    for line in coverage.not_evaluated:
        # Those about a log that the case has not stand together.
        if told := re.match(r"(?:rule|\d+ rules) (.+): this case holds no records of ", line):
            names += re.findall(r"'[^']*'|\"[^\"]*\"", told[1])
    assert sorted(names) == sorted(repr(one.title) for one in own().rules)


def test_a_finding_gives_what_the_rule_says_of_it(small: Any, found: Any) -> None:
    small.did(0, "report_exported")
    (told,) = found(small.case(), "data_exported")
    assert told.innocent
    assert told.sentences[0].endswith(".")
    assert any(one.startswith("attack.") for one in told.refs)


def test_an_ignored_match_stands_in_the_ledger(small: Any, tmp_path: Path) -> None:
    small.did(0, "report_exported")
    (rule,) = (one for one in own().rules if Path(one.file).stem == "data_exported")
    settings = tmp_path / "settings.yml"
    settings.write_text(
        f"ignore:\n  - {{rule: {rule.id}, when: {{actor: worker}}, owner: ops, reason: Agreed.,"
        " until: 2026-12-31}\n",
        encoding="utf-8",
    )
    case = small.case()
    told = case.scan(settings=settings, as_of=datetime(2026, 12, 31, tzinfo=UTC))
    assert rule.id not in {one.rule for one in told.findings}
    (line,) = [one for one in told.coverage.not_evaluated if "ignored" in one]
    assert "1 match ignored by ops until 2026-12-31: Agreed." in line
    after = case.scan(settings=settings, as_of=datetime(2027, 1, 1, tzinfo=UTC))
    assert rule.id in {one.rule for one in after.findings}
    (line,) = [one for one in after.coverage.not_evaluated if "ignored" in one]
    assert "no longer ignored" in line
    assert after.incomplete == told.incomplete


def test_a_profile_has_every_rule_that_was_asked(small: Any) -> None:
    small.did(0, "report_exported")
    case = small.case()
    told = case.profile_rules()
    asked = {one.id: one.matches for one in case.rule_coverage().rules if one.status == "evaluated"}
    found = {one.id: one.matches for one in told.rules}
    # What only serves correlations is asked too, but its matches are none of the scan's.
    serving = {
        str(reference.rule.id)
        for one in own().rules
        if one.is_correlation and not one.sigma.generate
        for reference in one.sigma.referenced_rules
    }
    assert found == asked | {name: found[name] for name in serving & set(asked)}
    assert set(asked) - serving
    assert [one.seconds for one in told.rules] == sorted(
        (one.seconds for one in told.rules), reverse=True
    )
    assert told.not_asked == len(own().rules) - len(asked)


def test_rows_of_a_plain_table_are_said_to_be_half_seen(small: Any) -> None:
    small.files["github.csv"] = (
        "action,actor,actor_id,actor_location.country_code,created_at,org,repo,user,operation_type\n"
        "repo.add_member,ada,11,IE,1767604437000,example-org,example-org/x,bob,create\n"
    )
    small.did(0, "profile_viewed")
    case = small.case()
    own_rules = sum("github" in one.logsource for one in case.rule_coverage().rules)
    said = f"{own_rules} rules about github_audit: some of its records are rows of a plain table"
    assert own_rules > 0
    assert [one for one in case.scan().incomplete if one.startswith(said)]
    assert [one for one in case.rule_coverage().incomplete if one.startswith(said)]
