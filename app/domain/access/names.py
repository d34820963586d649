"""The names of users."""

from __future__ import annotations

import re
import unicodedata

from app.errors import UserError

LONGEST = 64  # characters
# Names of persons, e-mail addresses, accounts of a proxy: without blanks and signs of a markup or an address.
NAME = re.compile(r"[\w.@+-]+")


def key_of(name: str) -> str:
    """The name as it is kept and compared: Anna and anna are one user. Any text may be given."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).casefold())


def checked(name: str) -> str:
    """The key of a new name. UserError for one that cannot be a name."""
    key = key_of(name)
    if len(key) > LONGEST or not NAME.fullmatch(key):
        raise UserError(f"a user's name has 1 to {LONGEST} letters, digits and signs of . _ - + @")
    return key
