"""Why the project and the peer differ where they do: written reasons, each for a kind of record."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from comparing import FIELDS, Field
from peer import values
from scores import Difference, Score, Tally

FILE = Path(__file__).parent / "reasons.toml"
_KEYS = {"stream", "field", "operation", "ours", "theirs", "contained", "counted", "why"}


@dataclasses.dataclass(frozen=True)
class Reason:
    """Why some differences of a field are none of a fault.

    They are chosen by what kind of record it is: patterns of our operation, of our columns, of
    the peer's fields, or that one side's text is part of the other's. All that are given hold.
    `counted` is false where the document contradicts its own record, or puts another role in the
    field: no agreement can be asked for there.
    """

    stream: str
    field: str
    why: str
    operation: tuple[str, ...] = ()
    ours: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    theirs: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    contained: bool = False
    counted: bool = True

    def explains(self, score: Score, one: Difference) -> bool:
        """Whether a difference is of the kind that this is the reason of."""
        row = one.row or {}
        return (
            (self.stream, self.field) == (score.stream, one.field)
            and (not self.operation or _fits([row.get("operation")], self.operation))
            and all(_fits([row.get(name)], given) for name, given in self.ours.items())
            and all(
                _fits(values(one.record.document, path) or [None], given)
                for path, given in self.theirs.items()
            )
            and (not self.contained or _contained(one))
        )


def _fits(found: Sequence[Any], patterns: Sequence[str]) -> bool:
    """Whether a value is like one of the patterns; a value that is not there is like ""."""
    texts = ["" if one is None else str(one) for one in found]
    return any(fnmatchcase(text, pattern) for text in texts for pattern in patterns)


def _contained(one: Difference) -> bool:
    return any(a in b or b in a for a in one.ours for b in one.theirs)


def load() -> tuple[Reason, ...]:
    """The reasons as they are written; raises `ValueError` on a key that is none."""
    found = []
    for given in tomllib.loads(FILE.read_text("utf-8")).get("reason", []):
        if odd := sorted(set(given) - _KEYS):
            raise ValueError(f"{FILE.name}: unknown keys {odd}")
        given["operation"] = tuple(given.get("operation", ()))
        found.append(Reason(**given))
    return tuple(found)


@dataclasses.dataclass
class Explained:
    """Differences of a stream by the reason that explains them, and those that have none.

    `tallies` are the stream's without the differences that do not count.
    """

    by_reason: dict[int, list[Difference]] = dataclasses.field(default_factory=dict)
    open: list[Difference] = dataclasses.field(default_factory=list)
    tallies: dict[str, Tally] = dataclasses.field(default_factory=dict)

    @property
    def low(self) -> list[str]:
        """Fields that agree less often than is asked for."""
        return [one.name for one in FIELDS if is_low(one, self.tallies[one.name])]


def is_low(one: Field, tally: Tally) -> bool:
    """Whether a field differs too often; a single difference among few records is borne with."""
    differing = tally.both - tally.agree
    return one.threshold is not None and differing > max(1, (1 - one.threshold) * tally.both)


def explain(score: Score, reasons: Sequence[Reason]) -> Explained:
    """Give every difference the first reason that explains it.

    That the peer's name is another of our names of the actor needs none.
    """
    found = Explained(
        tallies={name: dataclasses.replace(one) for name, one in score.tallies.items()}
    )
    for one in score.differences:
        if one.field == "actor (strict)":
            continue
        numbers = [n for n, reason in enumerate(reasons) if reason.explains(score, one)]
        if not numbers:
            found.open.append(one)
            continue
        found.by_reason.setdefault(numbers[0], []).append(one)
        if not reasons[numbers[0]].counted and one.field in found.tallies:
            found.tallies[one.field].both -= 1
    return found
