"""The pages of policies and predicates: one for each that is shipped, and their indexes."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from types import ModuleType

from markup import cell, code, fenced, joined, page, table

from forensics.policy import Policy, predicates, terms
from forensics.policy.testing import PolicyTest, parsed_tests

_VERDICTS = (
    "A policy demands something of the acts in its scope: all of `require`, none of `forbid`, and"
    " no `limit` exceeded. Its verdict on an act is *violation*, *compliant* or *unknown*; absent"
    " facts are named and never taken for proof. Each act is judged twice: by what was known at"
    " the act, and by what is known now. A policy file beside the logs replaces the shipped one of"
    " its id. How to write one: [Policies of your own](../policies.md)."
)
_ANSWERS = (
    "What a policy may require, forbid or limit: a closed vocabulary. A predicate answers about"
    " one act *yes*, *no* or *unknown*, with a sentence, the facts that are missing, and the"
    " records it rests on. Two instants are compared with the bounds of their clocks: where these"
    " overlap, the answer is unknown."
)


def _items(texts: Iterable[str]) -> str:
    return "\n".join(f"- {cell(text)}" for text in texts)


# Policies


def policies_page() -> str:
    """All shipped policies in a table."""
    rows = [
        [f"[{code(one.id)}](policies/{one.id}.md)", cell(one.title), one.level, _asked(one, "")]
        for one in terms.shipped()
    ]
    return page("Policies", _VERDICTS, table(["policy", "of what", "level", "predicates"], rows))


def policy_page(policy: Policy) -> str:
    """The page of one shipped policy: why, what may explain a breach, its YAML and its tests."""
    text = resources.files("forensics.policy").joinpath("packs", Path(policy.file).name)
    written, _, _ = text.read_text(encoding="utf-8").partition("\ntests:")
    tests = [_tested(one) for one in parsed_tests(policy)]
    return page(
        policy.title,
        f"{code(policy.id)}, one of the shipped [policies](../policies.md); level {policy.level},"
        f" asks {_asked(policy, '../')}.",
        cell(policy.description),
        "## Serves",
        _items(policy.refs),
        "## What may explain a breach",
        _items(policy.innocent),
        "## What it cannot see",
        _items(policy.misses),
        "## The policy",
        fenced(written, "yaml"),
        "## Its tests",
        table(["what", "expected"], tests) if tests else "It has none.",
    )


def _asked(policy: Policy, folder: str) -> str:
    names = dict.fromkeys(term.predicate for term in policy.terms())
    return ", ".join(f"[{code(name)}]({folder}predicates/{name}.md)" for name in names)


def _tested(test: PolicyTest) -> list[str]:
    told = [
        one.verdict.replace("_", " ") + (" as known now" if one.as_known == "now" else "")
        for one in test.expect
    ]
    return [cell(test.name), ", ".join(dict.fromkeys(told))]


# Predicates


def predicates_page() -> str:
    """All predicates in a table."""
    rows = [
        [f"[{code(name)}](predicates/{name}.md)", cell(module.__doc__)]
        for name, module in modules().items()
    ]
    return page("Predicates", _ANSWERS, table(["predicate", "asks"], rows))


def predicate_page(name: str) -> str:
    """The page of one predicate, from the constants of its module."""
    module = modules()[name]
    rows = [[code(parameter), cell(text)] for parameter, text in module.PARAMS.items()]
    used = [
        f"[{code(one.id)}](../policies/{one.id}.md)"
        for one in terms.shipped()
        if name in {term.predicate for term in one.terms()}
    ]
    return page(
        name,
        f"One of the [predicates](../predicates.md) of policies. {cell(module.__doc__)}",
        cell(module.MEANING),
        "## Parameters",
        table(["parameter", "meaning"], rows),
        "## Example",
        fenced(module.EXAMPLE, "yaml"),
        "## What it can miss",
        _items(module.MISSES),
        "## What it reads",
        f"It cannot answer without {joined(module.needs)}."
        + (f" It also uses {joined(module.uses)}." if module.uses else ""),
        f"Shipped policies that ask it: {', '.join(used) or 'none'}.",
    )


def modules() -> dict[str, ModuleType]:
    """The modules of all predicates by name."""
    return {
        name: importlib.import_module(f"{predicates.__name__}.{name}") for name in predicates.load()
    }
