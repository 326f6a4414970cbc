"""What a recorded scan tells anew, as a short message that leaves the machine."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forensics.findings.document import LEVELS
from forensics.findings.standing import StandingFinding
from forensics.reports import escaping

LONGEST = 1_800
"""Characters of title and body together, so that services of chat take them in one piece."""

_NAME, _SENTENCE, _COMMAND, _ID = 80, 300, 400, 12
# A code span is taken literally by whatever shows Markdown: no link, no mention, no image in it.
# What could end the span, or begin an element where it is shown as HTML, is drawn by a likeness.
_LIKENESS = str.maketrans({"`": "ˋ", "<": "‹", ">": "›"})


@dataclass(frozen=True)
class Message:
    """One notification: a title without markup, and a body in Markdown that reads well as text."""

    title: str
    body: str


def message(told: Sequence[StandingFinding], scan: int, case: str, limit: int = LONGEST) -> Message:
    """The message on findings, gravest first, that a scan of a case tells anew.

    Title and body have `limit` characters at most, or as few as the head needs; how many findings
    do not fit is said.
    """
    states = Counter(one.standing.state for one in told)
    parts = [f"{states['new']} new"] if states["new"] else []
    parts += [f"{states['re-opened']} opened again"] if states["re-opened"] else []
    gravest = max((one.finding.level for one in told), key=LEVELS.index)
    title = f"forensics: {', '.join(parts)}, {gravest}"
    levels = Counter(one.finding.level for one in told)
    counts = ", ".join(f"{levels[name]} {name}" for name in reversed(LEVELS) if levels[name])
    head = f"Scan {scan}: {counts}."
    see = f"forensics findings list --since-last-scan --case {shlex.quote(case)}"
    foot = f"To see them: {literal(see, _COMMAND)}"
    room = limit - len(title) - len(head) - len(foot) - len(_more(len(told))) - 10
    entries: list[str] = []
    for one in told:
        entry = _entry(one)
        room -= len(entry) + 1
        if room < 0:
            break
        entries.append(entry)
    left = len(told) - len(entries)
    listed = "\n".join([*entries, *([_more(left)] if left else [])])
    return Message(title, "\n\n".join((head, listed, foot)))


def literal(text: str, longest: int) -> str:
    """Text of a log as a code span of Markdown on one line, cut to a number of characters."""
    seen = escaping.terminal(re.sub(r"\s+", " ", text).strip()).translate(_LIKENESS)
    cut = seen if len(seen) <= longest else f"{seen[: longest - 1]}…"
    return f"`{cut or ' '}`"


def _entry(one: StandingFinding) -> str:
    found = one.finding
    who = " → ".join(literal(name, _NAME) for name in (found.actor, found.target) if name)
    again = " (opened again)" if one.standing.state == "re-opened" else ""
    said = f": {literal(found.sentences[0], _SENTENCE)}" if found.sentences else ""
    named = f"{literal(found.title, _NAME)}{again}{f', {who}' if who else ''}{said}"
    return f"- **{found.level}** {named} {literal(one.standing.id[:_ID], _ID)}"


def _more(number: int) -> str:
    return f"- and {number:,} more"
