"""The expected database after a demo: computed from the sample channels alone, message by message."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from simplejpeg import decode_jpeg

from app.demo.channels import SampleFacts, SampleWorld, sample_facts
from app.demo.world import Message, Post

Key = tuple[int, int]  # telegram_id of the channel, id of the message


@dataclass
class Expected:
    """The sample channels after all their changes."""

    facts: SampleFacts
    references: list[str]  # how the channels are added: by name, the private one by number
    first: dict[Key, Message]  # as they were in the beginning
    final: dict[Key, Message]  # the last version of every message that ever existed
    deleted: set[Key]
    albums: dict[Key, list[int]] = field(default_factory=dict)  # (channel, grouped_id) -> message ids in order

    @cached_property
    def files(self) -> dict[Key, str]:
        """sha256 of the file of each message that has one."""
        return {key: self._hash(message) for key, message in self.final.items() if message.file}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """sha256 -> bytes."""
        return {self.files[key]: len(message.file.read()) for key, message in self.final.items() if message.file}

    @property
    def edited(self) -> dict[Key, Message]:
        """Messages whose text changed after the beginning, in their last version."""
        return {k: m for k, m in self.final.items() if k in self.first and m.text != self.first[k].text}

    @property
    def late(self) -> dict[Key, int]:
        """Items that joined an existing album: (channel, message) -> grouped_id."""
        groups = {(channel, m.grouped_id) for (channel, _), m in self.first.items() if m.grouped_id is not None}
        new = {key: m.grouped_id for key, m in self.final.items() if key not in self.first}
        return {key: group for key, group in new.items() if group is not None and (key[0], group) in groups}

    @cached_property
    def damaged(self) -> set[str]:
        """sha256 of JPEGs that a strict decoder refuses."""
        return {name for name, data in self._contents("image/jpeg", b"\xff\xd8").items() if not _is_sound(data)}

    @cached_property
    def lying(self) -> dict[str, str]:
        """sha256 -> real type, of files that claim to be JPEG and are not."""
        kinds = {b"\x89PNG": "image/png", b"<!DOC": "text/html"}
        return {name: mime for start, mime in kinds.items() for name in self._contents("image/jpeg", start)}

    def text(self, key: Key) -> str:
        """The last text of a message in storable form: service messages carry none, and PostgreSQL takes no NUL."""
        message = self.final[key]
        return "" if message.service else message.text.replace("\0", "\N{REPLACEMENT CHARACTER}")

    @property
    def written(self) -> dict[Key, str]:
        """The text in the picture of each message whose picture has words."""
        texts = self.facts.texts
        return {key: texts[name] for key, name in self.files.items() if texts.get(name)}

    def words_beside(self, key: Key) -> str:
        """The words beside a message's picture: its own text, or the texts of its whole album."""
        album = (key[0], self.final[key].grouped_id or 0)
        return self.caption(album) if album in self.albums else self.final[key].text

    def caption(self, album: Key) -> str:
        """All words of an album, in order of its items."""
        return "\n\n".join(filter(None, (self.text((album[0], item)).strip() for item in self.albums[album])))

    def _contents(self, claimed: str, start: bytes) -> dict[str, bytes]:
        files = {self.files[key]: m.file.read() for key, m in self.final.items() if m.file and m.file.mime == claimed}
        return {name: data for name, data in files.items() if data.startswith(start)}

    @staticmethod
    def _hash(message: Message) -> str:
        assert message.file
        return sha256(message.file.read()).hexdigest()


def expected(world: SampleWorld) -> Expected:
    """Applies the later batches and returns the expected results."""
    first = {(channel.telegram_id, n): m for channel in world.channels for n, m in channel.messages.items()}
    final, deleted = dict(first), set[Key]()
    for action in (action for batch in world.later for action in batch):
        if isinstance(action, Post):
            final[action.channel, action.message.id] = action.message
        else:
            deleted.add((action.channel, action.message_id))
    albums: dict[Key, list[int]] = defaultdict(list)
    for (channel, number), message in sorted(final.items()):
        if message.grouped_id is not None:
            albums[channel, message.grouped_id].append(number)
    references = [f"@{c.username}" if c.username else f"-100{c.telegram_id}" for c in world.channels]
    return Expected(sample_facts(world, len(world.later)), references, first, final, deleted, dict(albums))


def _is_sound(data: bytes) -> bool:
    try:
        decode_jpeg(data, strict=True)
    except ValueError:
        return False
    return True
