"""All signs with their patterns compiled, as bits of a number: a clause is compared with each of the rules."""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.ask.signs.answers import ANSWERS
from app.domain.ask.signs.guidance import GUIDANCE
from app.domain.ask.signs.machines import MACHINES
from app.domain.ask.signs.names import Look, Sign, either
from app.domain.ask.signs.people import PEOPLE
from app.domain.ask.signs.verbs import VERBS

LOOKS: dict[Sign, Look] = {**MACHINES, **VERBS, **GUIDANCE, **ANSWERS, **PEOPLE}
BITS: dict[Sign, int] = {sign: 1 << place for place, sign in enumerate(Sign)}
MEMORY = 50_000  # words of which the signs are kept: more than a channel uses in a week, some 10 MB


def _compiled(patterns: str) -> re.Pattern[str]:
    return re.compile(patterns)


WORDS = {BITS[sign]: _compiled(either(look.words)) for sign, look in LOOKS.items() if look.words}
NEAR = {BITS[sign]: _compiled(either(look.near)) for sign, look in LOOKS.items() if look.near}
PHRASES = {BITS[sign]: _compiled("|".join(look.phrases)) for sign, look in LOOKS.items() if look.phrases}
# Phrases that no word announces; those of LINK and TOKEN are few, and begin with a sign or a digit.
ALWAYS = sum(bit for bit in PHRASES if bit not in NEAR)


@lru_cache(MEMORY)
def signs_of(word: str) -> tuple[int, int]:
    """The bits of the signs that a word is enough for, and of those of which phrases may be near."""
    sure = sum(bit for bit, pattern in WORDS.items() if pattern.fullmatch(word))
    return sure, sum(bit for bit, pattern in NEAR.items() if pattern.fullmatch(word))


def bits(*signs: Sign) -> int:
    """The bits of these signs in one number."""
    return sum(BITS[sign] for sign in signs)
