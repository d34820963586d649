"""The file of frequent tags: a draft of a vocabulary, for a person to edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEAD = """\
# Tags that publications of this archive carry now, the most frequent first, each with their number.
# Nothing uses this file until you set TAG_VOCABULARY to it. Before that: delete the lines that you do not want, and
# write other words for a tag behind an equals sign, also those of lines that you deleted:
#   name = other word, another
# `media-audit retag --dry-run` then tells what new tags would cost.
"""


@dataclass(frozen=True)
class TagCount:
    """A tag, and the number of publications that carry it."""

    tag: str
    publications: int


def draft(found: Sequence[TagCount]) -> str:
    """The text of the file, in the form that app/domain/vocabulary.py parses; counts are comments."""
    width = max((len(one.tag) for one in found), default=0)
    return HEAD + "".join(f"{one.tag:<{width}}  # {one.publications}\n" for one in found)
