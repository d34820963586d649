"""The page for a newcomer: prose around the rows of a real run."""

from __future__ import annotations

from pathlib import Path

from app.demo.example.late import late
from app.demo.example.markdown import paragraphs
from app.demo.example.run import Story
from app.demo.example.steps import album as the_album
from app.demo.example.steps import (
    announced,
    arrives,
    collected,
    downloaded,
    found,
    indexed,
    merged,
    parsed,
    read,
    tagged,
    tagged_again,
)

PAGE = Path("docs/pipeline-example.md")

INTRO = """
# One album, from Telegram to search

A cat was lost in Верхнеозёрск, and now it has been found: the town's channel posts a screenshot of the chat and two
photographs. This page follows that album of the sample channels through every step, row and event, until a search finds
it by words that stand only inside its picture. Then one more picture arrives late, and the tags change.

Nothing here was written by hand but the sentences: `make example` plays the album on a real PostgreSQL, a real broker,
real workers and a Telegram server on this machine, and writes down what it finds afterwards. A test does the same and
fails when this page says anything else.

Numbers are counted anew for the page (the album is publication 1, its posts are 1, 2, 3, its files 1, 2, 3), times and
scores are left out, sha256 is cut to eight digits and other hashes are letters: equal letters, equal hashes. The words
are those of [ARCHITECTURE.md](../ARCHITECTURE.md).
"""

END = """
## What to take along

- Every row of `work` above is `done` after one attempt. Had a worker been killed in between, its lease would have run
  out, the sweeper (`app/pipeline/engine/sweep.py`) would have published the step again, and the rest would be the same.
- No message carries more than numbers: keys of rows that say what is to be done. Lose them all, and the sweeper alone
  brings the album to the same end.
- To see this for any post of your own: `media-audit explain POST`.
"""


def page(story: Story) -> str:
    """The whole page as Markdown."""
    first = story.first
    return (
        paragraphs(
            INTRO,
            the_album(story),
            arrives(first),
            collected(first),
            downloaded(first),
            parsed(first),
            tagged(first),
            read(first),
            merged(first),
            tagged_again(first),
            indexed(first),
            announced(first),
            found(story),
            late(story),
            END,
        )
        + "\n"
    )
