"""The queries of the benchmark: some of each type, drawn from a seed out of the archive's own posts.

Words of one query come from one post, so that something answers it, as for a person who looks for a post.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

import numpy as np

from tests.bench.search.archive import BLOCK, Archive, Made
from tests.bench.search.pictures import MEMES, Picture

COMMON = 400  # words after the stop words: each of them is in .5 % to 6 % of the posts
RARE = 20_000  # words from this rank on are rare: in fewer than one post of 10,000
PICTURES = 30
SAVED = "bench"
SAVED_QUERY = "kind:photo -class:meme"  # of the saved search that queries name


@dataclass(frozen=True)
class Query:
    """A query. plain: the same for websearch_to_tsquery, where plain full text can say it."""

    text: str
    plain: str | None = None


@dataclass(frozen=True)
class Type:
    """A type of query."""

    name: str
    draw: Callable[[Draws], Query]


class Draws:
    """Draws the parts of queries."""

    def __init__(self, archive: Archive, posts: Sequence[Made], random: Random) -> None:
        """posts: those that queries look for."""
        self._archive, self._posts, self._random = archive, posts, random
        self.number = random.randrange

    @cached_property
    def _ranks(self) -> tuple[Mapping[str, int], ...]:
        return tuple({str(word): rank for rank, word in enumerate(one.words)} for one in self._archive.languages)

    def common(self) -> str:
        """A word of many posts."""
        one = self._archive.languages[self._random.random() < 0.3]
        return str(one.words[one.stop + int(np.exp(self._random.uniform(0, np.log(COMMON))))])

    def words(self, rare: int, common: int) -> list[str]:
        """Words of one post: common ones first."""
        return self.post(rare, common)[1]

    def post(self, rare: int = 0, common: int = 0) -> tuple[Made, list[str]]:
        """A post, and words of it: common ones first. A rare one is in few posts."""
        while True:
            post = self._random.choice(self._posts)
            ranks = self._ranks[post.document.language == "en"]
            stop = self._archive.languages[0].stop
            words = dict.fromkeys(post.document.text.split())
            often = [word for word in words if stop <= ranks[word] < stop + COMMON]
            seldom = [word for word in words if ranks[word] >= min(RARE, len(ranks) // 3)]
            if len(often) >= common and len(seldom) >= rare:
                return post, self._random.sample(often, common) + self._random.sample(seldom, rare)

    def phrase(self) -> str:
        """Two words that stand side by side in a post, neither of them a stop word."""
        while True:
            words = self._random.choice(self._posts).document.text.split()
            place = self._random.randrange(len(words))
            pair = words[place : place + 2]
            stop = self._archive.languages[0].stop
            if len(pair) == 2 and all(max(ranks.get(w, 0) for ranks in self._ranks) >= stop for w in pair):
                return " ".join(pair)

    def code(self) -> str:
        """A part of a code in a picture, as a person remembers it."""
        coded = [made.code for made in self._posts if made.code]
        parts = re.split(r"[ -]", self._random.choice(coded))
        return parts[0] + parts[1] + (parts[2] if len(parts) > 2 else "")

    def tagged(self) -> Made:
        """A post with a tag and a medium."""
        return self._random.choice([made for made in self._posts if made.document.tag_list and _kind(made)])

    def classification(self) -> str:
        """A class of picture."""
        return self._random.choice(("meme", "screenshot", "document"))

    def nonsense(self) -> str:
        """A word of no post."""
        return "".join(self._random.choice("бвгджзклмнпрстфхцчшщ") for _ in range(9))


def _kind(made: Made) -> str | None:
    """A filter by the kind of its medium."""
    found = (facet for facet in made.document.facets if facet in ("kind:photo", "kind:video", "kind:audio"))
    return next(found, None)


def _channel(made: Made) -> str:
    return f"channel:bench_{made.channel_id:03}"


def _in_channel(draws: Draws) -> Query:
    post, [word] = draws.post(common=1)
    return Query(f"{word} {_channel(post)}")


def _in_month(draws: Draws) -> Query:
    post, [word] = draws.post(common=1)
    return Query(f"{word} date:{post.posted_at:%Y-%m}")


def _tag_and_kind(draws: Draws) -> Query:
    post = draws.tagged()
    return Query(f'tag:"{post.document.tag_list[0]}" {_kind(post)}')


def _pattern(draws: Draws, rare: int) -> Query:
    """A pattern for a common word, beside another word of the post."""
    common, beside = draws.words(rare, 2 - rare)
    return Query(f"/{common[:4]}.{{0,9}}/ {beside}")


def _words(draws: Draws, rare: int, common: int) -> Query:
    text = " ".join(draws.words(rare, common))
    return Query(text, text)


def _both(text: str) -> Query:
    return Query(text, text)


TYPES = (
    Type("one common word", lambda d: _both(d.common())),
    Type("one rare word", lambda d: _words(d, 1, 0)),
    Type("two words, common and rare", lambda d: _words(d, 1, 1)),
    Type("two common words", lambda d: _words(d, 0, 2)),
    Type("three words", lambda d: _words(d, 1, 2)),
    Type("phrase", lambda d: _both(f'"{d.phrase()}"')),
    Type("OR", lambda d: _both(f"{d.common()} OR {d.words(1, 0)[0]}")),
    Type("exclusion", lambda d: _both(f"{d.common()} -{d.common()}")),
    Type("word in a channel", _in_channel),
    Type("channel alone", lambda d: Query(_channel(d.post()[0]))),
    Type("tag and kind", _tag_and_kind),
    Type("word in a month", _in_month),
    Type("code in a picture", lambda d: Query(d.code())),
    Type("pattern with a word", lambda d: _pattern(d, 1)),
    Type("pattern with a common word", lambda d: _pattern(d, 0)),
    Type("facets alone", lambda d: Query(f"class:{d.classification()} has:ocr -has:edit")),
    Type("word that no post has", lambda d: _both(d.nonsense())),
    Type("stop word", lambda d: _both(["и", "the", "не", "of"][d.number(4)])),
    Type("saved search with a word", lambda d: Query(f"search:{SAVED} {d.common()}")),
)
QUESTIONS = (
    Type("of rare and common words", lambda d: _question(d, 1, 3)),
    Type("of two common words", lambda d: _question(d, 0, 2)),
    Type("of six common words", lambda d: _question(d, 0, 6)),
    Type("within a month", lambda d: Query(f"{_question(d, 0, 3).text} {_in_month(d).text.split()[-1]}")),
)


def _question(draws: Draws, rare: int, common: int) -> Query:
    """A question about a post, in words of its own around those of the post."""
    return Query(f"Когда и почему {' '.join(draws.words(rare, common))}?")


def pictures(archive: Archive) -> dict[str, list[Picture]]:
    """Pictures to ask for, by how often they were posted."""
    posts = archive.block(0)
    alone = [made.picture for made in posts if made.picture is not None and made.picture.file > MEMES]
    return {"posted once": alone[:PICTURES], "posted often": archive.memes[:PICTURES]}


def queries(archive: Archive, number: int) -> dict[str, list[Query]]:
    """So many of each type; the same for an archive and a seed."""
    return _drawn(archive, number, TYPES)


def questions(archive: Archive, number: int) -> dict[str, list[Query]]:
    """The same of questions."""
    return _drawn(archive, number, QUESTIONS)


def _drawn(archive: Archive, number: int, types: Sequence[Type]) -> dict[str, list[Query]]:
    random = Random(archive.seed)
    posts = list(archive.block(random.randrange(-(-archive.size // BLOCK))))
    draws = {one: Draws(archive, posts, Random(f"{archive.seed} {one.name}")) for one in types}
    return {one.name: [one.draw(draw) for _ in range(number)] for one, draw in draws.items()}
