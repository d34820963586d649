"""Random tokens: a browser has the token, a row has its hash, so that a copy of the database opens no session."""

from __future__ import annotations

import secrets
from hashlib import sha256

BYTES = 32


def new() -> str:
    """A token of 256 random bits, in letters that an address may have."""
    return secrets.token_urlsafe(BYTES)


def hash_of(token: str) -> str:
    """SHA-256 in hex. A random token of this length needs no salt and no slow hash."""
    return sha256(token.encode()).hexdigest()
