"""Fields of records that are no JSON: lines of `key=value`, as the Linux audit system writes."""

from __future__ import annotations

import re

from sqlglot import exp

from forensics.conditions.fields import asked, json_path

_BEFORE = r"(?:^|[\s\x1d'({,])"
_VALUE = r"""(?:\[[0-9]+\])?=("[^"]*"|[^\s"'\x1d]*)"""
_HEX = r"(?:[0-9A-F]{2}){2,}"
# What need not be written in hexadecimal is not.
_NEEDS_HEX = r"[^!#-~]"
_ARGUMENT = re.compile(r"a([0-9]{1,4})\Z")
_KINDS = "type"


def values(key: str) -> exp.Expr:
    """The texts that any line of a record gives that key, as a list.

    A value in hexadecimal is there in both forms. Laurel's JSON has the lines under their
    types, NXLog's a line each.
    """
    found = _json(key)
    return exp.case().when(_called("starts_with", _raw(), _text("{")), found).else_(_pairs(key))


def _pairs(key: str) -> exp.Expr:
    pattern = asked("".join((_BEFORE, re.escape(key), _VALUE)))
    found = _called("regexp_extract_all", _raw(), pattern, exp.Literal.number(1))
    bare = _each("list_transform", found, _called("trim", _one(), _text('"')))
    hexed = _each("list_filter", bare, _called("regexp_full_match", _one(), _text(_HEX)))
    decoded = _called("TRY", _called("decode", _called("unhex", _one())))
    spaced = _called("replace", decoded, _called("chr", exp.Literal.number(0)), _text(" "))
    readable = _each("list_transform", hexed, spaced)
    needed = _called("regexp_matches", _one(), _text(_NEEDS_HEX))
    return _called("list_concat", bare.copy(), _each("list_filter", readable, needed))


def _json(key: str) -> exp.Expr:
    quoted = json_path([key]).removeprefix("$")
    paths = ["$" + quoted, "$.*" + quoted, "$.*[*]" + quoted]
    if argument := _ARGUMENT.match(key):
        paths.append("$.EXECVE.ARGV[" + argument[1] + "]")
        paths.append("$.SYSCALL.ARGV[" + argument[1] + "]")
    each = [
        _listed(_called("json_extract_string", _raw(), asked(path)), "*" in path) for path in paths
    ]
    if key == _KINDS:
        each.append(_called("json_keys", _raw()))
    return _called("TRY", _called("list_concat", *each))


def _listed(found: exp.Expr, several: bool) -> exp.Expr:
    return found if several else exp.array(found, dialect="duckdb")


def _each(function: str, values: exp.Expr, test: exp.Expr) -> exp.Expr:
    fitting = exp.Lambda(this=test, expressions=[exp.to_identifier("one")])
    return _called(function, values, fitting)


def _called(function: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=function, expressions=list(arguments))


def _one() -> exp.Expr:
    return exp.column("one")


def _raw() -> exp.Expr:
    return exp.column("raw", quoted=True)


def _text(text: str) -> exp.Expr:
    return exp.Literal.string(text)
