"""Policies as they are named in a question: by their id, or as a file of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from forensics.conditions import vocabulary
from forensics.errors import DeclarationError, InputError
from forensics.policy import terms, versions
from forensics.policy.model import Policy

_SUFFIXES = (".yml", ".yaml")


def chosen(loaded: Sequence[Policy], named: Iterable[str | Path]) -> tuple[Policy, ...]:
    """The policies of those ids or files, in order; all that are loaded when none is named.

    A file replaces those of its id. Raises `UsageError` for an id that is none, `InputError` for
    a file that cannot be read, `DeclarationError` for a faulty one, and for files of one id that
    are in force at the same time.
    """
    given: list[Policy] = []
    found: list[Policy] = []
    for one in dict.fromkeys(map(str, named)):
        if is_file(one):
            given.append(read(Path(one)))
        elif of_id := [known for known in loaded if known.id == one]:
            found += of_id
        else:
            hint = "A file ends in .yml or .yaml; forensics policy list names all ids."
            raise vocabulary.unknown("policy", one, (known.id for known in loaded), hint)
    for later, said in versions.clashes(given):
        message = f"{said[0].upper()}{said[1:]}"
        raise DeclarationError(message, place=later.file, remedy=versions.REMEDY)
    replaced = {one.id for one in given}
    kept = (one for one in found if one.id not in replaced)
    return tuple(sorted((*given, *kept), key=terms.order)) or tuple(loaded)


def is_file(name: str) -> bool:
    """Whether a name is meant as that of a file."""
    return name.endswith(_SUFFIXES) or "/" in name


def read(path: Path) -> Policy:
    """The policy of a file; raises as `chosen` does."""
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"The policy cannot be read: {error.strerror or error}."
        raise InputError(message, place=str(path), remedy="Name a file that exists.") from error
    return terms.parse(data, str(path))
