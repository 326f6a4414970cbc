"""TOML that no sample can break out of, and that cannot act on a terminal."""

from __future__ import annotations

import re

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(one: str) -> str:
    if one in _SHORT:
        return _SHORT[one]
    code = ord(one)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if one.isprintable():
        return one
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def text(value: str) -> str:
    """A basic string; what could not be seen in a terminal is escaped."""
    return f'"{"".join(map(_escaped, value))}"'


def comment(value: str) -> str:
    """A text for a comment: on one line, nothing in it that cannot be seen."""
    return "".join(one if one.isprintable() else _escaped(one) for one in value)


def record(value: str) -> str:
    """A literal string where the text allows one, so that JSON in it stays readable."""
    lines = value.split("\n")
    plain = all(line.replace("\t", " ").isprintable() for line in lines)
    if not plain or "'''" in value or value.endswith("'") or value.startswith("\n"):
        return text(value)
    return f"'''{value}'''"


def key(value: str) -> str:
    """A key, bare where it can be."""
    return value if _BARE.match(value) else text(value)


def table(pairs: dict[str, str]) -> str:
    """An inline table of texts."""
    listed = ", ".join(f"{key(name)} = {text(value)}" for name, value in pairs.items())
    return f"{{ {listed} }}" if listed else "{}"


def array(values: list[str]) -> str:
    """An array of texts on one line."""
    return f"[{', '.join(text(one) for one in values)}]"
