"""Who acted and on whom: paths named after accounts and objects, split into id, name and login."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from forensics.sources.drafting import words
from forensics.sources.drafting.draft import Draft, distance, plain, source, sql_value
from forensics.sources.drafting.toml_text import table, text
from forensics.sources.paths import json_path

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+\Z")
_LOGIN = re.compile(r"\S+\Z")
_SERIAL = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{1,18})\Z", re.DOTALL)
# Of fewer records nothing is told by values that rise.
_ENOUGH = 4
_LIST = re.compile(r"(?P<list>[^\[]+)\[0\](?:\.(?P<rest>.+))?\Z")


@dataclass(frozen=True)
class Role:
    """What a path's name says: whose it is (actor, account, target) and what of it."""

    whose: str
    facet: str
    path: str


def role_of(path: str) -> Role | None:
    """The role that a path's name gives its value, or None."""
    named = [(word, end) for key in words.parts(path) for word, end in _ends(key)]
    marks = [_mark(word, end=end) for word, end in named]
    last = max((place for place, mark in enumerate(marks) if mark), default=None)
    if last is None:
        return None
    found = [word for word, _ in named]
    if set(found) & words.of_section("roles", "other"):
        return None
    certain = [mark for mark in marks if mark in {"actor", "target"}]
    if not certain and not all(
        mark or word in words.of_section("roles", "around")
        for word, mark in zip(found[:last], marks, strict=False)
    ):
        return None
    facet = _facet("".join(found[last + 1 :])) if found[last + 1 :] else _own_facet(found[last])
    return Role(certain[-1] if certain else "account", facet, path) if facet else None


def _ends(key: str) -> list[tuple[str, bool]]:
    """The words of a key, and of each whether it is the last."""
    single = words.words(key)
    if len(single) > 1 and any(
        words.flat(key) in words.of_section("roles", whose)
        for whose in ("actor", "account", "target")
    ):
        return [(words.flat(key), True)]
    return [(one, place == len(single) - 1) for place, one in enumerate(single)]


def _mark(word: str, *, end: bool) -> str | None:
    if word in words.of_section("roles", "last") and not end:
        return None
    for whose in ("actor", "target", "account"):
        if word in words.of_section("roles", whose):
            return whose
    return None


def _facet(rest: str) -> str | None:
    for facet in ("id", "login", "name", "email", "type"):
        if rest in words.of_section("facets", facet):
            return facet
    return None


def _own_facet(word: str) -> str:
    """What a role's own word says of its value: an e-mail, an id, or the thing itself."""
    if word in {"email", "mail"}:
        return "email"
    return "id" if word == "userid" else "login"


def _is_name(draft: Draft, role: Role) -> bool:
    values = draft.sample.values[role.path]
    return not all(one in {"true", "false"} for one in values) and (
        sum(map(len, values)) / len(values) <= 120
    )


def counts_records(draft: Draft, path: str) -> bool:
    """Whether an object's id rises with every record, and so is of the record itself."""
    values = draft.sample.values[path]
    ends = [_SERIAL.match(one) for one in values]
    if len(values) < _ENOUGH or not all(ends) or (role := role_of(path)) is None:
        return False
    numbers = [int(one["number"]) for one in ends if one]
    rising = all(one < other for one, other in pairwise(numbers))
    same = len({one["before"] for one in ends if one}) == 1
    return role.facet == "id" and role.whose != "actor" and rising and same


def fill(draft: Draft) -> None:
    """Fill the columns of actor and target."""
    found = [
        role
        for path in draft.free()
        if (role := role_of(path)) and _is_name(draft, role) and not counts_records(draft, path)
    ]
    actors = [one for one in found if one.whose == "actor" and "[" not in one.path]
    accounts = [one for one in found if one.whose == "account"]
    targets = [one for one in found if one.whose == "target"]
    things = [one for one in actors if one.facet != "type"]
    alone = [one for one in accounts if "[" not in one.path]
    if not things:
        actors, rest = [*alone, *actors], [one for one in accounts if "[" in one.path]
    else:
        rest = accounts
    if not [one for one in targets if one.facet != "type"] and rest:
        targets = [*targets, *rest]
        if things and not all("[" in one.path for one in rest):
            draft.doubt("target", "taken for the account acted on, as another one says who acts")
    _actor(draft, _by_facet(draft, actors))
    _target(draft, _by_facet(draft, [one for one in targets if one.path not in draft.taken]))


