"""Counts the contents of a world, for tests and for the demo's report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from app.demo.channels.build import SampleWorld
from app.demo.world import File, Message, Post, World
from app.domain.kinds import Classification

Key = tuple[int, int]  # telegram_id of the channel, id of the message


@dataclass(frozen=True)
class SampleFacts:
    """Counts of everything that ever existed: a deleted post stays counted, as Media Audit keeps it."""

    channels: int
    posts: int  # messages, service messages included
    posts_with_media: int
    publications: int  # albums and lone posts
    albums: int
    album_items: int
    photo_albums: int
    video_albums: int
    mixed_albums: int
    media_files: int  # distinct contents
    media_bytes: int  # of the distinct contents
    edited: int  # posts with an edit date
    deleted: int  # posts that disappeared after the beginning
    texts: Mapping[str, str]  # sha256 -> the text in the file; "" for pictures without text
    kinds: Mapping[str, Classification]  # sha256 -> kind of picture, where it is beyond dispute


def sample_facts(world: World, batches: int = 0) -> SampleFacts:
    """Count a world as it is after the first `batches` batches of `world.later`."""
    messages = {(channel.telegram_id, n): m for channel in world.channels for n, m in channel.messages.items()}
    deleted: set[Key] = set()
    for action in (action for batch in world.later[:batches] for action in batch):
        if isinstance(action, Post):
            messages[action.channel, action.message.id] = action.message
        else:
            deleted.add((action.channel, action.message_id))
    return _count(world, messages, deleted)


def _count(world: World, messages: Mapping[Key, Message], deleted: set[Key]) -> SampleFacts:
    albums = _albums(messages)
    items = sum(len(album) for album in albums)
    kinds = Counter(_album_kind(album) for album in albums)
    contents = _contents(message.file for message in messages.values() if message.file)
    known = world.known if isinstance(world, SampleWorld) else {}
    here = {name: asset for name, asset in known.items() if name in contents}
    return SampleFacts(
        channels=len(world.channels),
        posts=len(messages),
        posts_with_media=sum(message.file is not None for message in messages.values()),
        publications=len(messages) - items + len(albums),
        albums=len(albums),
        album_items=items,
        photo_albums=kinds["photo"],
        video_albums=kinds["video"],
        mixed_albums=kinds["mixed"],
        media_files=len(contents),
        media_bytes=sum(contents.values()),
        edited=sum(message.edit_date is not None for message in messages.values()),
        deleted=len(deleted),
        texts={name: asset.text for name, asset in here.items() if asset.text is not None},
        kinds={name: asset.shows for name, asset in here.items() if asset.shows is not None},
    )


def _albums(messages: Mapping[Key, Message]) -> list[list[Message]]:
    """Messages of one channel with one grouped_id, in order of ids."""
    groups: dict[Key, list[Message]] = defaultdict(list)
    for (channel, _), message in sorted(messages.items()):
        if message.grouped_id is not None:
            groups[channel, message.grouped_id].append(message)
    return list(groups.values())


def _album_kind(album: Iterable[Message]) -> str:
    kinds = {message.file.kind for message in album if message.file}
    return kinds.pop() if len(kinds) == 1 and kinds <= {"photo", "video"} else "mixed"


def _contents(files: Iterable[File]) -> dict[str, int]:
    """sha256 -> size in bytes of each distinct content."""
    by_id = {file.id: file for file in files}
    data = (file.read() for file in by_id.values())
    return {sha256(content).hexdigest(): len(content) for content in data}
