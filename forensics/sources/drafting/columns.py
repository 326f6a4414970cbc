"""Which path feeds which event column, by names and by what stands there."""

from __future__ import annotations

import re

from forensics.sources.drafting import roles, times, verbs, words
from forensics.sources.drafting.draft import Draft, distance, plain, source, sql_text, sql_value
from forensics.sources.drafting.sample import ELEMENT, Sample, members, said
from forensics.sources.drafting.toml_text import table, text

_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}\Z|[0-9a-fA-F:]*:[0-9a-fA-F:]+:[0-9a-fA-F.:]+\Z")
_NOT_SOURCE = frozenset({"dst", "dest", "destination", "server", "local", "target", "to"})
_PARENTS = frozenset({
    "event", "record", "log", "audit", "meta", "metadata", "entry", "header", "data", "payload",
    "body", "detail", "details",
})  # fmt: skip
# Columns that the first path named after them fills, in this order.
_PLAIN = (
    "session_id", "request_id", "device_id", "tenant", "on_behalf_of", "case_id", "reason_code",
    "reason", "outcome_reason", "tool", "src_country",
)  # fmt: skip
_MANY = 30
# Of fewer events nothing is told by values that do not repeat.
_ENOUGH = 4
_HOST = "syslog.hostname"
_STAMP = "syslog.timestamp"
_LONG = 80


def drafted(sample: Sample) -> Draft:
    """The columns of a sample."""
    draft = Draft(sample)
    _time(draft)
    for column in ("user_agent", "src_ip", "session_id", "request_id", "device_id"):
        _plain(draft, column)
    roles.fill(draft)
    _operation(draft)
    _outcome(draft)
    _native_id(draft)
    for column in _PLAIN:
        if column not in draft.lines:
            _plain(draft, column)
    _failing_reason(draft)
    return draft


def weight(draft: Draft) -> int:
    """How much of what matters a draft found, lists aside: when, what and who."""
    found = (draft.paths.get(column, "[") for column in ("time", "operation", "actor"))
    return sum("[" not in path for path in found)


# When


def _time(draft: Draft) -> None:
    stamps = {
        path: form
        for path, values in draft.sample.values.items()
        if (form := times.time_format(values))
    }
    other = words.of_section("other_times", "paths")

    def order(path: str) -> tuple[bool, bool, bool, bool, int, tuple[bool, bool, int], str]:
        day = times.is_date(stamps[path], draft.sample.values[path])
        strange = bool(set(words.words(words.parts(path)[-1])) & other)
        rare = draft.sample.share(path) < max(map(draft.sample.share, stamps))
        away = distance(path)
        return strange, rare, day, away[0], -words.rank(path, "time"), away, path

    found = sorted(stamps, key=order)
    if not found and draft.sample.share(_HOST) > 0.5:
        # Stamps of syslog that name no year are read once it is known when the file was written.
        draft.path("time", _STAMP)
        draft.doubt("zone", "no stamp names its zone; in which is this log written?")
        return
    if not found:
        draft.lines["time"] = '""'
        draft.doubt("time", 'no time was found; write { path = "when", format = "%d.%m.%Y %H:%M" }')
        return
    path, form = found[0], stamps[found[0]]
    values = draft.sample.values[path]
    draft.path("time", path, _stamp(path, form))
    if times.is_date(form, values):
        _with_clock(draft, path, form)
    if len(values) < len(draft.sample.events):
        size = len(draft.sample.events)
        draft.doubt("time", f"only {len(values)} of {size} events have it; is there another path?")
    if lacks_zone(draft):
        draft.doubt("zone", "no stamp names its zone; in which is this log written?")
    if times.is_unsure(form, values):
        draft.doubt("time", "no stamp says whether day or month comes first; swap %d and %m?")
    draft.taken |= set(stamps)
    logged = [one for one in found[1:] if words.rank(one, "logged_time")]
    if logged:
        draft.path("logged_time", logged[0], _stamp(logged[0], stamps[logged[0]]))


def _stamp(path: str, form: str) -> str:
    return plain(path) if form == "iso" else f"{{ {source(path)}, format = {text(form)} }}"


def _with_clock(draft: Draft, path: str, form: str) -> None:
    """A date and a time of day in two members, as one stamp."""
    clocks = {
        one: clock
        for one in draft.free()
        if draft.sample.share(one) == draft.sample.share(path)
        and (clock := times.clock_format(draft.sample.values[one]))
    }
    if not clocks:
        draft.doubt("time", "this path holds days only; is there a time of day?")
        return
    one = min(clocks, key=lambda path: (-words.rank(path, "time"), path))
    both = f"concat_ws(' ', {sql_text(path)}, {sql_text(one)})"
    told = "" if form == "iso" else f", format = {text(f'{form} {clocks[one]}')}"
    draft.lines["time"] = f"{{ sql = {text(both)}{told} }}"
    draft.taken.add(one)


