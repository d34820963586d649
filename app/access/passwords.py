"""Hashes of passwords: argon2id with the parameters of RFC 9106 for machines without memory to spare (64 MiB)."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.domain.access.passwords import LONGEST, normal

AT_ONCE = BoundedSemaphore(2)  # hashes in this process: a flood of sign-ins takes 128 MiB, not gigabytes
HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """The hash of a password in its normal form, with salt and parameters."""
    with AT_ONCE:
        return HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password of this hash. None, for a user that is not there, takes as long and never matches."""
    plain = normal(password[: LONGEST + 1])
    with AT_ONCE:
        if kept is None:
            HASHER.hash(plain)
            return False
        try:
            return HASHER.verify(kept, plain)
        except (VerificationError, InvalidHashError):
            return False
