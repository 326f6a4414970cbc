"""Whether the act came from one of the given networks, countries or autonomous systems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from sqlglot import exp

from forensics.conditions import selection
from forensics.located import unknown_word
from forensics.policy.statement import statement
from forensics.policy.words import as_list, text_fault

needs = ("events",)
uses = ("addresses", "enrichment")

MEANING = (
    "The source address of the act lies in a network given as `src_ip` or labelled by a list of"
    " ranges, and its country and autonomous system are among those given; of each, one is enough."
    " What a record does not say is unknown, unless looking up addresses (`forensics enrich`) said"
    " it. An address that cannot be read as one is unknown."
)
PARAMS = {
    "src_ip": "networks as CIDR, of either family, as in 10.0.0.0/8",
    "ranges": "labels of a list that `forensics enrich --ranges` was given, as in corporate",
    "country": "ISO codes of two letters",
    "asn": "numbers of autonomous systems, as in 64496",
}
EXAMPLE = """\
require:
  - network: {src_ip: [10.0.0.0/8, "2001:db8::/32"]}
"""
MISSES = (
    "Who comes through a gateway, a VPN or a proxy: the address is then that of the gateway.",
    "Databases of countries and systems that are older, or younger, than the act.",
)

_KEYS = tuple(PARAMS)
_ASN = re.compile(r"(?i:AS)?(\d{1,10})")

_SQL = """
WITH asked AS (
  SELECT s.event_uid AS uid, e.src_ip AS written,
    regexp_replace(coalesce(a.ip, e.src_ip), '^::[fF]{4}:([0-9]+[.][0-9.]+)$', '\\1') AS src_ip,
    e.src_country AS country, regexp_replace(upper(e.src_asn), '^AS', '') AS asn,
    list_transform(a.labels, lambda label: lower(label)) AS labels,
    coalesce(e.actor, e.actor_id, 'an unnamed account') AS who,
    strftime(e.time, '%Y-%m-%d %H:%M:%SZ') AS stamp
  FROM scoped AS s JOIN events AS e ON e.event_uid = s.event_uid
  LEFT JOIN addresses AS a ON a.src_ip = e.src_ip
), told AS (
  SELECT coalesce(bool_or(input = 'ranges'), FALSE) AS ranges FROM enrichment
), weighed AS (
  SELECT q.*, t.ranges,
    CASE WHEN $networks IS NULL THEN TRUE
      WHEN regexp_full_match(src_ip, '[0-9]{1,3}([.][0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*')
      THEN in_network() END AS by_network,
    CASE WHEN $labels IS NULL OR list_has_any(q.labels, $labels) THEN TRUE
      WHEN q.labels IS NOT NULL AND t.ranges THEN FALSE END AS by_label,
    CASE WHEN $countries IS NULL THEN TRUE ELSE list_contains($countries, upper(country))
      END AS by_country,
    CASE WHEN $systems IS NULL THEN TRUE ELSE list_contains($systems, asn) END AS by_system
  FROM asked AS q CROSS JOIN told AS t
), judged AS (
  SELECT *, by_network AND by_label AND by_country AND by_system AS value FROM weighed
)
SELECT uid AS event_uid, b.belief, value,
  who || ' acted from ' || coalesce(written, 'an address that is not recorded')
    || coalesce(' (' || nullif(array_to_string(list_filter([country, 'AS' || asn],
      lambda one: one IS NOT NULL), ', '), '') || ')', '')
    || ', ' || CASE WHEN value THEN 'within ' WHEN NOT value THEN 'outside '
      ELSE 'perhaps within ' END || $wanted || ', at ' || stamp AS sentence,
  CASE WHEN value IS NOT NULL THEN CAST([] AS VARCHAR[])
    WHEN written IS NULL AND (by_network IS NULL OR by_label IS NULL)
    THEN ['source address of the act']
    ELSE list_filter([
      CASE WHEN by_network IS NULL THEN 'address behind ' || written END,
      CASE WHEN by_label IS NULL THEN CASE WHEN ranges THEN 'address behind ' || written
        ELSE 'a list of ranges (forensics enrich --ranges)' END END,
      CASE WHEN by_country IS NULL THEN 'country of the source address' END,
      CASE WHEN by_system IS NULL THEN 'autonomous system of the source address' END
    ], lambda fact: fact IS NOT NULL) END AS missing,
  CAST([] AS VARCHAR[]) AS evidence
FROM judged CROSS JOIN (VALUES ('at_act'), ('now')) AS b(belief)
"""


def validate(params: Mapping[str, Any]) -> dict[str, str]:
    """Faults of `src_ip`, `ranges`, `country` and `asn`, of which one at least is needed."""
    faults: dict[str, str | None] = {
        key: unknown_word("parameter", key, _KEYS) for key in params if key not in _KEYS
    }
    if not set(_KEYS) & set(params):
        faults[""] = f"one of the parameters {', '.join(_KEYS)} is needed."
    if "src_ip" in params:
        faults["src_ip"] = _network_fault(as_list(params["src_ip"]))
    if "ranges" in params:
        faults["ranges"] = text_fault(params["ranges"], "ranges")
    if "country" in params:
        codes = as_list(params["country"])
        if not codes or not all(isinstance(one, str) and re.fullmatch("[A-Za-z]{2}", one)
                                for one in codes):  # fmt: skip
            faults["country"] = f"country must be codes of two letters, not {params['country']!r}."
    if "asn" in params:
        systems = as_list(params["asn"])
        if not systems or not all(_ASN.fullmatch(str(one)) for one in systems):
            faults["asn"] = f"asn must be numbers such as 64496, not {params['asn']!r}."
    return {key: fault for key, fault in faults.items() if fault}


def _network_fault(networks: list[Any]) -> str | None:
    if not networks:
        return "src_ip names no network."
    for one in networks:
        try:
            if not isinstance(one, str):
                raise ValueError(f"{one!r} is no text")
            ip_network(one)
        except ValueError as error:
            return f"src_ip must be networks as in 10.0.0.0/8: {error}."
    return None


def sql(params: Mapping[str, Any]) -> exp.Query:
    """True when the source certainly is among all that is given; false when it is not of one."""
    networks = [str(one) for one in as_list(params["src_ip"])] if "src_ip" in params else None
    labels = [str(one).lower() for one in as_list(params.get("ranges", []))]
    countries = [str(one).upper() for one in as_list(params.get("country", []))]
    numbers = [_ASN.fullmatch(str(one)) for one in as_list(params.get("asn", []))]
    systems = [one[1] for one in numbers if one is not None]
    wanted = [*(networks or []), *labels, *countries, *(f"AS{one}" for one in systems)]
    found = statement(
        _SQL,
        {
            "networks": networks,
            "labels": labels or None,
            "countries": countries or None,
            "systems": systems or None,
            "wanted": ", ".join(wanted),
        },
    )
    inside = selection.three_valued("src_ip|cidr", networks) if networks else exp.true()
    for place in list(found.find_all(exp.Anonymous)):
        if place.name.lower() == "in_network":
            place.replace(exp.paren(inside))
    return found
