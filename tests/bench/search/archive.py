"""The made archive: publications of 300 channels over five years, drawn from a seed, in blocks.

A block depends on the archive and its number alone. Texts are words without grammar. Their number and
frequencies, and the shares of readings, tags and codes, are those of news channels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from app.domain.documents import Document
from app.domain.facets import Facts, facets_of
from app.domain.kinds import Classification, MediaKind
from app.domain.messages import Forward
from tests.bench.search.pictures import MEMES, Picture, another, own, pictures_of
from tests.bench.search.vocabulary import ENGLISH, RUSSIAN, Language, language

CHANNELS, TAGS, LABELS, BLOCK = 300, 2_000, 400, 10_000
START = datetime(2021, 11, 1, tzinfo=UTC)
SECONDS = 5 * 365 * 86_400
BURSTS = 500  # hours with news, in which a tenth of all posts are written
OCR, MEDIA, DELETED, EDITED, FORWARDED, CODED, ALBUMS = 0.2, 0.6, 0.01, 0.05, 0.1, 0.02, 0.1
MEDIAN, SPREAD = 30, 0.8  # words of a text: the median, and sigma of the logarithm
_PLATE = "авекмнорстух"
_CLASSES, _KINDS = list(Classification), list(MediaKind)


@dataclass(frozen=True)
class Made:
    """A publication of the archive. id: also that of its post."""

    id: int
    channel_id: int
    posted_at: datetime
    deleted_at: datetime | None
    document: Document
    code: str | None  # in the picture, as it is written there
    picture: Picture | None


@dataclass(frozen=True)
class Archive:
    """An archive of `size` publications."""

    size: int
    seed: int = 1

    @property
    def name(self) -> str:
        """Of the folder that keeps it; changes with the generator."""
        return f"search-2-{self.size}-{self.seed}"

    @cached_property
    def languages(self) -> tuple[Language, Language]:
        """Seven posts in ten are in the first."""
        return language("ru", RUSSIAN), language("en", ENGLISH)

    @cached_property
    def memes(self) -> list[Picture]:
        """Pictures that many posts show, the most frequent first; each is the first of its look-alikes."""
        return pictures_of(self.seed)

    @cached_property
    def tags(self) -> list[str]:
        """The most frequent first."""
        return [str(word) for word in self.languages[0].words[300 : 300 + TAGS]]

    @cached_property
    def labels(self) -> list[str]:
        """Names of things in pictures."""
        return [str(word) for word in self.languages[1].words[500 : 500 + LABELS]]

    @cached_property
    def moments(self) -> NDArray[np.int64]:
        """Seconds after START, by publication: ids grow with time, but for a tenth that history brought later."""
        random = np.random.default_rng([self.seed, 1])
        calm = random.integers(0, SECONDS, self.size)
        hours = random.integers(0, SECONDS - 3_600, BURSTS)
        burst = random.choice(hours, self.size) + random.integers(0, 3_600, self.size)
        moments = np.sort(np.where(random.random(self.size) < 0.1, burst, calm))
        late = np.flatnonzero(random.random(self.size) < 0.1)
        moments[late] = random.permutation(moments[late])
        return moments

    def made(self, since: int = 0) -> Iterator[Made]:
        """All publications from that one on, by id."""
        for block in range(since // BLOCK, -(-self.size // BLOCK)):
            yield from self.block(block)

    def block(self, number: int) -> Iterator[Made]:
        """The publications of one block."""
        first = number * BLOCK
        count = min(BLOCK, self.size - first)
        draw = _Draw(self, np.random.default_rng([self.seed, 2, number]), count)
        for place in range(count):
            yield draw.one(place, first + place)


class _Draw:
    """The draws of a block. Each kind of draw is made for all of the block at once."""

    def __init__(self, archive: Archive, random: np.random.Generator, count: int) -> None:
        self._archive, self._random = archive, random
        self._chances = random.random((count, 8))
        self._channels = zipf(random, CHANNELS, count) + 1
        self._language = (random.random(count) < 0.3).astype(int)
        self._texts = self._fields(count, MEDIAN, SPREAD, np.ones(count, dtype=bool))
        self._ocr = self._fields(count, 12, 0.7, self._chances[:, 0] < OCR)
        self._tags = np.split(zipf(random, TAGS, 6 * count), count)
        self._tag_count = random.integers(0, 6, count)
        self._labels = random.integers(0, LABELS, (count, 4))
        self._kinds = random.choice(len(_KINDS), count, p=_weights(len(_KINDS)))
        self._classes = random.choice(len(_CLASSES), count, p=_weights(len(_CLASSES)))
        self._codes = random.integers(0, 1_000_000_000, count)
        self._hashes = random.integers(0, 2**64, count, dtype=np.uint64)
        self._memes = zipf(random, MEMES, count)

    def _fields(self, count: int, median: int, spread: float, some: NDArray[np.bool_]) -> list[str]:
        lengths = np.minimum(np.rint(median * np.exp(spread * self._random.standard_normal(count))), 2_000).astype(int)
        lengths = np.where(some, np.maximum(lengths, 1), 0)
        ends = np.cumsum(lengths)
        by_language = [one.words[one.draw(self._random, int(ends[-1]))] for one in self._archive.languages]
        spans = zip(self._language, ends - lengths, ends, strict=True)
        return [" ".join(by_language[which][start:end]) for which, start, end in spans]

    def one(self, place: int, index: int) -> Made:
        """The publication at this place of the block."""
        moment = START + timedelta(seconds=int(self._archive.moments[index]))
        chances = self._chances[place]
        code = _code(int(self._codes[place])) if chances[1] < CODED else None
        deleted = moment + timedelta(hours=5) if chances[2] < DELETED else None
        document = self._document(place, code)
        picture = self._picture(place, index + 1) if "kind:photo" in document.facets else None
        return Made(index + 1, int(self._channels[place]), moment, deleted, document, code, picture)

    def _picture(self, place: int, post: int) -> Picture:
        """Seven pictures in ten are of one post alone; one is posted again as it is, two are made anew of another."""
        hash_ = int(self._hashes[place])
        meme = self._archive.memes[int(self._memes[place])]
        chance = self._chances[place, 7]
        if chance < 0.1:
            return meme
        return another(MEMES + post, meme, hash_) if chance < 0.3 else own(MEMES + post, hash_)

    def _document(self, place: int, code: str | None) -> Document:
        media = self._chances[place, 3] < MEDIA or bool(self._ocr[place]) or code is not None
        tags = tuple(dict.fromkeys(self._archive.tags[tag] for tag in self._tags[place][: self._tag_count[place]]))
        found = Document(
            text=self._texts[place],
            tags="\n".join(tags),
            ocr="\n".join(filter(None, (self._ocr[place], code))),
            labels="\n".join(self._archive.labels[label] for label in self._labels[place]) if media else "",
            tag_list=tags,
            language=("ru", "en")[self._language[place]],
        )
        return replace(found, facets=facets_of(self._facts(place, media, found)))

    def _facts(self, place: int, media: bool, document: Document) -> Facts:
        chances, origin = self._chances[place], int(self._codes[place]) % 5_000
        return Facts(
            kinds=[_KINDS[self._kinds[place]]] if media else [],
            album=bool(media and chances[4] < ALBUMS),
            classes=[_CLASSES[self._classes[place]]] if media else [],
            language=document.language,
            tags=document.tag_list,
            ocr=bool(document.ocr),
            edited=bool(chances[5] < EDITED),
            forwards=[Forward(1_000_000_000 + origin, None)] if chances[6] < FORWARDED else [],
        )


def zipf(random: np.random.Generator, size: int, count: int) -> NDArray[np.int64]:
    """So many numbers from 0 to size - 1, the lower ones more often."""
    return random.choice(size, count, p=_weights(size))


def _weights(size: int) -> NDArray[np.float64]:
    shares = 1 / np.arange(1, size + 1)
    return np.asarray(shares / shares.sum())


def _code(number: int) -> str:
    """Number plates of cars, and serial numbers."""
    if number % 2:
        letters = [_PLATE[number // 12**place % 12] for place in range(3)]
        return f"{letters[0]} {number // 2_000 % 1_000:03} {letters[1]}{letters[2]} {number % 199 + 1}".upper()
    return f"SN-{number // 100_000:04}-{number % 100_000:05}"


def channels() -> Sequence[tuple[int, str]]:
    """(id, public name) of each channel."""
    return [(number, f"bench_{number:03}") for number in range(1, CHANNELS + 1)]
