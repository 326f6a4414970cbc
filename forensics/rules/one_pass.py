"""All rules of one scope in as few scans as can be: by operation first, by the record last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from sigma.rule import SigmaRule
from sqlglot import exp

from forensics.engine import Engine
from forensics.rules import guard
from forensics.rules.compile import Compiled, compiled, of_sources, resolver
from forensics.rules.logsource import Scope
from forensics.rules.paths import Paths
from forensics.rules.records import Reading

_UID = "event_uid"
# More in one statement take longer to plan than one more scan takes.
_TOGETHER = 128

Operations = Sequence[str | None]


@dataclass
class Pass:
    """The rules of one scope, each by its id.

    The operations of the case are few: what rules ask of them is answered for each of these, so
    that events are sought by exact names, and records are read only where a rule may match.
    """

    scope: Scope
    rules: dict[str, Compiled] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.paths = Paths(Reading(self.scope.sources or ()))

    @property
    def column(self) -> str:
        """The column that most rules ask for."""
        return "action" if self.scope.vocabulary == "normalised" else "operation"

    def compile(self, rule: SigmaRule) -> Compiled:
        """A rule over the columns of this pass; raises as `compile.compile_rule` does."""
        return compiled(rule, resolver(self.scope, self.paths.field), self.column)

    def run(self, engine: Engine) -> Iterator[pa.Table]:
        """Tables of rule_id and event_uid, of the events that match."""
        possible = self._possible(engine)
        of_record = self._of_record()
        selects: list[exp.Select] = []
        reading: dict[str, Operations | None] = {}
        for name, rule in self.rules.items():
            operations = possible.get(name)
            if operations is not None and not operations:
                continue
            if guard.reads(rule.condition) & of_record:
                reading[name] = operations
            else:
                selects.append(self._select(name, rule, operations))
        for start in range(0, len(selects), _TOGETHER):
            parts = selects[start : start + _TOGETHER]
            whole = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
            yield engine.table(whole.sql(dialect="duckdb"))
        names = list(reading)
        for start in range(0, len(names), _TOGETHER):
            some = {name: reading[name] for name in names[start : start + _TOGETHER]}
            yield engine.table(self._reading(some).sql(dialect="duckdb"))

    def _possible(self, engine: Engine) -> dict[str, Operations]:
        """By rule with a guard, the operations of the case that pass it."""
        guards = {name: rule.guard for name, rule in self.rules.items() if rule.guard is not None}
        if not guards:
            return {}
        names = list(guards)
        column = exp.column(self.column)
        listed = exp.select(column).distinct().from_("events").where(of_sources(self.scope))
        columns = [exp.alias_(guards[name], f"guard_{n}") for n, name in enumerate(names)]
        query = exp.select(column.copy(), *columns).from_(listed.subquery("listed"))
        rows = engine.rows(query.sql(dialect="duckdb"))
        return {
            name: [row[self.column] for row in rows if row[f"guard_{n}"]]
            for n, name in enumerate(names)
        }

    def _of_record(self) -> set[str]:
        return self.paths.names | {"raw"}

    def _select(self, name: str, rule: Compiled, operations: Operations | None) -> exp.Select:
        found = exp.select(_named(name), exp.column(_UID)).from_("events")
        found = found.where(of_sources(self.scope), self._among(operations), copy=False)
        return found if rule.whole else found.where(rule.condition, copy=False)

    def _among(self, operations: Operations | None) -> exp.Expr:
        """Whether an event is of one of the operations; None is any."""
        if operations is None:
            return exp.true()
        column = exp.column(self.column)
        named = [exp.Literal.string(one) for one in operations if one is not None]
        tests: list[exp.Expr] = [column.isin(*named)] if named else []
        if None in operations:
            tests.append(column.copy().is_(exp.null()))
        return exp.or_(*tests)

    def _reading(self, rules: dict[str, Operations | None]) -> exp.Select:
        """One scan of the records of all operations that some of the rules may match."""
        conditions = {name: self.rules[name].condition for name in rules}
        typed = {one for each in conditions.values() for one in guard.reads(each)}
        typed = typed - self._of_record() | self.paths.of_event
        plain = sorted({_UID, "raw", self.column, *typed})
        read = exp.select(*map(exp.column, plain)).from_("events").where(of_sources(self.scope))
        if None not in rules.values():
            every = dict.fromkeys(one for those in rules.values() for one in those or ())
            read = read.where(self._among(list(every)))
        columns: list[exp.Expr] = [exp.column(one) for one in plain]
        if self.paths:
            read = read.select(*self.paths.texts())
            columns += self.paths.columns()
        looked = exp.select(*columns).from_(read.subquery("read"))
        tests = [
            exp.case().when(
                exp.and_(self._among(operations), conditions[name]), exp.Literal.string(name)
            )
            for name, operations in rules.items()
        ]
        fitting = exp.func("list_filter", exp.array(*tests), _SAID.copy(), dialect="duckdb")
        matched = exp.select(exp.column(_UID), exp.alias_(fitting, "matched"))
        matched = matched.from_(looked.subquery("looked"))
        rows = exp.select(
            exp.alias_(exp.func("unnest", exp.column("matched")), "rule_id"), exp.column(_UID)
        )
        return rows.from_(matched.subquery("matched"))


_SAID = exp.Lambda(
    this=exp.column("one").is_(exp.null()).not_(), expressions=[exp.to_identifier("one")]
)


def _named(name: str) -> exp.Expr:
    return exp.alias_(exp.Literal.string(name), "rule_id")