def _by_facet(draft: Draft, roles: list[Role]) -> dict[str, str]:
    """The best path for each facet: that of most records, nearest to the act."""
    share = draft.sample.share
    ranked = sorted(roles, key=lambda one: (-round(share(one.path), 1), *_near(one.path)))
    best: dict[str, str] = {}
    for one in ranked:
        best.setdefault(one.facet, one.path)
    return best


def _near(path: str) -> tuple[tuple[bool, bool, int], str]:
    return distance(path), path


def _handles(draft: Draft, best: dict[str, str]) -> list[str]:
    """Paths by which a thing is called, as users would type it first."""
    name = best.get("name")
    typed = name is not None and all(_LOGIN.match(one) for one in draft.sample.values[name])
    order = ("login", "name", "email", "id") if typed else ("login", "email", "id", "name")
    return [best[facet] for facet in order if facet in best]


def _actor(draft: Draft, best: dict[str, str]) -> None:
    handles = _handles(draft, best)
    if not handles:
        return
    draft.first_of("actor", handles)
    values = draft.sample.values
    for facet, column in (("id", "actor_id"), ("name", "actor_name"), ("email", "actor_email")):
        if facet in best:
            draft.path(column, best[facet])
    login = best.get("login")
    if login and "email" not in best and all(_ADDRESS.match(one) for one in values[login]):
        draft.lines["actor_email"] = plain(login)
    kinds = best.get("type")
    draft.lines["actor_type"] = _actor_type(draft, kinds, draft.paths["actor"])
    if kinds:
        draft.taken.add(kinds)


def _kind(value: str) -> str | None:
    for name in ("system", "service", "user"):
        if set(words.words(value)) & words.of_section("actors", name):
            return name
    return None


def _actor_type(draft: Draft, kinds: str | None, actor: str) -> str:
    seen = sorted(set(draft.sample.values[kinds]))[:20] if kinds else []
    if kinds and any(map(_kind, seen)):
        said = table({one: _kind(one) or "unknown" for one in seen})
        return f'{{ {source(kinds)}, map = {said}, default = "unknown" }}'
    machines = {
        one: kind
        for one in sorted(set(draft.sample.values[actor]))
        if (kind := _kind(one)) and kind != "user"
    }
    if machines and len(machines) <= 20:
        return f'{{ {source(actor)}, map = {table(machines)}, default = "user" }}'
    return '{ const = "user" }'


def _target(draft: Draft, best: dict[str, str]) -> None:
    kinds = best.pop("type", None)
    handles = _handles(draft, best)
    if handles:
        draft.first_of("target", handles)
        for facet, column in (("id", "target_id"), ("name", "target_name")):
            if facet in best and best[facet] != draft.paths["target"]:
                draft.path(column, best[facet])
        _targets(draft, handles)
    if kinds:
        draft.path("target_type", kinds)
    draft.hint = _hint(draft, kinds)


def _targets(draft: Draft, handles: list[str]) -> None:
    """All objects of a list of them; without this line only the first would be a target."""
    listed = [found for one in handles if (found := _LIST.match(one))]
    if not listed:
        return
    lists = {one["list"] for one in listed}
    draft.taken |= lists
    read = [
        f"each(json({sql_value(one['list'])}), {sql_value(_below(one['rest']))})" for one in listed
    ]
    both = read[0] if len(read) == 1 else f"list_concat({', '.join(read)})"
    draft.lines["targets"] = f"{{ sql = {text(both)} }}"


def _below(rest: str | None) -> str:
    """What of an element is read: a key, a path in it, or the element itself."""
    if rest is None:
        return "$"
    return rest if rest.isidentifier() else json_path(rest)


def _hint(draft: Draft, kinds: str | None) -> str | None:
    """The kind of object that bare acts are of, when targets tell."""
    values = draft.sample.values
    target = draft.paths.get("target")
    if target is None:
        return None
    said = {word for one in values[kinds] for word in words.words(one)} if kinds else set()
    named = {one for key in words.parts(target) for one in words.words(key)}
    accounts = words.of_section("objects", "account") | {"benutzer"}
    shown = all(one.startswith("@") or _ADDRESS.match(one) for one in values[target])
    is_account = bool(said) and said <= accounts if kinds else shown or bool(named & accounts)
    return "account" if is_account else None
