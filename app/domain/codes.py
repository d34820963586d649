"""Codes inside pictures, such as number plates and serial numbers, folded so that each way of writing them is found."""

from __future__ import annotations

import re

# Cyrillic letters that are drawn like Latin ones: a reader of pictures takes the one for the other, and so do people.
LOOK_ALIKES = str.maketrans("авекмнорстухіј", "abekmhopctyxij")
SHORTEST = 3  # characters: a trigram index cannot find less


def folded_code(text: str) -> str:
    """Letters and digits alone, without regard to case, look-alike letters, spaces and dashes."""
    return "".join(c for c in text.casefold().translate(LOOK_ALIKES) if c.isalnum())


def is_part(word: str) -> bool:
    """Whether a word may be a part of a code that was typed with blanks, such as А, 123, ВС and 77."""
    folded = folded_code(word)
    return any(c.isdigit() for c in folded) or 0 < len(folded) <= SHORTEST


def is_code(word: str) -> bool:
    """Whether a word of a query may be a part of a code: it has a digit and is long enough."""
    return len(folded_code(word)) >= SHORTEST and any(c.isdigit() for c in word)


def found_code(word: str, text: str) -> str | None:
    """The code as the text writes it, blanks and dashes included; None if the text does not have it."""
    lowered = text.casefold()
    if len(lowered) != len(text):  # ß becomes ss: then letter by letter, so that places stay
        lowered = "".join(one if len(one := char.casefold()) == 1 else char for char in text)
    signs = r"[\W_]*".join(map(re.escape, folded_code(word)))
    found = re.search(signs, lowered.translate(LOOK_ALIKES)) if signs else None
    return text[found.start() : found.end()] if found else None
