"""The CAs that are trusted for certificates of providers."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

import structlog

from app.errors import UserError

log = structlog.get_logger(__name__)


def trust(ca_bundle: Path | None, *, verify: bool) -> ssl.SSLContext:
    """A TLS context that trusts the system's CAs and, in addition, those of the bundle (PEM)."""
    context = ssl.create_default_context()
    if not verify:
        _warn()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif ca_bundle is not None:
        _add(context, ca_bundle)
    return context


@lru_cache
def _warn() -> None:
    """Warns once in a process: vision, tags and the doctor each make a context."""
    log.warning("certificates are not verified", setting="GIGACHAT_VERIFY_SSL_CERTS")


def _add(context: ssl.SSLContext, ca_bundle: Path) -> None:
    try:
        context.load_verify_locations(ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise UserError(f"GIGACHAT_CA_BUNDLE_FILE={ca_bundle} is no readable PEM file: {error}") from error
