"""Questions to the policies of a case: which there are, what they say of all acts and of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from forensics import __version__

if TYPE_CHECKING:
    from forensics.detectors.control_backtest import Wanted
    from forensics.detectors.facts import Facts
    from forensics.detectors.policy_check import Asked
    from forensics.findings.backtest import Backtest
    from forensics.findings.policies import PolicyCheck, PolicyEntry, PolicyExplanation


class Policies(ABC):
    """What `forensics policy` asks of a case, as methods.

    `named` are ids of policies or files of them (`.yml`); without any, all of the case are asked.
    An id that is none raises `UsageError`, a faulty file `DeclarationError`.
    """

    @property
    @abstractmethod
    def facts(self) -> Facts:
        """People, policies and clocks of the case."""

    def policies(self) -> tuple[PolicyEntry, ...]:
        """The policies of the case, shipped ones and its own, and what it lacks for any."""
        from forensics.detectors.policy_check import entries

        return entries(self.facts.policies.policies, self.facts)

    def check_policies(self, *named: str | Path, **asked: Unpack[Asked]) -> PolicyCheck:
        """Every act judged, or those asked about: violations, what is unknown and why.

        Compliant acts are counted; see `forensics.detectors.policy_check.Asked`.
        """
        from forensics.detectors.policy_check import check

        return check(self.facts, named, tool_version=__version__, **asked)

    def explain_policies(self, event: str, *named: str | Path) -> PolicyExplanation:
        """Every policy about the act whose id begins so: in scope or why not, and each answer."""
        from forensics.detectors.policy_explanation import explain

        return explain(self.facts, event, named, tool_version=__version__)

    def backtest(self, *named: str | Path, **wanted: Unpack[Wanted]) -> Backtest:
        """Policies tried side by side as controls; see `forensics.detectors.control_backtest`."""
        from forensics.detectors.control_backtest import tried

        return tried(self.facts, named, tool_version=__version__, **wanted)
