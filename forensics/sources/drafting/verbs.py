"""Normalised words for a log's own: the verb of an operation, the outcome a value means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from forensics import actions
from forensics.sources.drafting import words

_HTTP = re.compile(r"[1-5]\d\d\Z")
_GOOD_NUMBER = {"0": "success", "1": "failure"}
_BAD_NUMBER = {"0": "failure", "1": "success"}


@cache
def _stems(section: str, name: str) -> frozenset[str]:
    return frozenset(words.stem(one) for one in words.of_section(section, name))


def _named(section: str, found: Iterable[str]) -> Iterator[str]:
    """The entries of a section that one of some words belongs to, in the section's order."""
    stems = frozenset(words.stem(one) for one in found)
    for name in words.known()[section]:
        if stems & _stems(section, name):
            yield name


def verb_of(operation: str, hint: str | None = None) -> str:
    """The normalised verb that an operation's words spell, or other.

    `hint` is the kind of object that bare acts are of (account, where targets are accounts).
    """
    spelt = re.sub(r"[^a-z0-9]+", ".", operation.lower(), count=1)
    for exact in (operation, spelt):
        if exact in actions.load():
            return exact
    single = words.words(operation)
    joined = ["".join(single[n : n + size]) for size in (3, 2) for n in range(len(single))]
    acts = [*_named("acts", joined), *_named("acts", single)]
    objects = [*_named("objects", joined), *_named("objects", single)]
    known, alone = words.known()["verbs"], words.known()["alone"]
    for act in acts:
        for one in (*objects, *([hint] if hint else [])):
            if act in known.get(one, {}):
                return str(known[one][act])
        if act in alone and (not objects or not alone[act].startswith("account.")):
            return str(alone[act])
    return actions.OTHER


def outcomes_of(path: str, values: Iterable[str]) -> dict[str, str]:
    """The normalised outcome of each value at a path; unknown for those that say none."""
    seen = sorted(set(values))
    name = words.words(words.parts(path)[-1]) if words.parts(path) else ()
    if seen and all(_HTTP.match(one) for one in seen):
        return {one: _http(one) for one in seen}
    if set(seen) <= {"0", "1"} or ({"rc", "exit", "errno"} & set(name) and _numbers(seen)):
        counts = {"rc", "exit", "errno", "error", "failed", "failure", "denied"} & set(name)
        table = _GOOD_NUMBER if counts else _BAD_NUMBER
        return {one: table.get(one, "failure") for one in seen}
    turned = bool({"failed", "failure", "error", "denied"} & set(name))
    return {one: _turned(one, name) if turned else _meant(one) for one in seen}


def _numbers(seen: Iterable[str]) -> bool:
    return all(one.lstrip("-").isdigit() for one in seen)


def _http(code: str) -> str:
    if code in {"401", "403"}:
        return "denied"
    return {"2": "success", "3": "success", "1": "unknown"}.get(code[0], "failure")


def _turned(value: str, name: tuple[str, ...]) -> str:
    """What true and false mean where the path asks whether an act failed."""
    said = _meant(value)
    bad = "denied" if "denied" in name else "failure"
    if value.lower() in {"true", "yes", "y", "false", "no", "n"}:
        return bad if said == "success" else "success"
    return said


def _meant(value: str) -> str:
    """The outcome that a word means, or the last of several that mean one."""
    single = words.words(value)
    for name in ("denied", "failure", "pending", "success"):
        if words.flat(value) in words.of_section("outcomes", name):
            return name
    for name in ("denied", "failure", "pending", "success"):
        if set(single) & words.of_section("outcomes", name):
            return name
    return "unknown"


def outcome_in_operation(operation: str) -> str:
    """The outcome that an operation tells in its own name (login_failed), or unknown."""
    single = words.words(operation)
    told = {"denied": {"denied", "forbidden", "rejected", "refused", "verweigert"}}
    told["failure"] = {"failed", "failure", "fail", "error", "fehlgeschlagen", "unsuccessful"}
    told["success"] = {"success", "succeeded", "successful", "ok", "erfolgreich"}
    return next((name for name, some in told.items() if some & set(single)), "unknown")
