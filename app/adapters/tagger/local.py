"""The local tagger: without model and network, with the same tags for the same input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path

from app.adapters.tagger import keyphrases, labels
from app.adapters.tagger.code_hash import code_hash
from app.adapters.tagger.entities import marks, prose
from app.adapters.tagger.morphology import analyse, is_russian
from app.domain import tags
from app.domain.tags import MAX_TAGS, MIN_TAGS, normalise_tag
from app.ports import TagInput

# Places that each source has for itself; together MAX_TAGS.
HASHTAG_SLOTS = 2  # for the author's own hashtags
VISION_SLOTS = 2  # for the pictures, however long the text is
TEXT_SLOTS = 2  # for the text, however many hashtags it has
LINK_SLOTS = 1
OCR_TAGS = 4  # a page of text must not hide the other content of the picture


class LocalTagger:
    """The port Tagger, by dictionaries and counting."""

    @property
    def version(self) -> str:
        """Changes with the code, the word lists and the packages of dictionaries.

        Contains a hash of the code, because developers would forget to raise a number.
        """
        return _version()

    @property
    def vocabulary(self) -> str:
        """Empty: this tagger has no vocabulary of its own."""
        return ""

    def tag(self, document: TagInput) -> list[str]:
        """3 to 7 normalised tags, sorted; fewer only for a publication with less content.

        Each source has places of its own (see above); places that it cannot fill go to the next best tags of others.
        """
        marked = marks(document.entities)
        russian = _writes_russian(document)
        said = keyphrases.ranked(prose(document.text, marked.hashtags))
        seen = list(_seen(document, russian))
        own = [
            *marked.hashtags[:HASHTAG_SLOTS],
            *seen[:VISION_SLOTS],
            *said.strong[:TEXT_SLOTS],
            *marked.links[:LINK_SLOTS],
        ]
        more = _interleave(said.strong[TEXT_SLOTS:], list(marked.hashtags[HASHTAG_SLOTS:]), seen[VISION_SLOTS:])
        chosen = _distinct([*own, *more, *marked.links[LINK_SLOTS:]], MAX_TAGS)
        if len(chosen) < MIN_TAGS:
            chosen = _distinct([*chosen, *said.spare, *labels.fillers(document.classifications, russian)], MIN_TAGS)
        return sorted(chosen)


@lru_cache  # needed for each publication; sources and packages do not change under a running process
def _version() -> str:
    """local-<8 hex digits of the code>-<versions of the data packages>."""
    code = code_hash(_sources())
    return f"local-{code}-{version('simplemma')}-{version('stopwordsiso')}"


def _sources() -> list[Path]:
    """The files that decide on tags: this package without the hash itself, and the rules of tags."""
    here = Path(__file__).parent.glob("*.py")
    return [*sorted(path for path in here if path.stem != "code_hash"), Path(tags.__file__)]


def _writes_russian(document: TagInput) -> bool:
    """Whether to name labels in Russian: by the letters of the text, else of the OCR, else by the language."""
    for text in (document.text, " ".join(document.ocr)):
        if letters := re.findall(r"[^\W\d_]", text):
            return sum(map(is_russian, letters)) * 2 > len(letters)
    return document.language == "ru"


def _seen(document: TagInput, russian: bool) -> Iterator[str]:
    """Tags from pictures, the surest first: the kind of picture, the things in it, the text in it."""
    described = keyphrases.ranked(". ".join(document.descriptions)).strong
    read = keyphrases.ranked(keyphrases.known_words("\n".join(document.ocr))).strong
    named = [labels.readable(label, russian) for label in document.labels]
    kinds = labels.kinds(document.classifications, russian)
    for tag in map(normalise_tag, dict.fromkeys([*kinds, *_interleave(named, read[:OCR_TAGS], described)])):
        if tag:
            yield tag


def _interleave(*sources: list[str]) -> list[str]:
    return [tag for row in zip_longest(*sources) for tag in row if tag]


def _distinct(tags: Iterable[str], limit: int) -> list[str]:
    """The first `limit` tags, none a form of another: beside #парки, the tag парк is left out."""
    kept: list[str] = []
    for tag in tags:
        if not any(_same(tag, other) for other in kept):
            kept.append(tag)
    return kept[:limit]


def _same(one: str, other: str) -> bool:
    """Whether tags are equal by dictionary form, or except for an ending of up to two letters after at least four."""
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and long.startswith(short) and len(long) - len(short) <= 2:
        return long[len(short) :].isalpha() or long == short
    return [analyse(word).lemma for word in one.split()] == [analyse(word).lemma for word in other.split()]
