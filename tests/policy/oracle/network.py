"""Slow and obvious: whether an act came from networks, ranges, countries and systems."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from histories import every, some
from judged import BELIEFS, Judged

ADDRESSES = (
    "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.1", "192.0.2.7", "2001:db8::1", "::1",
    "2001:DB8:0:0:0:0:0:2", "2001:db9::", "gateway.example", "192.0.2.7:443", "::ffff:10.0.0.1",
    "10.0.0.999", None,
)  # fmt: skip


def evaluate(
    made: Sequence[Judged], params: Mapping[str, Any]
) -> dict[tuple[str, str], bool | None]:
    looked_up = {row["src_ip"]: row for story in made for row in story.of("addresses")}
    told = any(row["input"] == "ranges" for story in made for row in story.of("enrichment"))
    return {
        (row["event_uid"], belief): every(*_parts(row, params, looked_up.get(row["src_ip"]), told))
        for story in made
        for row in story.events
        for belief in BELIEFS
    }


def _parts(
    row: Mapping[str, Any], params: Mapping[str, Any], found: Mapping[str, Any] | None, told: bool
) -> list[bool | None]:
    parts: list[bool | None] = []
    if "src_ip" in params:
        text = found["ip"] if found and found["ip"] else row["src_ip"]
        parts.append(some([_inside(text, network) for network in params["src_ip"]]))
    if "ranges" in params:
        labels = found["labels"] if found else None
        held = labels is not None and set(labels) & set(params["ranges"])
        parts.append(True if held else False if labels is not None and told else None)
    for key, column in (("country", "src_country"), ("asn", "src_asn")):
        if key in params:
            value = row[column]
            wanted = [str(one).removeprefix("AS") for one in params[key]]
            parts.append(None if value is None else value.upper().removeprefix("AS") in wanted)
    return parts


def _inside(text: str | None, network: str) -> bool | None:
    if text is None:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        # What looks like an address and is none lies in no network.
        return False if text.replace(".", "").isdigit() else None
    if getattr(address, "ipv4_mapped", None):
        return None
    return address in ip_network(network)


def generate(draw: random.Random, count: int) -> list[Judged]:
    """Addresses at the edges of networks, of both families, unreadable and not recorded."""
    made = []
    for number in range(count):
        story = Judged(number)
        story.event(
            0,
            "account.delete",
            act=True,
            actor="ann",
            src_ip=draw.choice(ADDRESSES),
            src_country=draw.choice(["US", "us", "FR", None]),
            src_asn=draw.choice(["64496", "AS64496", "as64497", None]),
        )
        made.append(story)
    made[0].row("enrichment", input="ranges")
    made[0].row("addresses", src_ip="::ffff:10.0.0.1", ip="10.0.0.1", labels=["corporate"])
    made[0].row("addresses", src_ip="192.0.2.7", ip="192.0.2.7", labels=[])
    made[0].row("addresses", src_ip="gateway.example", ip=None, labels=None)
    return made
