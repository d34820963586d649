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


class MediaRole(StrEnum):
    """The part that a medium plays in its message. The order is that of the media of a post."""

    OWN = "own"  # sent as the message
    LIVE = "live"  # the film of a live photo
    POLL = "poll"  # a picture or film of a poll's question, answers or solution
    STORY = "story"  # of a story that the message shows
    PREVIEW = "preview"  # of a page that the message links to


# Media that a channel did not make for its post: they would eat a paid cap, so the local provider reads them.
ASIDE = frozenset({MediaRole.PREVIEW, MediaRole.STORY})


class Origin(StrEnum):
    """Where words of a message come from that are not its own text."""

    RICH = "rich message"  # the text of a message that is built of blocks
    QUESTION = "question"
    ANSWERS = "answers"
    RESULTS = "results"  # counts of votes, or completed tasks
    SOLUTION = "solution"  # the right answers of a quiz and their explanation
    TASKS = "task list"
    PLACE = "place"
    LOCATION = "location"
    CONTACT = "contact"
    INVOICE = "invoice"
    GIVEAWAY = "giveaway"
    GAME = "game"
    STORY = "story"
    PAGE = "link preview"  # site, title and description
    ARTICLE = "article"  # the text of a page that Telegram shows by itself
    FACT_CHECK = "fact check"
    LINK = "link"  # the address of a preview that the text does not name
    AUDIO = "audio"  # performer and title of a piece of music
    STICKER = "sticker"  # the emoji that it stands for
    QUOTATION = "quotation"  # of the message that this one answers
    BUTTONS = "buttons"
    NOTE = "note"  # of Telegram's own: a new title, a topic


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
    DELIVER = "deliver"  # hit of an alert; the destination's id
    THUMBNAIL = "thumbnail"  # media file; 0
    ASK = "ask"  # question; 0
    EXPORT = "export"  # export; 0
    FORGET = "forget"  # tombstone; 0


class Turn(IntEnum):
    """The priority of a row among the work of its step; a budget also reserves shares by it."""

    LIVE = 0  # news, and work that a user waits for
    HISTORY = 1  # read behind live posts
    REPROCESS = 2  # requested by `reanalyze` or `retag`, for thousands at once


# The values of `asked` in work rows.
REPROCESS = "reread"  # requested by `reanalyze` or `retag`, behind live posts
PREVIEW = "preview"  # read by the local provider alone, since no post has the file as its own
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
