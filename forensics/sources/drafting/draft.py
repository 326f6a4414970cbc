"""A draft while it is made: lines of [event], what each rests on, and what its maker doubts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from forensics.sources.drafting import pairs, words
from forensics.sources.drafting.sample import ELEMENT, OUTER, Sample
from forensics.sources.drafting.toml_text import array, text

# More doubts than these are not read.
_DOUBTS = 5


@dataclass
class Draft:
    """`lines` are TOML values by column, `paths` the path behind each, `doubts` comments.

    `told` is the operation of each event, empty where it has none; `hint` is the kind of object
    that acts are of when they do not say it.
    """

    sample: Sample
    lines: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    hint: str | None = None

    @property
    def operations(self) -> Counter[str]:
        """How often each operation was seen."""
        return Counter(one for one in self.told if one)

    def path(self, column: str, path: str, line: str | None = None) -> None:
        """Fill a column from a path, plainly or by the line given."""
        self.lines[column] = plain(path) if line is None else line
        self.paths[column] = path
        self.taken.add(path)

    def first_of(self, column: str, paths: list[str]) -> None:
        """Fill a column from the first of several paths that holds something."""
        self.path(column, paths[0])
        if len(paths) > 1 and self.sample.share(paths[0]) < 1:
            self.lines[column] = _first_of(paths)

    def doubt(self, column: str, sentence: str) -> None:
        """Say what to look at, unless there is enough to look at already."""
        if len(self.doubts) < _DOUBTS:
            self.doubts[column] = sentence

    def free(self) -> list[str]:
        """Paths that hold values and feed no column yet."""
        return [path for path in self.sample.values if path not in self.taken]

    def ranked(self, column: str) -> list[tuple[int, str]]:
        """Free paths whose names speak for a column, best first, each with how strongly."""
        found = [(words.rank(path, column), path) for path in self.free()]
        found = [one for one in found if one[0]]
        return sorted(
            found, key=lambda one: (distance(one[1])[0], -one[0], distance(one[1]), one[1])
        )


def distance(path: str) -> tuple[bool, bool, int]:
    """How far a path is from the act itself: outside it, in a list, deep. Less is nearer."""
    outside = path.startswith((OUTER, "syslog.", "csv."))
    return outside, "[" in path, path.removeprefix(ELEMENT).count(".")


def plain(path: str) -> str:
    """A TOML value that is what stands at a path."""
    return f"{{ {source(path)} }}" if pairs.split(path) else text(path)


def source(path: str) -> str:
    """The member of a TOML value that says from where it is read."""
    return f"sql = {text(sql_text(path))}" if pairs.split(path) else f"path = {text(path)}"


def _first_of(paths: list[str]) -> str:
    if any(map(pairs.split, paths)):
        read = f"coalesce({', '.join(map(sql_text, paths))})"
        return f"{{ sql = {text(read)} }}"
    return f"{{ first_of = {array(paths)} }}"


def sql_text(path: str) -> str:
    """A read of a path in a declaration's SQL, blank text being nothing."""
    pair = pairs.split(path)
    if pair is None:
        return f"nullif(text({sql_value(path)}), '')"
    message, key = pair
    read = f"regexp_extract(text({sql_value(message)}), {sql_value(pairs.pattern(key))}, 1)"
    return f"nullif(trim({read}, '\"'), '')"


def sql_value(value: str) -> str:
    """A text in a declaration's SQL."""
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
