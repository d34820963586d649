"""The sample channels hold what the demo and the other tests rely on."""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import av
import pypdfium2
import pytest
from PIL import Image

from app.demo.channels import SampleWorld, sample_facts, sample_world
from app.demo.channels.markup import parse, units
from app.demo.channels.script import read
from app.demo.world import Channel, Delete, File, Message, Post

PAGE = 100


@pytest.fixture(scope="module")
def world(samples: Path) -> SampleWorld:
    return sample_world(samples)


def everything(world: SampleWorld) -> list[Message]:
    return [message for channel in world.channels for message in channel.messages.values()]


def files(world: SampleWorld) -> list[File]:
    return [message.file for message in everything(world) if message.file]


def albums(channel: Channel) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    for _, message in sorted(channel.messages.items()):
        if message.grouped_id is not None:
            found[message.grouped_id].append(message)
    return found


def contents(world: SampleWorld) -> dict[str, bytes]:
    return {sha256(data).hexdigest(): data for data in {file.id: file.read() for file in files(world)}.values()}


def test_size_of_the_world(world: SampleWorld) -> None:
    facts = sample_facts(world)
    assert facts.channels == 3
    assert 380 <= facts.posts <= 420
    assert facts.albums == 60
    assert facts.photo_albums + facts.video_albums + facts.mixed_albums == 60
    assert facts.video_albums >= 5
    assert facts.mixed_albums >= 5
    assert facts.publications == facts.posts - facts.album_items + facts.albums
    assert 180 <= facts.posts_with_media <= 240
    assert 12_000_000 < facts.media_bytes < 18_500_000
    assert facts.deleted == 0


def test_channels_are_public_russian_public_english_and_private(world: SampleWorld) -> None:
    city, workshop, desk = world.channels
    assert city.username
    assert workshop.username
    assert desk.username is None
    letters = [
        Counter(letter.isascii() for letter in _texts(channel) if letter.isalpha()) for channel in world.channels
    ]
    assert letters[0][False] > 5 * letters[0][True]
    assert letters[1][True] > 20 * letters[1][False]
    assert min(letters[2].values()) > 300


def _texts(channel: Channel) -> str:
    return "".join(message.text for message in channel.messages.values())


def test_ids_grow_by_time_and_have_holes(world: SampleWorld) -> None:
    for channel in world.channels:
        ordered = [channel.messages[number] for number in sorted(channel.messages)]
        assert all(earlier.date <= later.date for earlier, later in pairwise(ordered))
        assert ordered[-1].id > len(ordered), "deleted posts leave holes"


@pytest.mark.parametrize("place", [0, 1])
def test_albums_lie_across_page_borders_both_ways(world: SampleWorld, place: int) -> None:
    channel = world.channels[place]
    ids = sorted(channel.messages)
    borders = {"by ids upwards": PAGE, "by ids downwards": ids[-1] - PAGE}
    borders |= {"by messages upwards": ids[PAGE - 1], "by messages downwards": ids[-PAGE - 1]}
    for name, last in borders.items():
        below = [group for group, items in albums(channel).items() if items[0].id <= last < items[-1].id]
        assert below, f"{channel.title}: no album across the border {name} after id {last}"


def test_albums_are_whole_ordered_and_signed_both_ways(world: SampleWorld) -> None:
    groups = [(group, items) for channel in world.channels for group, items in albums(channel).items()]
    for _, items in groups:
        assert 2 <= len(items) <= 10
        assert [item.id for item in items] == list(range(items[0].id, items[0].id + len(items)))
        assert all(item.file for item in items)
    assert max(len(items) for _, items in groups) == 10
    assert 0.3 < sum(group < 0 for group, _ in groups) / len(groups) < 0.7
    assert all(-(2**63) <= group < 2**63 for group, _ in groups)
    shared = Counter(group for group, _ in groups)
    assert max(shared.values()) == 3, "one grouped_id is used in all three channels"


def test_captions_sit_on_the_first_the_third_two_or_no_item(world: SampleWorld) -> None:
    places = Counter(
        tuple(place for place, item in enumerate(items, 1) if item.text)
        for channel in world.channels
        for items in albums(channel).values()
    )
    assert places[(1,)] > 30
    assert places[(3,)] >= 1
    assert places[(1, 3)] >= 1
    assert places[()] >= 1