def lacks_zone(draft: Draft) -> bool:
    """Whether the stamps of the act do not say in which zone they are."""
    path = draft.paths.get("time")
    if path is None:
        return False
    values = draft.sample.values.get(path)
    if values is None or (path == _STAMP and draft.sample.share(path) < 1):
        return True
    form = times.time_format(values)
    return form is not None and not times.names_zone(form, values)


# What


def _operation(draft: Draft) -> None:
    best, top = None, 0.0
    for score, path in draft.ranked("operation"):
        found = score * _likely(draft, path)
        if found > top:
            best, top = path, found
    if best is None:
        draft.lines["operation"] = '{ const = "unknown" }'
        draft.doubt("operation", "no path was found that says what was done")
        return
    draft.path("operation", best)
    kinds = _kinds(draft, best)
    if kinds is not None:
        read = f"concat_ws(' ', {sql_text(kinds)}, {sql_text(best)})"
        draft.lines["operation"] = f"{{ sql = {text(read)} }}"
    for event in draft.sample.events:
        told = [said(event[one]) for one in (kinds, best) if one and one in event]
        draft.told.append(" ".join(filter(None, told)))
    seen, size, filled = len(draft.operations), len(draft.told), sum(map(bool, draft.told))
    if filled < 0.9 * size:
        draft.doubt("operation", f"only {filled} of {size} events have it; is it another path?")
    if size >= 20 and seen > size // 2:
        draft.doubt("operation", f"{seen} different values in {size} events; is it another path?")


def _likely(draft: Draft, path: str) -> float:
    """How much what stands at a path looks like names of acts, from 0 to 1."""
    values = draft.sample.values[path]
    size, seen = len(values), len(set(values))
    if roles.role_of(path) or sum(map(len, values)) > _LONG * size:
        return 0
    if all(one.lower() in {"true", "false"} or _ADDRESS.match(one) for one in values):
        return 0
    found = draft.sample.share(path)
    if distance(path)[0] or not any(char.isalpha() for one in values for char in one):
        found /= 4
    if size >= 4 and seen == 1:
        found /= 4
    if size >= 20 and seen > 0.8 * size:
        found /= 4
    known = sum(verbs.verb_of(one) != "other" for one in set(values)) / seen
    return found * (1 + known)


def _kinds(draft: Draft, operation: str) -> str | None:
    """The path of what bare acts such as delete are of, or None where acts say it themselves."""
    bare = [
        one
        for one in set(draft.sample.values[operation])
        if verbs.verb_of(one) == "other" and verbs.verb_of(f"user {one}") != "other"
    ]
    path = draft.paths.get("target_type")
    near = words.of_section("kinds", "paths")
    named = [one for one in draft.free() if words.flat(words.parts(one)[-1]) in near]
    for one in ([path] if path else []) + named:
        values = draft.sample.values[one]
        if bare and draft.sample.share(one) >= 0.8 and len(set(values)) <= _MANY:
            draft.taken.add(one)
            return one
    return None


# How it ended


def _outcome(draft: Draft) -> None:
    found = []
    for score, path in draft.ranked("outcome"):
        if _only_when_failed(draft, path):
            continue
        meant = verbs.outcomes_of(path, draft.sample.values[path])
        known = [one for one in meant.values() if one != "unknown"]
        if len(meant) <= _MANY and len(known) * 2 >= len(meant):
            found.append((len(known) < len(meant), -score * draft.sample.share(path), path, meant))
    if found:
        _, _, path, meant = min(found)
        draft.path("outcome", path, _mapped(path, meant))
        odd = sum(one == "unknown" for one in meant.values())
        if odd:
            draft.doubt("outcome", f"{odd} of these values could mean success or failure")
        return
    _outcome_elsewhere(draft)


def _mapped(path: str, meant: dict[str, str]) -> str:
    return f'{{ {source(path)}, map = {table(meant)}, default = "unknown" }}'


def _only_when_failed(draft: Draft, path: str) -> bool:
    """Whether a path is an error that some events have and others do not."""
    return draft.sample.share(path) < 1 and words.rank(path, "outcome_reason") > 0


def _outcome_elsewhere(draft: Draft) -> None:
    """An outcome that operations tell in their names, or that an error tells by being there."""
    operation = draft.paths.get("operation")
    told = {one: verbs.outcome_in_operation(one) for one in draft.operations}
    told = {one: meant for one, meant in told.items() if meant != "unknown"}
    if operation and told and len(told) <= _MANY and draft.lines["operation"] == plain(operation):
        draft.lines["outcome"] = _mapped(operation, told)
        draft.doubt("outcome", "only these operations say it; did the others succeed?")
        return
    errors = [one for _, one in draft.ranked("outcome_reason") if _only_when_failed(draft, one)]
    if errors:
        draft.lines["outcome"] = f"{{ sql = {text(_by_error(draft, errors[0]))} }}"
        draft.doubt("outcome", "did an act without an error succeed?")


