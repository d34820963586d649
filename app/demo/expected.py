"""The expected database after a demo: computed from the sample channels alone, message by message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from simplejpeg import decode_jpeg

from app.demo.channels import SampleFacts, SampleWorld, sample_facts
from app.demo.world import Channel, File, Message, Post

Key = tuple[int, int]  # telegram_id of the channel, id of the message

# The types that files have by their first bytes, where the sender claims another one.
TYPES = {b"\x89PNG": "image/png", b"<!DOC": "text/html"}
SHOWN = ("image/", "video/", "application/pdf")  # beginnings of the types that have pictures to read
READ = (*SHOWN, "text/html")  # of those that have a reader


@dataclass(frozen=True)
class Together:
    """The messages of one publication, in order."""

    channel: int  # telegram_id
    items: tuple[int, ...]  # ids of messages
    grouped_id: int | None

    @property
    def keys(self) -> list[Key]:
        """Its messages."""
        return [(self.channel, item) for item in self.items]


@dataclass
class Expected:
    """The sample channels after all their changes."""

    facts: SampleFacts
    references: list[str]  # how the channels are added: by name, the private one by number
    first: dict[Key, Message]  # as they were in the beginning
    final: dict[Key, Message]  # the last version of every message that ever existed
    deleted: set[Key]
    albums: dict[Key, list[int]] = field(default_factory=dict)  # (channel, grouped_id) -> message ids in order
    channels: list[Channel] = field(default_factory=list)
    earlier: dict[Key, list[dict[str, str]]] = field(default_factory=dict)  # texts before each edit, as posts keep them
    changed: dict[Key, set[int]] = field(default_factory=dict)  # the later batches that came for a message

    @cached_property
    def publications(self) -> list[Together]:
        """What readers see as one thing each: the albums, and all other messages that are no service messages."""
        lone = [key for key, m in self.final.items() if m.grouped_id is None and not m.service]
        return [Together(channel, tuple(items), group) for (channel, group), items in self.albums.items()] + [
            Together(channel, (number,), None) for channel, number in lone
        ]

    @cached_property
    def contents(self) -> dict[str, File]:
        """sha256 -> one of the files with this content."""
        return {self.files[key]: message.file for key, message in self.final.items() if message.file}

    @cached_property
    def types(self) -> dict[str, str]:
        """sha256 -> type by content."""
        return {name: self.lying.get(name, file.mime) for name, file in self.contents.items()}

    @cached_property
    def readable(self) -> set[str]:
        """sha256 of the files that have a reader: pictures, films, pages, and a page of the web."""
        return {name for name, mime in self.types.items() if mime.startswith(READ)}

    @cached_property
    def pictured(self) -> set[str]:
        """sha256 of those that have something to see."""
        return {name for name, mime in self.types.items() if mime.startswith(SHOWN)}

    def words(self, one: Together) -> str:
        """The text of a publication: all captions of an album, or the words of a lone message."""
        return "\n\n".join(filter(None, (self.text((one.channel, item)).strip() for item in one.items)))

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
        return {name: mime for start, mime in TYPES.items() for name in self._contents("image/jpeg", start)}

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
        return self.words(Together(album[0], tuple(self.albums[album]), album[1]))

    def changes(self, one: Together) -> int:
        """The number of batches that changed a publication after it had appeared."""
        batches = set[int]().union(*(self.changed.get(key, set()) for key in one.keys))
        return len(batches) - (not any(key in self.first for key in one.keys))

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
    earlier, changed = defaultdict[Key, list[dict[str, str]]](list), defaultdict[Key, set[int]](set)
    for number, batch in enumerate(world.later, 1):
        for action in batch:
            key = (action.channel, action.message.id if isinstance(action, Post) else action.message_id)
            changed[key].add(number)
            if not isinstance(action, Post):
                deleted.add(key)
                continue
            if key in final and final[key].text != action.message.text:
                until = action.message.edit_date
                earlier[key].append({"text": final[key].text, "until": until.isoformat() if until else ""})
            final[key] = action.message
    references = [f"@{c.username}" if c.username else f"-100{c.telegram_id}" for c in world.channels]
    return Expected(
        sample_facts(world, len(world.later)),
        references,
        first,
        final,
        deleted,
        _albums(final),
        list(world.channels),
        dict(earlier),
        dict(changed),
    )


def _albums(messages: Mapping[Key, Message]) -> dict[Key, list[int]]:
    albums: dict[Key, list[int]] = defaultdict(list)
    for (channel, number), message in sorted(messages.items()):
        if message.grouped_id is not None:
            albums[channel, message.grouped_id].append(number)
    return dict(albums)


def _is_sound(data: bytes) -> bool:
    try:
        decode_jpeg(data, strict=True)
    except ValueError:
        return False
    return True
