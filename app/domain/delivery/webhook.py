"""A notice as a webhook: its body and the meaning of the receiver's status (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum, auto

from app.domain.alerts import Notice

TYPE = "publication.found"  # the same for each notice: a type names one form of `data`
PREFIX = "whsec_"
KEY_BYTES = range(24, 65)  # of a signing secret, by the standard
LONGEST_TEXT = 4_096  # characters of a post's text: a receiver has the link to the rest. Bodies stay below 20 KB


def body(notice: Notice, moment: datetime) -> str:
    """The body of a notice, in JSON without blanks. moment: of this attempt, for a post without a date."""
    data = asdict(notice) | {"text": notice.text[:LONGEST_TEXT], "text_whole": len(notice.text) <= LONGEST_TEXT}
    data["posted_at"] = notice.posted_at.isoformat() if notice.posted_at else None
    whole = {"type": TYPE, "timestamp": (notice.posted_at or moment).isoformat(), "data": data}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))


def is_secret(text: str) -> bool:
    """Whether it is a signing secret: `whsec_` and 24 to 64 bytes in Base64."""
    try:
        return text.startswith(PREFIX) and len(base64.b64decode(text[len(PREFIX) :], validate=True)) in KEY_BYTES
    except (binascii.Error, ValueError):
        return False


class Meaning(Enum):
    """The meaning of a status for the delivery."""

    DONE = auto()
    AGAIN = auto()
    NEVER = auto()
    GONE = auto()


# Of the statuses below 500 the receiver takes back 408, 423, 425 and 429 by itself; 401, 403, 404 and 409 are those of
# a receiver while it is being set up or moved. The others tell that this very request is wrong, so that the next is.
STATUSES: Mapping[int, Meaning] = {
    410: Meaning.GONE,
    **dict.fromkeys((401, 403, 404, 408, 409, 423, 425, 429), Meaning.AGAIN),
    **dict.fromkeys((501, 505), Meaning.NEVER),
}


def meaning(status: int) -> Meaning:
    """The meaning of the status of an answer. A redirect is followed by no delivery: it could lead inside."""
    if 200 <= status < 300:
        return Meaning.DONE
    return STATUSES.get(status, Meaning.AGAIN if status >= 500 else Meaning.NEVER)
