"""Prints how the catalog's sources agree with another normaliser's documents.

python tests/sources/agreement/scoring.py [STREAM ...] [--show N] [--whole | --alone]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

import peer
import reasons
from comparing import FIELDS
from reasons import Explained
from scores import Difference, Score, Scorer, wanted_sources


def told(score: Score, explained: Explained, show: int) -> str:
    """A score as text: a table, what is wrong, and the first unexplained differences by field."""
    sources = sorted({one for found in score.sources.values() for one in found or ("nothing",)})
    head = (
        f"\n{score.stream}: {score.records} records, {score.dropped} dropped by the peer,"
        f" {score.unread} not read by us, {score.timeless} without a time,"
        f" {score.clashes} whose id is used twice;"
        f" read as {', '.join(sources)}; wanted {', '.join(score.wanted) or 'no source'}"
    )
    lines = [head]
    lines += [f"  ! {note}" for note in score.notes[:10]]
    if score.wanted and score.strangers:
        wrong = [f"{name} as {one}" for name, one in score.strangers]
        lines.append(f"  ! wrong source: {', '.join(wrong[:10])}")
    lines.append(
        f"  {'field':16}{'both':>6}{'agree':>7}{'share':>8}{'ours':>6}{'theirs':>8}{'open':>6}"
    )
    for one in FIELDS:
        tally = score.tallies[one.name]
        share = "–" if tally.share is None else f"{100 * tally.share:.1f}%"
        unexplained = sum(held.field == one.name for held in explained.open)
        low = "  <-- low" if one.name in explained.low else ""
        lines.append(
            f"  {one.name:16}{tally.both:6}{tally.agree:7}{share:>8}{tally.only_ours:6}"
            f"{tally.only_theirs:8}{unexplained:6}{low}"
        )
    for name in ("record", *(one.name for one in FIELDS)):
        lines += _shown([one for one in explained.open if one.field == name], show)
    return "\n".join(lines)


def _shown(differences: Sequence[Difference], show: int) -> list[str]:
    lines = [
        f"  {one.field} {one.place} [{one.row['operation'] if one.row else None}]"
        f" ours {sorted(one.ours)} theirs {sorted(one.theirs)}"
        for one in differences[:show]
    ]
    if show and len(differences) > show:
        lines.append(f"  {differences[0].field}: {len(differences) - show} more")
    return lines


def alone(scorer: Scorer, stream: str) -> str:
    """In words, what the records of a stream are taken for when each is a file of its own."""
    counts = Counter(str(one) for one in scorer.alone(stream))
    return ", ".join(f"{count} as {source}" for source, count in sorted(counts.items()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores of the named streams, else of all that a source is wanted for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("streams", nargs="*")
    parser.add_argument("--show", type=int, default=5, help="differences shown of each field")
    parser.add_argument("--all", action="store_true", help="also streams outside the catalog")
    parser.add_argument("--whole", action="store_true", help="give wrapping files as they stand")
    parser.add_argument("--alone", action="store_true", help="recognise each record by itself")
    given = parser.parse_args(arguments)
    known, wanted = peer.streams(), wanted_sources()
    scorer = Scorer()
    for fault in scorer.faults:
        print(f"! left out: {fault}", file=sys.stderr)
    for stream in given.streams or [one for one in known if given.all or one in wanted]:
        if stream not in known:
            print(f"! no stream {stream!r}; known: {', '.join(known)}", file=sys.stderr)
            return 2
        if given.alone:
            print(f"{stream}: {alone(scorer, stream)}")
            continue
        score = scorer.score(stream, whole=given.whole)
        print(told(score, reasons.explain(score, reasons.load()), given.show))
    scorer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
