"""No text, however made, stays live in a terminal, a cell, JSON or Markdown."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.reports import escaping

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
SAYABLE = st.text(st.characters(codec="utf-8"), max_size=60)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain – ü 漢 🙂", "plain – ü 漢 🙂"),
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\r\tc", "a⏎b␍␉c"),
        ("\x7f\x9b2J", "␡\\u{9b}2J"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("\ud83d", "\\u{d83d}"),
        ("\U000e0041", "\\u{e0041}"),
    ],
)
def test_terminal_shows_live_characters(raw: str, shown: str) -> None:
    assert escaping.terminal(raw) == shown


@given(ANY_TEXT)
def test_terminal_leaves_nothing_live(text: str) -> None:
    shown = escaping.terminal(text)
    shown.encode()
    assert not {unicodedata.category(sign) for sign in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", shown)
    assert escaping.terminal(shown) == shown


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠")
def test_csv_cell_is_never_a_formula(start: str) -> None:
    assert escaping.csv_cell(start + "cmd|'/C calc'!A0").startswith("'")


@given(ANY_TEXT)
def test_csv_cell_keeps_lines_and_kills_the_rest(text: str) -> None:
    cell = escaping.csv_cell(text)
    assert cell[:1] not in set("=+-@\t\r\n")
    assert not any(unicodedata.category(sign) == "Cc" for sign in cell if sign not in "\t\r\n")
    assert cell.count("\n") == text.count("\n")


@given(st.dictionaries(SAYABLE, SAYABLE, max_size=4))
def test_json_text_means_the_same_and_is_dead(value: dict[str, str]) -> None:
    text = escaping.json_text(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == value
    assert escaping.terminal(text.replace("\n", "")) == text.replace("\n", "")


def test_markdown_is_literal() -> None:
    raw = "**b** [x](https://e.example) <i> `c` | # \x1b"
    shown = escaping.markdown(raw)
    assert re.sub(r"\\(.)", r"\1", shown) == escaping.terminal(raw)
    assert not re.search(r"(?<!\\)[*\[\]<>`|#]", shown)
