"""Read Sigma rule files: every rule that can be read, and every fault of those that cannot."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError, SigmaRuleLocation
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader

from forensics.conditions import selection
from forensics.errors import DeclarationError, InputError
from forensics.rules import values as placeholders
from forensics.rules.compile import in_one_line
from forensics.rules.correlate_conditions import readable
from forensics.rules.filters import Filter, apply

DEFAULT_LEVEL = "medium"
"""Level of a rule that states none."""

CASES = ".cases"
"""What the name of a file of cases ends with, before `.yml`; the rule's is the same without it."""


@dataclass(frozen=True)
class Rule:
    """One Sigma rule: what a finding quotes of it, and the parsed rule itself.

    `version` is the first 12 hex digits of the SHA-256 of its file's bytes, `filters` are the
    titles of the global filters that were put into it.
    """

    id: str
    title: str
    level: str
    version: str
    file: str
    description: str
    falsepositives: tuple[str, ...]
    references: tuple[str, ...]
    tags: tuple[str, ...]
    sigma: SigmaRule | SigmaCorrelationRule
    filters: tuple[str, ...] = ()

    @property
    def is_correlation(self) -> bool:
        """Whether it speaks of several events together."""
        return isinstance(self.sigma, SigmaCorrelationRule)


@dataclass(frozen=True)
class Fault:
    """Something wrong in a rule file: where, and what."""

    place: str
    message: str


@dataclass(frozen=True)
class RuleSet:
    """Rules sorted by id, and the faults met while reading them, in the order of the files.

    `filters` are those that the files hold, already put into the rules.
    """

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]
    filters: tuple[Filter, ...] = ()

    def faultless(self) -> RuleSet:
        """Itself, or a `DeclarationError` that lists every fault."""
        if self.faults:
            listed = "\n".join(f"{fault.place}: {fault.message}" for fault in self.faults)
            count = len(self.faults)
            raise DeclarationError(
                f"{count} fault{'s' if count > 1 else ''} in rule files:\n{listed}",
                remedy="Correct the files; the rules without a fault can be used meanwhile.",
            )
        return self


@dataclass(frozen=True)
class _File:
    name: str
    version: str
    collection: SigmaCollection


def load(
    paths: Iterable[Path], values: Path | None = None, *, filters: Sequence[Filter] = ()
) -> RuleSet:
    """The rules of files and of folders (recursively, `*.yml` and `*.yaml`).

    `values` is a YAML file of what placeholders stand for, for rules that say `expand`; `filters`
    are global ones beside those of the files.

    References between rules may cross files. A path that does not exist is an `InputError`;
    anything wrong inside a file becomes a fault and spares the other files.
    """
    faults: list[Fault] = []
    given = placeholders.read(values) if values is not None else {}
    files = [_read(path, faults) for path in _expand(paths, faults)]
    return _assemble([file for file in files if file is not None], faults, given, filters)


def own(filters: Sequence[Filter] = ()) -> RuleSet:
    """The rules that the tool brings along, from `rules/packs`, with some filters put into them."""
    with resources.as_file(resources.files("forensics.rules").joinpath("packs")) as packs:
        found = load([packs], filters=filters)
    # Named within the packs, so that no document tells where the tool is installed.
    within = (replace(r, file=Path(r.file).relative_to(packs).as_posix()) for r in found.rules)
    return replace(found, rules=tuple(within))


def _expand(paths: Iterable[Path], faults: list[Fault]) -> list[Path]:
    """The files of rules; what is hidden in a folder is passed over, and a folder of none told."""
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


