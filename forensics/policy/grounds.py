"""What a case must tell of for acts to be judged by a policy, and what of that it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from forensics.engine import Engine
from forensics.policy import predicates, scope
from forensics.policy.model import Policy
from forensics.policy.statement import literal

# Relations that are there in every case, and which other tells whether they say anything.
_TOLD_BY = {
    "act_people": "employment",
    "case_states": "case_facts",
    "case_assignments": "case_facts",
}
_WORDS = {
    "employment": "roster",
    "protected_targets": "list of protected targets",
    "accounts": "list of accounts",
    "approvals": "record of an approval",
    "case_facts": "record of a case and no list of tickets",
    "listed_entitlements": "list of entitlements",
    "team_members": "list of teams",
    "shifts": "list of shifts",
    "change_windows": "list of changes",
}
# Who runs scans by a clock and lost one of these must not be told that all was looked at.
_EXPECTED = ("employment", "protected_targets")
_SHIPPED = "shipped/"


@dataclass(frozen=True)
class Lack:
    """What a case has not; `fails` where a policy that should be judged therefore is not.

    That is so for every policy of the case itself, and for a shipped one where the case has no
    roster or no list of protected targets.
    """

    said: str
    fails: bool

    def of(self, policy: str, unknown: int, judged: int) -> str:
        """What is lacking for a policy; where it judged any acts, also how many it could not."""
        told = f"policy {policy}: {self.said}"
        return f"{told}; {unknown:,} of {unknown + judged:,} acts are unknown" if judged else told


def lacking(engine: Engine, policies: Iterable[Policy]) -> dict[str, Lack]:
    """By id the policies that leave most acts unknown in this case, and what it lacks for them."""
    telling = _Telling(engine)
    found: dict[str, Lack] = {}
    for policy in policies:
        absent = sorted({name for name in _grounds(policy) if not telling.of(name)})
        words = [_WORDS.get(name, name) for name in absent]
        words += [f"account of the kind {kind}" for kind in telling.unlisted(policy)]
        if words:
            own = not policy.file.startswith(_SHIPPED)
            fails = own or bool(set(absent) & set(_EXPECTED))
            found[policy.id] = Lack(f"this case has no {' and no '.join(words)}", fails)
    return found


def _grounds(policy: Policy) -> Iterator[str]:
    """The relations of which each must tell something, for what the policy demands and covers."""
    for term in policy.demands():
        for name in predicates.grounds(term.predicate, term.params):
            yield _TOLD_BY.get(name, name)
    yield from scope.needs(policy.scope)


class _Telling:
    """Which relations of a case have a row; each is asked once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.known = dict.fromkeys(engine.relations())
        self.asked: dict[str, bool] = {}

    def of(self, name: str) -> bool:
        if name not in self.asked:
            row = exp.select(exp.alias_(exp.Literal.number(1), "one")).from_(name)
            self.asked[name] = name in self.known and self._has(row)
        return self.asked[name]

    def unlisted(self, policy: Policy) -> tuple[str, ...]:
        """The kinds of account that the scope asks for and that no list of accounts knows."""
        kinds = scope.values(policy.scope, "actor.account_class")
        if not kinds or not self.of("accounts"):
            return ()
        kind = exp.func("lower", exp.column("kind"))
        listed = exp.func("list_contains", literal(kinds), kind)
        row = exp.select(exp.alias_(exp.Literal.number(1), "one")).from_("accounts").where(listed)
        return () if self._has(row) else kinds

    def _has(self, query: exp.Select) -> bool:
        return bool(self.engine.rows(query.limit(1).sql(dialect="duckdb")))
