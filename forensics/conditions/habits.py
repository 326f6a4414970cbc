"""Mistakes in a query: where they are, and what people mean who are used to another language."""

from __future__ import annotations

import re
import unicodedata

from forensics import event
from forensics.errors import UsageError

SYNTAX = "Example: actor:ada AND action:account.* NOT outcome:failure; see also `time:[.. TO ..]`."
"""What to do about a mistake of which no more is known."""

# How much of a long query is shown before and after the place of a mistake.
_BEFORE, _AFTER = 60, 30
# Signs and words of other languages, which would be looked for as text.
_SIGNS = {
    **{word.lower(): word for word in ("AND", "OR", "NOT", "TO")},
    **dict.fromkeys(("&&", "&"), "AND"),
    **dict.fromkeys(("||", "|"), "OR"),
    "!": "NOT",
    **dict.fromkeys(("=", "=="), "actor:ada"),
    "!=": "NOT actor:ada",
}
_EQUATION = re.compile(
    r"(?P<field>[a-z_]+|raw\.[^=!<>]+)(?P<sign>!=|==?|[<>]=?)(?P<value>.*)", re.DOTALL
)
_FLAGS = re.compile(r"[a-z]{1,6}")
_DATED = (
    "A time has its date, and quotes where it holds a space or an offset:"
    ' time:["2017-11-02 22:50" TO "2017-11-02 23:01"].'
)
_RESERVED = (
    'Quote text that holds one of ()[]{}:"~^/\\ or, where it has wildcards too,'
    " put \\ before each of these."
)


class QueryError(UsageError):
    """A query that cannot be understood; shown with a caret under the place."""

    def __init__(self, message: str, position: int, remedy: str):
        super().__init__(message, place=f"query, column {position + 1}", remedy=remedy)
        self.position = position
        self.text = ""

    def __str__(self) -> str:
        said = UsageError(self.message, place=self.place, remedy=f"{self._pointed}{self.remedy}")
        return str(said)

    @property
    def _pointed(self) -> str:
        if not self.text:
            return ""
        start = max(0, self.position - _BEFORE)
        piece = self.text[start : self.position + _AFTER]
        shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in piece)
        cut = "…" if start else ""
        before = sum(_cells(one) for one in shown[: self.position - start]) + len(cut)
        more = "…" if self.position + _AFTER < len(self.text) else ""
        return f"  {cut}{shown}{more}\n  {' ' * before}^\n"


def _cells(sign: str) -> int:
    """How many places of a terminal a character takes."""
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in {"W", "F"} else 1


def check_word(word: str) -> None:
    """Raise `UsageError` for a bare word that in another language would be more than text."""
    if word in _SIGNS:
        raise UsageError(
            f"{word!r} is read as a text to search for.",
            remedy=f'Write {_SIGNS[word]}, or "{word}" to search for the text.',
        )
    equation = _EQUATION.fullmatch(word)
    if equation and (equation["field"] in event.BY_NAME or equation["field"].startswith("raw.")):
        no = "NOT " * (equation["sign"] == "!=")
        bound = equation["sign"] if equation["sign"][0] in "<>" else ""
        meant = f"{no}{equation['field']}:{bound}{equation['value'] or '...'}"
        raise UsageError(
            f"{word!r} is read as a text to search for.",
            remedy=f'Write {meant}, or "{word}" to search for the text.',
        )


def check_field(name: str, value: str) -> None:
    """Raise `UsageError` for what stands before a colon and was not meant as a field alone."""
    if name.startswith("!"):
        raise UsageError(f"'!' does not fit before {name[1:]!r}.", remedy=f"Write NOT {name[1:]}:")
    if name.isdigit():
        raise UsageError(f"There is no field {name!r}.", remedy=_DATED)
    if name == "_missing_":
        raise UsageError("There is no _missing_.", remedy=f"Write NOT _exists_:{value}.")


def check_flags(pattern: str, word: str) -> None:
    """Raise `UsageError` for letters that stand right behind a regular expression."""
    if _FLAGS.fullmatch(word):
        raise UsageError(
            "Nothing follows a regular expression but a space.",
            remedy=f"Write its flags within: /(?{word}){pattern[1:]}",
        )


def check_anchors(pattern: str) -> None:
    """Raise `UsageError` for an expression that is anchored at one end, as if it were searched."""
    bare = re.sub(r"^\(\?[a-z]+\)", "", pattern)
    if bare.startswith("^") != bool(re.search(r"(?<!\\)\$$", bare)):
        raise UsageError(
            "A regular expression is of the whole value; ^ or $ at one end does not leave the"
            " other open.",
            remedy="Write .* where more may stand: /begin.*/, /.*end/ or /.*part.*/.",
        )


def syntax_fault(text: str, reported: str) -> QueryError:
    """What the parser did not understand of a text, where, and what to write instead."""
    found = re.search(r"position (\d+)", reported)
    if not found:
        return QueryError(
            "The query ends too early.",
            len(text),
            "Close every parenthesis; give every field a value and every NOT a condition.",
        )
    position = int(found[1])
    rest = text[position : position + 20]
    if rest.startswith(('"', "/")):
        closing = "Close the quote or the slash."
        return QueryError(f"This is never closed: {rest}", position, closing)
    word = re.match(r"(AND|OR|TO)\b|.?", rest, re.DOTALL)
    message = f"{word[0] if word else ''!r} does not fit here."
    return QueryError(message, position, _instead(text[:position], rest))


def _instead(before: str, rest: str) -> str:
    """What to write in place of what does not fit after a part of a query."""
    if re.search(r"time:[^\s:]*$|time:[\[{][^\]}]*$", before):
        return _DATED
    if re.match(r"(AND|OR|TO)\b", rest):
        return "AND and OR stand between two conditions, TO between the ends of a range."
    if rest.startswith("'"):
        return 'Quotes are double ones: actor:"ada". On a shell put the query in single ones.'
    if rest.startswith(")"):
        return "There is one ) too many; text that holds one is quoted."
    return f"{_RESERVED} {SYNTAX}"
