"""Questions asked of a case, one file each; the only room that joins domain rooms."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import Protocol, cast

from forensics.detectors.facts import Facts
from forensics.findings.document import Finding


@dataclass
class Answer:
    """What a detector found, and which checks it could and could not evaluate, in words.

    `not_evaluated` checks had nothing to look at; `failed` ones are faulty or not supported,
    which makes a scan incomplete. `remarks` are what whoever asked should know of what was asked.
    """

    findings: list[Finding] = field(default_factory=list)
    evaluated: list[str] = field(default_factory=list)
    not_evaluated: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Detector(Protocol):
    """One question."""

    name: str
    question: str

    def find(self, facts: Facts) -> Answer:
        """Answer the question over the case behind `facts`."""
        ...


def all_detectors() -> tuple[Detector, ...]:
    """Every detector in this folder, by name: a module that has a `DETECTOR`."""
    modules = (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    )
    found = [cast("Detector", one.DETECTOR) for one in modules if hasattr(one, "DETECTOR")]
    return tuple(sorted(found, key=lambda one: one.name))
