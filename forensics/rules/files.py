"""Rule files as the documents they hold, each parsed by itself: a fault costs only its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader

from forensics.conditions import selection
from forensics.errors import InputError
from forensics.rules.compile import in_one_line
from forensics.rules.correlate_conditions import readable

CASES = ".cases"
"""What the name of a file of cases ends with, before `.yml`; the rule's is the same without it."""

_ACTION = "action"


@dataclass(frozen=True)
class Fault:
    """Something wrong in a rule file: where, and what."""

    place: str
    message: str


@dataclass(frozen=True)
class Document:
    """A parsed rule or filter, and where it stands.

    `version` is of its file, `line` that on which it begins, `alone` whether the file holds no
    other rule.
    """

    file: str
    line: int
    version: str
    alone: bool
    parsed: SigmaRule | SigmaCorrelationRule | SigmaFilter

    def fault(self, message: str) -> Fault:
        """Something wrong with it."""
        return _fault(self.file, self.line, self.parsed.title, message)


def expand(paths: Iterable[Path], faults: list[Fault]) -> list[Path]:
    """The files of rules; what is hidden in a folder is passed over, and a folder of none told.

    Raises `InputError` for a path that does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.suffix.lower() in {".yml", ".yaml"}]
            seen = [p for p in inside if not any(n[0] == "." for n in p.relative_to(path).parts)]
            found.update(p for p in seen if not p.stem.endswith(CASES))
            if not seen:
                faults.append(
                    Fault(str(path), "holds no rule: no file of it ends in .yml or .yaml")
                )
        elif path.is_file():
            found.add(path)
        else:
            raise InputError(
                "There is no such rule file or folder.",
                place=str(path),
                remedy="Give a Sigma rule (*.yml) or a folder of them.",
            )
    return sorted(found)


def read(path: Path, faults: list[Fault]) -> Iterator[Document]:
    """The rules and filters of a file that can be parsed; faults of the others are added."""
    try:
        data = path.read_bytes()
        told = [(line, readable(one)) for line, one in _documents(data) if one]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        faults.append(Fault(str(path), in_one_line(error)))
        return
    if not told or not all(isinstance(one, dict) for _, one in told):
        faults.append(Fault(str(path), "is not a Sigma rule: a rule is a YAML mapping"))
        return
    version = hashlib.sha256(data).hexdigest()[:12]
    alone = sum("filter" not in one for _, one in told) == 1
    for line, parts in _apart(told):
        for parsed in _parsed(path, line, parts, faults):
            yield Document(str(path), line, version, alone, parsed)


def bare(error: Exception) -> str:
    """The message without the file name that pySigma appends; the fault has its own place."""
    return in_one_line(error.args[0] if error.args else error)


def _documents(data: bytes) -> Iterator[tuple[int, Any]]:
    """Each document of a file, with the line that it begins on."""
    # The loader is pySigma's own safe loader, which also refuses repeated keys.
    loader = SigmaYAMLLoader(data)
    try:
        while loader.check_node():
            node = loader.get_node()
            if node is None:
                return
            yield node.start_mark.line + 1, loader.construct_document(node)
    finally:
        loader.dispose()


def _apart(told: Sequence[tuple[int, Any]]) -> Iterator[tuple[int, list[Any]]]:
    """Documents to be parsed each by itself; all together where one is to be put into others."""
    if any(_ACTION in one for _, one in told):
        yield told[0][0], [one for _, one in told]
    else:
        yield from ((line, [one]) for line, one in told)


def _parsed(
    path: Path, line: int, parts: Sequence[Any], faults: list[Fault]
) -> Iterator[SigmaRule | SigmaCorrelationRule | SigmaFilter]:
    title = parts[0].get("title") if len(parts) == 1 else None
    try:
        collection = SigmaCollection.from_dicts(
            [selection.spelled(one) for one in parts],
            collect_errors=True,
            collect_filters=True,
            resolve_references=False,
            source=SigmaRuleLocation(path),
            policy=selection.POLICY,
        )
    except (SigmaError, AttributeError, KeyError, TypeError, ValueError) as error:
        faults.append(_fault(str(path), line, title, bare(error)))
        return
    faults += [_fault(str(path), line, title, bare(error)) for error in collection.errors]
    every = (*collection.rules, *collection.filters)
    yield from (one for one in every if not one.errors)


def _fault(file: str, line: int, title: object, message: str) -> Fault:
    told = f"{in_one_line(title)!r}: " if isinstance(title, str) and title else ""
    return Fault(f"{file}:{line}", f"{told}{message}")
