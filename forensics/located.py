"""YAML read with the line of every value, and faults gathered until the whole file is read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from forensics.errors import DeclarationError

_MAX_BYTES = 262_144
_DEEPEST = 100
# Ten times as fast where PyYAML was built with it; the other says better what is wrong.
_QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Located:
    """A YAML value and the line it stands on: a scalar, a list or a mapping of located values."""

    value: Any
    line: int

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def line_of(self, key: str) -> int:
        """The line of one entry of a mapping, or of the mapping when it has no such entry."""
        if isinstance(self.value, dict) and key in self.value:
            return int(self.value[key].line)
        return self.line


@dataclass
class Faults:
    """What is wrong with one file, line by line; `what` says what the file should hold."""

    name: str
    what: str = "policy"
    remedy: str = "Correct the lines named; until then the policy is not evaluated."
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note one fault; the file is read on."""
        self.found.append((line, message))

    def keys(self, node: Located, allowed: Iterable[str], what: str) -> Mapping[str, Located]:
        """The known entries of a mapping; unknown ones, and anything but a mapping, are faults."""
        allowed = tuple(allowed)
        if not isinstance(node.value, dict):
            self.add(node.line, f"{what} must be a mapping of {', '.join(allowed)}.")
            return {}
        for key, child in node.value.items():
            if key not in allowed:
                self.add(child.line, unknown_word(f"key in {what}", key, allowed))
        return {key: child for key, child in node.value.items() if key in allowed}

    def raise_if_any(self) -> None:
        """Raise one `DeclarationError` that lists every fault in the order of lines."""
        if not self.found:
            return
        listed = "\n".join(f"  line {line}: {message}" for line, message in sorted(self.found))
        count = len(self.found)
        error = DeclarationError(
            f"The {self.what} has {count} fault{'s' if count > 1 else ''}:\n{listed}",
            place=self.name,
            remedy=self.remedy,
        )
        error.faults = tuple(sorted(self.found))
        raise error


def unknown_word(what: str, word: object, allowed: Iterable[str]) -> str:
    """A sentence refusing a word, naming the nearest allowed one, or all when they are few."""
    allowed = tuple(allowed)
    near = difflib.get_close_matches(str(word), allowed, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    listing = f" Allowed: {', '.join(allowed)}." if len(allowed) <= 24 else ""
    return f"unknown {what}: {str(word)!r}.{hint}{listing}"


def read(data: bytes, faults: Faults) -> Located | None:
    """The one document of a YAML file; None, with a fault noted, when it cannot be read."""
    if len(data) > _MAX_BYTES:
        faults.add(1, f"the file is larger than {_MAX_BYTES} bytes, no {faults.what} is.")
        return None
    try:
        text = data.decode("utf-8-sig")
        if refused := _refused(text):
            faults.add(*refused)
            return None
        documents = list(yaml.compose_all(text, Loader=_QUICK))
        if len(documents) == 1:
            return _locate(documents[0], faults)
        faults.add(
            1, f"one {faults.what} a file is allowed, this one holds {len(documents)} documents."
        )
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        faults.add(line, "the text is not UTF-8.")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        faults.add(mark.line + 1 if mark else 1, f"not YAML: {error.problem or error.context}.")
    except (yaml.YAMLError, ValueError) as error:
        faults.add(1, f"not YAML: {error}.")
    return None


def _refused(text: str) -> tuple[int, str] | None:
    """The line of what is never composed, and what it is: anchors, aliases, and deep nesting.

    Looked for before anything is expanded. Raises `yaml.YAMLError` for what is not YAML.
    """
    try:
        return _refused_by(text, _QUICK)
    except yaml.YAMLError:
        return _refused_by(text, yaml.SafeLoader)


def _refused_by(text: str, loader: Any) -> tuple[int, str] | None:
    depth = 0
    for event in yaml.parse(text, loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            return line, "anchors and aliases are not allowed; write the value out."
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            return line, "the values are nested too deeply."
    return None


def _locate(node: yaml.Node, faults: Faults) -> Located:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Located([_locate(child, faults) for child in node.value], line)
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Located] = {}
        for key_node, child in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                faults.add(key_line, "a key must be a text, not a list or a mapping.")
                continue
            key = str(key_node.value)
            if key in entries:
                faults.add(key_line, f"the key {key!r} stands twice.")
            entries[key] = Located(_locate(child, faults).value, key_line)
        return Located(entries, line)
    return Located(_scalar(node, faults), line)


def _scalar(node: yaml.Node, faults: Faults) -> Any:
    """Text as written, except numbers, truth values and null; dates stay text."""
    if node.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"}:
        try:
            return yaml.SafeLoader("").construct_object(node, deep=True)
        except ValueError as error:
            faults.add(node.start_mark.line + 1, f"not a number that can be used: {error}.")
    return node.value
