"""What stands for a sign that a terminal's encoding has not: one as wide, so that columns hold."""

from __future__ import annotations

import codecs

_INSTEAD = {
    "−": "-", "–": "-", "—": "-", "±": "~", "…": ".", "·": "|", "×": "x", "→": ">", "←": "<",
    "█": "#", "▓": "#", "▒": "+", "░": ".", "▏": "|", "─": "-", "│": "|", "┴": "+", "┌": "+",
    "└": "+", "▶": ">", "◀": "<", "▼": "v", "▽": "v", "▲": "^", "△": "^", "✗": "x", "✓": "y",
    "•": "*",
}  # fmt: skip
_NAME = "forensics-signs"


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    return "".join(_INSTEAD.get(sign, "?") for sign in unknown), error.end


def register() -> str:
    """Make the error handler known; returns its name, to be the `errors` of a stream."""
    codecs.register_error(_NAME, _instead)
    return _NAME
