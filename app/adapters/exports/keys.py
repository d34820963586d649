"""The key that signs exports: made once, kept in the home, its public half beside each manifest."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.errors import Misconfigured

NAME = "export-signing-key.pem"


def signing_key(secrets: Path) -> Ed25519PrivateKey:
    """The key of a home. The first call makes it; of two at once one wins, and both get the winner's.

    Misconfigured for a file that is none: a new key would break the chain that earlier exports began.
    """
    path = secrets / NAME
    with suppress(FileNotFoundError):
        return _read(path)
    secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = secrets / f".{NAME}.{uuid4().hex}"
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was faster
            os.link(fresh, path)
    finally:
        fresh.unlink()
    return _read(path)


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"{path} holds no Ed25519 key: restore it, or move it away and a new one is made")
    return key
