"""Whether more acts were done within a sliding window than a limit allows."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from sqlglot import exp

from forensics.located import unknown_word
from forensics.policy import narrowing, scope
from forensics.policy.statement import statement
from forensics.policy.words import as_list, duration_fault, microseconds, word_fault

needs = ("events",)
uses = ("timed_events", "act_people")
per_scope = True

MEANING = (
    "More acts than `count` lie in the window that ends with the act, [t - window, t]. Counted are"
    " the acts in the scope of the policy, narrowed by `where`; a request that was tried again"
    " counts once, and a record of a bulk act with as many as it names targets. The value is true"
    " where the limit is exceeded, so it stands under `limit`."
)
PARAMS = {
    "count": "how many are allowed, a whole number; one more exceeds the limit",
    "per": "whose acts are counted together: one or several of the fields below (actor.id)",
    "distinct": "count different values of this field instead of acts, as target.id",
    "window": "the length of the sliding window, as in 10m",
    "sliding": "only true: every act ends a window of its own",
    "where": "a selection, as in a scope, of the acts that count; others never exceed the limit",
}
EXAMPLE = """\
limit:
  - rate: {count: 20, distinct: target.id, per: actor.id, window: 10m, sliding: true}
"""
MISSES = (
    "Acts on accounts whose person is not known count for nobody with `per: person`.",
    "Only a record with more than two further names is a bulk act; a target has one name or two.",
    "The coarsest stamp of an account, and the clocks of several sources, blur its whole count.",
)

_FIELDS = {
    "actor.id": "SELECT lower(coalesce(t.actor, t.actor_id))",
    "person": "SELECT CASE WHEN p.account_kind IS DISTINCT FROM 'shared' THEN p.person END",
    "target.id": "SELECT lower(coalesce(t.target, t.target_id))",
    "session.id": "SELECT t.session_id",
    "case": "SELECT t.case_id",
    "source": "SELECT t.source",
    "tenant": "SELECT t.tenant",
    "src_ip": "SELECT t.src_ip",
    "action": "SELECT t.action",
}
_KEYS = ("count", "per", "distinct", "window", "sliding", "where")
_MANDATORY = ("count", "per", "window")

_MEASURED = """
SELECT m.event_uid, m.met, t.action, t.request_id, t.time
FROM met AS m JOIN timed_events AS t ON t.event_uid = m.event_uid
LEFT JOIN act_people AS p ON p.event_uid = m.event_uid AND p.belief = 'now'
WHERE t.time IS NOT NULL
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `count`, `per`, `window` (mandatory), `distinct`, `sliding` and `where`."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    for key in _MANDATORY:
        if key not in params:
            faults[""] = f"the parameter {key!r} is missing."
    count = params.get("count", 0)
    if type(count) is not int or not 0 <= count <= 1_000_000:
        faults["count"] = f"count must be a whole number from 0 to 1000000, not {count!r}."
    if "per" in params:
        faults["per"] = word_fault(params["per"], _FIELDS, "field")
    if "distinct" in params:
        faults["distinct"] = word_fault([params["distinct"]], _FIELDS, "field")
    if "window" in params:
        faults["window"] = duration_fault(params["window"], "window")
    if params.get("sliding", True) is not True:
        faults["sliding"] = "sliding can only be true."
    if "where" in params:
        faults["where"] = _where_fault(params["where"])
    return {key: fault for key, fault in faults.items() if fault}


def _where_fault(where: Any) -> str | None:
    if not isinstance(where, dict) or not where:
        return "where must be a selection, as in {target.tier: [vip]}."
    for key, value in where.items():
        if fault := scope.fault(key, value):
            return fault
    if odd := set(scope.columns((where,))) - set(narrowing.COLUMNS):
        return f"where cannot ask for {', '.join(sorted(odd))}; put it into the scope."
    return None


def grounds(params: Mapping[str, Any]) -> tuple[str, ...]:
    """What its selection of acts asks for."""
    return (*needs, *scope.needs((params.get("where", {}),)))


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when certainly more than `count` lie in the window; false when possibly none too many.

    The window of an act ends with its stamp, so that of acts stamped alike each sees all.
    """
    distinct = params.get("distinct")
    text = resources.files("forensics.policy").joinpath("predicates/rate.sql")
    counted = statement(
        text.read_text(encoding="utf-8"),
        {
            "count": params["count"],
            "window": microseconds(params["window"]),
            "window_text": params["window"],
            "distinct": distinct is not None,
            "distinct_text": distinct,
            "bulk": distinct in (None, "target.id"),
            "per_text": " and ".join(as_list(params["per"])),
        },
    )
    where = (params["where"],) if "where" in params else ()
    met = exp.and_(exp.column("in_scope"), scope.condition(where))
    query = exp.select("event_uid", exp.alias_(met, "met")).from_("scoped")
    outer = exp.select("*").with_("met", as_=query).with_("measured", as_=_measured(params))
    return outer.from_(counted.subquery("counted"))


def _measured(params: Mapping[str, Any]) -> exp.Query:
    keys = [_value(word) for word in as_list(params["per"])]
    known = exp.and_(*(key.copy().is_(exp.null()).not_() for key in keys))
    whole = exp.func("concat_ws", exp.Literal.string("\x1f"), *keys)
    label = exp.func("concat_ws", exp.Literal.string(", "), *(key.copy() for key in keys))
    nothing = exp.cast(exp.null(), "VARCHAR")
    return statement(_MEASURED).select(
        exp.alias_(exp.case().when(known, whole), "per"),
        exp.alias_(label, "label"),
        exp.alias_(_value(params["distinct"]) if "distinct" in params else nothing, "counted"),
    )


def _value(word: str) -> exp.Expr:
    return statement(_FIELDS[word]).selects[0]
