"""Reading the address out of what logs write as a source address."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_WITH_PORT = re.compile(r"\[([^\]]*)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")


def read(text: str) -> Address | None:
    """The address that a text is, without port and zone; None for a name or anything else.

    An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is the IPv4 address.
    """
    bare = text.strip()
    found = _WITH_PORT.fullmatch(bare)
    if found:
        bare = found[1] or found[2] or ""
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
