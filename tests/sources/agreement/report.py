"""The reference page of agreement: shares, counts and written reasons, no word of any record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import peer
import reasons
from comparing import FIELDS
from reasons import Explained, Reason
from scores import Score, Scorer, Tally, wanted_sources

_INTRO = """The test cases of [elastic/integrations](https://github.com/elastic/integrations)
(commit `2a7f2b3d49a6`) hold raw records of many products and the ECS document that another
normaliser makes of each. They are read in place, where they are present, by
`tests/sources/agreement`; none of them is part of this project, and no mapping knows of them. Each
record is recognised and normalised as it is in a case, and compared with its document field by
field. A share is of the records of which *both* sides state the field.

- *time*: `@timestamp`, where it is the record's own, within a millisecond; syslog stamps without a
  year are left out, for theirs is the year of the other's test run.
- *outcome*: `event.outcome`; our `denied` is its `failure`; `unknown` states nothing.
- *source address*: `source.ip`, or the address in `source.address` or `client.ip`.
- *actor*: our `actor`, `actor_id`, `actor_email` or `actor_name` is among the name, e-mail, id
  and full name of `user`, `client.user` and `source.user`; *strict* is our `actor` alone.
- *target*: one of our target's names and ids is among `user.target`, `user.changes` and, where
  `event.type` says that the act is on a group, `group`: elsewhere that is the actor's own group, or
  Teleport's name space, which nobody acts on.
- *operation*: our `operation` is `event.action` but for case and punctuation; it is told, for the
  other normaliser renames many.

Asked for are 97 % of time, outcome and source address, and 95 % of actor and target, of each stream
(a single difference aside) and of all together; each difference that remains has a written reason
below. A reason marked *not counted* is of documents that contradict their own record or put another
role in the field: the shares here count these too, what is asked for does not."""


def _share(tally: Tally) -> str:
    return "–" if tally.share is None else f"{100 * tally.share:.1f} % of {tally.both}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _sources(score: Score) -> str:
    found = sorted({one for held in score.sources.values() for one in held})
    return ", ".join(f"`{one}`" for one in found) or "–"


def _total(scores: Sequence[Score], name: str) -> Tally:
    held = [one.tallies[name] for one in scores]
    return Tally(sum(one.both for one in held), sum(one.agree for one in held))


def _overview(scores: Sequence[Score]) -> str:
    names = [one.name for one in FIELDS]
    rows = [
        [
            f"`{one.stream}`",
            _sources(one),
            str(one.records - one.dropped),
            *(_share(one.tallies[name]) for name in names),
        ]
        for one in scores
    ]
    records = sum(one.records - one.dropped for one in scores)
    rows.append(["all", "", str(records), *(_share(_total(scores, name)) for name in names)])
    return _table(["stream", "source", "records", *names], rows)


def _details(score: Score, explained: Explained, written: Sequence[Reason]) -> str:
    """What only one side states, and why the two differ where they do; empty if nothing is."""
    lines = []
    if score.dropped:
        lines.append(f"- {_count(score.dropped)} of which the other normaliser keeps nothing")
    if score.timeless:
        lines.append(f"- {_count(score.timeless)} without a time, which a case rejects and keeps")
    for number, held in sorted(explained.by_reason.items()):
        reason = written[number]
        mark = "" if reason.counted else ", not counted"
        lines.append(f"- {reason.field}, {len(held)} of {score.records}{mark}: {reason.why}")
    if explained.open:
        lines.append(f"- **{len(explained.open)} differences without a reason**")
    return f"### {score.stream}\n\n" + "\n".join(lines) if lines else ""


def _count(records: int) -> str:
    return f"{records} record{'' if records == 1 else 's'}"


def _one_sided(scores: Sequence[Score]) -> str:
    names = [one.name for one in FIELDS if one.name != "actor (strict)"]
    rows = [
        [
            f"`{one.stream}`",
            *(f"{one.tallies[name].only_ours} / {one.tallies[name].only_theirs}" for name in names),
        ]
        for one in scores
    ]
    return _table(["stream", *names], rows)


def body() -> str:
    """The page below its title."""
    wanted, written = wanted_sources(), reasons.load()
    scorer = Scorer()
    try:
        scores = [scorer.score(stream) for stream in peer.streams() if stream in wanted]
    finally:
        scorer.close()
    details = [_details(one, reasons.explain(one, written), written) for one in scores]
    outside = ", ".join(f"`{one}`" for one in peer.streams() if one not in wanted)
    return "\n\n".join(
        [
            _INTRO,
            "## Shares",
            _overview(scores),
            "## Where the two differ, and why",
            *(one for one in details if one),
            "## What one side alone states",
            "Records of which only our event / only the other document states the field.",
            _one_sided(scores),
            "## No source",
            f"Streams that are here and that no source of the catalog is for: {outside}.",
        ]
    )
