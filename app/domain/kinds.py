"""The closed vocabularies of the project as enumerations."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class MediaKind(StrEnum):
    """What a message carries, by Telegram's own types (never by file name)."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "doc"
    UNKNOWN = "unknown"  # polls, places, contacts: nothing to download, never taken for a photo


class AlbumKind(StrEnum):
    """photo and video when every item is one; anything else, documents and audio included, is mixed."""

    PHOTO = "photo"
    VIDEO = "video"
    MIXED = "mixed"


class State(StrEnum):
    """The states of a row of work."""

    DUE = "due"
    LEASED = "leased"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    DEAD = "dead"


FINAL = frozenset({State.DONE, State.SKIPPED, State.UNKNOWN, State.DEAD})


class Step(StrEnum):
    """The steps of the flow; the comment names the subject and what `revision` means for it."""

    POLL = "poll"  # channel; 0
    BACKFILL = "backfill"  # channel; 0
    COLLECT = "collect"  # publication; its revision
    DOWNLOAD = "download"  # post_media; 0
    PERSIST = "persist"  # publication; its revision
    ANALYZE = "analyze"  # media file; the recipe's id, so that (file, recipe) is paid once
    MERGE = "merge"  # publication; its revision
    TAG = "tag"  # publication; its revision
    INDEX = "index"  # publication; its revision


class Turn(IntEnum):
    """Whose turn it is among work of one step: also what a budget leaves to whom."""

    LIVE = 0  # news, and whatever a person waits for
    HISTORY = 1  # read behind live posts
    REPROCESS = 2  # asked for by `reanalyze` or `retag`, for thousands at once


# The values of `asked` in rows of work.
REPROCESS = "reread"  # `reanalyze` or `retag` wants it, behind live posts
AGAIN = "again"  # the store has lost the file, so it is downloaded although the post knows its name


class Trigger(StrEnum):
    """Why a publication was tagged."""

    INITIAL = "initial"
    VISION_RETAG = "vision_retag"
    EDIT = "edit"
    MANUAL = "manual"


class Classification(StrEnum):
    """What a picture is."""

    PHOTO = "photo"
    MEME = "meme"
    DOCUMENT = "document"
    SCREENSHOT = "screenshot"
    INFOGRAPHIC = "infographic"
    OTHER = "other"
