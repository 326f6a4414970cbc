"""Read Sigma rule files: every rule that can be read, and every fault of those that cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from forensics.errors import DeclarationError
from forensics.rules import values as placeholders
from forensics.rules.files import Document, Fault, bare, expand, read
from forensics.rules.filters import Filter, apply

DEFAULT_LEVEL = "medium"
"""Level of a rule that states none."""


@dataclass(frozen=True)
class Rule:
    """One Sigma rule: what a finding quotes of it, and the parsed rule itself.

    `version` is the first 12 hex digits of the SHA-256 of its file's bytes, `line` that on which it
    begins there, `filters` are the titles of the global filters that were put into it.
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
    line: int = 1

    @property
    def place(self) -> str:
        """Its file, and the line that it begins on."""
        return f"{self.file}:{self.line}"

    @property
    def is_correlation(self) -> bool:
        """Whether it speaks of several events together."""
        return isinstance(self.sigma, SigmaCorrelationRule)


@dataclass(frozen=True)
class RuleSet:
    """Rules sorted by id, and the faults met while reading them, in the order of the files.

    `filters` are those that the files hold, already put into the rules; `replaced` are rules that
    others stand in place of, by their id.
    """

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]
    filters: tuple[Filter, ...] = ()
    replaced: Mapping[str, Rule] = field(default_factory=dict)

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


def load(
    paths: Iterable[Path], values: Path | None = None, *, filters: Sequence[Filter] = ()
) -> RuleSet:
    """The rules of files and of folders (recursively, `*.yml` and `*.yaml`).

    `values` is a YAML file of what placeholders stand for, for rules that say `expand`; `filters`
    are global ones beside those of the files.

    References between rules may cross files. A path that does not exist is an `InputError`;
    anything wrong with a rule becomes a fault and spares the others, those of its file too.
    """
    faults: list[Fault] = []
    given = placeholders.read(values) if values is not None else {}
    documents = [one for path in expand(paths, faults) for one in read(path, faults)]
    return _assemble(documents, faults, given, filters)


def own(filters: Sequence[Filter] = ()) -> RuleSet:
    """The rules that the tool brings along, from `rules/packs`, with some filters put into them."""
    with packs() as folder:
        found = load([folder], filters=filters)
    # Named within the packs, so that no document tells where the tool is installed.
    within = (replace(r, file=Path(r.file).relative_to(folder).as_posix()) for r in found.rules)
    return replace(found, rules=tuple(within))


@contextmanager
def packs() -> Iterator[Path]:
    """The folder in which the tool's own rules lie, each beside its cases."""
    with resources.as_file(resources.files("forensics.rules").joinpath("packs")) as folder:
        yield folder


def _assemble(
    documents: Sequence[Document],
    faults: list[Fault],
    given: placeholders.Values,
    beside: Sequence[Filter],
) -> RuleSet:
    filters = [*beside, *_filters(documents, faults, given)]
    found = [(one, one.parsed) for one in documents if not isinstance(one.parsed, SigmaFilter)]
    merged = SigmaCollection([parsed for _, parsed in found], resolve_references=False)
    usable = []
    for document, parsed in found:
        applied = apply(parsed, filters)
        try:
            placeholders.put(parsed, given)
        except SigmaError as error:
            faults.append(document.fault(bare(error)))
            continue
        fault = _unresolved(parsed, merged)
        if fault:
            faults.append(document.fault(fault))
        else:
            usable.append(_rule(parsed, document, applied))
    repeated = {rule_id for rule_id, n in Counter(rule.id for rule in usable).items() if n > 1}
    faults.extend(Fault(rule.place, _taken(rule)) for rule in usable if rule.id in repeated)
    unique = [rule for rule in usable if rule.id not in repeated]
    rules = tuple(sorted(unique, key=lambda rule: rule.id))
    return RuleSet(rules, tuple(faults), tuple(filters))


def _taken(rule: Rule) -> str:
    if rule.sigma.id or rule.sigma.name:
        return f"{rule.title!r}: id {rule.id} is used by more than one rule"
    said = f"has no id, and {rule.id}, which it is called by instead, is another rule too"
    return f"{rule.title!r}: {said}"


def _filters(
    documents: Sequence[Document], faults: list[Fault], given: placeholders.Values
) -> Iterator[Filter]:
    """The global filters that can be put into rules."""
    for one in documents:
        if not isinstance(one.parsed, SigmaFilter):
            continue
        found = Filter(one.parsed.title, f"{one.file}:{one.line}", one.parsed)
        fault = found.fault(given)
        if fault is None:
            yield found
        else:
            faults.append(one.fault(fault))


def _unresolved(parsed: SigmaRule | SigmaCorrelationRule, merged: SigmaCollection) -> str | None:
    """What the rule refers to in vain: another rule, or a selection of its own."""
    try:
        if isinstance(parsed, SigmaCorrelationRule):
            parsed.resolve_rule_references(merged)
        else:
            for condition in parsed.detection.parsed_condition:
                condition.parse()
    except SigmaError as error:
        return bare(error)
    return None


def _rule(
    parsed: SigmaRule | SigmaCorrelationRule, document: Document, applied: tuple[str, ...]
) -> Rule:
    return Rule(
        id=str(parsed.id or parsed.name or _called(parsed, document)),
        title=parsed.title,
        level=parsed.level.name.lower() if parsed.level else DEFAULT_LEVEL,
        version=document.version,
        file=document.file,
        line=document.line,
        description=(parsed.description or "").strip(),
        falsepositives=tuple(parsed.falsepositives or ()),
        references=tuple(parsed.references or ()),
        tags=tuple(str(tag) for tag in parsed.tags or ()),
        sigma=parsed,
        filters=applied,
    )


def _called(parsed: SigmaRule | SigmaCorrelationRule, document: Document) -> str:
    """What a rule without an id is called by: its file, and its title where that has several."""
    stem = Path(document.file).stem
    return stem if document.alone else f"{stem}/{parsed.title}"