def _by_error(draft: Draft, path: str) -> str:
    """SQL of an outcome that an error's absence or presence tells."""
    meant = verbs.outcomes_of(path, draft.sample.values[path])
    refused = [sql_value(one) for one, end in meant.items() if end == "denied"][:_MANY]
    denied = f" WHEN {sql_text(path)} IN ({', '.join(refused)}) THEN 'denied'" if refused else ""
    return f"CASE WHEN {sql_text(path)} IS NULL THEN 'success'{denied} ELSE 'failure' END"


def endings(draft: Draft) -> list[str]:
    """The outcome of each event as the draft maps it, where a map tells."""
    path = draft.paths.get("outcome")
    if path is None:
        return [verbs.outcome_in_operation(one) for one in draft.told]
    meant = verbs.outcomes_of(path, draft.sample.values[path])
    found = (event.get(path) for event in draft.sample.events)
    return [meant.get(said(one), "unknown") for one in found]


def _failing_reason(draft: Draft) -> None:
    """A reason that only failed acts have is why they failed, not why they were done."""
    reason = draft.paths.get("reason")
    if reason is None or "outcome" not in draft.paths or "outcome_reason" in draft.lines:
        return
    ends = {
        end
        for end, event in zip(endings(draft), draft.sample.events, strict=True)
        if said(event.get(reason) or "").strip()
    }
    if ends and ends <= {"failure", "denied"}:
        draft.lines["outcome_reason"] = draft.lines.pop("reason")
        draft.paths["outcome_reason"] = draft.paths.pop("reason")


# The rest


def _plain(draft: Draft, column: str) -> None:
    """The free path whose name speaks most for a column and whose values could be of it."""
    for _, path in draft.ranked(column):
        if roles.role_of(path) is not None or not _could_be(
            column, path, draft.sample.values[path]
        ):
            continue
        if column in {"case_id", "session_id"} and is_of_each(draft, path):
            if column == "case_id" and "native_id" not in draft.lines:
                _id_by_values(draft, path)
            continue
        draft.path(column, path)
        return


def is_of_each(draft: Draft, path: str) -> bool:
    """Whether nearly every event has a value of its own at a path, as ids of records are."""
    values = draft.sample.values[path]
    return len(values) >= _ENOUGH and len(set(values)) >= 0.95 * len(values)


def _id_by_values(draft: Draft, path: str) -> None:
    """An id of the record that is named like one of a case, but that no two records share."""
    if _is_of_record(path) and _is_unique(draft, path, counts=False):
        draft.path("native_id", path)
        draft.doubt("native_id", "each record has its own; leave it out if two acts could share it")


def _could_be(column: str, path: str, values: list[str]) -> bool:
    if column == "src_ip":
        named = {one for key in words.parts(path) for one in words.words(key)}
        given = [one for one in values if one != "-"]
        return not named & _NOT_SOURCE and bool(given) and all(map(_ADDRESS.match, given))
    if column == "src_country":
        return all(re.fullmatch(r"[A-Z]{2}", one) for one in values)
    if column == "user_agent":
        return any("/" in one for one in values)
    flags = all(one.lower() in {"true", "false"} for one in values)
    return not flags and sum(map(len, values)) <= 400 * len(values)


def _native_id(draft: Draft) -> None:
    """An id of the record itself, and a number that counts records up."""
    for column in ("native_id", "sequence"):
        for _, path in draft.ranked(column):
            if _is_of_record(path) and _is_unique(draft, path, counts=column == "sequence"):
                draft.path(column, path)
                break
    rising = [path for path in draft.free() if roles.counts_records(draft, path)]
    if rising and "native_id" not in draft.lines and _is_unique(draft, rising[0], counts=False):
        draft.path("native_id", rising[0])
        draft.doubt("native_id", "it rises with every record; or is it what was acted on?")


def _is_of_record(path: str) -> bool:
    keys = words.parts(path)
    around = {words.flat(one) for one in keys[:-1]}
    return roles.role_of(path) is None and around <= _PARENTS and "[" not in path


def _is_unique(draft: Draft, path: str, *, counts: bool) -> bool:
    values = draft.sample.values[path]
    if draft.sample.share(path) < 1 or (counts and not all(map(str.isdigit, values))):
        return False
    if path.startswith(ELEMENT):
        return len(set(values)) == len(values)
    different = {repr([*members(one)]) for one in draft.sample.documents}
    return len(set(values)) == len(different)
