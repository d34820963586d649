"""The facets of a publication: short names such as kind:photo or has:ocr, by which a search filters and counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.domain.kinds import Classification, MediaKind
from app.domain.messages import Forward

ALBUM, TEXT, VOICE = "album", "text", "voice"  # kinds of a publication beside those of its media
NAMES = {MediaKind.DOCUMENT: "document"}  # of kinds that a user calls otherwise than Telegram


@dataclass(frozen=True)
class Facts:
    """The facts of a publication that its facets are made of.

    kinds: of its own media. album: whether it has a grouped id. voice: whether it has a voice message.
    language: as its readings say, else None.
    """

    kinds: Collection[MediaKind] = ()
    album: bool = False
    voice: bool = False
    classes: Collection[Classification] = ()
    language: str | None = None
    tags: Sequence[str] = ()
    ocr: bool = False
    edited: bool = False
    forwards: Sequence[Forward] = ()


def facets_of(facts: Facts) -> tuple[str, ...]:
    """The facets, each once, in the order of the alphabet."""
    return tuple(sorted(set(_facets(facts))))


def folded(text: str) -> str:
    """A tag or name as filters compare it: without regard to case, ё, or the spaces between its words."""
    return " ".join(text.casefold().replace("ё", "е").split())


def _facets(facts: Facts) -> Iterator[str]:
    yield from (f"kind:{NAMES.get(kind, kind)}" for kind in facts.kinds)
    if facts.album:
        yield f"kind:{ALBUM}"
    if facts.voice:
        yield f"kind:{VOICE}"
    if not facts.kinds:
        yield f"kind:{TEXT}"
    yield from (f"class:{one}" for one in facts.classes)
    yield from (f"tag:{folded(tag)}" for tag in facts.tags)
    if facts.language:
        yield f"lang:{facts.language}"
    yield from (f"has:{name}" for name in _has(facts))
    yield from (f"from:{name}" for name in _origins(facts.forwards))


def _has(facts: Facts) -> Iterator[str]:
    if facts.kinds:
        yield "media"
    if facts.ocr:
        yield "ocr"
    if facts.edited:
        yield "edit"
    if facts.forwards:
        yield "forward"


def _origins(forwards: Iterable[Forward]) -> Iterator[str]:
    for forward in forwards:
        if forward.from_telegram_id is not None:
            yield str(forward.from_telegram_id)
        if forward.from_name:
            yield folded(forward.from_name)
