"""Values of placeholders: what `%admins%` stands for in a rule that says `expand`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, product
from pathlib import Path
from typing import Any

import yaml
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader
from sigma.rule.detection import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    Placeholder,
    SigmaExpansion,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from forensics.errors import DeclarationError, InputError

Values = Mapping[str, tuple[str, ...]]


def read(path: Path) -> Values:
    """The values of a YAML file: by placeholder, without its percent signs, a value or a list.

    Raises `InputError` where there is no such file, `DeclarationError` where it is another thing.
    """
    try:
        told = yaml.load(path.read_bytes(), Loader=SigmaYAMLLoader)  # noqa: S506 (a safe loader)
    except OSError as error:
        raise InputError(
            "The file of values cannot be read.",
            place=str(path),
            remedy="Give a YAML file of placeholders and their values.",
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise DeclarationError(" ".join(str(error).split()), place=str(path)) from error
    if not isinstance(told, dict) or not all(isinstance(name, str) for name in told):
        raise DeclarationError(
            "values of placeholders are a YAML mapping of names to lists",
            place=str(path),
            remedy="Write it as in admins: [alice, bob].",
        )
    return {name.strip("%"): _listed(name, one, path) for name, one in told.items()}


def _listed(name: str, told: Any, path: Path) -> tuple[str, ...]:
    values = told if isinstance(told, list) else [told]
    if not values or not all(type(one) in (str, int, float) for one in values):
        raise DeclarationError(
            f"the values of {name} must be texts or numbers, at least one",
            place=str(path),
            remedy="Write it as in admins: [alice, bob].",
        )
    return tuple(str(one) for one in values)


def put(rule: SigmaRule | SigmaCorrelationRule, values: Values) -> None:
    """Put the values into the rule where it has their placeholders; the other ones stay."""
    if isinstance(rule, SigmaCorrelationRule):
        return
    for detection in rule.detection.detections.values():
        _put(detection, values)


def _put(detection: SigmaDetection, values: Values) -> None:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            _put(item, values)
        elif isinstance(item, SigmaDetectionItem):
            item.value = [_replaced(one, values) for one in item.value]


def _replaced(value: Any, values: Values) -> Any:
    """The value, or where it has placeholders, one for each of their values."""
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_replaced(one, values) for one in value.values])
    if not isinstance(value, SigmaString | SigmaRegularExpression):
        return value
    if not value.contains_placeholder():
        return value
    if isinstance(value, SigmaString):
        each: list[Any] = [*_texts(value, values)]
    else:
        each = list(value.replace_placeholders(partial(_given, values)))
    return each[0] if len(each) == 1 else SigmaExpansion(each)


def _texts(text: SigmaString, values: Values) -> Iterator[SigmaString]:
    # The library's own way ends at 200 texts, and lists of accounts are longer.
    parts: list[list[Sequence[str | SpecialChars | Placeholder]]] = [
        [one.s for one in _given(values, part)] if isinstance(part, Placeholder) else [[part]]
        for part in text.s
    ]
    for chosen in product(*parts):
        one = type(text)()
        one.s = list(chain.from_iterable(chosen))
        yield one


def _given(values: Values, placeholder: Placeholder) -> Iterator[SigmaString]:
    """The values of a placeholder; itself, when it has none."""
    if placeholder.name not in values:
        itself = SigmaString()
        itself.s = [placeholder]
        yield itself
    for one in values.get(placeholder.name, ()):
        yield SigmaString(one)
