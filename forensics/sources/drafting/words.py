"""Words of paths, operations and values, compared across spellings and common languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[a-z]*")
_ENDINGS = ("ing", "ed", "es", "s", "e")
# What may stand after a word and leaves it what it is: time_utc, timestamp_ms.
_UNITS = frozenset({"utc", "gmt", "iso", "ms", "us", "s", "sec", "epoch", "local", "text", "str"})


@cache
def known() -> dict[str, Any]:
    """The vocabulary, section by section, as `words.toml` has it."""
    folder = resources.files("forensics.sources.drafting")
    return tomllib.loads(folder.joinpath("words.toml").read_text(encoding="utf-8"))


@cache
def words(text: str) -> tuple[str, ...]:
    """The words of a name in lower case without accents: `loginFailed` is login, failed."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return tuple(one.lower() for one in _WORD.findall(plain))


@cache
def flat(text: str) -> str:
    """A name as its words without marks between them."""
    return "".join(words(text))


@cache
def stem(word: str) -> str:
    """A word without the usual endings, so that banned and ban are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@cache
def parts(path: str) -> tuple[str, ...]:
    """The keys of a path, without quotes, indices and what says of which document it is."""
    keys = re.findall(r'"([^"]+)"|([^.\[\]"]+)(?:\[\d+\])*', path.removeprefix("outer."))
    return tuple(quoted or plain for quoted, plain in keys if (quoted or plain) != "@")


@cache
def of_section(section: str, name: str) -> frozenset[str]:
    """The words of one entry of the vocabulary, flattened."""
    return frozenset(flat(one) for one in known()[section][name])


@cache
def rank(path: str, column: str) -> int:
    """How strongly a path's name speaks for a column; 0 when it does not."""
    listed = known()["columns"][column]
    keys = parts(path)
    if not keys:
        return 0
    whole = {flat(keys[-1]), flat(" ".join(keys[-2:]))}
    ending = words(keys[-1])
    best = 0
    for place, word in enumerate(listed):
        weight = len(listed) - place
        spelt = words(word)
        if flat(word) in whole:
            best = max(best, 3 * weight)
        elif len(spelt) < len(ending) and _holds(ending, spelt):
            best = max(best, weight)
    return best


def _holds(ending: tuple[str, ...], spelt: tuple[str, ...]) -> bool:
    """Whether a name ends in some words, or begins with them and goes on with units."""
    size = len(spelt)
    return ending[-size:] == spelt or (ending[:size] == spelt and set(ending[size:]) <= _UNITS)
