"""Are device, network and second factor those of the account's last 90 days?

A known device in other hands looks the same: it can miss whoever sits at it.
"""

from __future__ import annotations

from forensics.detectors.evidence_items import (
    ENOUGH,
    Act,
    Item,
    Known,
    NotKnown,
    any_of,
    clock,
    n_of,
)
from forensics.findings.document import Count

# New is what was first seen within a day of the act: the session itself then counts as new too.
_SEEN = """
WITH act AS (
  SELECT src_ip, coalesce(src_asn, (SELECT max_by(o.src_asn, o.moment) FROM item_own AS o
      WHERE o.src_ip = events.src_ip AND o.moment <= $at)) AS asn,
    coalesce(src_country, (SELECT max_by(o.src_country, o.moment) FROM item_own AS o
      WHERE o.src_ip = events.src_ip AND o.moment <= $at)) AS country
  FROM events WHERE event_uid = $uid
)
SELECT any_value(act.src_ip) AS ip, any_value(act.asn) AS asn, any_value(act.country) AS country,
  count(*) FILTER (WHERE o.device_id IS NOT NULL AND o.source = $source AND old) AS devices,
  count(*) FILTER (WHERE o.device_id = $device AND old) AS device,
  min(o.time) FILTER (WHERE o.device_id = $device) AS device_since,
  min_by(o.event_uid, o.time) FILTER (WHERE o.device_id = $device) AS device_uid,
  count(*) FILTER (WHERE o.src_ip IS NOT NULL AND old) AS ips,
  count(*) FILTER (WHERE o.src_ip = act.src_ip AND old) AS same_ip,
  count(*) FILTER (WHERE o.src_asn IS NOT NULL AND old) AS asns,
  count(*) FILTER (WHERE o.src_asn = act.asn AND old) AS same_asn
FROM act CROSS JOIN (
  SELECT *, moment < $at - INTERVAL 24 HOUR AS old FROM item_own WHERE moment <= $at
) AS o
"""
_FACTORS = """
SELECT event_uid, time, action, actor FROM item_account
WHERE action IN ('credential.mfa_reset', 'credential.mfa_remove', 'credential.mfa_add',
    'credential.reset') AND moment <= $at AND moment > $at - INTERVAL 24 HOUR
  AND coalesce(outcome, 'unknown') IN ('success', 'unknown')
ORDER BY moment, event_uid
"""
_FACTOR = {
    "credential.mfa_reset": "a second factor of the account was reset",
    "credential.mfa_remove": "a second factor of the account was removed",
    "credential.mfa_add": "a second factor of the account was added",
    "credential.reset": "the password of the account was reset",
}


def _answer(act: Act) -> Known | NotKnown:
    device = act.evidence.device_id
    seen = act.row(_SEEN)
    factors = act.rows(_FACTORS)
    if device is None and seen["ip"] is None:
        return NotKnown("a device or an address of the act")
    if max(seen["devices"], seen["ips"]) < ENOUGH:
        return NotKnown("enough earlier records of the account to know its devices and networks")
    new_device = device is not None and not seen["device"] and seen["devices"] >= ENOUGH
    new_ip = seen["ip"] is not None and not seen["same_ip"]
    counts = (
        *_count(f"earlier records from device {device}", device, seen["device"], seen["devices"]),
        *_count(f"earlier records from {seen['ip']}", seen["ip"], seen["same_ip"], seen["ips"]),
        *_count(f"earlier records from AS {seen['asn']}", seen["asn"], seen["same_asn"],
                seen["asns"]),
    )  # fmt: skip
    parts = [
        *([_of_device(device, new_device, seen["device_since"])] if device else []),
        *([f"its address {seen['ip']} was {'new too' if new_device else 'new'}"] if new_ip else []),
        *([f"autonomous system {seen['asn']} ({seen['country'] or 'country not recorded'})"]
          if new_ip and seen["asn"] else []),
        *(f"{_FACTOR[row['action']]} at {clock(row['time'])}" for row in factors),
    ]  # fmt: skip
    outcome = "mixed"
    if (new_device and (new_ip or factors)) or (device is None and new_ip and factors):
        outcome = "differs"
    elif not new_device and not factors and (seen["device"] or not new_ip):
        outcome = "same"
    if outcome == "same":
        told = ", ".join(f"{one.n} of {n_of(one.of, 'earlier record')}" for one in counts[:1])
        what = "device" if seen["device"] else "address"
        parts = [f"the {what} is that of {told} of the account"]
    value = "; ".join(parts) or "Nothing of it was new"
    first = [seen["device_uid"]] if new_device and seen["device_uid"] else []
    cited = (*first, *(row["event_uid"] for row in factors))
    return Known(outcome, value[0].upper() + value[1:] + ".", counts, cited)


def _of_device(device: str, new: bool, since: object) -> str:
    if not new:
        return f"the act came from the known device {device}"
    seen = f"first seen for the account {since:%Y-%m-%d %H:%M:%S}Z"
    return f"the act came from device {device}, {seen}"


def _count(label: str, known: object, n: int, of: int) -> tuple[Count, ...]:
    return (Count(label=label, n=n, of=of),) if known is not None and of else ()


ITEM = Item(
    id="E13",
    question="Are device, network and second factor those of the account's last 90 days?",
    method="Device, address and autonomous system of the act among the account's records from 90 "
    "days to one day before it, of which there must be 20; second factors and passwords reset, "
    "added or removed in the day before. A new device with a new address or such a change differs.",
    outcomes=("same", "mixed", "differs"),
    settles=("Sign-in and badge records of the same hour.", "Forensics of the device."),
    answer=_answer,
    query=lambda act: act.terms(
        f"({act.by_account} OR (action:credential.* AND {any_of('target', act.accounts)}))"
    ),
)
