"""Acts that leave an audit entry, and the words in which the page confirms them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.errors import UserError


class Via(StrEnum):
    """Where an act came from."""

    PAGE = "page"
    API = "api"
    COMMAND = "command"


@dataclass(frozen=True)
class Actor:
    """The one who acts. name: of a user; of commands, that of the system's user."""

    name: str
    via: Via


LINK = "one-time link"  # the name of an operator who signed in by a link that names no user


class Acted(StrEnum):
    """The acts: a noun and a verb. An act keeps its value for ever, as entries hold it."""

    CHANNEL_ADD = "channel.add"
    TOKEN_ADD = "token.add"
    TOKEN_REVOKE = "token.revoke"
    BUDGET_SET = "budget.set"
    BUDGET_RESET = "budget.reset"
    PROVIDER_WAKE = "provider.wake"
    USER_ADD = "user.add"
    USER_ROLE = "user.role"
    USER_PASSWORD = "user.password"
    USER_REMOVE = "user.remove"
    SESSION_REVOKE = "session.revoke"
    SESSION_REVOKE_ALL = "session.revoke_all"
    LINK_MAKE = "link.make"
    READ_START = "reanalyze.start"
    READ_STOP = "reanalyze.stop"
    TAG_START = "retag.start"
    TAG_STOP = "retag.stop"
    SEARCH_SAVE = "search.save"
    SEARCH_REMOVE = "search.remove"
    ALERT_ADD = "alert.add"
    ALERT_REMOVE = "alert.remove"
    ALERT_PAUSE = "alert.pause"
    ALERT_RESUME = "alert.resume"
    ALERT_RESEND = "alert.resend"
    EXPORT_MAKE = "export.make"
    EXPORT_DOWNLOAD = "export.download"
    EXPORT_DELETE = "export.delete"
    CHANNEL_STOP = "channel.stop"
    CHANNEL_RESUME = "channel.resume"
    CHANNEL_LIMIT = "channel.limit"
    CHANNEL_BACKFILL = "channel.backfill"
    WORK_RETRY = "work.retry"
    POST_FORGET = "post.forget"
    FILE_FORGET = "file.forget"
    CHANNEL_FORGET = "channel.forget"
    TOMBSTONE_LIFT = "tombstone.lift"
    SECRET_RENEW = "secret.renew"
    SECRET_END = "secret.end"
    FEED_ADD = "feed.add"
    FEED_REVOKE = "feed.revoke"


# The sentence that the page shows after the act, before its target.
DONE: Mapping[Acted, str] = {
    Acted.CHANNEL_ADD: "watched from now on",
    Acted.TOKEN_ADD: "is a token now",
    Acted.TOKEN_REVOKE: "is no token any more",
    Acted.BUDGET_SET: "has another cap now; work that waited for it goes on",
    Acted.BUDGET_RESET: "has the cap of the settings again",
    Acted.PROVIDER_WAKE: "rests no longer; after many failures one call tries it first",
    Acted.USER_ADD: "is a user now",
    Acted.USER_ROLE: "has another role now, in open sessions too",
    Acted.USER_PASSWORD: "has another password now; all sessions have ended",
    Acted.USER_REMOVE: "is no user any more; all sessions have ended",
    Acted.SESSION_REVOKE: "— this session has ended",
    Acted.SESSION_REVOKE_ALL: "— all sessions have ended",
    Acted.LINK_MAKE: "has a link that signs in once",
    Acted.READ_START: "has begun: workers do it behind live posts",
    Acted.READ_STOP: "is being stopped; calls under way come to their end",
    Acted.TAG_START: "has begun: workers do it behind live posts",
    Acted.TAG_STOP: "is being stopped; calls under way come to their end",
    Acted.SEARCH_SAVE: "is a saved search now",
    Acted.SEARCH_REMOVE: "is forgotten",
    Acted.ALERT_ADD: "fires from now on",
    Acted.ALERT_REMOVE: "is removed",
    Acted.ALERT_PAUSE: "is paused",
    Acted.ALERT_RESUME: "fires again, for posts from now on",
    Acted.ALERT_RESEND: "will be sent once more",
    Acted.CHANNEL_STOP: "not watched any more; what was read stays",
    Acted.CHANNEL_RESUME: "watched again, from where it stopped",
    Acted.CHANNEL_LIMIT: "fetched by its new limits from now on",
    Acted.CHANNEL_BACKFILL: "is read back through its history",
    Acted.WORK_RETRY: "due again",
    Acted.EXPORT_MAKE: "is being written",
    Acted.EXPORT_DOWNLOAD: "was downloaded",
    Acted.EXPORT_DELETE: "is deleted",
    Acted.POST_FORGET: "the post is forgotten",
    Acted.FILE_FORGET: "the file is forgotten",
    Acted.CHANNEL_FORGET: "the channel is being forgotten",
    Acted.TOMBSTONE_LIFT: "its tombstone is lifted",
    Acted.SECRET_RENEW: "signs with a new secret beside the one of before",
    Acted.SECRET_END: "signs with its newest secret alone",
    Acted.FEED_ADD: "has a new address of its feed; the one before opens nothing any more",
    Acted.FEED_REVOKE: "has no address of its feed any more",
}


def act_named(text: str) -> Acted | None:
    """The act of this value; None for an empty text. UserError for another."""
    if text and text not in list(Acted):
        raise UserError(f"act is one of {', '.join(Acted)}, or empty for all")
    return Acted(text) if text else None
