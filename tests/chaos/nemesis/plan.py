"""What a seed does, and when: the same seed plans the same strikes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from random import Random

from tests.chaos.nemesis.strikes import KINDS, Kind


@dataclass(frozen=True)
class Planned:
    """A strike `at` seconds after the nemesis begins; its own seed decides whom it hits."""

    at: float
    kind: Kind
    seed: int


def plan(seed: int, seconds: float, pause: float = 1.6, only: Collection[str] = ()) -> list[Planned]:
    """Strikes over that many seconds, a `pause` apart on average; several are under way at once.

    only: these kinds.
    """
    random = Random(f"plan {seed}")
    left = {kind.name: kind.most for kind in KINDS if not only or kind.name in only}
    found: list[Planned] = []
    at = random.uniform(0.0, pause)
    while at < seconds:
        open_ = [kind for kind in KINDS if left.get(kind.name)]
        if not open_:
            break
        kind = random.choices(open_, [kind.weight for kind in open_])[0]
        left[kind.name] -= 1
        found.append(Planned(at, kind, random.getrandbits(32)))
        at += random.expovariate(1 / pause)
    return found
