"""Counts attempts to sign in with a name, in Redis: all processes of the page count together."""

from __future__ import annotations

from hashlib import sha256

import redis

from app.domain.access.attempts import ANYWHERE, HERE, Attempts, must_wait
from app.domain.access.names import key_of

PREFIX = "sign_in"


def count(client: redis.Redis, name: str, address: str) -> int:
    """Counts an attempt before its password is looked at. Returns the seconds to wait, 0 if it may go on.

    RedisError while Redis is away.
    """
    return max(_counted(client, key, limit) for key, limit in _keys(name, address))


def forget(client: redis.Redis, name: str, address: str) -> None:
    """Forgets the attempts from this address after a right password."""
    [(here, _), _] = _keys(name, address)
    client.delete(here)


def _keys(name: str, address: str) -> list[tuple[str, Attempts]]:
    """Keys by hashes: a password may have been typed as a name."""
    key = key_of(name)
    return [(_key(key, address), HERE), (_key(key), ANYWHERE)]


def _key(*parts: str) -> str:
    return f"{PREFIX}:{sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _counted(client: redis.Redis, key: str, limit: Attempts) -> int:
    with client.pipeline(transaction=True) as pipeline:
        pipeline.set(key, 0, ex=limit.seconds, nx=True)
        pipeline.incr(key)
        pipeline.ttl(key)
        _, number, left = pipeline.execute()
    return max(1, left) if must_wait(limit, number) else 0
