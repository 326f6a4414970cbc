"""Questions to a case with Sigma rules: a scan, and whether each rule was evaluated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from forensics import __version__

if TYPE_CHECKING:
    from datetime import datetime

    from forensics.detectors.facts import Facts
    from forensics.findings.document import ScanReport
    from forensics.findings.rules import RuleCoverage, RuleExplanation, RuleProfile


class Rules(ABC):
    """What `forensics scan` and `forensics rules` ask of a case, as methods."""

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """People, policies and clocks of the case."""

    def rule_coverage(
        self,
        paths: Sequence[str | Path] = (),
        values: str | Path | None = None,
        settings: str | Path | None = None,
        as_of: datetime | None = None,
    ) -> RuleCoverage:
        """The tool's own rules and those of `paths`, each asked of the case.

        `values` is a YAML file of what placeholders in rules stand for, `settings` one of levels
        and ignored matches, which is read as of a moment, now without one.
        """
        self._settle(settings, as_of)
        from forensics.detectors.rule_coverage import asked, coverage

        told = Path(values) if values is not None else None
        found = asked([Path(one) for one in paths], told)
        return coverage(self.facts, found, tool_version=__version__)

    def explain_rule(
        self,
        rule: str,
        event: str,
        paths: Sequence[str | Path] = (),
        values: str | Path | None = None,
    ) -> RuleExplanation:
        """Whether a rule matches the event whose id begins so, part by part with the values found.

        `rule` is an id, or its beginning, a file or a title, of the tool's own rules and those of
        `paths`. Raises `UsageError` when there is no such rule or event, or more than one.
        """
        from forensics.detectors.rule_coverage import asked
        from forensics.detectors.rule_explanation import explained

        told = Path(values) if values is not None else None
        found = asked([Path(one) for one in paths], told)
        return explained(self.facts, found, rule, event, tool_version=__version__)

    def profile_rules(
        self, paths: Sequence[str | Path] = (), values: str | Path | None = None
    ) -> RuleProfile:
        """What each rule costs by itself, and all of them together; times differ by run."""
        from forensics.detectors.rule_coverage import asked
        from forensics.detectors.rule_profile import profile

        told = Path(values) if values is not None else None
        found = asked([Path(one) for one in paths], told)
        return profile(self.facts, found, tool_version=__version__)

    def scan(
        self,
        rules: Sequence[str | Path] = (),
        values: str | Path | None = None,
        settings: str | Path | None = None,
        as_of: datetime | None = None,
        budget: int | None = None,
    ) -> ScanReport:
        """All detectors over the whole case: findings, and what could not be evaluated.

        `rules` are files and folders of Sigma rules beside the tool's own, `values` a YAML file of
        what placeholders in them stand for, `settings` one of levels and ignored matches, which is
        read as of a moment, now without one. `budget` is how many unusual nights of people are told
        of each night, five without one.
        """
        self._settle(settings, as_of)
        from forensics.baselines.combine import BUDGET
        from forensics.detectors.scanning import scan

        self.facts.budget = BUDGET if budget is None else budget
        self.facts.rules = tuple(Path(one) for one in rules)
        self.facts.values = Path(values) if values is not None else None
        return scan(self.facts, tool_version=__version__)

    def _settle(self, settings: str | Path | None, as_of: datetime | None) -> None:
        from forensics.rules.settings import NONE, read

        self.facts.rule_settings = read(Path(settings)) if settings is not None else NONE
        self.facts.as_of = as_of
