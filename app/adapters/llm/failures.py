"""Translates HTTP statuses and network errors into errors of Media Audit that name the setting and show no secret."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from app.adapters.llm.complaints import Complaint, complaint
from app.adapters.waits import rate_reset, retry_after
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    OutOfCredit,
    RateLimited,
    Refused,
    Skip,
    Unanswered,
    Unavailable,
)

EXCERPT = 300  # characters of a server's message to keep
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
TOO_LARGE = ": too large for the provider"  # the end of a verdict
MODERATING = (400, 403, 422, 451)  # statuses of a moderation in front of a model


@dataclass(frozen=True)
class Names:
    """The names of a provider and of its settings in messages."""

    provider: str
    key: str
    address: str
    ca: str
    secrets: tuple[str, ...] = ()
    model: str = "VISION_MODEL, TAGGER_MODEL, ANSWERER_MODEL"
    missing: str = ""  # what the address seems to lack at its end, such as /v1

    @property
    def where(self) -> str:
        """The setting of the address, and its likely fault."""
        return f"{self.address}, which has no {self.missing} at its end" if self.missing else self.address

    def clean(self, text: str) -> str:
        """The text without secrets that a server may have echoed, on one line, shortened."""
        for form in sorted({form for secret in self.secrets for form in _forms(secret)}, key=len, reverse=True):
            text = text.replace(form, "***")
        return " ".join(text.split())[:EXCERPT]


def _forms(secret: str) -> set[str]:
    """The forms of a secret in a message: unchanged, without white space around it, escaped."""
    bare = secret.strip()
    escaped = repr(secret)[1:-1], repr(bare)[1:-1], repr(bare.encode())[2:-1], json.dumps(bare)[1:-1]
    return {secret, bare, *escaped} - {""}


def from_status(status: int, headers: Mapping[str, str], body: bytes, names: Names) -> MediaAuditError:
    """The error for a status other than 2xx.

    A rejection for an unknown reason is Declined: a parameter that a model does not take tells nothing about the file.
    """
    if 300 <= status < 400:
        target = names.clean(headers.get("location", "").partition("?")[0])
        to = f" to {target}" if target else ""
        return Misconfigured(
            f"{names.provider} answered {status}: it redirects{to}; write the final address into {names.address}"
        )
    told = complaint(body)
    return _of_complaint(status, headers, told, names, f"{names.provider} answered {status}")


def from_complaint(status: int, headers: Mapping[str, str], told: Complaint, names: Names) -> MediaAuditError:
    """The error that a success tells in its body: the server says that it did nothing. status: of the success."""
    said = f"{names.provider} answered {status} with an error"
    return _of_complaint(told.status, headers, told, names, said)


def _of_complaint(
    status: int, headers: Mapping[str, str], told: Complaint, names: Names, answered: str
) -> MediaAuditError:
    said = answered + (f": {names.clean(told.words)}" if told.words else "")
    if status in MODERATING and told.moderated:
        return Refused(said)
    if status == 402 or told.code == "insufficient_quota":
        return OutOfCredit(f"{said}; the account is out of credit")
    if status in (401, 403):
        return Misconfigured(f"{said}; check {names.key}")
    if status in (404, 405):
        return Misconfigured(f"{said}; check the model's name ({names.model}) and {names.where}")
    if status == 413:
        return Skip(f"{said}{TOO_LARGE}")
    if status == 429:
        return RateLimited(said, rate_reset(headers))
    if status in (408, 425) or status >= 500:
        return Unavailable(said, retry_after(headers))
    return Declined(said, retry_after(headers))


def from_network(error: Exception, names: Names) -> MediaAuditError:
    """The error for a connection that broke or was not answered."""
    if _untrusted(error):
        return Misconfigured(
            f"the certificate of {names.provider} is not trusted: {names.ca} must name the PEM file of its CA"
        )
    if isinstance(error, httpx.LocalProtocolError):  # its text quotes a header
        return Misconfigured(f"{names.provider}: the request cannot be sent as it is; check {names.key}")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Misconfigured(f"{names.address} is not an address of {names.provider}")
    words = names.clean(str(error))
    said = f"{names.provider}: {type(error).__name__}" + (f": {words}" if words else "")
    return Unavailable(said) if isinstance(error, NOT_SENT) else Unanswered(said)


def off_protocol(error: Exception, names: Names) -> Unanswered:
    """The error for a success without the protocol's fields, which often comes from a proxy."""
    return Unanswered(f"{names.provider} did not answer in its protocol: {type(error).__name__}")


def unpaid(error: MediaAuditError) -> MediaAuditError:
    """The same error for a request that is never billed: its outcome may be unknown, its cost is 0."""
    return Unavailable(error.reason) if isinstance(error, Unanswered) else error


def _untrusted(error: BaseException | None) -> bool:
    """Whether the cause is an untrusted certificate; httpx wraps the TLS error once or twice."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
