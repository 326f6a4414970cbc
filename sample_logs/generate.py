"""Writes the sample stories: `python sample_logs/generate.py [--out DIR] [STORY ...]`.

The same code writes the same bytes: every choice is drawn from a seed named for its purpose.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from story import approved_enforcement, eleven_minutes, export, stolen_session

STORIES = {
    module.NAME: module.tell for module in (eleven_minutes, approved_enforcement, stolen_session)
}


def main() -> None:
    """Write the stories named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="Write the sample stories.")
    parser.add_argument("stories", nargs="*", metavar="STORY", help=", ".join(STORIES))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    unknown = sorted(set(chosen.stories) - set(STORIES))
    if unknown:
        parser.error(f"no such story: {', '.join(unknown)}; there are {', '.join(STORIES)}")
    for name in chosen.stories or STORIES:
        export.write(STORIES[name](), chosen.out / name)


if __name__ == "__main__":
    main()
