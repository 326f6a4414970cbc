"""Membership of an address, written as text, in a network: exact for IPv4 and IPv6."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from sqlglot import exp, parse_one

_IPV4 = parse_one(
    r"""
    CASE WHEN regexp_full_match(address, '\d{1,3}(\.\d{1,3}){3}') THEN
        TRY_CAST(split_part(address, '.', 1) AS UTINYINT) * 16777216::BIGINT
        + TRY_CAST(split_part(address, '.', 2) AS UTINYINT) * 65536::BIGINT
        + TRY_CAST(split_part(address, '.', 3) AS UTINYINT) * 256::BIGINT
        + TRY_CAST(split_part(address, '.', 4) AS UTINYINT)
    END
    """,
    dialect="duckdb",
)

# 32 hex digits; both sides of "::" are padded group by group, the gap is filled with zeros.
_IPV6 = parse_one(
    r"""
    CASE
    WHEN NOT regexp_full_match(address, '[0-9A-Fa-f:]*:[0-9A-Fa-f:]*') THEN NULL
    WHEN contains(address, '::') THEN
        array_to_string(list_transform(
            list_filter(string_split(split_part(address, '::', 1), ':'), lambda g: g <> ''),
            lambda g: lpad(lower(g), 4, '0')), '')
        || repeat('0000', 8
            - len(list_filter(string_split(split_part(address, '::', 1), ':'), lambda g: g <> ''))
            - len(list_filter(string_split(split_part(address, '::', 2), ':'), lambda g: g <> '')))
        || array_to_string(list_transform(
            list_filter(string_split(split_part(address, '::', 2), ':'), lambda g: g <> ''),
            lambda g: lpad(lower(g), 4, '0')), '')
    ELSE array_to_string(list_transform(
            string_split(address, ':'), lambda g: lpad(lower(g), 4, '0')), '')
    END
    """,
    dialect="duckdb",
)


def within(value: exp.Expr, network: IPv4Network | IPv6Network) -> exp.Expr:
    """SQL that is true when the text `value` is an address in `network`.

    NULL or false for text that is not an address of that family; IPv6 with an embedded IPv4
    part or a zone is not read.
    """
    first, last = network.network_address, network.broadcast_address
    if isinstance(network, IPv4Network):
        bounds = [exp.Literal.number(int(first)), exp.Literal.number(int(last))]
        comparable = _of(_IPV4, value)
    else:
        bounds = [exp.Literal.string(f"{int(first):032x}"), exp.Literal.string(f"{int(last):032x}")]
        comparable = _of(_IPV6, value)
    return exp.Between(this=exp.paren(comparable), low=bounds[0], high=bounds[1])


def _of(template: exp.Expr, value: exp.Expr) -> exp.Expr:
    def fill(node: exp.Expr) -> exp.Expr:
        is_address = isinstance(node, exp.Column) and node.name == "address"
        return value.copy() if is_address else node

    return template.copy().transform(fill)
