"""Chooses the frames of a video or animation that are worth reading: distinct ones that show something."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.adapters.vision.shades import alike, cells, is_even, is_faded
from app.adapters.vision.tuning import TUNING

PLACES = 12  # frames compared where three are not enough
MOST_FRAMES = 2000  # decoded for them


@dataclass(frozen=True)
class Moment:
    """A frame at its time. worth: 2, 1 for a faded one, 0 for an even one."""

    time: float
    image: Image.Image
    parts: np.ndarray
    worth: int


class Moments:
    """The best frames of those offered, three at most, so that a film of any length takes the memory of a few."""

    def __init__(self) -> None:
        self._kept: list[Moment] = []
        self.times: set[float] = set()  # of all frames offered
        self.weak = False  # whether any of them was faded or even

    @property
    def enough(self) -> bool:
        """Whether no better frame can be found."""
        return len(self._kept) == TUNING.frames and all(one.worth == 2 for one in self._kept)

    def offer(self, time: float, image: Image.Image) -> None:
        """Keeps an RGB frame if it is worth more than another one. time: in any unit, the same for all frames."""
        if time in self.times:
            return
        self.times.add(time)
        parts = cells(image)
        moment = Moment(time, image, parts, 0 if is_even(image) else 1 if is_faded(parts) else 2)
        self.weak = self.weak or moment.worth < 2
        if not any(alike(parts, other.parts) for other in self._kept):
            self._kept = _best([*self._kept, moment])

    @property
    def images(self) -> list[Image.Image]:
        """The frames in order of time; without even ones, unless there are no others."""
        most = max((one.worth for one in self._kept), default=0)
        return [one.image for one in self._kept if one.worth > 0 or most == 0]


def _best(moments: Sequence[Moment]) -> list[Moment]:
    """Three moments in order of time: the most worthy, of equal ones those that are furthest apart."""
    kept = sorted(moments, key=lambda one: one.time)
    while len(kept) > TUNING.frames:
        least = min(one.worth for one in kept)
        weakest = [one for one in kept if one.worth == least]
        kept.remove(weakest[-1] if len(weakest) < 3 else _most_crowded(weakest))
    return kept


def _most_crowded(moments: Sequence[Moment]) -> Moment:
    """The inner one furthest from the middle between the first and the last."""
    middle = (moments[0].time + moments[-1].time) / 2
    return max(moments[1:-1], key=lambda one: abs(one.time - middle))


def spread(count: int) -> Iterator[float]:
    """Places over the whole length, from 0 on and below 1: thirds first, then those between them."""
    seen: set[float] = set()
    parts = TUNING.frames
    while len(seen) < count:
        for part in range(parts):
            if part / parts not in seen and len(seen) < count:
                seen.add(part / parts)
                yield part / parts
        parts *= 2
