"""Writes a made-up organisation's nights: `python sample_logs/generate_organisation.py --out DIR`.

The same arguments write the same bytes. Each night is a folder of what arrived in it; `truth.json`
beside them says which incidents were planted, when, and in which records.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from organisation import bulk
from organisation.nights import EVERYTHING, Asked, write
from organisation.plans import LEVELS, SCENARIOS


def main() -> None:
    """Write the organisation that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nights", type=int, default=180)
    parser.add_argument("--quiet", type=int, default=100, help="nights before any incident")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--cases", type=float, default=5.0, help="cases a shift, on average")
    parser.add_argument("--scenarios", nargs="*", choices=sorted(SCENARIOS), help="none: clean")
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=LEVELS)
    parser.add_argument("--events", type=int, help="so many records of the console, and no truth")
    given = parser.parse_args()
    wanted = SCENARIOS if given.scenarios is None else given.scenarios
    asked = Asked(
        seed=given.seed,
        nights=given.nights,
        quiet=given.quiet,
        people=given.people,
        cases_a_shift=given.cases,
        incidents=[one for one in EVERYTHING if one[0] in wanted and one[1] in given.levels],
    )
    if given.events is not None:
        copies = bulk.write(asked, given.out, given.events)
        print(f"{given.events:,} records of {copies:,} times {given.people} people")
        return
    truth = write(asked, given.out)
    for name, number in truth["records"].items():
        print(f"{number:9,} {name}")
    for one in truth["incidents"]:
        print(f"{one['night']} {one['scenario']} {one['level']:6} {one['person']}")


if __name__ == "__main__":
    main()
