"""The rules of passwords. They ask for length alone: rules about kinds of signs make passwords worse (NIST 800-63B)."""

from __future__ import annotations

import unicodedata

from app.domain.access.names import key_of
from app.errors import UserError

SHORTEST = 12  # signs: out of reach of guessing at the pace that sign-in allows
LONGEST = 256  # signs: a sentence, and no work for the hash beyond it


def normal(password: str) -> str:
    """The password as it is hashed: the same signs have the same bytes on every keyboard (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def checked(name: str, password: str) -> str:
    """The normal form of a new password. UserError with the rule that it breaks, without the password."""
    plain = normal(password)
    if len(plain) < SHORTEST:
        raise UserError(f"the password has {len(plain)} signs: write {SHORTEST} or more, for example four words")
    if len(plain) > LONGEST:
        raise UserError(f"the password has more than {LONGEST} signs: write fewer")
    if key_of(plain) == key_of(name):
        raise UserError("the password is the name: write another one")
    if len(set(plain)) == 1:
        raise UserError("the password is one sign again and again: write another one")
    return plain
