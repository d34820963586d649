"""The questions of a run, drawn from its seed: about words of the posts, some the same at once, one without answer."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.chaos.nemesis.scene import WORDS

# command: `media-audit ask` waits for the answer. killed: the same, killed while it waits or before. message: the row
# and the message that a command would send. row: its process died between the commit and the message.
Way = Literal["command", "killed", "message", "row"]

NOWHERE = "Zyxwv qwrtp plugh?"  # no post has a word of it
FORMS = (
    "Where is the {} behind the {}?",
    "Which {} has a {}?",
    "What about the {} and the {}?",
    "Где {} и {}?",
    "Що за {} і {}?",
)
PAUSE = (0.8, 2.4)  # seconds
SHARE = 0.7  # of the torment: three to five seconds pass until posts can be found
AT_ONCE = (1, 1, 2, 3)
# A process takes two seconds of a core to start, and there are two cores: most questions are put without one.
WAYS: tuple[tuple[Way, int], ...] = (("command", 2), ("killed", 1), ("message", 4), ("row", 3))


@dataclass(frozen=True)
class Asked:
    """A question `at` seconds after the first posts can be found, put at the same moment in each of these ways."""

    at: float
    text: str
    ways: tuple[Way, ...]


def draw(seed: int, seconds: float) -> list[Asked]:
    """The same seed draws the same questions, by time."""
    random = Random(f"questions {seed}")
    texts = pool(seed)
    found, at = [], random.uniform(*PAUSE)
    while at < SHARE * seconds:
        found.append(Asked(at, random.choice(texts), _ways(random)))
        at += random.uniform(*PAUSE)
    return found


def last(seed: int) -> list[Asked]:
    """Each question of the seed once more, by two users at the same moment: most posts can be found by now."""
    return [Asked(0.0, text, ("message", "row")) for text in pool(seed)]


def pool(seed: int) -> list[str]:
    """The different questions of a seed. Each comes more than once: with the posts that are there then."""
    random = Random(f"words {seed}")
    return [NOWHERE, *(form.format(*random.sample(WORDS, 2)) for form in FORMS)]


def _ways(random: Random) -> tuple[Way, ...]:
    ways, weights = zip(*WAYS, strict=True)
    return tuple(random.choices(ways, weights, k=random.choice(AT_ONCE)))
