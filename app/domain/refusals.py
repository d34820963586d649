"""The scope of each refusal of Telegram: what it concerns decides which work waits, and whether any may end.

Only a refusal of a file itself ends its download, and only a name that does not exist ends a poll. All others wait:
Telegram takes most refusals back (a frozen account, a private channel), and an unknown one says nothing about a loss.
"""

from __future__ import annotations

import re
from enum import StrEnum

FIRST_PAUSE = 2.0  # seconds until the second request after a refusal, doubling with each refusal in a row
LONGEST_PAUSE = 900.0  # a quarter of an hour: four requests an hour are no burden, and an end is soon noticed
PASSING = 5.0  # seconds: a refusal that is asked about again so soon may be over; `run` waits for these


class Scope(StrEnum):
    """The subject of a refusal."""

    FLOOD = "flood"  # the account asks too often; Telegram names the seconds to wait
    SERVER = "server"  # no refusal: Telegram's servers failed, or another data centre has the answer
    LOGIN = "login"  # the session is over: the same account can log in again
    GONE = "gone"  # the account is deleted or banned: only another account can log in
    ACCOUNT = "account"  # the account may not do this now
    CHANNEL = "channel"  # the account may not read this channel now
    NAME = "name"  # no channel has this name
    FILE = "file"  # this file, whatever account asks
    REFERENCE = "reference"  # the address of a file is out of date: its message has a new one
    UNKNOWN = "unknown"  # a name that says nothing certain: the subject of the request waits


class About(StrEnum):
    """The subject of a request."""

    ACCOUNT = "account"  # neither of the others, such as a look-up of a name
    CHANNEL = "channel"
    FILE = "file"


# Names decide first, by the first rule that matches the whole name: Telegram sends the same name with several codes.
_BY_NAME = tuple(
    (scope, re.compile(names))
    for scope, names in (
        (Scope.FLOOD, r"FLOOD_(PREMIUM_)?WAIT_\w+|SLOWMODE_WAIT_\w+"),
        (Scope.GONE, r"USER_DEACTIVATED(_BAN)?|PHONE_NUMBER_BANNED"),
        (Scope.LOGIN, r"AUTH_KEY_\w+|SESSION_(REVOKED|EXPIRED)"),
        (Scope.REFERENCE, r"FILE_REFERENCE_(EMPTY|EXPIRED|INVALID)|FILE_REFERENCE_\d+_(EXPIRED|INVALID)"),
        (Scope.REFERENCE, r"FILEREF_UPGRADE_NEEDED"),
        (Scope.FILE, r"(FILE_ID|LOCATION|DOCUMENT|PHOTO|PHOTO_ID|MEDIA|FILE_TOKEN)_INVALID|MEDIA_EMPTY"),
        (Scope.FILE, r"VOLUME_LOC_NOT_FOUND|WEBDOCUMENT_\w+"),
        (Scope.NAME, r"USERNAME_(INVALID|NOT_OCCUPIED|PURCHASE_AVAILABLE)"),
        (Scope.SERVER, r"TIMED?OUT|RPC_(CALL|MCGET)_FAIL|INTERDC_\w+|MSG_WAIT_FAILED|\w+_MIGRATE_\w+"),
        (Scope.ACCOUNT, r"FROZEN_\w+|(USER_)?CHANNELS_TOO_MUCH|CHANNELS_ADMIN_\w+|USER_RESTRICTED|PEER_FLOOD"),
        (Scope.ACCOUNT, r"API_ID_\w+|CONNECTION_\w+|UPDATE_APP_\w+|PREMIUM_\w+|(BOT|USER_BOT)_\w+|\w+_FLOOD"),
        (Scope.ACCOUNT, r"(FRESH|PHONE|PASSWORD|SESSION|SRP|TAKEOUT)_\w+|\w+_TOO_FRESH(_\w+)?"),
        (Scope.CHANNEL, r"(CHANNEL|CHAT|MEGAGROUP|PEER|INVITE|TOPIC)_\w+"),
        (Scope.CHANNEL, r"USER_(BANNED_IN_CHANNEL|KICKED|NOT_PARTICIPANT|IS_BLOCKED|BLOCKED)|YOU_BLOCKED_USER"),
    )
)


def scope_of(code: int, name: str) -> Scope:
    """The scope of an RPC error by Telegram's name and code (https://core.telegram.org/api/errors)."""
    for scope, names in _BY_NAME:
        if names.fullmatch(name):
            return scope
    match abs(code):
        case 401:
            return Scope.LOGIN
        case 403 | 406:
            return Scope.CHANNEL
        case 420:
            return Scope.ACCOUNT
        case 303:
            return Scope.SERVER
        case number if number >= 500:
            return Scope.SERVER
    return Scope.UNKNOWN


def pause_after(refusals: int) -> float:
    """Seconds until the next request, after so many refusals in a row (from 1)."""
    return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(20, max(1, refusals) - 1)))
