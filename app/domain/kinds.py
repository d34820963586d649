"""Enumerations of the project's closed vocabularies: kinds, states, steps, turns, triggers, classifications."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class MediaKind(StrEnum):
    """The kind of a message's medium, by Telegram's own types (never by file name)."""

    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "doc"
    UNKNOWN = "unknown"  # polls, places, contacts: without a file to download; never taken for a photo


class AlbumKind(StrEnum):
    """The kind of an album: photo or video if every item is one; all others, with documents or audio, are mixed."""

    PHOTO = "photo"
    VIDEO = "video"
    MIXED = "mixed"


class State(StrEnum):
    """The states of a work row."""

    DUE = "due"
    LEASED = "leased"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    DEAD = "dead"


FINAL = frozenset({State.DONE, State.SKIPPED, State.UNKNOWN, State.DEAD})


class Step(StrEnum):
    """The steps of the flow; each comment names the subject and the meaning of `revision`."""

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
    """The priority of a row among the work of its step; a budget also reserves shares by it."""

    LIVE = 0  # news, and work that a user waits for
    HISTORY = 1  # read behind live posts
    REPROCESS = 2  # requested by `reanalyze` or `retag`, for thousands at once


# The values of `asked` in work rows.
REPROCESS = "reread"  # requested by `reanalyze` or `retag`, behind live posts
AGAIN = "again"  # the store has lost the file, so it is downloaded although the post's row has its sha256


class Trigger(StrEnum):
    """Why a publication was tagged."""

    INITIAL = "initial"
    VISION_RETAG = "vision_retag"
    EDIT = "edit"
    MANUAL = "manual"


class Classification(StrEnum):
    """The class of a picture."""

    PHOTO = "photo"
    MEME = "meme"
    DOCUMENT = "document"
    SCREENSHOT = "screenshot"
    INFOGRAPHIC = "infographic"
    OTHER = "other"
