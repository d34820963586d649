"""Builds the sample world: three channels and their later changes, the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from app.demo.channels import markup, media_cache, rubrics, script, timeline
from app.demo.channels.asset import Asset
from app.demo.channels.gallery import CONTENT
from app.demo.channels.script import Change, Draft, Script
from app.demo.channels.timeline import Placed
from app.demo.world import Action, Channel, Delete, File, Forwarded, Message, Post, World

CHANNELS = ("city", "workshop", "desk")  # scripts in content/; the last one is private
BATCHES = 2
ACCESS = 0x5EED << 32


@dataclass
class SampleWorld(World):
    """A world that knows its media: facts of each file by sha256."""

    known: dict[str, Asset] = field(default_factory=dict)


def sample_world(cache: Path | None = None) -> SampleWorld:
    """The sample channels. cache: a directory that keeps the media files for later runs (5 s the first time)."""
    scripts = {key: script.read(CONTENT / f"{key}.posts") for key in CHANNELS}
    scripts["city"].drafts.extend(rubrics.mornings())
    drafts = [timeline.filled(draft, scripts) for each in scripts.values() for draft in each.drafts]
    media = media_cache.make((entry.split("!")[0] for draft in drafts for entry in draft.media), cache)
    return _Builder(scripts, media).world()


class _Builder:
    """Turns scripts into channels; forwards may point into channels built before or after."""

    def __init__(self, scripts: dict[str, Script], media: dict[str, media_cache.Made]) -> None:
        self._scripts = scripts
        self._media = media
        self._placed = {key: _placed(each, scripts) for key, each in scripts.items()}
        self._where = {
            (key, place.draft.name): place
            for key, batches in self._placed.items()
            for batch in batches
            for place in batch
        }

    def world(self) -> SampleWorld:
        channels = {key: self._channel(key) for key in self._scripts}
        later = [tuple(self._batch(number, channels)) for number in range(1, BATCHES + 1)]
        known = {made.sha256: made.asset for made in self._media.values()}
        return SampleWorld(list(channels.values()), later, known)

    def _channel(self, key: str) -> Channel:
        facts = self._scripts[key]
        channel = Channel(_telegram_id(key), ACCESS + _telegram_id(key), facts.title, facts.username, facts.about)
        for place in self._placed[key][0]:
            messages = list(self._messages(key, place))
            for message in messages[:-1] if place.draft.late else messages:
                channel.messages[message.id] = message
        return channel

    def _messages(self, key: str, place: Placed) -> Iterator[Message]:
        draft = place.draft
        group = _grouped_id(key, draft) if len(draft.media) > 1 else None
        for item, message_id in enumerate(place.ids):
            text, entities = markup.parse(draft.captions.get(item, ""))
            yield Message(
                message_id,
                draft.at,
                text,
                entities,
                self._file(draft.media[item]) if draft.media else None,
                group,
                draft.at + timedelta(minutes=draft.edited) if draft.edited and item in draft.captions else None,
                self._where[key, draft.reply].ids[0] if draft.reply else None,
                self._forwarded(draft, item),
                None if draft.service else 40 + _number(f"views/{key}/{message_id}") % 4000,
                draft.service,
            )

    def _file(self, entry: str) -> File:
        """Parses `name!flag`: doc sends a picture as a file, again gives another id, dc4 stores it on data centre 4."""
        name, *flags = entry.split("!")
        made = self._media[name]
        facts = made.asset
        as_file = "doc" in flags
        return File(
            1 + _number("file/" + name + "".join(flag for flag in flags if flag != "dc4")),
            "document" if as_file else facts.kind,
            made.data,
            facts.mime,
            facts.name or (name.replace("/", "-") + ".jpg" if as_file else None),
            facts.width,
            facts.height,
            facts.duration,
            4 if "dc4" in flags else 2,
        )

    def _forwarded(self, draft: Draft, item: int) -> Forwarded | None:
        if draft.forward is None:
            return None
        if draft.forward.startswith("~"):
            return Forwarded(None, draft.forward[1:].replace("_", " "), None, draft.at - timedelta(days=2, hours=3))
        key, name = draft.forward.split("/")
        place = self._where[key, name]
        return Forwarded(_telegram_id(key), None, place.ids[item], place.draft.at)

    def _batch(self, number: int, channels: dict[str, Channel]) -> Iterator[Action]:
        for key, channel in channels.items():
            late = [place for place in self._placed[key][0] if place.draft.late] if number == 1 else []
            for place in late:
                yield Post(channel.telegram_id, list(self._messages(key, place))[-1])
            for place in self._placed[key][number]:
                yield from (Post(channel.telegram_id, message) for message in self._messages(key, place))
            for change in self._scripts[key].changes:
                if change.batch == number:
                    yield self._change(key, channel, change)

    def _change(self, key: str, channel: Channel, change: Change) -> Action:
        place = self._where[key, change.name]
        if change.text is None:
            return Delete(channel.telegram_id, place.ids[change.item])
        text, entities = markup.parse(change.text.strip())
        before = list(self._messages(key, place))[change.item]
        edited = replace(before, text=text, entities=entities, edit_date=change.at)
        return Post(channel.telegram_id, edited)


def _placed(each: Script, scripts: dict[str, Script]) -> list[list[Placed]]:
    """The channel's drafts by batch, ids running on from one batch to the next."""
    batches: list[list[Placed]] = []
    first = 1
    for number in range(BATCHES + 1):
        batch = timeline.placed(each, scripts, _of_batch(number), first)
        first = batch[-1].ids[-1] + 1 if batch else first
        batches.append(batch)
    return batches


def _of_batch(number: int) -> Callable[[Draft], bool]:
    return lambda draft: draft.later == number


def _telegram_id(key: str) -> int:
    return 1_500_000_000 + _number("channel/" + key) % 400_000_000


def _grouped_id(key: str, draft: Draft) -> int:
    """A signed 64-bit number; the sign follows the name, so that about half are negative."""
    word = draft.group or f"{key}/{draft.name}"
    size = 1 + _number("group/" + word)
    return -size if _number("sign/" + word) % 2 else size


def _number(word: str) -> int:
    """62 bits out of a word: stable from run to run."""
    return int.from_bytes(hashlib.sha256(word.encode()).digest()[:8]) >> 2