def test_entities_cover_exactly_their_words(world: SampleWorld) -> None:
    kinds: Counter[str] = Counter()
    for message in everything(world):
        wide = message.text.encode("utf-16-le")
        for entity in message.entities:
            words = wide[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")
            kinds[entity.kind] += 1
            start = {"Hashtag": "#", "Mention": "@", "Url": "https://"}.get(entity.kind, "")
            assert words.startswith(start)
            assert words == words.strip()
    assert set(kinds) == {"Hashtag", "Mention", "Url", "TextUrl", "Bold"}


def test_offsets_count_emoji_as_telegram_does() -> None:
    text, (bold, tag) = parse("👷🏽‍♀️ **да** #тег")
    assert text == "👷🏽‍♀️ да #тег"
    assert (bold.offset, bold.length, tag.offset, tag.length) == (8, 2, 11, 4)
    assert units("🙏🏽") == 4


def test_forwards_keep_the_file_and_point_to_the_original(world: SampleWorld) -> None:
    by_id = {channel.telegram_id: channel for channel in world.channels}
    forwards = [message for message in everything(world) if message.forwarded]
    hidden = [message.forwarded for message in forwards if message.forwarded and message.forwarded.name]
    assert len(hidden) >= 3
    for message in forwards:
        assert message.forwarded
        if message.forwarded.channel_id is not None:
            original = by_id[message.forwarded.channel_id].messages[message.forwarded.message_id or 0]
            assert (original.text, original.file) == (message.text, message.file)
            assert original.date <= message.date


def test_replies_point_backwards(world: SampleWorld) -> None:
    replies = [message for message in everything(world) if message.reply_to]
    assert len(replies) >= 10
    assert all(message.reply_to and message.reply_to < message.id for message in replies)


def test_peculiar_posts_are_there(world: SampleWorld) -> None:
    messages = everything(world)
    assert sum("\0" in message.text for message in messages) == 1
    assert sum(message.service for message in messages) == 3
    assert sum(message.edit_date is not None for message in messages) >= 4
    long = [message for message in messages if len(message.text) > 1000]
    assert any(message.grouped_id for message in long)
    assert sum(file.dc == 4 for file in {file.id: file for file in files(world)}.values()) == 3


def test_the_same_picture_has_one_id_when_forwarded_and_another_when_posted_again(world: SampleWorld) -> None:
    ids = defaultdict(set)
    for file in files(world):
        ids[sha256(file.read()).hexdigest()].add(file.id)
    assert sum(len(each) > 1 for each in ids.values()) >= 4
    posted = Counter(file.id for file in files(world))
    assert sum(count > 1 for count in posted.values()) >= 4


def test_broken_and_lying_files_are_what_they_should_be(world: SampleWorld) -> None:
    damaged, lying = 0, []
    for message in everything(world):
        if message.file is None or message.file.mime != "image/jpeg":
            continue
        data = message.file.read()
        if not data.startswith(b"\xff\xd8"):
            lying.append(data[:4])
            continue
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except OSError:
            damaged += 1
    assert damaged == 2
    assert sorted(lying) == [b"<!DO", b"\x89PNG"]


def test_documents_videos_and_sounds_open(world: SampleWorld) -> None:
    for file in {file.id: file for file in files(world)}.values():
        if file.mime == "application/pdf":
            assert 2 <= len(pypdfium2.PdfDocument(file.read())) <= 3
        elif file.kind in {"video", "audio"}:
            with av.open(io.BytesIO(file.read()), "r") as container:
                assert (container.duration or 0) / av.time_base == pytest.approx(file.duration, abs=0.2)


def test_known_texts_and_kinds_belong_to_files_of_the_world(world: SampleWorld) -> None:
    facts = sample_facts(world)
    assert set(facts.texts) | set(facts.kinds) <= set(contents(world))
    written = [text for text in facts.texts.values() if text]
    assert 70 <= len(written) <= 95
    assert any("Весенняя ярмарка" in text for text in written)
    assert any("Every part can be replaced" in text for text in written)
    assert len(set(facts.kinds.values())) == 5


def test_later_brings_what_was_announced(world: SampleWorld) -> None:
    first, second = world.later
    by_id = {channel.telegram_id: channel for channel in world.channels}
    new = [a.message for a in first if isinstance(a, Post) and a.message.id not in by_id[a.channel].messages]
    edits = [a.message for a in first if isinstance(a, Post) and a.message.id in by_id[a.channel].messages]
    gone = [by_id[a.channel].messages[a.message_id] for a in first if isinstance(a, Delete)]
    open_album = [m for m in new if any(m.grouped_id in albums(channel) for channel in world.channels)]
    assert len(open_album) == 1
    assert Counter(m.grouped_id for m in new if m.grouped_id and m not in open_album).most_common() == [
        (_group(new), 3)
    ]
    assert sum(m.grouped_id is None and m.file is None for m in new) == 1
    assert sum(m.grouped_id is None and m.file is not None for m in new) == 1
    assert sorted(m.grouped_id is not None for m in edits) == [False, True]
    assert sorted(m.grouped_id is not None for m in gone) == [False, True]
    assert len(second) == 3
    for action in (action for action in first if not isinstance(action, Post) or action.message in edits):
        number = action.message.id if isinstance(action, Post) else action.message_id
        assert number > max(by_id[action.channel].messages) - 80, "within what a poll reads again"


def _group(new: list[Message]) -> int | None:
    return Counter(message.grouped_id for message in new if message.grouped_id).most_common(1)[0][0]


def test_facts_after_each_batch_add_up(world: SampleWorld) -> None:
    before, first, second = (sample_facts(world, batches) for batches in range(3))
    assert (first.posts - before.posts, first.albums - before.albums) == (6, 1)
    assert (second.posts - first.posts, second.media_files - first.media_files) == (1, 0)
    assert (before.deleted, first.deleted, second.deleted) == (0, 2, 2)


def test_the_world_is_the_same_each_time_and_comes_from_the_cache(world: SampleWorld, tmp_path: Path) -> None:
    first = sample_world(tmp_path)
    assert first.known == world.known, "made twice, the files have the same bytes"
    assert first.channels != world.channels, "their paths differ"
    (cache,) = tmp_path.iterdir()
    made = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert sample_world(tmp_path) == first
    assert made == {path: path.stat().st_mtime_ns for path in cache.iterdir()}, "the second run made nothing"


def test_a_script_that_cannot_be_read_names_its_block(tmp_path: Path) -> None:
    path = tmp_path / "bad.posts"
    path.write_text("title: x\nabout: y\n\n=== 05-40 08:00\nNo such day\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad.posts, block 1 \(05-40 08:00\)"):
        read(path)
