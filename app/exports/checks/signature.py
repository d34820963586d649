"""Checks who signed a manifest: the key beside it, and, where one is pinned, that it is that one."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.domain.export.keys import fingerprint, from_pem
from app.domain.export.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE
from app.exports.checks.findings import Report, Wrong
from app.exports.checks.opened import Unfit, opened

MOST = 10_000  # bytes of a key or a signature


def check_signature(root: Path, pinned: bytes | None, report: Report) -> None:
    """Compares key and signature. pinned: a public key in PEM that the reader trusts."""
    key = _key(_read(root, PUBLIC_KEY, Wrong.KEY, report), report)
    signature = _read(root, SIGNATURE, Wrong.SIGNATURE, report)
    if key is None:
        return
    report.key = fingerprint(key)
    if pinned is not None:
        report.pinned = True
        if report.key != fingerprint(from_pem(pinned)):
            report.add(Wrong.KEY, PUBLIC_KEY, "it is not the pinned key: another home signed this export")
    if signature is not None:
        _verify(root, key, signature, report)


def _read(root: Path, path: str, wrong: Wrong, report: Report) -> bytes | None:
    try:
        with opened(root, path) as file:
            return file.read(MOST)
    except FileNotFoundError:
        report.add(wrong, path, "it is missing")
    except Unfit as error:
        report.add(Wrong.REFUSED, path, str(error))
    return None


def _key(pem: bytes | None, report: Report) -> Ed25519PublicKey | None:
    try:
        return None if pem is None else from_pem(pem)
    except ValueError:
        report.add(Wrong.KEY, PUBLIC_KEY, "it is no Ed25519 key")
        return None


def _verify(root: Path, key: Ed25519PublicKey, signature: bytes, report: Report) -> None:
    try:
        with opened(root, MANIFEST) as file:
            _compare(file, key, signature)
    except InvalidSignature:
        report.add(Wrong.SIGNATURE, SIGNATURE, "it is not over this manifest by the key beside it")
    except (FileNotFoundError, Unfit):
        return  # told where the manifest is read


def _compare(file: BinaryIO, key: Ed25519PublicKey, signature: bytes) -> None:
    """InvalidSignature if it does not fit. The manifest is mapped: no copy of it is in memory."""
    if not file.seek(0, 2):
        raise InvalidSignature  # nothing is there that could be signed, or mapped
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as data:
        key.verify(signature, data)
