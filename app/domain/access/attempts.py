"""How often sign-in may be tried with one name. The limit of an address for all names stands with those of requests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attempts:
    """So many attempts in so many seconds."""

    most: int
    seconds: int


HERE = Attempts(5, 900)  # of a name from one address: a user who mistypes waits for a quarter of an hour
# Of a name from all addresses: a guess by many machines has 4,800 tries a day, out of all passwords of 12 signs. Few
# enough for that, many enough that no single machine can keep a user out.
ANYWHERE = Attempts(50, 900)


def must_wait(attempts: Attempts, count: int) -> bool:
    """Whether an attempt is refused. count: attempts in this window, this one included."""
    return count > attempts.most
