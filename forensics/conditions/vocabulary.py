"""Words of closed vocabularies: a question for one that cannot occur is no question."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from forensics import actions, event
from forensics.conditions.matching import Pattern, Wildcard
from forensics.errors import UsageError

T = TypeVar("T")
_WORDS: dict[str, tuple[str, ...]] = {
    "outcome": event.OUTCOMES,
    "actor_type": event.ACTOR_TYPES,
    "time_basis": event.TIME_BASES,
    "time_precision": event.TIME_PRECISIONS,
}
_REGEX = {Wildcard.ANY: ".*", Wildcard.ONE: "."}
_SIGN = {Wildcard.ANY: "*", Wildcard.ONE: "?"}
# How alike a word must be to be proposed, how many are, and from what length on a part counts.
_ALIKE, _MOST, _LONG = 0.65, 4, 3
# A vocabulary of no more words is told whole.
_LISTABLE = 20
_LISTED = {
    "action": "Actions are object.verb, as in account.deactivate; account.* are all of accounts.",
    "source": "forensics sources list names all.",
}


def words(column: str) -> tuple[str, ...] | None:
    """All values that an event column can have, where the tool itself gives them."""
    if column == "action":
        return (*actions.load(), actions.OTHER)
    return _WORDS.get(column)


def check(column: str, pattern: Pattern) -> None:
    """Raise `UsageError`, with the nearest words, when no value of the column fits the pattern.

    Case is ignored. A column of open values, and the empty text (not said), are always right.
    """
    known = words(column)
    if known is None or not any(pattern):
        return
    regex = "".join(
        _REGEX[part] if isinstance(part, Wildcard) else re.escape(part.lower()) for part in pattern
    )
    if any(re.fullmatch(regex, word, re.DOTALL) for word in known):
        return
    text = "".join(_SIGN[part] if isinstance(part, Wildcard) else part for part in pattern)
    if column == "action":
        objects = {f"{verb.partition('.')[0]}.*" for verb in known if "." in verb}
        raise unknown("action", text, (*known, *sorted(objects)))
    raise unknown(column, text, known, f"It is one of {', '.join(known)}.")


def one_of(what: str, text: str, known: Mapping[str, T]) -> T:
    """What is known by that name; raises `UsageError`, with the nearest names, when nothing is."""
    if text not in known:
        listed = f"It is one of {', '.join(known)}." if len(known) <= _LISTABLE else ""
        raise unknown(what, text, known, listed)
    return known[text]


def unknown(what: str, text: str, known: Iterable[str], otherwise: str = "") -> UsageError:
    """The error for a word that is none of the known: the nearest of them, or else what to do."""
    near = nearest(text, known)
    remedy = f"Did you mean {' or '.join(near)}?" if near else otherwise or _LISTED.get(what)
    return UsageError(f"There is no {what} {text!r}.", remedy=remedy)


def nearest(text: str, known: Iterable[str]) -> list[str]:
    """Up to four of the known words that resemble a text, begin like it or hold it, nearest first.

    Of words that are alike the first of the alphabet comes first.
    """
    asked = text.strip().lower()
    bare = asked.strip("*?.")
    ranked = sorted((-_likeness(asked, bare, word), word) for word in set(known))
    return [word for likeness, word in ranked if likeness <= -_ALIKE][:_MOST]


def _likeness(asked: str, bare: str, word: str) -> float:
    whole = difflib.SequenceMatcher(None, asked, word).ratio()
    if len(bare) < _LONG:
        return whole
    # People know how a name begins; the likeness of a part counts for less than that of the whole.
    begun = difflib.SequenceMatcher(None, bare, word[: len(bare)]).ratio()
    return max(whole, begun * 0.9, 0.8 if bare in word else 0.0)
