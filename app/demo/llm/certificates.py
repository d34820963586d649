"""A certificate authority of our own and a certificate for 127.0.0.1, made anew by the openssl program."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

from app.errors import UserError

# Made anew for each server, so that the repository holds no key that a user could be led to trust.
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
CA = ("-subj", "/CN=Media Audit loopback CA", "-addext", "keyUsage=critical,keyCertSign")
LEAF = (
    *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
    *("-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"),
)


def make_certificates(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """(PEM file of the CA, the server's context). UserError without the openssl program."""
    ca, leaf = folder / "ca.pem", folder / "server.pem"
    _openssl("req", "-x509", *KEY, *CA, "-keyout", folder / "ca.key", "-out", ca)
    signed = ("-CA", ca, "-CAkey", folder / "ca.key")
    _openssl("req", "-x509", *KEY, *LEAF, *signed, "-keyout", folder / "server.key", "-out", leaf)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf, folder / "server.key")
    return ca, context


def _openssl(*arguments: str | Path) -> None:
    try:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
    except FileNotFoundError:
        raise UserError("the loopback GigaChat needs the program openssl (Debian: apt install openssl)") from None
