"""Policies as code: what they demand of acts, and their three-valued verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forensics.engine import Engine
from forensics.errors import DeclarationError, ForensicsError
from forensics.policy import (
    case_tables,
    protected,
    relations,
    relations_cases,
    stated,
    terms,
    versions,
)
from forensics.policy.approval_path import approval_reading, refusals
from forensics.policy.evaluate import Telling, evaluate
from forensics.policy.model import Policy
from forensics.policy.verdict import ApprovalReading, Evaluation, Verdict
from forensics.sources.context import POLICY, PROTECTED_TARGETS, ContextFile

__all__ = [
    "ApprovalReading",
    "Evaluation",
    "Policy",
    "PolicyLoad",
    "Telling",
    "Verdict",
    "approval_reading",
    "evaluate",
    "refusals",
    "register",
]


@dataclass(frozen=True)
class PolicyLoad:
    """The policies in force, how many protected targets are known, and what could not be read."""

    policies: tuple[Policy, ...]
    targets: int
    problems: tuple[ForensicsError, ...]


def register(
    engine: Engine,
    files: Sequence[ContextFile],
    *,
    case_paths: Mapping[str, Mapping[str, str]] | None = None,
) -> PolicyLoad:
    """Define what events and files tell of approvals, cases and the like; load the policies.

    The files tell `protected_targets` and the relations of `stated` and `case_tables`. `case_paths`
    are by source the JSON paths of `type` and `queue` in its records of cases. A policy of the case
    replaces the shipped ones of its id. Faulty files and rows are collected as problems, the rest
    is used.
    """
    problems: list[ForensicsError] = [
        *stated.register(engine, files),
        *case_tables.register(engine, files),
    ]
    relations.define(engine)
    relations_cases.define(engine, case_paths)
    tables = [file for file in files if file.kind == PROTECTED_TARGETS]
    targets = 0
    if tables:
        rows, found = protected.read(tables)
        engine.register_rows("protected_targets", protected.COLUMNS, rows)
        targets = len(rows)
        problems += found
    own = _own([file for file in files if file.kind == POLICY], problems)
    replaced = {policy.id for policy in own}
    kept = [policy for policy in terms.shipped() if policy.id not in replaced]
    policies = sorted((*own, *kept), key=terms.order)
    return PolicyLoad(tuple(policies), targets, tuple(problems))


def _own(files: Sequence[ContextFile], problems: list[ForensicsError]) -> list[Policy]:
    """The case's policies, one a version: a file imported later replaces an earlier one."""
    held: dict[tuple[str, object], Policy] = {}
    for file in sorted(files, key=lambda file: (file.imported_at, file.name, file.sha256)):
        try:
            policy = terms.parse(file.data, file.name)
        except DeclarationError as error:
            problems.append(error)
            continue
        key = (policy.id, policy.effective_from)
        other = held.get(key)
        if other and other.file != policy.file and other.version != policy.version:
            problems.append(
                DeclarationError(
                    f"The policy {policy.id} also stands in {other.file}, which is not evaluated.",
                    place=policy.file,
                    remedy="Give one of them another id or another effective date.",
                )
            )
        held[key] = policy
    for later, said in versions.clashes(held.values()):
        message = f"{said[0].upper()}{said[1:]}"
        problems.append(DeclarationError(message, place=later.file, remedy=versions.REMEDY))
    return list(held.values())
