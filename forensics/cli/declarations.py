"""Declarations of sources in a terminal: their page, and how their examples fared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forensics.errors import DeclarationError, InputError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from forensics.sources.declaration import Declaration
    from forensics.sources.examples import Verdict


def named(name: str, known: dict[str, Declaration]) -> Declaration:
    """The source of that name; raises `UsageError` when there is none."""
    from forensics.conditions.vocabulary import one_of

    return one_of("source", name, known)


def files(path: Path) -> list[Path]:
    """The declarations that a path names: a file, or all of a folder."""
    if not path.is_dir():
        return [path]
    found = sorted(path.glob("*.toml"))
    if not found:
        raise InputError("This folder holds no .toml declaration.", place=str(path))
    return found


def read(path: Path) -> tuple[Declaration, str]:
    """A declaration that has examples, and its text; raises when it cannot be read or has none."""
    from forensics.sources import declaration

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise DeclarationError(f"cannot be read: {error}", place=str(path)) from error
    parsed = declaration.parse(text, str(path))
    if not parsed.examples:
        raise InputError("This declaration has no [[example]].", place=str(path))
    return parsed, text


@dataclass(frozen=True)
class Run:
    """How the examples of one declaration fared; `warnings` are no failures."""

    source: str
    verdicts: tuple[Verdict, ...]
    warnings: tuple[str, ...]

    @property
    def failed(self) -> int:
        """How many examples are not what they should be."""
        return sum(bool(one.told or one.differences) for one in self.verdicts)

    def plain(self) -> dict[str, object]:
        """As values for JSON."""
        return {
            "source": self.source,
            "examples": len(self.verdicts),
            "failed": self.failed,
            "faults": [
                {"example": number, "told": one.told, "differences": one.differences}
                for number, one in enumerate(self.verdicts)
                if one.told or one.differences
            ],
            "warnings": self.warnings,
        }

    def draw(self, shown: Console) -> None:
        """One line, and below it what each failing example wanted and got."""
        from forensics.reports.escaping import terminal

        count = len(self.verdicts)
        examples = f"{count} example{'' if count == 1 else 's'}"
        shown.print(f"{self.source}: {examples}, {self.failed} failed")
        for number, one in enumerate(self.verdicts):
            if not one.told and not one.differences:
                continue
            shown.print(f"  example {number}")
            for told in one.told:
                shown.print(f"    {terminal(told)}")
            if one.differences:
                shown.print(_differences(one))


def _differences(verdict: Verdict) -> Table:
    from rich.table import Table

    from forensics.reports.escaping import terminal

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for head in ("    column", "wanted", "got"):
        drawn.add_column(head, overflow="fold")
    for one in verdict.differences:
        drawn.add_row(f"    {one.column}", terminal(one.wanted), terminal(one.got))
    return drawn


def run(path: Path, known: dict[str, Declaration]) -> Run:
    """Run the examples of a declaration; raises as `read` does."""
    from forensics.sources import examples

    declared, text = read(path)
    warnings = [f"{declared.name}: {one}" for one in _left_to_do(declared, text)]
    for number, one in enumerate(declared.examples):
        found = examples.recognised(declared, one, known)
        if found.source != declared.name:
            taken = f"taken for {found.source}" if found.source else "not recognised"
            warnings.append(f"{declared.name}: example {number} is {taken}: {found.why}")
    verdicts = tuple(examples.judge(declared, declared.examples))
    return Run(declared.name, verdicts, tuple(warnings))


def _left_to_do(declared: Declaration, text: str) -> Iterator[str]:
    """What a draft still asks to be looked at, and what its events will not say."""
    checks = sum(line.lstrip().startswith("# check") for line in text.splitlines())
    if checks:
        yield f"{checks} line{'' if checks == 1 else 's'} marked # check to look at"
    if any(one.startswith("To fill in") for one in declared.omits):
        yield "omits is to be filled in"
    operation = declared.event.get("operation")
    if operation is None or operation.const == "unknown":
        yield "no path feeds operation: what was done stays unknown"
    if "actor" not in declared.event:
        yield "no path feeds actor: who acted stays unknown"


# A source's page


def page(one: Declaration, shown: Console) -> None:
    """Draw what a source is, how it is known, what it says and what it leaves out."""
    from forensics.reports.escaping import terminal
    from forensics.reports.terminal.parts import bullets, facts, heading, labelled
    from forensics.sources.telling import by_verb, fed

    sigma = f"product {one.product or '-'}, service {one.service or '-'}"
    shown.print(terminal(f"{one.name}  {one.title}"))
    told = {
        "known by": _recognised(one),
        "carried": one.within,
        "explodes": (one.explode,) if one.explode else (),
        "embedded": (one.embedded,) if one.embedded else (),
        "zone": (f"{one.zone}, of stamps that name none",) if one.zone else (),
        "clock": (f"right within {one.clock_tolerance:g} s, unless measured",),
        "Sigma": (sigma,),
        "examples": (str(len(one.examples)),),
        "see": one.refs,
    }
    facts(shown, [row for label, lines in told.items() for row in labelled(label, lines)])
    heading(shown, "Not recorded")
    bullets(shown, one.omits or ("not said",))
    heading(shown, "Actions")
    facts(
        shown,
        [(verb, ", ".join(operations), "") for verb, operations in by_verb(one).items()]
        + [
            (when.action, f"{', '.join(when.operations) or 'any'} when {_flat(when.condition)}", "")
            for when in one.action_when
        ],
    )
    heading(shown, "Columns")
    facts(shown, [(name, fed(value), "") for name, value in sorted(one.event.items())])


def _flat(text: str) -> str:
    return " ".join(text.split())


def _recognised(one: Declaration) -> list[str]:
    wanted = one.recognise
    told = [", ".join(wanted.required)]
    told += [f"{path} is {' or '.join(values)}" for path, values in wanted.equals]
    return told + ([f"one of {', '.join(wanted.any_of)}"] if wanted.any_of else [])
