"""The cases of Sigma rules, run: each rule over records made of its cases, in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule

from forensics.engine import Engine
from forensics.evidence.imagined import imagined
from forensics.rules import cases as stated
from forensics.rules import explain, logsource, match
from forensics.rules.cases import FIRES, Cases
from forensics.rules.explain import Part
from forensics.rules.load import Rule
from forensics.rules.logsource import LogSource
from forensics.sources.declaration import Declaration

_FEW = 6


@dataclass(frozen=True)
class CaseFailure:
    """A case that came out otherwise: which one, what was expected, and what helps to see why."""

    case: str
    message: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class RuleTested:
    """How the cases of one rule fared; `reason` says why the rule could not be evaluated."""

    rule: str
    title: str
    file: str
    cases: tuple[str, ...]
    failures: tuple[CaseFailure, ...]
    reason: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the rule was evaluated, and every case came out as it says."""
        return not self.failures and self.reason is None


def run(
    rule: Rule, cases: Cases, rules: Sequence[Rule], declarations: Mapping[str, Declaration]
) -> RuleTested:
    """Run the cases of a rule, which `rules` holds with those that it refers to.

    All cases stand in one relation. Every event of those that it fires on must match, none of the
    others may. Raises `DeclarationError` when a case cannot be read.
    """
    name = stated.source_of(rule, cases, declarations)
    declaration = declarations[name] if name else None
    events = stated.events(cases, declaration)
    source = logsource.declared(declaration) if declaration else None
    sources = [source] if source else []
    engine = imagined([row for rows in events.values() for row in rows])
    try:
        found = match.scan(engine, together(rule, rules), sources)
        reason = found.unsupported.get(rule.id) or found.not_applicable.get(rule.id)
        rows = found.matches.to_pylist()
        matched = {row["event_uid"] for row in rows if row["rule_id"] == rule.id}
        failures = [] if reason else [*_failures(engine, rule, sources, events, matched)]
    finally:
        engine.close()
    return RuleTested(rule.id, rule.title, cases.place, tuple(events), tuple(failures), reason)


def together(rule: Rule, rules: Sequence[Rule]) -> list[Rule]:
    """A rule and those that it stands on, also through others."""
    if not isinstance(rule.sigma, SigmaCorrelationRule):
        return [rule]
    below = {id(one.rule) for one in rule.sigma.referenced_rules}
    named = [one for one in rules if id(one.sigma) in below and one is not rule]
    found = [rule, *(each for one in named for each in together(one, rules))]
    return list({one.id: one for one in found}.values())


def _failures(
    engine: Engine,
    rule: Rule,
    sources: Sequence[LogSource],
    events: Mapping[str, Sequence[Mapping[str, object]]],
    matched: set[str],
) -> Iterator[CaseFailure]:
    for case, rows in events.items():
        uids = [str(row["event_uid"]) for row in rows]
        wanted = case.startswith(FIRES)
        wrong = [uid for uid in uids if (uid in matched) is not wanted]
        if not wrong:
            continue
        among = f" on {len(wrong):,} of its {len(uids):,} events" if len(uids) > 1 else ""
        message = f"{'does not fire' if wanted else 'fires'}{among}"
        said = _said(engine, rule, sources, wrong[0], wanted=wanted)
        yield CaseFailure(case, message, tuple(said)[:_FEW])


def _said(
    engine: Engine, rule: Rule, sources: Sequence[LogSource], uid: str, *, wanted: bool
) -> Iterator[str]:
    """The items that decided otherwise, with the values found."""
    if isinstance(rule.sigma, SigmaCorrelationRule):
        return
    scope = logsource.scope(rule.sigma.logsource, match.held(engine, sources))
    for condition in explain.explain(engine, rule.sigma, scope, uid).conditions:
        yield condition.text
        for part in _items(condition):
            if part.held is not wanted:
                holds = "holds" if part.held else "does not hold"
                found = ", ".join(part.found or ()) or "nothing"
                yield f"{part.text} {holds}: found {found}"


def _items(part: Part) -> Iterator[Part]:
    if part.kind == "item":
        yield part
    for one in part.parts:
        yield from _items(one)
