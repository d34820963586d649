"""The words of the made archive: 140,000 Russian and 60,000 English ones, drawn with the frequencies of Zipf's law.

First the words of sentences, then those of the project's own labelled posts, then words made of syllables.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from app.eval.cases import CONTENT

RUSSIAN, ENGLISH = 140_000, 60_000
# Mandelbrot's form of Zipf's law, p ~ 1 / (rank + SHIFT): the first words of a text are less apart than 1 and 1/2.
SHIFT = 2.7

# Words that full text leaves out: a quarter of all words of a text, as in a real one.
_STOP = {
    "ru": "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее мне было вот от "
    "меня еще нет о из ему теперь когда даже",
    "en": "the of and to a in is it that was for on are as with his they at be this from have or by one had not but "
    "all were when we there can an your which their if do",
}
_SYLLABLES = {
    "ru": (
        "б в г д ж з к л м н п р с т ф х ц ч ш ст пр кр тр гр бл",
        "а е и о у ы я ю",
        "ов ин ка ость ение ать ый ом а",
    ),
    "en": (
        "b c d f g h j k l m n p r s t v w st pr cr tr gr bl ch sh",
        "a e i o u ea ou ai",
        "er ing ed tion ly s al ous",
    ),
}
_LETTERS = {"ru": re.compile(r"[а-яё]{4,}"), "en": re.compile(r"[a-z]{4,}")}


@dataclass(frozen=True)
class Language:
    """Words by frequency. below: the probability of all words up to each one. stop: how many stand first."""

    name: str
    words: NDArray[np.object_]
    below: NDArray[np.float64]
    partner: NDArray[np.int64]  # the word that likes to follow, so that phrases occur more than once
    stop: int

    def draw(self, random: np.random.Generator, count: int) -> NDArray[np.int64]:
        """Ranks of so many words. One word in eight is the partner of the one before it."""
        drawn = np.searchsorted(self.below, random.random(count))
        following = np.flatnonzero(random.random(count) < 1 / 8)
        following = following[following > 0]
        drawn[following] = self.partner[drawn[following - 1]]
        return drawn


def language(name: str, size: int) -> Language:
    """The words of one language, the same for every archive: the seed of an archive draws from them."""
    random = Random(f"vocabulary {name}")
    stop = _STOP[name].split()
    known = dict.fromkeys([*stop, *_real(name)])
    for word in _made(name, random):
        if len(known) >= size:
            break
        known[word] = None
    shares = 1 / (np.arange(1, size + 1) + SHIFT)
    below = np.cumsum(shares / shares.sum())
    below[-1] = 1.0
    # A partner is never a stop word, and its rank is near that of its word.
    ranks = np.random.default_rng(list(name.encode())).random(size) * np.maximum(200, 2 * np.arange(size))
    partner = len(stop) + ranks.astype(int) % (size - len(stop))
    return Language(name, np.array(list(known)[:size], dtype=object), below, partner, len(stop))


def _real(name: str) -> Sequence[str]:
    """The words of the labelled posts, the most frequent first."""
    posts = tomllib.loads((CONTENT / "posts.toml").read_text(encoding="utf-8")).values()
    found = Counter(word for post in posts for word in _LETTERS[name].findall(post["text"].lower()))
    return [word for word, _ in sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))]


def _made(name: str, random: Random) -> Iterator[str]:
    consonants, vowels, ends = (part.split() for part in _SYLLABLES[name])
    syllables = [consonant + vowel for consonant in consonants for vowel in vowels]
    last = [consonant + end for consonant in consonants for end in ends]
    while True:
        count = random.choice((1, 2, 3, 4))
        yield "".join(random.choices(syllables, k=count)) + random.choice(last)
