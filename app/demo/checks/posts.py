"""Channels and posts: every message with all that it was posted with, edits and deletions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import select

from app.demo.checks.evidence import Check, Evidence, differences, facts_of, judged
from app.demo.world import Forwarded, Message
from app.domain.kinds import Origin
from app.models import Channel, ChannelName, Post

# Telegram's names of the marks in a text -> ours.
MARKS = {"Hashtag": "hashtag", "Mention": "mention", "Url": "url", "TextUrl": "text_url", "Bold": "bold"}
NUL = "\\u0000"  # how an original spells the character that PostgreSQL does not take


def channels(found: Evidence) -> Check:
    """Checks name and title of each channel, and that it is read from its newest message to its oldest one."""
    rows = {row.telegram_id: row for row in found.session.scalars(select(Channel))}
    names: dict[int, list[str]] = defaultdict(list)
    for name in found.session.scalars(select(ChannelName).where(ChannelName.until.is_(None)).order_by(ChannelName.id)):
        names[name.channel_id].append(name.name)
    wrong: list[str] = []
    for channel in found.expected.channels:
        heads = [number for telegram_id, number in found.expected.final if telegram_id == channel.telegram_id]
        wanted = {
            "username": channel.username,
            "title": channel.title,
            "cursor": max(heads),
            "backfill_cursor": 0,
            "enabled": True,
            "last_error": None,
            "restriction": "",
        }
        if (row := rows.get(channel.telegram_id)) is None:
            wrong.append(f"{channel.title} is not there")
        else:
            has = {**facts_of(row, list(wanted)), "names": names[row.id], "polled": row.last_success_at is not None}
            today = [name for name in (channel.username, *channel.usernames) if name]
            wrong += differences(channel.title, has, {**wanted, "names": today, "polled": True})
    return judged("every channel read from end to end", len(rows), "channels", wrong)


def texts(found: Evidence) -> Check:
    """Checks that each message is there with its last text, and that no other message is."""
    wanted = found.expected.final
    wrong = [key for key in wanted if key not in found.posts or found.posts[key].text != found.expected.text(key)]
    wrong += [key for key in found.posts if key not in wanted]
    return judged("every post, with its last text", len(wanted), "posts", wrong)


def marks(found: Evidence) -> Check:
    """Checks hashtags, links, mentions and bold words, each at its place."""
    wanted = {key: [] if message.service else _marks(message) for key, message in found.expected.final.items()}
    wrong = [key for key, some in wanted.items() if key not in found.posts or found.posts[key].entities != some]
    return judged("hashtags and links where they were", sum(map(len, wanted.values())), "marks", wrong)


def _marks(message: Message) -> list[dict[str, Any]]:
    return [
        {"kind": MARKS[mark.kind], "offset": mark.offset, "length": mark.length, "url": mark.url}
        for mark in message.entities
    ]


def ties(found: Evidence) -> Check:
    """Checks the origin of each forward, and the message that each reply answers."""
    messages = found.expected.final
    wanted = {key: (_origin(message.forwarded), message.reply_to) for key, message in messages.items()}
    wrong = [key for key, some in wanted.items() if key not in found.posts or _ties(found.posts[key]) != some]
    count = sum(tie is not None for some in wanted.values() for tie in some)
    return judged("forwards and replies tied to their origins", count, "ties", wrong)


def _origin(forwarded: Forwarded | None) -> dict[str, Any] | None:
    if forwarded is None:
        return None
    return {
        "from_telegram_id": forwarded.channel_id,
        "from_name": forwarded.name,
        "message_id": forwarded.message_id,
        "date": forwarded.date.isoformat(),
    }


def _ties(post: Post) -> tuple[dict[str, Any] | None, int | None]:
    return post.forward, post.reply_to


def facts(found: Evidence) -> Check:
    """Checks dates, views, album, kind and original of each message."""
    wrong: list[str] = []
    titles = {channel.telegram_id: channel.title for channel in found.expected.channels}
    for key, message in found.expected.final.items():
        if key not in found.posts:
            wrong.append(f"{key} is not there")
        else:
            wrong += differences(key, _facts(found.posts[key]), _wanted(message, titles[key[0]]))
    return judged("dates, views and kinds of posts", len(found.expected.final), "posts", wrong)


def _facts(post: Post) -> dict[str, object]:
    columns = ("posted_at", "edited_at", "views", "forwards", "grouped_id", "service", "has_media", "status")
    raw = {"id": post.raw.get("id"), "words": post.raw.get("message", "")}
    beside = facts_of(post, ("words", "not_taken", "error"))
    return {**facts_of(post, columns), **beside, "kind": (post.kind or "").partition(":")[0], "original": raw}


def _wanted(message: Message, title: str) -> dict[str, object]:
    kind = message.file.kind if message.file else "text"
    note = [{"origin": Origin.NOTE.value, "text": message.text or title}]  # the sample notes give the channel its title
    return {
        "posted_at": message.date,
        "edited_at": message.edit_date,
        "views": message.views,
        "forwards": None if message.views is None else 0,  # the loopback server counts none
        "grouped_id": message.grouped_id,
        "service": message.service,
        "has_media": message.file is not None,
        "status": "ok",
        "words": note if message.service else [],
        "not_taken": [],
        "error": None,
        "kind": "service" if message.service else kind,
        "original": {"id": message.id, "words": "" if message.service else message.text.replace("\0", NUL)},
    }


def edits(found: Evidence) -> Check:
    """Checks the date of each edit, and that all texts before it are kept in order."""
    wrong = [
        key
        for key, message in found.expected.edited.items()
        if (post := found.posts.get(key)) is None
        or (post.text, post.edited_at) != (found.expected.text(key), message.edit_date)
    ]
    earlier = found.expected.earlier
    wrong += [key for key, post in found.posts.items() if post.history != earlier.get(key, [])]
    return judged("edits arrived, old words kept", len(found.expected.edited), "edited posts", wrong)


def deletions(found: Evidence) -> Check:
    """Checks that deleted posts are known as deleted, and no others are."""
    gone = {key for key, post in found.posts.items() if post.deleted_at is not None}
    wrong = sorted(gone ^ found.expected.deleted)
    return judged("deletions noted, nothing lost", len(found.expected.deleted), "deleted posts", wrong)
