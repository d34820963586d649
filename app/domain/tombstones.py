"""The identities under which posts, files and channels are forgotten, and their digests."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of forgotten things; each comment names the identity."""

    POST = "post"  # Telegram's number of the channel / message id
    FILE = "file"  # sha256
    CHANNEL = "channel"  # Telegram's number
    TELEGRAM_FILE = "telegram file"  # post_media.telegram_key: a forgotten file is not even downloaded
    NAME = "channel name"  # in lower case, without @


# The kinds that an operator forgets; the others come with these.
FORGETTABLE = (Kind.POST, Kind.FILE, Kind.CHANNEL)
FORGOTTEN = "forgotten by an operator"  # reason of work that ends because of it


def post(channel: int, message: int) -> str:
    """The identity of a post. channel: Telegram's number of it."""
    return f"{channel}/{message}"


def digest(key: bytes, kind: Kind, identity: str) -> str:
    """HMAC-SHA256 in hex: without the key it takes no trying of all channels and messages."""
    return hmac.new(key, f"{kind.value}\n{identity}".encode(), hashlib.sha256).hexdigest()
