"""Pieces of a generated page: titles, tables, code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTE = "<!-- Written by docs/generate.py; edit what it describes instead. -->"


def page(title: str, *parts: str) -> str:
    """A page with its title and the note that it is generated."""
    return "\n\n".join((f"# {title}", NOTE, *(part.strip("\n") for part in parts))) + "\n"


def cell(text: object) -> str:
    """A text that fits in one cell of a table."""
    return " ".join(str(text).replace("|", "\\|").split())


def code(text: str) -> str:
    """A text as inline code, also when it holds backticks."""
    flat = cell(text)
    return f"`` {flat} ``" if "`" in flat else f"`{flat}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are already safe."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fenced(text: str, kind: str = "") -> str:
    """A block of text as it stands."""
    body = text.strip("\n")
    return f"```{kind}\n{body}\n```"


def joined(names: Iterable[str]) -> str:
    """Names as inline code, one after the other."""
    return ", ".join(code(name) for name in names)
