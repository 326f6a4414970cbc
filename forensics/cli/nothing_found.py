"""What is said where no event fits: an empty time, an absent source, a name that nothing bears."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, get_args

from forensics.cli import console

if TYPE_CHECKING:
    from forensics.api import Case
    from forensics.timeline.query import Named

_WHEN = ("since", "until", "around", "window", "zone")


def say(case: Case, filters: Mapping[str, Any], query: str | None, what: str) -> None:
    """Say why nothing fits, as far as it can be told, or else what to do."""
    nothing = "Nothing in the window is new" if what == "first events" else "No event fits"
    if not case.questions.total():
        console.say("There are no events at all; forensics sources coverage tells of each file.")
        return
    said = [*_absent(case, filters, query), *_astray(case, query)] or [*_empty(case, filters)]
    for one in said or ["Widen the time or drop a condition."]:
        console.say(f"{nothing}. {one}")


def _absent(case: Case, filters: Mapping[str, Any], query: str | None) -> Iterator[str]:
    """The names asked for that nothing bears, with those that resemble them."""
    from forensics.conditions.query import asked_of
    from forensics.timeline.query import Named

    held = case.sources()
    columns: tuple[Named, ...] = get_args(Named)
    for column in columns:
        named = (filters.get(column), *asked_of(query or "", column))
        for text in dict.fromkeys(one.strip() for one in named if one):
            if column == "source":
                if text.lower() not in held:
                    yield f"None here is of {text}; there are {', '.join(held)}."
            elif said := unnamed(case, column, text):
                yield said


def unnamed(case: Case, column: Named, text: str) -> str | None:
    """That no record bears a name, with those that resemble it; None where one does."""
    if _is_borne(case, column, text):
        return None
    near = case.near_names(column, text.strip("*"))
    alike = f" Recorded {column}s like it: {', '.join(near)}." if near else ""
    return f"No record names the {column} {text!r}.{alike}"


def _is_borne(case: Case, column: Named, text: str) -> bool:
    """Whether some record bears the name, so that it is not what is mistyped."""
    if "*" in text:
        near: Sequence[str] = case.near_names(column, text.strip("*"))
        return any(fnmatchcase(one.lower(), text.lower()) for one in near)
    return case.names(column, text)


def _astray(case: Case, query: str | None) -> Iterator[str]:
    from forensics.conditions.query import paths_of
    from forensics.timeline import paths

    for path in paths_of(query or ""):
        if said := paths.astray(case.store.engine, path):
            yield said


def _empty(case: Case, filters: Mapping[str, Any]) -> Iterator[str]:
    """That nothing at all was recorded in the time asked about, whatever the conditions."""
    when = {name: filters[name] for name in _WHEN if filters.get(name)}
    if when.keys() - {"zone"} and not case.questions.total(**when):
        yield "No record of any kind lies in the time asked about."
