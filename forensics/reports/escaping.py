"""Making log text harmless: in a terminal, in a CSV cell, in JSON, in Markdown."""

from __future__ import annotations

import re

_LIVE = (
    "\x00-\x1f\x7f-\x9f"  # C0, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # invisible letters and joiners
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"  # zero width, bidi
    "\U000e0000-\U000e0fff"  # tags and variation selectors
)
LIVE_CHARACTERS = f"[{_LIVE}]"
"""A regular expression (Python's and RE2's) for characters that act instead of being seen."""

_LIVE_OR_LONE = re.compile(f"[{_LIVE}\ud800-\udfff]")
_LIVE_IN_LINES = re.compile(f"(?![\t\n\r])[{_LIVE}\ud800-\udfff]")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

FORMULA_START = "=+\\-@\t\r\n＝＋－＠"
"""First characters, as a regular expression class, that make a spreadsheet evaluate a cell."""

_FORMULA = re.compile(f"[{FORMULA_START}]")


def terminal(text: str) -> str:
    """The text on one line, each live character replaced by a visible sign (`␛`, `\\u{202e}`)."""
    return _LIVE_OR_LONE.sub(_visible, text)


def csv_cell(text: str) -> str:
    """The text as a cell that no spreadsheet evaluates; line breaks and tabs stay as they are."""
    shown = _LIVE_IN_LINES.sub(_visible, text)
    return "'" + shown if _FORMULA.match(shown) else shown


def json_text(text: str) -> str:
    """JSON with the same meaning, in which no character acts on a terminal that prints it."""
    return _LIVE_IN_LINES.sub(_json_escape, text)


def markdown(text: str) -> str:
    """The text as literal inline Markdown: every ASCII punctuation mark is escaped."""
    return _PUNCTUATION.sub(r"\\\g<0>", terminal(text))


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x0A:
        return "⏎"
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"\\u{{{code:x}}}"


def _json_escape(match: re.Match[str]) -> str:
    utf16 = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{utf16[at : at + 2].hex()}" for at in range(0, len(utf16), 2))