def _read(path: Path, faults: list[Fault]) -> _File | None:
    try:
        data = path.read_bytes()
        # The loader is pySigma's own safe loader, which also refuses repeated keys.
        documents = [readable(d) for d in yaml.load_all(data, Loader=SigmaYAMLLoader) if d]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        faults.append(Fault(str(path), in_one_line(error)))
        return None
    if not documents or not all(isinstance(document, dict) for document in documents):
        faults.append(Fault(str(path), "is not a Sigma rule: a rule is a YAML mapping"))
        return None
    try:
        collection = SigmaCollection.from_dicts(
            [selection.spelled(document) for document in documents],
            collect_errors=True,
            collect_filters=True,
            resolve_references=False,
            source=SigmaRuleLocation(path),
            policy=selection.POLICY,
        )
    except (SigmaError, AttributeError, KeyError, TypeError, ValueError) as error:
        faults.append(Fault(str(path), _bare(error)))
        return None
    faults.extend(Fault(str(path), _bare(error)) for error in collection.errors)
    return _File(str(path), hashlib.sha256(data).hexdigest()[:12], collection)


def _assemble(
    files: Sequence[_File],
    faults: list[Fault],
    given: placeholders.Values,
    beside: Sequence[Filter],
) -> RuleSet:
    filters = [*beside, *_filters(files, faults)]
    parsed_rules = [(file, parsed) for file in files for parsed in file.collection.rules]
    merged = SigmaCollection([one for _, one in parsed_rules], resolve_references=False)
    usable = []
    for file, parsed in parsed_rules:
        if parsed.errors:
            continue
        applied = apply(parsed, filters)
        try:
            placeholders.put(parsed, given)
        except SigmaError as error:
            faults.append(Fault(file.name, _bare(error)))
            continue
        fault = _unresolved(parsed, merged)
        if fault:
            faults.append(Fault(file.name, fault))
        else:
            usable.append(_rule(parsed, file, applied))
    repeated = {rule_id for rule_id, n in Counter(rule.id for rule in usable).items() if n > 1}
    faults.extend(Fault(rule.file, _taken(rule)) for rule in usable if rule.id in repeated)
    unique = [rule for rule in usable if rule.id not in repeated]
    rules = tuple(sorted(unique, key=lambda rule: rule.id))
    return RuleSet(rules, tuple(faults), tuple(filters))


def _taken(rule: Rule) -> str:
    if rule.sigma.id or rule.sigma.name:
        return f"id {rule.id} is used by more than one rule"
    return f"has no id, and {rule.id}, which it is called by instead, is another rule too"


def _filters(files: Sequence[_File], faults: list[Fault]) -> Iterator[Filter]:
    """The global filters of the files that can be put into rules."""
    for file in files:
        for sigma in file.collection.filters:
            found = Filter(sigma.title, file.name, sigma)
            if not sigma.errors and found.fault is None:
                yield found
            elif found.fault is not None and not sigma.errors:
                faults.append(Fault(file.name, found.fault))


def _unresolved(parsed: SigmaRule | SigmaCorrelationRule, merged: SigmaCollection) -> str | None:
    """What the rule refers to in vain: another rule, or a selection of its own."""
    try:
        if isinstance(parsed, SigmaCorrelationRule):
            parsed.resolve_rule_references(merged)
        else:
            for condition in parsed.detection.parsed_condition:
                condition.parse()
    except SigmaError as error:
        return _bare(error)
    return None


def _rule(parsed: SigmaRule | SigmaCorrelationRule, file: _File, applied: tuple[str, ...]) -> Rule:
    return Rule(
        id=str(parsed.id or parsed.name or _called(parsed, file)),
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level else DEFAULT_LEVEL,
        version=file.version,
        file=file.name,
        description=(parsed.description or "").strip(),
        falsepositives=tuple(parsed.falsepositives or ()),
        references=tuple(parsed.references or ()),
        tags=tuple(str(tag) for tag in parsed.tags or ()),
        sigma=parsed,
        filters=applied,
    )


def _called(parsed: SigmaRule | SigmaCorrelationRule, file: _File) -> str:
    """What a rule without an id is called by: its file, and its title where that has several."""
    stem = Path(file.name).stem
    return stem if len(file.collection.rules) == 1 else f"{stem}/{parsed.title}"


def _bare(error: Exception) -> str:
    """The message without the file name that pySigma appends; the fault has its own place."""
    return in_one_line(error.args[0] if error.args else error)
